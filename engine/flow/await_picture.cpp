// A provider that paints asynchronously: its answer names a task, which is asked for until the picture is there.
//
// A task that was taken may cost money whether or not we hear of it again, so it is never submitted twice to the same
// provider; asking for it and for the picture can be repeated, and is.
#include <algorithm>

#include "engine/flow/call.h"
#include "engine/flow/deadlines.h"
#include "engine/flow/dialect.h"
#include "engine/flow/hedge.h"
#include "engine/flow/http_call.h"
#include "engine/flow/task_place.h"
#include "engine/protocol/dialect/bfl.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {
namespace {

constexpr Nanos first_pause = 500ms;  // between two questions; each one after that is half as long again
constexpr Nanos longest_pause = 2s;
constexpr Nanos one_question = 10s;  // may take so long; a picture's transfer has the idle deadline besides
constexpr int failures_max = 5;      // questions without an answer, one after the other
constexpr std::size_t progress_max = 1024 * 1024;  // bytes of an answer about a task

// The task on its way, between the coroutines below.
struct Watch {
    Call& call;
    Instant until;  // no question is begun later
    Nanos pause = first_pause;
    int failures = 0;
    Error last{ErrorCode::ok, {}};  // why the last question had no answer

    [[nodiscard]] bool ended() const { return call.a.error.code != ErrorCode::ok; }
    void end_with(ErrorCode code, std::string detail) { call.fail_with(code, std::move(detail)); }
    // A question that may be asked again.
    void miss(ErrorCode code, std::string detail) {
        last = {code, std::move(detail)};
        if (++failures >= failures_max || stopped(call.x, call.a)) end_with(last.code, std::move(last.detail));
    }
};

std::string get_request(const UpstreamAddress& address) {
    std::string bytes;
    protocol::HeadWriter head(bytes);
    head.request("GET", address.path_prefix);
    bytes += address.fixed_headers;
    head.header("accept-encoding", "identity").end();
    return bytes;
}

// A connection to that place, which the client's leaving aborts.
Task<Result<std::unique_ptr<Upstream>>> connect_to(Watch& w, const UpstreamAddress& address, Instant deadline) {
    Exchange& x = w.call.x;
    std::unique_ptr<Upstream> upstream = x.s.upstreams.take(address.endpoint, w.call.now());
    if (upstream) co_return upstream;
    const Instant patience = std::min(deadline, after(w.call.now(), w.call.a.deadlines.connect));
    Result<ports::Stream> stream = co_await x.s.network.connect(address.endpoint, patience);
    if (!stream) co_return std::unexpected(std::move(stream.error()));
    upstream = std::make_unique<Upstream>();
    upstream->stream = std::move(*stream);
    co_return upstream;
}

// One question. A pooled connection that had died while idle is replaced once.
Task<Result<HttpAnswer>> get(Watch& w, const UpstreamAddress& address, Instant deadline, std::size_t most) {
    Exchange& x = w.call.x;
    for (;;) {
        Result<std::unique_ptr<Upstream>> upstream = co_await connect_to(w, address, deadline);
        if (!upstream) co_return std::unexpected(std::move(upstream.error()));
        if (std::optional<Error> end = stopped(x, w.call.a)) co_return std::unexpected(std::move(*end));
        ports::ByteStream& stream = *(*upstream)->stream;
        stream.expire_at(deadline);
        x.watch.stop_stream(&stream, who(w.call.a));
        Result<HttpAnswer> answer = co_await http_call(stream, get_request(address), most);
        x.watch.stop_stream(nullptr, who(w.call.a));
        const bool stale =
            !answer && (*upstream)->reused && !stopped(x, w.call.a) && answer.error().code != ErrorCode::io_timeout;
        if (stale) continue;
        if (answer && answer->keep_alive) {
            x.s.upstreams.give_back(address.endpoint, std::move(*upstream), w.call.now());
        }
        co_return answer;
    }
}

ErrorCode code_of(ErrorCode io) {
    switch (io) {
        case ErrorCode::io_timeout:
        case ErrorCode::io_reset:
        case ErrorCode::io_closed:
        case ErrorCode::io_cancelled:
            return timeout_or_reset(io, ErrorCode::header_timeout);
        case ErrorCode::body_too_large:
            return ErrorCode::upstream_malformed;
        default:
            return io;
    }
}

// False: the client left, or the time is over.
Task<bool> rest(Watch& w) {
    Exchange& x = w.call.x;
    std::shared_ptr<ports::Alarm> alarm = x.s.clock.make_alarm();
    x.watch.stop_alarm(alarm, who(w.call.a));
    (void)co_await alarm->wait_until(std::min(after(w.call.now(), w.pause), w.until));
    x.watch.stop_alarm(nullptr, who(w.call.a));
    w.pause = std::min(w.pause * 3 / 2, longest_pause);
    const bool over = w.call.now() >= w.until;
    if (over || stopped(x, w.call.a)) w.end_with(ErrorCode::header_timeout, "the picture was not ready in time");
    co_return !w.ended();
}

// What a refusal to tell of a task says of the provider: it is neither about the model nor about the request.
ErrorCode about_a_task(ErrorCode code) {
    switch (code) {
        case ErrorCode::upstream_unauthorized:
        case ErrorCode::upstream_quota_exhausted:
        case ErrorCode::upstream_rate_limited:
        case ErrorCode::upstream_overloaded:
            return code;
        default:
            return ErrorCode::upstream_server_error;
    }
}

void hear_refusal(Watch& w, const HttpAnswer& answer) {
    if (answer.status >= 200 && answer.status < 300) {
        w.miss(ErrorCode::upstream_malformed, "the provider's answer does not say how its task is");
        return;
    }
    std::string words;
    const ErrorCode code = about_a_task(protocol::classify_error(answer.status, answer.body, words));
    const bool final = code == ErrorCode::upstream_unauthorized || code == ErrorCode::upstream_quota_exhausted;
    final ? w.end_with(code, std::move(words)) : w.miss(code, std::move(words));
}

// True: `progress` says where the picture is.
bool hear(Watch& w, const HttpAnswer& answer, const protocol::BflProgress& progress) {
    switch (progress.state) {
        case protocol::BflState::ready:
            return true;
        case protocol::BflState::pending:
            w.failures = 0;
            return false;
        case protocol::BflState::moderated:
            w.end_with(ErrorCode::upstream_content_filter, progress.words);
            return false;
        case protocol::BflState::failed:
            w.call.a.taken = false;  // there is no such task any more
            w.end_with(ErrorCode::upstream_server_error, progress.words);
            return false;
        case protocol::BflState::missing:
            w.miss(ErrorCode::upstream_server_error, "the provider does not know its own task");
            return false;
        case protocol::BflState::unreadable:
            hear_refusal(w, answer);
            return false;
    }
    return false;
}

// Until there is a picture, or w.ended().
Task<protocol::BflProgress> poll(Watch& w, const UpstreamAddress& place) {
    for (;;) {
        const bool go_on = co_await rest(w);
        if (!go_on) co_return protocol::BflProgress{};
        const Instant deadline = std::min(w.until, after(w.call.now(), one_question));
        Result<HttpAnswer> answer = co_await get(w, place, deadline, progress_max);
        if (answer) {
            protocol::BflProgress progress = protocol::read_bfl_progress(answer->body);
            if (hear(w, *answer, progress)) co_return progress;
        } else {
            w.miss(code_of(answer.error().code), std::move(answer.error().detail));
        }
        if (w.ended()) co_return protocol::BflProgress{};
    }
}

// The picture's bytes, or w.ended(). It lies elsewhere and is nobody's secret: what goes wrong there says nothing of
// the key.
Task<std::string> fetch(Watch& w, const UpstreamAddress& place) {
    w.failures = 0;
    w.pause = first_pause;
    for (;;) {
        const Instant deadline = std::min(w.until, after(w.call.now(), one_question + w.call.a.deadlines.idle));
        Result<HttpAnswer> answer = co_await get(w, place, deadline, limits::picture_max);
        if (answer && answer->status == 200 && !answer->body.empty()) co_return std::move(answer->body);
        if (answer) {
            w.miss(ErrorCode::upstream_server_error,
                   "the picture could not be fetched: status " + std::to_string(answer->status));
        } else if (answer.error().code == ErrorCode::body_too_large) {
            w.end_with(ErrorCode::upstream_malformed, "the picture is larger than this gateway passes on");
        } else {
            w.miss(code_of(answer.error().code), std::move(answer.error().detail));
        }
        if (w.ended()) co_return std::string();
        const bool go_on = co_await rest(w);
        if (!go_on) co_return std::string();
    }
}

}  // namespace

