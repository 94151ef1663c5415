// Step 7: the answer goes to the client. From the first byte on there is no way back: a provider that fails now ends in
// a typed error event and an aborted body, never in [DONE] or a silent truncation; or, with `midstream: resume`, in the
// same words from another target.
#include <algorithm>
#include <array>

#include "engine/core/routing/outcome_class.h"
#include "engine/flow/response_head.h"
#include "engine/flow/steps.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {
namespace {

constexpr std::int64_t top_up_ahead = 64;  // tokens before the expected end

// Head and whole body in one write.
Task<void> send_whole(Exchange& x, Attempt& a) {
    if (x.head_sent) {  // of a stream, to a client that waited
        a.error = {ErrorCode::upstream_malformed, "the provider does not stream, and the answer has begun as a stream"};
        co_return;
    }
    std::string head = answer_head(x, a, a.body.size());
    const std::array<std::string_view, 2> pieces = {head, a.body};
    x.answered = co_await send(x, pieces);
    if (!x.answered) a.error = {ErrorCode::client_gone, "the client left"};
}

// An answer longer than expected is charged as it grows.
void top_up(Exchange& x, Attempt& a) {
    constexpr std::int64_t step = 192;  // tokens
    x.s.router.top_up(a.reservation, x.entry, a.relay->pieces, cost_so_far(x, a), {x.s.clock.now(), x.s.clock.wall()});
    x.next_top_up = a.relay->pieces + step;
}

// What the client is told of a failure in mid-stream: the provider's own words for it stay in the history.
Error as_stream_error(Attempt& a, Error trouble) {
    switch (trouble.code) {
        case ErrorCode::stream_cut:
        case ErrorCode::stream_idle_timeout:
        case ErrorCode::deadline_exceeded:
        case ErrorCode::client_gone:
            return trouble;
        default:
            a.cause = trouble.code;
            return {ErrorCode::stream_error_event, std::move(trouble.detail)};
    }
}

// The rest of the provider's stream as it comes. Returns how it ended; ok: complete.
Task<Error> relay_rest(Exchange& x, Attempt& a, std::string& out) {
    Relay& relay = *a.relay;
    while (!relay.ended) {
        out.clear();
        Error trouble = co_await next_events(x, a, out);
        if (!out.empty() && trouble.code != ErrorCode::client_gone) {
            const bool sent = co_await send_chunk(x, out, false);
            if (!sent) co_return Error{ErrorCode::client_gone, "the client left"};
            if (a.transcript) a.transcript->given();
            keep_events(x, out);
        }
        if (trouble.code != ErrorCode::ok) co_return as_stream_error(a, std::move(trouble));
        if (relay.pieces >= x.next_top_up) top_up(x, a);
    }
    co_return Error{ErrorCode::ok, {}};
}

// What remains of the provider's framing after [DONE], so that its connection can serve again.
Task<void> drain_framing(Exchange& x, Attempt& a) {
    Relay& relay = *a.relay;
    if (!relay.reusable) co_return;
    Buffer& in = a.upstream->in;
    a.upstream->stream->expire_at(after(x.s.clock.now(), 1s));
    for (;;) {
        while (!in.data().empty() && !relay.body.done()) {
            Result<protocol::BodyReader::Step> step = relay.body.next(in.data());
            if (!step) co_return;
            in.consume(step->consumed);
        }
        if (relay.body.done()) break;
        if (in.space().empty()) in.reserve(in.data().size() + limits::read_buffer_initial);
        Result<std::size_t> got = co_await a.upstream->stream->read_some(in.space());
        if (!got || *got == 0) co_return;
        in.filled(*got);
    }
    keep_connection(x, a);
}

// A whole answer whose provider forgot to say so: clients of these endpoints wait for it.
std::string_view missing_done(const Exchange& x, const Relay& relay) {
    const bool awaited = x.endpoint == protocol::Endpoint::chat || x.endpoint == protocol::Endpoint::completions;
    return awaited && !relay.done && !relay.translator ? "data: [DONE]\n\n" : "";
}

// Unless another target may resume it, the request's bytes are not needed while the answer streams.
void forget_request(Exchange& x, const Attempt& a) {
    if (a.transcript) return;
    if (x.client.in.data().size() != x.message_bytes) return;  // the next request is already there
    x.s.buffers.give_back(std::move(x.client.in));
    x.client.in = {};
    x.message_bytes = 0;
    x.body = {};
    x.head.clear();
    std::string().swap(x.chunked_body);
}

// The head; or, where it has gone already to a client that waited, a comment that names who serves it.
std::string begin_stream(Exchange& x, Attempt& a) {
    if (x.head_sent) {
        const bool resumed = a.transcript && a.transcript->begun();
        a.body.insert(0, (resumed ? ": continued by " : ": served by ") + x.row(a).deployment + "\n\n");
        return {};
    }
    if (!x.head.understands_chunks) x.must_close = true;  // only closing ends such an answer
    return answer_head(x, a, std::nullopt);
}

Task<void> send_stream(Exchange& x, Attempt& a) {
    keep_events(x, a.body);
    std::string out = begin_stream(x, a);
    const bool chunked = x.head.understands_chunks;
    if (chunked) protocol::append_chunk_head(out, a.body.size());
    const std::array<std::string_view, 3> first = {out, a.body, chunked ? protocol::chunk_tail : ""};
    x.head_sent = true;
    forget_request(x, a);
    x.next_top_up = std::max<std::int64_t>(x.entry.ask().output.expected - top_up_ahead, 0);
    x.watch.stop_stream(a.upstream->stream.get());
    bool sent = co_await send(x, first);
    std::string().swap(a.body);
    a.error = {ErrorCode::client_gone, "the client left"};
    if (sent && a.transcript) a.transcript->given();
    if (sent) a.error = co_await relay_rest(x, a, out);
    if (a.error.code == ErrorCode::ok) {
        const std::string_view last = missing_done(x, *a.relay);
        keep_events(x, last);
        sent = co_await send_chunk(x, last, true);
        x.answered = sent;
        if (!sent) a.error.code = ErrorCode::client_gone;
    }
    x.watch.stop_stream(nullptr);
    hide_key(a.error.detail, x.key_value(a));
}

// Another target may take over where this one broke off.
bool may_resume(const Exchange& x, const Attempt& a) {
    if (!a.transcript || !a.transcript->resumable()) return false;
    return core::worth_another_target(a.blame(), x.config().defaults.content_filter_fallback);
}

void close_row(Exchange& x, const Attempt& a) {
    ports::AttemptRecord& row = x.row(a);
    row.result = a.error.code;
    row.detail = a.error.detail;
    row.total_us = to_us(x.since_arrival()) - row.start_us;
}

}  // namespace

Task<bool> stream(Exchange& x, Attempt& a) {
    if (x.alive.wanted) co_await stop_keeping_alive(x);
    if (x.record.first_token_us < 0) {
        const Nanos so_far = x.since_arrival();
        x.record.first_token_us = to_us(so_far);
        x.record.overhead_us = to_us(so_far - x.queued - x.waited);
    }
    x.record.status = a.status;
    if (a.streaming) {
        co_await send_stream(x, a);
    } else {
        co_await send_whole(x, a);
    }
    close_row(x, a);
    if (may_resume(x, a)) {
        x.keeping = nullptr;  // two answers in one are not an answer
        co_return false;
    }
    settle(x, a);
    if (a.error.code == ErrorCode::ok) {
        keep_answer(x, a);
        if (a.streaming) co_await drain_framing(x, a);
    } else if (a.error.code != ErrorCode::client_gone) {
        co_await refuse(x, a.error);
    }
    co_return true;
}

}  // namespace signalbox::flow
