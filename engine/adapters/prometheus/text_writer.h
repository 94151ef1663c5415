// Metrics as Prometheus reads them: the text exposition format, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace signalbox::adapters {

// What an answer made of take() says it is.
inline constexpr std::string_view prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

// Label name and value. Values may be any UTF-8 text; names are ours.
using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// How often a measured value fell into each bucket.
struct HistogramCounts {
    std::span<const double> bounds;         // upper bounds, ascending, without the infinite one
    std::span<const std::uint64_t> counts;  // one per bound, of that bucket alone, and one for everything above
    double sum = 0;                         // of all measured values
};

// Begin a family, then write its samples; a family is begun once. Names of metrics and labels come from our own code:
// one the format does not allow, or a sample of another kind than its family, is a broken invariant and ends the
// process. One thread at a time.
class TextWriter {
  public:
    void counter(std::string_view name, std::string_view help) { begin(Kind::counter, name, help); }
    void gauge(std::string_view name, std::string_view help) { begin(Kind::gauge, name, help); }
    void histogram(std::string_view name, std::string_view help) { begin(Kind::histogram, name, help); }

    // One sample of the counter or gauge begun last. Whole numbers stay exact.
    void sample(MetricLabels labels, std::int64_t value);
    void sample(MetricLabels labels, double value);
    // All lines of one histogram of the family begun last: cumulative buckets, sum and count.
    void sample(MetricLabels labels, const HistogramCounts& histogram);

    // The whole text; the writer is empty again.
    [[nodiscard]] std::string take();

  private:
    enum class Kind : std::uint8_t { none, counter, gauge, histogram };

    void begin(Kind kind, std::string_view name, std::string_view help);
    void line(std::string_view suffix, MetricLabels labels, std::string_view bound, std::string_view value);

    std::string text_;
    std::string name_;  // of the family begun last
    Kind kind_ = Kind::none;
};

}  // namespace signalbox::adapters
