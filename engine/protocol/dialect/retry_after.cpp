#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "engine/protocol/dialect/openai.h"

namespace signalbox::protocol {
namespace {

constexpr Nanos longest = 24h;
constexpr auto longest_us = std::chrono::duration_cast<std::chrono::microseconds>(longest);

std::optional<Nanos> scaled(std::string_view number, std::chrono::duration<double> unit) {
    double amount = 0;
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), amount);
    if (problem != std::errc{} || end != number.data() + number.size()) return std::nullopt;
    if (!std::isfinite(amount) || amount < 0) return std::nullopt;
    const std::chrono::duration<double> wait = amount * unit;
    return wait >= longest ? longest : std::chrono::duration_cast<Nanos>(wait);
}

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
    int value = 0;
    const char* begin = text.data() + at;
    const auto [end, problem] = std::from_chars(begin, begin + digits, value);
    if (problem != std::errc{} || end != begin + digits || value < 0) return std::nullopt;
    return value;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form servers may still send.
std::optional<WallTime> http_date(std::string_view text) {
    constexpr std::array months = std::to_array<std::string_view>(
        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
    if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
    const auto month = std::ranges::find(months, text.substr(8, 3));
    const auto day = number_at(text, 5, 2);
    const auto year = number_at(text, 12, 4);
    const auto hour = number_at(text, 17, 2);
    const auto minute = number_at(text, 20, 2);
    const auto second = number_at(text, 23, 2);
    if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const auto at = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                    std::chrono::minutes(*minute) + std::chrono::seconds(*second);
    return WallTime{std::chrono::duration_cast<std::chrono::microseconds>(at).count()};
}

}  // namespace

std::optional<Nanos> retry_after(const ResponseHead& head, WallTime now) {
    if (const auto wait = scaled(head.find("retry-after-ms"), 1ms)) return wait;
    const std::string_view text = head.find("retry-after");
    if (const auto wait = scaled(text, 1s)) return wait;
    const auto date = http_date(text);
    if (!date) return std::nullopt;
    // Bounded in microseconds first: a date far away does not fit in nanoseconds.
    const std::chrono::microseconds wait(date->unix_us - now.unix_us);
    return std::clamp<std::chrono::microseconds>(wait, 0us, longest_us);
}

}  // namespace signalbox::protocol
