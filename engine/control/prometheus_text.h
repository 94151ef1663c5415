// Prometheus' text exposition format, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace signalbox::control {

// Families and samples are written in the order of the calls; label values are escaped.
class PrometheusText {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // `type`: counter, gauge, histogram.
    void family(std::string_view name, std::string_view type, std::string_view help);
    void sample(std::string_view name, Labels labels, double value);
    void sample(std::string_view name, Labels labels, std::int64_t value);
    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    void name_and_labels(std::string_view name, Labels labels);
    std::string out_;
};

}  // namespace signalbox::control
