#include <charconv>

#include "engine/protocol/state/server_state.h"

namespace signalbox::protocol {
namespace {

// Takes what it reads off the front.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    // Exactly `digits` of them, at most `most`.
    [[nodiscard]] std::optional<int> number(std::size_t digits, int most) {
        int value = 0;
        if (text_.size() < digits || text_[0] == '-') return std::nullopt;
        const auto [end, problem] = std::from_chars(text_.data(), text_.data() + digits, value);
        if (problem != std::errc{} || end != text_.data() + digits || value > most) return std::nullopt;
        text_.remove_prefix(digits);
        return value;
    }
    [[nodiscard]] bool take(char c) {
        if (!text_.starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    // The digits of a fraction of a second, as microseconds.
    [[nodiscard]] std::optional<std::int64_t> fraction() {
        std::int64_t us = 0;
        std::int64_t unit = 100'000;
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if (text_.empty() || !is_digit(text_[0])) return std::nullopt;
        for (; !text_.empty() && is_digit(text_[0]); text_.remove_prefix(1), unit /= 10) us += (text_[0] - '0') * unit;
        return us;
    }
    [[nodiscard]] bool empty() const { return text_.empty(); }

  private:
    std::string_view text_;
};

std::optional<std::chrono::sys_days> read_day(Reader& in) {
    const auto year = in.number(4, 9999);
    if (!year || !in.take('-')) return std::nullopt;
    const auto month = in.number(2, 12);
    if (!month || !in.take('-')) return std::nullopt;
    const auto day = in.number(2, 31);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

std::optional<std::chrono::seconds> read_hours(Reader& in) {
    const auto hour = in.number(2, 23);
    if (!hour || !in.take(':')) return std::nullopt;
    const auto minute = in.number(2, 59);
    if (!minute) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

// Z or ±HH:MM.
std::optional<std::chrono::seconds> read_offset(Reader& in) {
    if (in.take('Z') || in.take('z')) return std::chrono::seconds(0);
    const bool west = in.take('-');
    if (!west && !in.take('+')) return std::nullopt;
    const auto offset = read_hours(in);
    if (!offset) return std::nullopt;
    return west ? -*offset : *offset;
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
    Reader in(text);
    const auto day = read_day(in);
    if (!day || (!in.take('T') && !in.take('t') && !in.take(' '))) return std::nullopt;
    const auto hours = read_hours(in);
    if (!hours || !in.take(':')) return std::nullopt;
    const auto second = in.number(2, 60);
    if (!second) return std::nullopt;
    const auto fraction = in.take('.') ? in.fraction() : std::optional<std::int64_t>(0);
    if (!fraction) return std::nullopt;
    const auto offset = read_offset(in);
    if (!offset || !in.empty()) return std::nullopt;
    const auto whole = day->time_since_epoch() + *hours + std::chrono::seconds(*second) - *offset;
    return std::chrono::microseconds(whole).count() + *fraction;
}

}  // namespace signalbox::protocol
