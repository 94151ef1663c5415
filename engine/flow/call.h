// One attempt under way, between the files of step 6.
#pragma once

#include <algorithm>
#include <string>

#include "engine/flow/steps.h"
#include "engine/protocol/http/response_head.h"

namespace signalbox::flow {

// The exchange, the attempt, and what is needed up to its commit point only.
struct Call {
    Exchange& x;
    Attempt& a;
    protocol::ResponseHead head;  // views into a.upstream->in
    std::string request_head;
    std::string translated;  // the body where it is not the client's with another model's name; else empty
    const core::ActiveDrill* drill = nullptr;  // what spoils it; lives in x.rules

    [[nodiscard]] ports::AttemptRecord& record() const { return x.row(a); }
    [[nodiscard]] Instant now() const { return x.s.clock.now(); }
    [[nodiscard]] Instant within(Nanos phase) const { return std::min(after(now(), phase), x.total_deadline); }
    void fail_with(ErrorCode code, std::string detail) {
        // The total deadline cuts every phase short; then it is the request that ran out of time, not the provider.
        const bool timed_out = code == ErrorCode::connect_timeout || code == ErrorCode::header_timeout ||
                               code == ErrorCode::first_token_timeout || code == ErrorCode::stream_idle_timeout;
        const bool out_of_time = timed_out && now() >= x.total_deadline;
        a.error = stopped(x, a).value_or(Error{out_of_time ? ErrorCode::deadline_exceeded : code, std::move(detail)});
    }
};

// A provider's transport trouble, by the phase it happened in.
[[nodiscard]] inline ErrorCode timeout_or_reset(ErrorCode io, ErrorCode on_timeout) {
    return io == ErrorCode::io_timeout ? on_timeout : ErrorCode::upstream_reset;
}

// More bytes of the answer into the buffer. False at the end of the stream or on an error, which is then in `error`.
Task<bool> read_more(Call& call, ErrorCode on_timeout);

// The answer so far names a task: asks for it until it is a picture, which becomes the answer.
Task<void> await_picture(Call& call);

// After the head: a whole answer, or a stream up to its first content.
Task<void> take_answer(Call& call);

}  // namespace signalbox::flow
