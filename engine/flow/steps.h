// The steps of the journey, in order. Each has a file of its name; journey.cpp calls them.
#pragma once

#include "engine/flow/exchange.h"

namespace signalbox::flow {

// 2. Reads and understands one request. False: the connection ended before one began. What is wrong with it is in
// x.parsed (codes of stage parse); after most of these the connection cannot be used any more (x.must_close).
Task<bool> parse(Exchange& x);

// 3. Whose request is it, and may they ask for this? Errors: missing_key, invalid_key, model_not_allowed.
Result<void> authenticate(Exchange& x);

// 4. Makes the plan: which models may serve this. Errors: model_not_found, invalid_parameter, draining.
Result<void> admit(Exchange& x);

// The plan for a prompt of so many tokens (0: not to be checked). Errors: model_not_found, invalid_parameter.
[[nodiscard]] Result<core::Plan> plan_for(const Exchange& x, std::int64_t input_tokens);

// Part of 4: a request that names a previous response goes where that was made, and nowhere else. Errors:
// invalid_parameter (it is another account's), no_target (what made it does not serve this model any more).
Result<void> stick(Exchange& x);
// Rules out every other lane of the plan.
void stay_with(Exchange& x, core::LaneId home);
// A provider keeps this response, which the attempt brought.
void remember_home(const Exchange& x, const Attempt& a, std::string_view response_id);

// What this request knows of a lane.
core::Tried& memory_of(Exchange& x, core::LaneId lane);

// Between 4 and 5: a kept answer to the same request. True: answered. Otherwise x.keeping says whether the answer to
// come may be kept.
Task<bool> serve_cached(Exchange& x);
// Events of a streamed answer that the client was given; and its whole end: it is kept if it may be.
void keep_events(Exchange& x, std::string_view events);
void keep_answer(Exchange& x, Attempt& a);

// What the decision is told of this request now.
[[nodiscard]] core::DecideInput decide_input(const Exchange& x, Instant now, std::uint64_t draw);
// How many attempts this request may have, all targets together.
[[nodiscard]] int attempts_allowed(const Exchange& x);

// 5. Chooses a target for this attempt and holds a place there; waits, bounded, while all are busy.
// Errors: no_target, context_too_long, queue_full, queue_timeout, deadline_exceeded, client_gone, rate_limited,
// budget_exhausted, ledger_unavailable.
Task<Result<void>> select_and_reserve(Exchange& x, Attempt& a);

// 6. One call to the reserved target, up to the commit point: a whole answer, or the first content of a stream.
// Never writes to the client. Adds one AttemptRecord.
Task<void> attempt(Exchange& x, Attempt& a);

// Was it ended by ourselves, whatever its stream says? client_gone, overtaken; none: it was not.
[[nodiscard]] std::optional<Error> stopped(const Exchange& x, const Attempt& a);

// What to do after a failed attempt: updates what the request knows, settles the reservation, sleeps a backoff where
// the same target comes next. False: no further attempt makes sense; x.last_error says why.
Task<bool> note_failure(Exchange& x, Attempt& failed);
// The same for one of two attempts while the other goes on: that one is the next try.
void note_loss(Exchange& x, Attempt& failed);
// Is there nothing to try after this failure?
[[nodiscard]] bool is_final(const Exchange& x, const Attempt& failed);

// More of a streamed answer: appends whole events to `out` until there are some, or the answer has ended (then
// relay.ended). Returns ok, or how it failed; what came before the failure is in `out`. Used by the steps 6 and 7.
Task<Error> next_events(Exchange& x, Attempt& a, std::string& out);

// The provider's connection may serve again: its last answer was read to the end.
void keep_connection(Exchange& x, Attempt& a);

// 7. Sends the answer: head, what the attempt holds, then the rest of the stream with backpressure. An upstream that
// fails now ends in an honest error event and an aborted body.
// False: it broke off (a.error), and another target may resume it; nothing is settled then.
Task<bool> stream(Exchange& x, Attempt& a);

// 8. Ends the reservation with what happened, and prices it.
void settle(Exchange& x, Attempt& a);

// The same for an attempt that was overtaken: what it cost was spent, and nobody gets it.
void settle_overtaken(Exchange& x, Attempt& a);

// What every end of an attempt tells of its target.
[[nodiscard]] core::AttemptOutcome outcome_of(const Exchange& x, const Attempt& a, ErrorCode code);

// The tokens reported, or else counted and estimated.
[[nodiscard]] Usage used_so_far(const Exchange& x, const Attempt& a);
// The same at its target's price.
[[nodiscard]] MicroUsd cost_so_far(const Exchange& x, const Attempt& a);

// One typed error, in the client's dialect: as an answer, or inside the stream that has begun.
Task<void> refuse(Exchange& x, Error error);

// Requests that need no provider: health, model listing. True: answered; they leave no history.
Task<bool> answer_locally(Exchange& x);

// Opens the history row: its id and time. Called as soon as a request's head is there.
void begin_record(Exchange& x);
// 9. Closes the history row and hands it to the journal. Synchronous; runs on every path.
void record(Exchange& x);

// Writes to the client; false: the client is gone (and x.watch knows).
Task<bool> send(Exchange& x, std::span<const std::string_view> pieces);
// One chunk of a streamed body; an HTTP/1.0 client gets the bytes bare and the end by closing.
Task<bool> send_chunk(Exchange& x, std::string_view payload, bool last);
// A whole answer of our own; HEAD gets its head only.
Task<bool> send_answer(Exchange& x, std::string_view head, std::string_view body);

}  // namespace signalbox::flow
