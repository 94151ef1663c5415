// Step 6: one call to the reserved target, up to the commit point. Nothing is written to the client here, so every
// failure may still move on to another target.
#include "engine/flow/call.h"

#include <algorithm>

#include "engine/flow/deadlines.h"
#include "engine/flow/dialect.h"
#include "engine/flow/drill.h"
#include "engine/flow/hedge.h"
#include "engine/flow/steps.h"
#include "engine/protocol/http/rate_headers.h"
#include "engine/protocol/http/writer.h"
#include "engine/protocol/json/splice.h"

namespace signalbox::flow {
namespace {

constexpr std::string_view forwarded_headers[] = {"accept", "user-agent", "idempotency-key"};

// A connection that had died while idle says so as soon as it is written to. A later reset is the provider's failure,
// and the request may have cost something.
constexpr Nanos idle_death_shows_within = 1s;

ports::AttemptRecord new_row(const Exchange& x, const Attempt& a) {
    ports::AttemptRecord row;
    const core::Deployment& deployment = x.deployment(a);
    const core::ProviderConfig& provider = x.provider(a);
    row.model = x.step(a).entry->name;
    row.provider = provider.name;
    row.deployment = deployment.upstream.empty() ? provider.name + "/" + x.step(a).upstream : deployment.name;
    if (x.lane(a).key >= 0) row.key = provider.keys[static_cast<std::size_t>(x.lane(a).key)].name;
    row.start_us = to_us(a.began - x.arrived);
    row.breaker_bypassed = a.decision.bypassed;
    row.probe = a.decision.place.probe;
    row.hedge = a.hedge;
    return row;
}

void write_request_head(Call& call, std::size_t body_bytes) {
    const Exchange& x = call.x;
    std::string& out = call.request_head;
    out.clear();
    out.reserve(512 + call.a.address->fixed_headers.size());
    protocol::HeadWriter head(out);
    const protocol::Endpoint endpoint = provider_endpoint(x, call.a);
    head.request("POST", provider_target(x, call.a));
    out += call.a.address->fixed_headers;
    head.header("content-type", "application/json").header("accept-encoding", "identity");
    for (const std::string_view name : forwarded_headers) {
        if (const std::string_view value = x.head.find(name); !value.empty()) head.header(name, value);
    }
    const std::string_view beta = endpoint == protocol::Endpoint::messages ? "anthropic-beta" : "openai-beta";
    if (const std::string_view value = x.head.find(beta); !value.empty()) head.header(beta, value);
    head.content_length(body_bytes).end();
}

// What a provider says is left holds for so long: their limits are per minute.
constexpr Nanos rate_hint_holds = 60s;

enum class Use : std::uint8_t { pooled_or_new, only_new };

// A drill leaves pooled connections alone.
Task<Result<ports::Stream>> open_connection(Call& call) {
    Exchange& x = call.x;
    const Instant deadline = call.within(call.a.deadlines.connect);
    if (call.drill != nullptr) co_return co_await connect_drilled(x, call.a, *call.drill, deadline);
    if (call.a.rivalled) co_return co_await connect_or_stop(x, call.a, deadline);
    co_return co_await x.s.network.connect(call.a.address->endpoint, deadline);
}

Task<bool> connect(Call& call, Use use) {
    Exchange& x = call.x;
    const bool pooled = use == Use::pooled_or_new && call.drill == nullptr;
    if (pooled) call.a.upstream = x.s.upstreams.take(call.a.address->endpoint, call.now());
    if (call.a.upstream != nullptr) {
        call.record().connect_us = 0;
        co_return true;
    }
    const Instant began = call.now();
    Result<ports::Stream> stream = co_await open_connection(call);
    call.record().connect_us = to_us(call.now() - began);
    if (!stream) {
        call.fail_with(stream.error().code, std::move(stream.error().detail));
        co_return false;
    }
    call.a.upstream = std::make_unique<Upstream>();
    call.a.upstream->stream = std::move(*stream);
    co_return true;
}

Task<bool> write_request(Call& call) {
    Exchange& x = call.x;
    const protocol::Splice spliced(x.body, x.scan, splice_options(x, call.a));
    const std::string_view anew = call.translated;
    const std::span<const std::string_view> body = anew.empty() ? spliced.pieces() : std::span(&anew, 1);
    write_request_head(call, anew.empty() ? spliced.size() : anew.size());
    std::array<std::string_view, 8> pieces;
    pieces[0] = call.request_head;
    std::ranges::copy(body, pieces.begin() + 1);
    ports::ByteStream& stream = *call.a.upstream->stream;
    // A task is taken at once; the picture is waited for elsewhere.
    const core::Deadlines& deadlines = call.a.deadlines;
    const bool task = paints_by_task(x, call.a);
    stream.expire_at(call.within(task ? deadlines.headers : headers_within(deadlines, x.endpoint, x.scan)));
    const std::span<const std::string_view> all(pieces.data(), body.size() + 1);
    Result<void> sent = co_await stream.write(all);
    call.a.sent = call.now();
    if (!sent) call.fail_with(timeout_or_reset(sent.error().code, ErrorCode::header_timeout), sent.error().detail);
    co_return sent.has_value();
}

Task<bool> read_response_head(Call& call) {
    Buffer& in = call.a.upstream->in;
    for (;;) {
        if (!in.data().empty()) {
            protocol::HeadParse parsed =
                protocol::parse_response_head(in.data(), limits::upstream_header_max, call.head);
            if (parsed.status == protocol::HeadParse::Status::failed) {
                call.fail_with(parsed.error.code, std::move(parsed.error.detail));
                co_return false;
            }
            if (parsed.status == protocol::HeadParse::Status::done) {
                if (!call.head.interim()) {
                    // The views stay valid: nothing is read into the buffer before the head has been used up.
                    in.consume(parsed.consumed);
                    break;
                }
                in.consume(parsed.consumed);
                continue;
            }
        }
        const bool more = co_await read_more(call, ErrorCode::header_timeout);
        if (!more) co_return false;
    }
    call.a.status = call.record().status = call.head.status;
    call.record().headers_us = to_us(call.now() - call.a.sent);
    call.a.content_type = call.head.find("content-type");
    if (call.a.status > 299) call.a.retry_after = protocol::retry_after(call.head, call.x.s.clock.wall());
    const protocol::RateHeaders rates = protocol::rate_headers(call.head);
    call.a.rates = {rates.requests_left, rates.requests_limit, rates.tokens_left, rates.tokens_limit, rate_hint_holds};
    co_return true;
}

// Connects, sends, and reads the head. A pooled connection that dies before its first byte is replaced once, silently:
// the provider closed it while it was idle.
Task<bool> exchange_heads(Call& call) {
    for (Use use = Use::pooled_or_new;; use = Use::only_new) {
        const bool connected = co_await connect(call, use);
        if (!connected) co_return false;
        if (std::optional<Error> end = stopped(call.x, call.a)) {
            call.a.error = std::move(*end);
            co_return false;
        }
        const bool reused = call.a.upstream->reused;
        call.x.watch.stop_stream(call.a.upstream->stream.get(), who(call.a));
        bool ok = co_await write_request(call);
        if (ok) ok = co_await read_response_head(call);
        if (ok) co_return true;
        const bool stale = reused && call.a.error.code == ErrorCode::upstream_reset &&
                           call.a.upstream->in.data().empty() && call.now() - call.a.sent < idle_death_shows_within;
        call.x.watch.stop_stream(nullptr, who(call.a));
        if (!stale) co_return false;
        call.a.upstream.reset();
        call.a.error = {ErrorCode::ok, {}};
    }
}

// False: this provider's dialect cannot say it, which is then in `error`.
bool translate(Call& call) {
    if (!needs_translation(call.x, call.a)) {
        call.translated = signed_body(call.x, call.a);
        return true;
    }
    Result<std::string> body = translated_body(call.x, call.a);
    if (body) {
        call.translated = std::move(*body);
    } else {
        call.a.error = std::move(body.error());
    }
    return body.has_value();
}

void begin_drill(Call& call) {
    call.drill = drill_of(call.x, call.record());
    if (call.drill == nullptr) return;
    call.record().drill = core::to_string(call.drill->fault);
    call.a.untold = call.drill->header_only;
    call.drill->struck->fetch_add(1, std::memory_order_relaxed);
}

void close_row(Call& call) {
    ports::AttemptRecord& row = call.record();
    hide_key(call.a.error.detail, call.x.key_value(call.a));
    row.result = call.a.error.code;
    row.detail = call.a.error.detail.substr(0, protocol::error_detail_max);
    row.first_token_us = call.a.first_token_us;
    row.total_us = to_us(call.now() - call.a.began);
}

}  // namespace

Task<bool> read_more(Call& call, ErrorCode on_timeout) {
    Buffer& in = call.a.upstream->in;
    co_await call.a.upstream->stream->until_readable();
    if (!in.allocated()) in = call.x.s.buffers.take();
    if (in.space().empty()) in.reserve(in.data().size() + limits::read_buffer_initial);
    Result<std::size_t> got = co_await call.a.upstream->stream->read_some(in.space());
    if (!got) {
        call.fail_with(timeout_or_reset(got.error().code, on_timeout), std::move(got.error().detail));
        co_return false;
    }
    if (*got == 0) call.fail_with(ErrorCode::upstream_reset, "the provider closed the connection");
    in.filled(*got);
    co_return *got != 0;
}

void hide_key(std::string& words, std::string_view key) {
    if (key.empty()) return;
    for (std::size_t at = words.find(key); at != std::string::npos; at = words.find(key, at)) {
        words.replace(at, key.size(), "[key]");
    }
}

std::optional<Error> stopped(const Exchange& x, const Attempt& a) {
    if (x.watch.gone()) return Error{ErrorCode::client_gone, "the client left"};
    if (a.overtaken) return Error{ErrorCode::overtaken, "another attempt answered first"};
    return std::nullopt;
}

Task<void> attempt(Exchange& x, Attempt& a) {
    ++x.attempts;
    a.began = x.s.clock.now();
    a.row = x.record.attempts.size();
    x.record.attempts.push_back(new_row(x, a));
    a.address = x.s.upstreams.address(x.rules.table, x.deployment(a).provider, x.lane(a).key);
    Call call{x, a, {}, {}, {}};
    begin_drill(call);
    bool answered = translate(call);
    if (answered) answered = co_await exchange_heads(call);
    if (answered) co_await take_answer(call);
    x.watch.stop_stream(nullptr, who(a));
    if (!a.hedge) x.waited += call.now() - a.began;
    close_row(call);
}

}  // namespace signalbox::flow
