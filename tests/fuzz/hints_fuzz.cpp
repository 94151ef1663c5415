// What heads and configuration say in numbers: rates left, when to come back, sizes, durations, addresses, dates.
#include <string>

#include "engine/base/check.h"
#include "engine/base/glob.h"
#include "engine/core/config/quantities.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/http/rate_headers.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

void head_of(std::string_view input) {
    const std::string text = "HTTP/1.1 429 X\r\n" + std::string(input) + "\r\n\r\n";
    protocol::ResponseHead head;
    if (protocol::parse_response_head(text, 4096, head).status != protocol::HeadParse::Status::done) return;
    const protocol::RateHeaders rates = protocol::rate_headers(head);
    for (const auto figure : {rates.requests_left, rates.requests_limit, rates.tokens_left, rates.tokens_limit})
        SB_CHECK(figure >= -1);
    for (const std::int64_t now : {0LL, 1'780'000'000'000'000LL}) {
        if (const auto wait = protocol::retry_after(head, WallTime{now})) SB_CHECK(*wait >= 0s && *wait <= 24h);
    }
}

// What can be read can be written and read again.
template <class Value, class Parse, class Format>
void round_trip(std::string_view input, Parse parse, Format format) {
    const Result<Value> value = parse(input);
    if (!value) return;
    const Result<Value> again = parse(format(*value));
    SB_CHECK(again.has_value() && format(*again) == format(*value));
}

}  // namespace

void hints(std::string_view input) {
    head_of(input);
    round_trip<Nanos>(input, core::parse_duration, core::format_duration);
    round_trip<std::int64_t>(input, core::parse_size, core::format_size);
    round_trip<MicroUsd>(input, core::parse_money, core::format_money);
    round_trip<core::HostPort>(input, core::parse_host_port, core::format_host_port);
    (void)core::parse_number(input);
    (void)core::is_date(input);
    (void)core::is_loopback(input);
    if (const auto url = core::parse_base_url(input)) {
        SB_CHECK(!url->host.empty() && url->port != 0 && !url->path.ends_with('/'));
        SB_CHECK(url->host.find_first_of("\r\n \t") == std::string::npos);
    }
    const std::size_t half = std::min<std::size_t>(input.size() / 2, 64);
    SB_CHECK(glob_match("*", input));
    (void)glob_match(input.substr(0, half), input.substr(half, 64));
}

}  // namespace signalbox::fuzz
