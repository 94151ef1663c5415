#include "engine/control/wording.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace signalbox::control {
namespace {

constexpr std::int64_t microseconds = 1'000'000;  // in a second
constexpr std::int64_t seconds_a_day = 86400;

std::time_t seconds_of(WallTime time) {
    return static_cast<std::time_t>(time.unix_us / microseconds);
}

}  // namespace

std::string_view cause_words(ErrorCode cause) {
    switch (cause) {
        case ErrorCode::upstream_not_found:
            return "model not found";
        case ErrorCode::upstream_unauthorized:
            return "key refused";
        case ErrorCode::dns_failed:
            return "name not resolved";
        case ErrorCode::tls_failed:
            return "TLS failed";
        case ErrorCode::connect_refused:
            return "connection refused";
        case ErrorCode::connect_timeout:
            return "no connection in time";
        case ErrorCode::upstream_reset:
            return "connection reset";
        case ErrorCode::header_timeout:
            return "no answer in time";
        case ErrorCode::first_token_timeout:
            return "no first token in time";
        case ErrorCode::upstream_malformed:
            return "unreadable answer";
        case ErrorCode::upstream_empty:
            return "empty answer";
        case ErrorCode::upstream_server_error:
            return "server error";
        case ErrorCode::stream_cut:
            return "stream cut short";
        case ErrorCode::stream_idle_timeout:
            return "stream fell silent";
        case ErrorCode::stream_error_event:
            return "error inside the stream";
        default:
            return to_string(cause);
    }
}

std::string outage_words(const Outage& outage, WallTime now) {
    std::string text = fmt::format("{} at {} since {}, {} wasted", cause_words(outage.cause), outage.target,
                                   clock_words(outage.began, now), count_words(outage.wasted, "call"));
    if (outage.diverted == 0) return text;
    text += fmt::format(", {} diverted", count_words(outage.diverted, "request"));
    return outage.served_by.empty() ? text : text + " to " + outage.served_by;
}

std::string count_words(std::int64_t count, std::string_view singular) {
    return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

std::string clock_words(WallTime then, WallTime now) {
    const bool today = seconds_of(then) / seconds_a_day == seconds_of(now) / seconds_a_day;
    const auto utc = fmt::gmtime(seconds_of(then));
    return today ? fmt::format("{:%H:%M}", utc) : fmt::format("{:%Y-%m-%d %H:%M}", utc);
}

std::string duration_words(Nanos duration) {
    const std::int64_t seconds = std::max<std::int64_t>(duration / 1s, 0), minutes = seconds / 60, hours = minutes / 60;
    if (minutes == 0) return fmt::format("{} s", seconds);
    if (hours == 0) return fmt::format("{} min", minutes);
    if (hours < 24) return fmt::format("{} h {} min", hours, minutes % 60);
    return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string iso_time(WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds_of(time)));
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::string capitalised(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 32);
    return text;
}

}  // namespace signalbox::control