Task<void> await_picture(Call& call) {
    Exchange& x = call.x;
    // The connection the task went over serves others by now.
    x.watch.stop_stream(nullptr, who(call.a));
    Watch w{call, call.within(task_within(call.a.deadlines))};
    const std::optional<protocol::BflTask> task = protocol::read_bfl_task(call.a.body);
    call.a.body.clear();
    if (!task) {
        call.a.error = {ErrorCode::upstream_malformed, "the provider's answer names no task"};
        co_return;
    }
    call.a.taken = true;
    const core::ProviderConfig& provider = x.provider(call.a);
    const int key = x.lane(call.a).key;
    const Result<UpstreamAddress> place = task_place(provider, key, task->polling_url, TaskUse::poll);
    if (!place) {
        call.a.error = place.error();
        co_return;
    }
    const protocol::BflProgress done = co_await poll(w, *place);
    if (w.ended()) co_return;
    const protocol::PictureForm form = protocol::picture_form(x.body);
    std::string picture = done.picture_url;
    if (form == protocol::PictureForm::b64_json) {
        const Result<UpstreamAddress> store = task_place(provider, key, done.picture_url, TaskUse::fetch);
        if (!store) {
            call.a.error = store.error();
            co_return;
        }
        picture = co_await fetch(w, *store);
        if (w.ended()) co_return;
    }
    call.a.body = protocol::picture_answer(form, picture, done.prompt, x.record.time.unix_us / 1'000'000);
    call.a.content_type = "application/json";
    call.a.usage.images = 1;
    call.a.told_cost = task->cost;
    call.a.first_token_us = to_us(call.now() - call.a.sent);
}

}  // namespace signalbox::flow
