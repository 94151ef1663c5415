// Typed reading of a statement's terms: every term must be known, every value must fit.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/config/config.h"
#include "engine/replay/flow_file.h"
#include "engine/sim/link.h"

namespace signalbox::replay {

// 64GiB
struct Size {
    std::int64_t bytes = 0;
};
// 400/h, 30/m, 5/s
struct Rate {
    double per_second = 0;
};
// 20..80, or 20 alone
struct Range {
    std::int64_t least = 0, most = 0;
};

// One overload per type a term may have. False: the text is no such value.
[[nodiscard]] bool read(const std::string& text, std::string& into);
[[nodiscard]] bool read(const std::string& text, std::vector<std::string>& into);  // a,b,c
[[nodiscard]] bool read(const std::string& text, bool& into);                      // yes, no
[[nodiscard]] bool read(const std::string& text, double& into);                    // 0.5, 50%
[[nodiscard]] bool read(const std::string& text, Nanos& into);
[[nodiscard]] bool read(const std::string& text, core::Strategy& into);
[[nodiscard]] bool read(const std::string& text, core::Shape& into);
[[nodiscard]] bool read(const std::string& text, sim::ConnectFault& into);
[[nodiscard]] bool read(const std::string& text, MicroUsd& into);
[[nodiscard]] bool read(const std::string& text, Size& into);
[[nodiscard]] bool read(const std::string& text, Rate& into);
[[nodiscard]] bool read(const std::string& text, Range& into);
[[nodiscard]] bool read_integer(const std::string& text, std::int64_t& into);

template <std::integral T>
    requires(!std::same_as<T, bool>)
[[nodiscard]] bool read(const std::string& text, T& into) {
    std::int64_t value = 0;
    if (!read_integer(text, value) || !std::in_range<T>(value)) return false;
    into = static_cast<T>(value);
    return true;
}

template <class T>
[[nodiscard]] bool read(const std::string& text, std::optional<T>& into) {
    return read(text, into.emplace());
}

// Options(s).take("share", share).take("ttl", ttl).finish()
class Options {
  public:
    explicit Options(const Statement& statement) : statement_(statement), known_(statement.terms.size()) {}

    template <class T>
    Options& take(std::string_view key, T& into) {
        for (std::size_t i = 0; i < known_.size(); ++i) {
            const Term& term = statement_.terms[i];
            if (term.key != key || term.relation != Relation::equal) continue;
            known_[i] = true;
            if (!read(term.value, into) && problem_.empty()) problem_ = to_string(term) + ": no such value";
        }
        return *this;
    }
    // Error: the first value that did not fit, or the first term nobody asked for; names the line.
    [[nodiscard]] Result<void> finish() const;

  private:
    const Statement& statement_;
    std::vector<bool> known_;
    std::string problem_;
};

}  // namespace signalbox::replay
