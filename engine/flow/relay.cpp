// The events of a streamed answer, out of the provider's bytes: before the commit point and after it.
#include "engine/flow/relay.h"

#include <algorithm>
#include <utility>

#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

const Error fine{ErrorCode::ok, {}};

void merge(Usage& total, const Usage& news) {
    if (news.input_tokens >= 0) total.input_tokens = news.input_tokens;
    if (news.output_tokens >= 0) total.output_tokens = news.output_tokens;
    if (news.cached_input_tokens >= 0) total.cached_input_tokens = news.cached_input_tokens;
}

// Keeps what the event says; what the client gets of it goes to `out`. Returns the failure it tells of, or ok.
Error take_event(const Exchange& x, Attempt& a, const protocol::SseEvent& event, std::string& out) {
    Relay& relay = *a.relay;
    if (event.comment_only && !relay.translator) {
        out += event.raw;
        return fine;
    }
    protocol::ChunkInfo chunk =
        relay.translator ? relay.translator->event(event, out) : protocol::inspect_event(event, x.endpoint);
    if (chunk.malformed) return {ErrorCode::upstream_malformed, "the provider sent an event that is not JSON"};
    if (chunk.error) return {chunk.error_code, std::move(chunk.error_text)};
    merge(a.usage, chunk.usage);
    if (!relay.content) remember_home(x, a, chunk.response_id);
    // The event we asked for comes after the answer's end; some providers put usage into every chunk besides.
    const bool ours = relay.hide_usage && relay.finished && chunk.usage.known() && !chunk.content && !chunk.finish;
    relay.done = relay.done || chunk.done;
    relay.finished = relay.finished || chunk.finish;
    relay.pieces += chunk.content;
    relay.content = relay.content || chunk.content || (chunk.finish && !lacks_content(chunk.finish_reason, x.endpoint));
    if (ours || relay.translator) return fine;
    if (chunk.unnumbered || (chunk.finish && relay.calls.begun())) {
        protocol::append_sse(out, event.event, relay.calls.mend(event.data, chunk.finish_reason));
    } else {
        out += event.raw;
    }
    return fine;
}

// What has been read and not looked at yet.
Error take_buffered(const Exchange& x, Attempt& a, std::string& out) {
    Relay& relay = *a.relay;
    Buffer& in = a.upstream->in;
    while (!in.data().empty() && !relay.body.done()) {
        Result<protocol::BodyReader::Step> step = relay.body.next(in.data());
        if (!step) return {relay.content ? ErrorCode::stream_cut : step.error().code, std::move(step.error().detail)};
        std::string_view payload = step->data;
        while (!payload.empty()) {
            Result<std::optional<protocol::SseEvent>> event = relay.events.next(payload);
            if (!event) return std::move(event.error());
            if (!*event) break;
            Error trouble = take_event(x, a, **event, out);
            if (trouble.code != ErrorCode::ok) return trouble;
        }
        in.consume(step->consumed);
    }
    return fine;
}

// No more bytes will come. Some servers end without [DONE]; a finish_reason is an end too. Without either the answer is
// not whole.
Error end_of_answer(const Exchange& x, Attempt& a, std::string& out) {
    Relay& relay = *a.relay;
    if (const std::optional<protocol::SseEvent> last = relay.events.finish_at_eof()) {
        const std::size_t before = out.size();
        Error trouble = take_event(x, a, *last, out);
        if (trouble.code != ErrorCode::ok) return trouble;
        if (out.size() > before && !out.ends_with("\n\n")) out += "\n";  // the blank line it lacked
    }
    if (!relay.content) return {ErrorCode::upstream_empty, "the provider's stream had no content"};
    if (!relay.done && !relay.finished) {
        return {ErrorCode::stream_cut, "the provider's stream ended without a finish_reason"};
    }
    relay.ended = true;
    if (relay.translator) relay.translator->finish(out);
    return fine;
}

// What there is to take: the events read, and at the end what closes the answer. With a transcript, only what the
// client has not been given yet.
Error take(const Exchange& x, Attempt& a, bool at_end, std::string& out) {
    Relay& relay = *a.relay;
    std::string news;
    std::string& into = a.transcript ? news : out;
    Error trouble = take_buffered(x, a, into);
    const bool over = at_end || relay.done || relay.body.done();
    if (over && trouble.code == ErrorCode::ok) trouble = end_of_answer(x, a, into);
    if (!a.transcript) return trouble;
    const bool fits = a.transcript->join(news, out) && !(relay.ended && a.transcript->catching_up());
    return fits ? trouble : Error{ErrorCode::conflict, "the answer differs from what the client has been given"};
}

Instant patience(const Exchange& x, const Attempt& a) {
    const Instant until =
        a.relay->content ? after(x.s.clock.now(), a.deadlines.idle) : after(a.sent, a.deadlines.first_token);
    return std::min(until, x.total_deadline);
}

// Nothing more came than an I/O error, or the end of the connection in the middle.
Error broken_off(const Exchange& x, const Attempt& a, ErrorCode io) {
    if (std::optional<Error> end = stopped(x, a)) return std::move(*end);
    const Relay& relay = *a.relay;
    if (io != ErrorCode::io_timeout) {
        return {relay.content ? ErrorCode::stream_cut : ErrorCode::upstream_reset,
                "the provider closed in the middle of its answer"};
    }
    if (x.s.clock.now() >= x.total_deadline) return {ErrorCode::deadline_exceeded, "the request's time is over"};
    if (!relay.content) return {ErrorCode::first_token_timeout, "the provider sent no content in time"};
    return {ErrorCode::stream_idle_timeout, "the provider fell silent in the middle of its answer"};
}

}  // namespace

bool lacks_content(std::string_view finish_reason, protocol::Endpoint endpoint) {
    return (endpoint == protocol::Endpoint::chat || endpoint == protocol::Endpoint::messages) &&
           (finish_reason == "stop" || finish_reason == "tool_calls" || finish_reason == "function_call");
}

Task<Error> next_events(Exchange& x, Attempt& a, std::string& out) {
    Relay& relay = *a.relay;
    Buffer& in = a.upstream->in;
    const std::size_t before = out.size();
    for (;;) {
        Error trouble = take(x, a, false, out);
        if (trouble.code != ErrorCode::ok || relay.ended || out.size() > before) co_return trouble;
        a.upstream->stream->expire_at(patience(x, a));
        if (in.data().empty()) x.s.buffers.give_back(std::exchange(in, {}));  // events may be far apart
        co_await a.upstream->stream->until_readable();
        if (!in.allocated()) in = x.s.buffers.take();
        if (in.space().empty()) in.reserve(in.data().size() + limits::read_buffer_initial);
        Result<std::size_t> got = co_await a.upstream->stream->read_some(in.space());
        if (!got || stopped(x, a)) co_return broken_off(x, a, got ? ErrorCode::io_closed : got.error().code);
        if (*got == 0) {
            if (relay.body.finish_at_eof()) co_return take(x, a, true, out);
            co_return broken_off(x, a, ErrorCode::io_closed);
        }
        in.filled(*got);
    }
}

}  // namespace signalbox::flow
