// The whole life of a request, in the order it happens. Decisions are synchronous and pure; only transport awaits.
//
//   accept → parse → authenticate → admit (→ serve_cached) → select_and_reserve → attempt → stream → settle → record
//
// A failure before the commit point moves on to the next target; after it, the stream ends honestly. Retrying after the
// commit point is impossible by construction: the loop is left before the first byte is sent. Only `midstream: resume`
// comes back to it, and then the next answer has to begin with what the client has been given.
#include "engine/flow/journey.h"

#include "engine/base/scope_exit.h"
#include "engine/flow/hedge.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

Task<void> route(Exchange& x) {
    for (;;) {
        keep_alive(x);
        Attempt a;
        Result<void> place = co_await select_and_reserve(x, a);
        if (!place) {
            // What a provider said tells the client more than "nothing is left".
            const ErrorCode code = place.error().code;
            const bool nothing_left = code == ErrorCode::no_target || code == ErrorCode::context_too_long;
            const bool exhausted = nothing_left && x.last_error;
            Error error = exhausted ? std::move(*x.last_error) : std::move(place.error());
            co_await refuse(x, std::move(error));
            co_return;
        }
        Task<void> call = may_hedge(x, a) ? attempt_and_hedge(x, a) : attempt(x, a);
        co_await std::move(call);
        if (a.error.code == ErrorCode::ok) {
            const bool over = co_await stream(x, a);
            if (over) co_return;
        }
        const bool again = co_await note_failure(x, a);
        if (!again) {
            Error error = std::move(*x.last_error);
            co_await refuse(x, std::move(error));
            co_return;
        }
    }
}

Task<void> serve_model_request(Exchange& x) {
    x.s.gauges.in_flight.fetch_add(1, std::memory_order_relaxed);
    const ScopeExit finish([&x] {
        x.s.gauges.in_flight.fetch_sub(1, std::memory_order_relaxed);
        record(x);
    });
    Result<void> allowed = x.parsed ? authenticate(x) : std::unexpected(std::move(x.parsed.error()));
    if (allowed) allowed = admit(x);
    if (!allowed) {
        co_await refuse(x, std::move(allowed.error()));
        co_return;
    }
    const bool cached = co_await serve_cached(x);
    if (cached) co_return;
    x.client.stream->watch_peer(&x.watch);
    co_await route(x);
    x.client.stream->watch_peer(nullptr);
}

}  // namespace

Task<bool> serve_request(Services& s, Connection& connection) {
    Exchange x(s, connection);
    const bool came = co_await parse(x);
    if (!came) co_return false;
    const bool local = co_await answer_locally(x);
    if (!local) co_await serve_model_request(x);
    connection.in.consume(x.message_bytes);
    co_return x.answered&& x.keep_alive && !x.must_close && !x.watch.gone() && !s.gauges.draining;
}

}  // namespace signalbox::flow
