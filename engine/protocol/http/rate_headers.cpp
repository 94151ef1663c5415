#include "engine/protocol/http/rate_headers.h"

#include <charconv>

namespace signalbox::protocol {
namespace {

constexpr std::string_view marker = "ratelimit-";

bool is(std::string_view tail, std::string_view word) {
    return equal_ignoring_case(tail, word);
}

// The field that a name's end stands for: OpenAI says remaining-requests, Anthropic requests-remaining.
std::int64_t* field_of(std::string_view tail, RateHeaders& out) {
    if (is(tail, "remaining-requests") || is(tail, "requests-remaining")) return &out.requests_left;
    if (is(tail, "limit-requests") || is(tail, "requests-limit")) return &out.requests_limit;
    if (is(tail, "remaining-tokens") || is(tail, "tokens-remaining")) return &out.tokens_left;
    if (is(tail, "limit-tokens") || is(tail, "tokens-limit")) return &out.tokens_limit;
    return nullptr;
}

}  // namespace

RateHeaders rate_headers(const ResponseHead& head) {
    RateHeaders out;
    for (const Header& header : head.headers()) {
        const std::size_t dash = header.name.find('-');
        if (dash == std::string_view::npos || header.name.size() < dash + 1 + marker.size()) continue;
        if (!is(header.name.substr(dash + 1, marker.size()), marker)) continue;
        std::int64_t* field = field_of(header.name.substr(dash + 1 + marker.size()), out);
        std::int64_t value = 0;
        const char* end = header.value.data() + header.value.size();
        const auto [stop, problem] = std::from_chars(header.value.data(), end, value);
        if (field != nullptr && problem == std::errc{} && stop == end && value >= 0) *field = value;
    }
    return out;
}

}  // namespace signalbox::protocol
