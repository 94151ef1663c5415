// The written form of quantities in configuration files and on command lines, and back.
//
// Strict: no blanks, no sign unless stated, no exponent, nothing silently rounded. Error: invalid_argument; its detail
// says what the text is not ("is not a duration") and never repeats the text, which may have come from a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/units.h"
#include "engine/core/config/config.h"

namespace signalbox::core {

[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view text);  // may be negative
// Finite decimal; "25%" is 0.25. May be negative.
[[nodiscard]] Result<double> parse_number(std::string_view text);
// p1…p99: 0.01…0.99.
[[nodiscard]] Result<double> parse_percentile(std::string_view text);
[[nodiscard]] Result<bool> parse_bool(std::string_view text);  // true | false
// 250ms 30s 5m 1h 30d; 0 needs no unit.
[[nodiscard]] Result<Nanos> parse_duration(std::string_view text);
// Bytes: 4096, 64KiB, 8MiB, 4GiB, 1TiB.
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);
// US dollars with at most six decimals, kept exactly. May be negative.
[[nodiscard]] Result<MicroUsd> parse_money(std::string_view text);
// HOST:PORT; an IPv6 address is written [::1]:8080. The host comes back without brackets.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);

// The shortest text that parses back to the same value.
[[nodiscard]] std::string format_duration(Nanos duration);
[[nodiscard]] std::string format_size(std::int64_t bytes);
[[nodiscard]] std::string format_money(MicroUsd money);
[[nodiscard]] std::string format_host_port(const HostPort& address);

struct BaseUrl {
    bool tls = false;
    std::string host;  // without brackets
    std::uint16_t port = 0;
    std::string path;  // "" or "/v1"; no trailing slash
};
// http://HOST[:PORT][/PATH] or https://…; no user, query or fragment.
[[nodiscard]] Result<BaseUrl> parse_base_url(std::string_view text);

// 127.0.0.0/8, ::1 or localhost.
[[nodiscard]] bool is_loopback(std::string_view host);
// YYYY-MM-DD, a day that exists.
[[nodiscard]] bool is_date(std::string_view text);

}  // namespace signalbox::core
