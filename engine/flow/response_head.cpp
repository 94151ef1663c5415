#include "engine/flow/response_head.h"

#include <fmt/format.h>

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
}

void finish(const Exchange& x, protocol::HeadWriter& head) {
    if (!x.keep_alive || x.must_close || x.s.gauges.draining) head.header("connection", "close");
    head.end();
}

}  // namespace

std::string answer_head(const Exchange& x, int status, std::string_view content_type,
                        std::optional<std::uint64_t> length) {
    std::string out;
    out.reserve(512);
    protocol::HeadWriter head(out);
    head.status(status).header("content-type", content_type.empty() ? "application/json" : content_type);
    story(x, head);
    const ports::AttemptRecord& served = x.record.attempts.back();
    head.header("x-signalbox-model", served.model).header("x-signalbox-deployment", served.deployment);
    if (x.decision.chosen.step > 0) head.header("x-signalbox-fallback", core::to_string(x.plan.source));
    head.header("x-signalbox-overhead-us", Digits(x.record.overhead_us));
    if (length) {
        head.content_length(*length);
    } else {
        head.header("cache-control", "no-cache");
        if (x.head.understands_chunks) head.chunked();
    }
    finish(x, head);
    return out;
}

std::string error_head(const Exchange& x, int status, std::uint64_t length, std::optional<Nanos> retry_after) {
    std::string out;
    out.reserve(384);
    protocol::HeadWriter head(out);
    head.status(status).header("content-type", "application/json");
    story(x, head);
    if (retry_after) {
        head.header("retry-after", Digits((to_ms(*retry_after) + 999) / 1000));
        head.header("retry-after-ms", Digits(to_ms(*retry_after)));
    } else if (x.attempts > 0) {
        head.header("x-should-retry", "false");  // we have already tried what there is to try
    }
    head.content_length(length);
    finish(x, head);
    return out;
}

}  // namespace signalbox::flow
