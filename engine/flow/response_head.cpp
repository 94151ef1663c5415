#include "engine/flow/response_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/flow/drill.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {
namespace {

// A number as text without an allocation.
class Digits {
  public:
    explicit Digits(std::int64_t value) { end_ = fmt::format_to(text_, "{}", value); }
    operator std::string_view() const { return {text_, static_cast<std::size_t>(end_ - text_)}; }

  private:
    char text_[24];
    char* end_;
};

void story(const Exchange& x, protocol::HeadWriter& head) {
    const ports::RequestRecord& row = x.record;
    head.header("x-signalbox-request-id", row.id);
    if (x.attempts > 0) head.header("x-signalbox-attempts", Digits(x.attempts));
    if (row.override_id != 0) head.header("x-signalbox-override", Digits(row.override_id));
    const auto drilled = std::ranges::find_if(row.attempts, [](const auto& attempt) { return !attempt.drill.empty(); });
    if (drilled != row.attempts.end()) head.header(drill_header, drilled->drill);
    if (x.keeping != nullptr) head.header("x-signalbox-cache", x.keeping->looked ? "miss" : "store");
}

std::string_view or_json(std::string_view content_type) {
    return content_type.empty() ? "application/json" : content_type;
}

void dropped_members(const std::vector<std::string>& names, protocol::HeadWriter& head) {
    if (!names.empty()) head.header("x-signalbox-dropped", fmt::format("{}", fmt::join(names, ", ")));
}

// OpenAI's way to write a duration: 6m0s, 1.5s, 20ms.
std::string_view short_duration(Nanos duration, std::array<char, 32>& text) {
    const std::int64_t ms = (duration.count() + 999'999) / 1'000'000;
    const char* end = ms < 1000     ? fmt::format_to(text.data(), "{}ms", ms)
                      : ms < 60'000 ? fmt::format_to(text.data(), "{}s", static_cast<double>(ms) / 1000)
                                    : fmt::format_to(text.data(), "{}m{}s", ms / 60'000, ms % 60'000 / 1000);
    return {text.data(), static_cast<std::size_t>(end - text.data())};
}

// What the account has left after this request, as OpenAI's clients read it.
void rates(const Exchange& x, protocol::HeadWriter& head) {
    const core::RatesLeft& left = x.entry.rates();
    if (left.requests.limit.per_minute == 0) return;
    std::array<char, 32> text;
    head.header("x-ratelimit-limit-requests", Digits(left.requests.limit.per_minute));
    head.header("x-ratelimit-remaining-requests", Digits(std::max<std::int64_t>(left.requests.remaining, 0)));
    head.header("x-ratelimit-reset-requests", short_duration(left.requests.reset, text));
    head.header("x-ratelimit-limit-tokens", Digits(left.tokens.limit.per_minute));
    head.header("x-ratelimit-remaining-tokens", Digits(std::max<std::int64_t>(left.tokens.remaining, 0)));
    head.header("x-ratelimit-reset-tokens", short_duration(left.tokens.reset, text));
}

// No length: a stream.
void body_framing(const Exchange& x, std::optional<std::uint64_t> length, protocol::HeadWriter& head) {
    if (length) {
        head.content_length(*length);
    } else {
        head.header("cache-control", "no-cache");
        if (x.head.understands_chunks) head.chunked();
    }
}

void finish(const Exchange& x, protocol::HeadWriter& head) {
    if (!x.keep_alive || x.must_close || x.s.gauges.draining) head.header("connection", "close");
    head.end();
}

}  // namespace

std::string answer_head(const Exchange& x, const Attempt& a, std::optional<std::uint64_t> length) {
    std::string out;
    out.reserve(512);
    protocol::HeadWriter head(out);
    head.status(a.status).header("content-type", or_json(a.content_type));
    story(x, head);
    const ports::AttemptRecord& served = x.row(a);
    head.header("x-signalbox-model", served.model).header("x-signalbox-deployment", served.deployment);
    if (a.decision.chosen.step > 0) head.header("x-signalbox-fallback", core::to_string(x.plan.source));
    if (a.held) head.header("x-signalbox-midstream", "hold");
    if (x.end.hedges > 0) head.header("x-signalbox-hedged", a.hedge ? "won" : "lost");
    dropped_members(a.dropped, head);
    head.header("x-signalbox-overhead-us", Digits(x.record.overhead_us));
    rates(x, head);
    body_framing(x, length, head);
    finish(x, head);
    return out;
}

std::string cached_head(const Exchange& x, const core::CachedAnswer& answer) {
    std::string out;
    out.reserve(512);
    protocol::HeadWriter head(out);
    head.status(200).header("content-type", or_json(answer.content_type));
    story(x, head);
    head.header("x-signalbox-model", answer.model).header("x-signalbox-deployment", answer.deployment);
    head.header("x-signalbox-cache", "hit");
    head.header("age", Digits(to_ms(x.s.clock.now() - answer.made) / 1000));
    dropped_members(answer.dropped, head);
    head.header("x-signalbox-overhead-us", Digits(x.record.overhead_us));
    body_framing(x, answer.streamed ? std::nullopt : std::optional(answer.body.size()), head);
    finish(x, head);
    return out;
}

std::string early_head(Exchange& x) {
    if (!x.head.understands_chunks) x.must_close = true;  // only closing ends such an answer
    std::string out;
    protocol::HeadWriter head(out);
    head.status(200).header("content-type", "text/event-stream");
    head.header("x-signalbox-request-id", x.record.id).header("cache-control", "no-cache");
    if (x.head.understands_chunks) head.chunked();
    finish(x, head);
    return out;
}

std::string error_head(const Exchange& x, int status, std::uint64_t length, std::optional<Nanos> retry_after) {
    std::string out;
    out.reserve(384);
    protocol::HeadWriter head(out);
    head.status(status).header("content-type", "application/json");
    story(x, head);
    rates(x, head);
    if (retry_after) {
        head.header("retry-after", Digits((to_ms(*retry_after) + 999) / 1000));
        head.header("retry-after-ms", Digits(to_ms(*retry_after)));
    } else if (status >= 400 && x.record.error != ErrorCode::slow_client) {
        head.header("x-should-retry", "false");  // what there is to try has been tried, or nothing would help
    }
    head.content_length(length);
    finish(x, head);
    return out;
}

}  // namespace signalbox::flow
