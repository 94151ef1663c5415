#include "engine/core/config/quantities.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>

namespace signalbox::core {
namespace {

struct Unit {
    std::string_view word;
    std::int64_t factor;
};
constexpr auto duration_units = std::to_array<Unit>({
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
});
constexpr auto size_units = std::to_array<Unit>({
    {"TiB", 1LL << 40},
    {"GiB", 1LL << 30},
    {"MiB", 1LL << 20},
    {"KiB", 1LL << 10},
});
constexpr std::int64_t micro = 1'000'000;

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> multiply(std::int64_t count, std::int64_t factor) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(count, factor, &product)) return std::nullopt;
    return product;
}

// "30s" -> 30 × factor("s"). Digits alone mean `bare` each, 0 is 0 in any unit; bare == 0 refuses a bare number.
std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units, std::int64_t bare) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_integer(text.substr(0, end));
    const std::string_view word = text.substr(end);
    if (!count) return std::nullopt;
    if (word.empty()) {
        if (bare == 0 && *count != 0) return std::nullopt;
        return multiply(*count, bare);
    }
    const auto unit = std::ranges::find(units, word, &Unit::word);
    if (unit == units.end()) return std::nullopt;
    return multiply(*count, unit->factor);
}

std::string format_with_unit(std::int64_t value, std::span<const Unit> units) {
    if (value != 0)
        for (const Unit& unit : units)
            if (value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.word);
    return fmt::format("{}", value);
}

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
    });
}

// "host", "host:80", "[::1]", "[::1]:80"; `default_port` < 0 makes the port a must.
std::optional<HostPort> parse_authority(std::string_view text, int default_port) {
    std::string_view host = text;
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        const std::string_view rest = text.substr(close + 1);
        if (host.find(':') == std::string_view::npos || (!rest.empty() && rest[0] != ':')) return std::nullopt;
        has_port = !rest.empty();
        if (has_port) port = rest.substr(1);
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    }
    if (!is_host(host) || (!has_port && default_port < 0)) return std::nullopt;
    std::int64_t number = default_port;
    if (has_port) {
        const auto parsed = parse_integer(port);
        if (!parsed || !all_digits(port)) return std::nullopt;
        number = *parsed;
    }
    if (number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
    return HostPort{std::string(host), static_cast<std::uint16_t>(number)};
}

std::unexpected<Error> is_not(std::string_view what) {
    return fail(ErrorCode::invalid_argument, fmt::format("is not {}", what));
}

}  // namespace

Result<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return is_not("a whole number");
    return value;
}

Result<double> parse_number(std::string_view text) {
    const bool percent = text.ends_with('%');
    if (percent) text.remove_suffix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return is_not("a number");
    return percent ? value / 100 : value;
}

Result<double> parse_percentile(std::string_view text) {
    const bool marked = text.starts_with('p') && !text.starts_with("p0");
    const Result<std::int64_t> percent = parse_integer(marked ? text.substr(1) : std::string_view());
    if (!percent || *percent < 1 || *percent > 99) return is_not("a percentile");
    return static_cast<double>(*percent) / 100;
}

Result<bool> parse_bool(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return is_not("true or false");
}

Result<Nanos> parse_duration(std::string_view text) {
    const auto nanos = parse_with_unit(text, duration_units, 0);
    if (!nanos) return is_not("a duration");
    return Nanos(*nanos);
}

Result<std::int64_t> parse_size(std::string_view text) {
    const auto bytes = parse_with_unit(text, size_units, 1);
    if (!bytes) return is_not("a size");
    return *bytes;
}

Result<MicroUsd> parse_money(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    std::string fraction(point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1));
    if (!all_digits(whole) || !all_digits(fraction)) return is_not("an amount in US dollars");
    if (fraction.size() > 6) return is_not("an amount of whole micro-dollars (six decimals at most)");
    fraction.resize(6, '0');
    const auto dollars = parse_integer(whole);
    const auto micros = dollars ? multiply(*dollars, micro) : std::nullopt;
    std::int64_t sum = 0;
    if (!micros || __builtin_add_overflow(*micros, *parse_integer(fraction), &sum))
        return is_not("an amount that can be counted in micro-dollars");
    return MicroUsd{negative ? -sum : sum};
}

Result<HostPort> parse_host_port(std::string_view text) {
    auto address = parse_authority(text, -1);
    if (!address) return is_not("HOST:PORT");
    return *std::move(address);
}

std::string format_duration(Nanos duration) {
    if (duration.count() % 1'000'000 != 0) return fmt::format("{}ns", duration.count());
    return format_with_unit(duration.count(), duration_units);
}

std::string format_size(std::int64_t bytes) {
    return format_with_unit(bytes, size_units);
}

std::string format_money(MicroUsd money) {
    const std::int64_t value = money.value;
    std::string text =
        fmt::format("{}{}.{:06}", value < 0 ? "-" : "", std::abs(value / micro), std::abs(value % micro));
    // Cents always show; further zeros say nothing.
    while (text.ends_with('0') && text[text.size() - 3] != '.') text.pop_back();
    return text;
}

std::string format_host_port(const HostPort& address) {
    const bool v6 = address.host.find(':') != std::string::npos;
    return fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), address.host, address.port);
}

Result<BaseUrl> parse_base_url(std::string_view text) {
    BaseUrl url;
    if (text.starts_with("https://")) {
        url.tls = true;
    } else if (!text.starts_with("http://")) {
        return is_not("an http:// or https:// URL");
    }
    text.remove_prefix(url.tls ? 8 : 7);
    const auto slash = std::min(text.find('/'), text.size());
    const auto authority = parse_authority(text.substr(0, slash), url.tls ? 443 : 80);
    if (!authority || authority->port == 0) return is_not("a URL with a host, and a port from 1 to 65535");
    std::string_view path = text.substr(slash);
    const bool clean = std::ranges::all_of(path, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (!clean || path.find_first_of("?#") != std::string_view::npos) return is_not("a URL without query or blanks");
    while (path.ends_with('/')) path.remove_suffix(1);
    url.host = authority->host;
    url.port = authority->port;
    url.path = path;
    return url;
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const std::string_view parts[] = {text.substr(0, 4), text.substr(5, 2), text.substr(8, 2)};
    if (!std::ranges::all_of(parts, all_digits)) return false;
    const auto number = [](std::string_view digits) { return static_cast<int>(*parse_integer(digits)); };
    return std::chrono::year_month_day(std::chrono::year(number(parts[0])),
                                       std::chrono::month(static_cast<unsigned>(number(parts[1]))),
                                       std::chrono::day(static_cast<unsigned>(number(parts[2]))))
        .ok();
}

}  // namespace signalbox::core
