// What a provider answers after its head: an error, a whole answer, or a stream up to its first content.
#include <utility>

#include "engine/base/text.h"
#include "engine/flow/call.h"
#include "engine/flow/dialect.h"

namespace signalbox::flow {
namespace {

// An answer that is held back and grows beyond this is sent as it comes from there on.
constexpr std::size_t held_answer_max = 4 * 1024 * 1024;

// The whole body into a.body, at most `most` bytes. False: it did not come whole.
Task<bool> read_whole_body(Call& call, std::size_t most) {
    protocol::BodyReader reader = protocol::BodyReader::for_response(call.head);
    const bool keep_alive = call.head.keep_alive;
    if (call.head.without_body()) co_return true;
    call.a.body.reserve(std::min<std::size_t>(most, reader.remaining()) + protocol::json_padding);
    Buffer& in = call.a.upstream->in;
    while (!reader.done()) {
        while (!in.data().empty() && !reader.done()) {
            Result<protocol::BodyReader::Step> step = reader.next(in.data());
            if (!step || call.a.body.size() + step->data.size() > most) {
                call.fail_with(ErrorCode::upstream_malformed,
                               step ? "the provider's answer is too large" : std::move(step.error().detail));
                co_return false;
            }
            call.a.body += step->data;
            in.consume(step->consumed);
        }
        if (reader.done()) break;
        call.a.upstream->stream->expire_at(call.within(call.a.deadlines.idle));
        const bool more = co_await read_more(call, ErrorCode::stream_idle_timeout);
        if (more) continue;
        const bool clean_end = !call.x.watch.gone() && call.a.error.code == ErrorCode::upstream_reset &&
                               reader.finish_at_eof().has_value();
        if (clean_end) call.a.error = {ErrorCode::ok, {}};
        co_return clean_end;
    }
    if (keep_alive) keep_connection(call.x, call.a);
    co_return true;
}

// What the provider's body is packed in, against our accept-encoding. Nothing here unpacks it: no bomb goes off.
std::string_view unasked_coding(const Call& call) {
    for (const protocol::Header& header : call.head.headers()) {
        if (!protocol::equal_ignoring_case(header.name, "content-encoding")) continue;
        if (!header.value.empty() && !protocol::equal_ignoring_case(header.value, "identity")) return header.value;
    }
    return {};
}

Task<void> take_error_answer(Call& call) {
    const bool whole = co_await read_whole_body(call, limits::error_body_max);
    if (!whole && stopped(call.x, call.a)) co_return;
    std::string detail;
    const ErrorCode code = protocol::classify_error(call.a.status, call.a.body, detail);
    call.a.error = {code, std::move(detail)};
}

bool is_event_stream(std::string_view content_type) {
    constexpr std::string_view type = "text/event-stream";
    return protocol::equal_ignoring_case(content_type.substr(0, type.size()), type);
}

Task<void> take_whole_answer(Call& call) {
    const bool whole = co_await read_whole_body(call, limits::buffered_answer_max);
    if (!whole) {
        if (call.a.error.code == ErrorCode::upstream_reset) call.a.error.code = ErrorCode::stream_cut;
        co_return;
    }
    if (paints_by_task(call.x, call.a)) {
        co_await await_picture(call);
        co_return;
    }
    std::string translated;
    const std::optional<protocol::DialectPair> pair = dialects(call.x, call.a);
    protocol::AnswerInfo answer =
        pair ? protocol::translate_answer(call.a.body, *pair, answer_options(call.x), translated)
             : protocol::inspect_answer(call.a.body, call.x.endpoint);
    if (answer.error) {
        call.a.error = {answer.error_code, std::move(answer.error_text)};
    } else if (!answer.valid) {
        call.a.error = {call.a.body.empty() ? ErrorCode::upstream_empty : ErrorCode::upstream_malformed,
                        "the provider's answer is not a JSON object"};
    } else if (!answer.content &&
               (answer.finish_reason.empty() || lacks_content(answer.finish_reason, call.x.endpoint))) {
        call.a.error = {ErrorCode::upstream_empty, "the provider's answer has no content"};
    }
    if (call.a.error.code == ErrorCode::ok) remember_home(call.x, call.a, answer.response_id);
    if (!translated.empty()) call.a.body = std::move(translated);
    // It has been read as JSON, whatever its provider calls it: no browser shall take it for a page.
    call.a.content_type = "application/json";
    call.a.usage = answer.usage;
    call.a.first_token_us = to_us(call.now() - call.a.sent);
}

// With `midstream: resume`. The events of other dialects are numbered and nested; nothing can be joined to them.
void begin_transcript(Exchange& x, Attempt& a) {
    const bool text = x.endpoint == protocol::Endpoint::chat || x.endpoint == protocol::Endpoint::completions;
    if (x.transcript) {
        a.transcript = std::move(x.transcript);
        a.transcript->restart();
    } else if (text && x.config().defaults.midstream == core::Midstream::resume) {
        a.transcript = std::make_unique<Transcript>(x.endpoint);
    }
}

// A stream up to its first content: what came so far is held back, so that an early failure can still move on. With
// `midstream: hold` it is held back to its end.
Task<void> take_first_content(Call& call) {
    Exchange& x = call.x;
    call.a.streaming = true;
    call.a.relay.emplace(Relay{protocol::BodyReader::for_response(call.head), protocol::SseDecoder{},
                               call.head.keep_alive, !x.scan.include_usage});
    Relay& relay = *call.a.relay;
    if (const auto pair = dialects(x, call.a)) relay.translator.emplace(*pair, answer_options(x));
    begin_transcript(x, call.a);
    const bool hold = x.config().defaults.midstream == core::Midstream::hold;
    while (!relay.ended && (!relay.content || (hold && call.a.body.size() <= held_answer_max))) {
        if (!relay.content && call.a.body.size() > limits::preamble_max) {
            call.a.error = {ErrorCode::upstream_empty, "the provider's stream had no content"};
            co_return;
        }
        call.a.error = co_await next_events(x, call.a, call.a.body);
        if (call.a.error.code != ErrorCode::ok) co_return;
        if (!relay.content || call.a.first_token_us >= 0) continue;
        call.a.first_token_us = to_us(call.now() - call.a.sent);
        x.s.router.note_progress(call.a.reservation, call.now());
    }
    call.a.held = hold && relay.ended;
}

}  // namespace

void keep_connection(Exchange& x, Attempt& a) {
    if (a.upstream->in.data().empty()) x.s.buffers.give_back(std::exchange(a.upstream->in, {}));
    x.s.upstreams.give_back(a.address->endpoint, std::move(a.upstream), x.s.clock.now());
}

Task<void> take_answer(Call& call) {
    const bool stream = call.x.scan.stream && is_event_stream(call.a.content_type);
    const bool good = call.a.status >= 200 && call.a.status <= 299;
    if (const std::string_view coding = unasked_coding(call); !coding.empty()) {
        std::string words;
        const ErrorCode code =
            good ? ErrorCode::upstream_malformed : protocol::classify_error(call.a.status, {}, words);
        call.a.error = {code, "the provider answered " + std::to_string(call.a.status) +
                                  " in an encoding that nobody asked for: " + printable_excerpt(coding, 32)};
    } else if (!good) {
        co_await take_error_answer(call);
    } else if (stream) {
        co_await take_first_content(call);
    } else {
        co_await take_whole_answer(call);
    }
}

}  // namespace signalbox::flow
