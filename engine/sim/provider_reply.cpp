// What a simulated provider says, when, and how it fails to.
#include <algorithm>

#include "engine/base/prng.h"
#include "engine/protocol/dialect/models_body.h"
#include "engine/protocol/http/writer.h"
#include "engine/protocol/sse/decoder.h"
#include "engine/sim/message_answer.h"
#include "engine/sim/provider_session.h"
#include "engine/sim/provider_state.h"

namespace signalbox::sim {

namespace {

using protocol::Endpoint;

constexpr std::int64_t bytes_per_token = 4;

bool strikes_in_mid_answer(ProviderFault fault) {
    switch (fault) {
        case ProviderFault::cut:
        case ProviderFault::clean_cut:
        case ProviderFault::stall:
        case ProviderFault::malformed_event:
        case ProviderFault::error_event:
            return true;
        default:
            return false;
    }
}

std::string stream_head() {
    std::string head;
    protocol::HeadWriter(head).status(200).header("content-type", "text/event-stream").chunked().end();
    return head;
}

std::string whole_body(const AnswerFacts& facts, Endpoint endpoint) {
    if (endpoint == Endpoint::embeddings) return embedding_body(facts);
    if (endpoint == Endpoint::images) return image_body(facts);
    return facts.message ? message_body(facts) : completion_body(facts);
}

// The events of a stream before its tokens, each token's, and those after them. `whole` false: the very last one of a
// well-ended stream is missing.
std::vector<std::string> opening(const AnswerFacts& facts) {
    return facts.message ? message_opening(facts) : std::vector{role_chunk(facts)};
}
std::string token_event(const AnswerFacts& facts, int index) {
    return facts.message ? message_token(index) : token_chunk(facts, index);
}
std::vector<std::string> closing(const AnswerFacts& facts, bool include_usage, bool whole) {
    std::vector<std::string> events = facts.message ? message_closing(facts) : std::vector{finish_chunk(facts)};
    if (!facts.message && include_usage) events.push_back(usage_chunk(facts));
    if (!facts.message) events.emplace_back("[DONE]");
    if (!whole) events.pop_back();
    return events;
}

std::string models_answer(const ProviderScript& script) {
    std::vector<protocol::ModelEntry> entries;
    for (const auto& model : script.models) entries.push_back({model, 0, "simulated"});
    return protocol::models_body(entries);
}

std::string does_not_fit() {
    return error_body("server_error", "overloaded", "There is not enough memory for this model and request");
}

Nanos in_nanos(double seconds) {
    return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
}

std::string midstream_error(const AnswerFacts& facts) {
    const std::string body = error_body("server_error", "internal_error", "The model crashed");
    return facts.message ? message_error(500, body) : body;
}

constexpr std::string_view odd_preamble =
    "\xEF\xBB\xBF: PROCESSING\n\ndata:{\"choices\":[],\"prompt_filter_results\":[]}\r\n\r\n";

std::string odd_event(std::string_view name, std::string_view payload) {
    std::string event = ": PROCESSING\r\n";
    if (!name.empty()) event += "event:" + std::string(name) + "\r\n";
    return event + "data:" + std::string(payload) + "\r\n\r\n";
}

constexpr std::string_view garbage = "<html><body>502 Bad Gateway</body></html>";
constexpr std::string_view broken_payload = R"({"choices":[{"index":0,"delta":{"content":)";

}  // namespace

// The script as this one request meets it.
ProviderScript ProviderSession::draw_script() {
    ProviderScript script = state_->script;
    if (script.fault == ProviderFault::none) return script;
    const bool spared = unit(state_->ports.random.next()) >= script.share;
    const bool resting =
        script.fault == ProviderFault::flapping && core::rests_between_flaps(state_->ports.clock.now());
    if (spared || resting)
        script.fault = ProviderFault::none;
    else
        ++state_->counters.faults;
    return script;
}

AnswerFacts ProviderSession::draw_facts(const Request& request, const ProviderScript& script) {
    AnswerFacts facts;
    facts.id = "chatcmpl-sim-" + std::to_string(state_->counters.requests);
    facts.model = request.scan.model;
    facts.created = state_->ports.clock.wall().unix_us / 1'000'000;
    facts.input_tokens = 1 + request.scan.text_bytes / bytes_per_token;
    facts.inputs = request.inputs;
    facts.chat = request.endpoint == Endpoint::chat;
    facts.message = request.endpoint == Endpoint::messages;
    const auto spread = static_cast<std::uint64_t>(std::max(0, script.tokens_max - script.tokens_min)) + 1;
    const auto drawn = script.tokens_min + static_cast<int>(below(state_->ports.random.next(), spread));
    const auto wanted = std::min<std::int64_t>(drawn, request.scan.max_tokens.value_or(drawn));
    facts.output_tokens =
        script.fault == ProviderFault::empty ? 0 : static_cast<int>(std::max<std::int64_t>(wanted, 1));
    return facts;
}

// A request that asks for nothing is refused before anything is generated: only what stands in front of that, the route
// and the key, can still be told.
HttpError ProviderSession::objection(const Request& request, const ProviderScript& script) {
    HttpError error = http_error(script);
    const bool before_any_work =
        error.status == 401 || error.status == 403 || error.status == 404 || error.status == 410;
    const bool no_prompt = request.kind == Kind::generation && request.costs_nothing();
    if (error.status != 0 && (before_any_work || !no_prompt)) return error;
    if (request.error) {
        return {400, error_body("invalid_request_error", to_string(request.error->code), request.error->detail)};
    }
    if (script.fault == ProviderFault::rejects_prefill && request.scan.prefill) {
        return {400, error_body("invalid_request_error", "invalid_value", "The last message must be the user's")};
    }
    if (no_prompt) return {400, error_body("invalid_request_error", "missing_prompt", "There is no prompt")};
    if (request.kind == Kind::unknown) {
        return {404, error_body("invalid_request_error", "unknown_path", "Unknown request URL")};
    }
    return {0, {}};
}

ports::Task<bool> ProviderSession::answer(const Request& request) {
    ProviderScript script = draw_script();
    if (request.key_refused) script.fault = ProviderFault::unauthorized;
    const bool unreachable = script.fault == ProviderFault::reset || script.fault == ProviderFault::refused;
    if (unreachable || script.fault == ProviderFault::silence)
        co_return co_await break_off(unreachable ? ProviderFault::cut : ProviderFault::stall);
    messages_ = request.endpoint == Endpoint::messages;
    oddly_ = script.fault == ProviderFault::odd_framing;
    bool sent = false;
    HttpError error = objection(request, script);
    if (request.costs_nothing()) ++state_->counters.checks;
    if (request.kind == Kind::state)
        sent = co_await send_body(200, state_body(*state_));
    else if (request.kind == Kind::load)
        sent = co_await load_model(request);
    else if (request.kind == Kind::unload)
        sent = co_await send_body(state_->memory.unload(request.load) ? 200 : 409, "{}");
    else if (error.status != 0) {
        const bool says_when = script.fault == ProviderFault::rate_limited && error.status == 429;
        const auto retry_after = says_when ? std::optional(script.retry_after) : std::nullopt;
        sent = co_await send_body(error.status, std::move(error.body), retry_after);
    } else if (request.kind == Kind::models)
        sent = co_await send_body(200, models_answer(script));
    else
        sent = co_await generate(request, script);
    co_return (sent && request.keep_alive && !request.error);
}

ports::Task<bool> ProviderSession::load_model(const Request& request) {
    if (request.load.empty()) {
        co_return co_await send_body(400, error_body("invalid_request_error", "missing_model", "Which model?"));
    }
    const auto ready = state_->memory.load(request.load, state_->ports.clock.now());
    if (!ready) co_return co_await send_body(503, does_not_fit());
    co_return co_await send_body(202, "{}");
}

ports::Task<bool> ProviderSession::generate(const Request& request, const ProviderScript& script) {
    const auto ready = state_->memory.load(request.scan.model, state_->ports.clock.now());
    if (!ready) co_return co_await send_body(503, does_not_fit());
    const bool loaded = co_await pause_until(*ready);
    if (!loaded) co_return false;
    const bool admitted = co_await take_slot(script.slots);
    if (!admitted) co_return false;
    const AnswerFacts facts = draw_facts(request, script);
    const std::int64_t most = request.scan.max_tokens.value_or(std::max(script.tokens_max, facts.output_tokens));
    const core::KvNeed need{facts.input_tokens, facts.output_tokens, most, 0};
    if (!state_->memory.enter(facts.model, need)) co_return co_await send_body(503, does_not_fit());
    memory_ = MemoryPlace{facts.model, need};
    const bool streams = request.scan.stream && script.fault != ProviderFault::garbage;
    bool reusable = false;
    if (streams)
        reusable = co_await stream_answer(request, script, facts);
    else
        reusable = co_await whole_answer(request, script, facts);
    if (reusable) {
        state_->counters.input_tokens += static_cast<std::uint64_t>(facts.input_tokens);
        state_->counters.output_tokens += static_cast<std::uint64_t>(facts.output_tokens);
    }
    co_return reusable;
}

Nanos ProviderSession::time_to_first(const Request& request, const ProviderScript& script,
                                     const AnswerFacts& facts) const {
    const int slowness = script.fault == ProviderFault::slow_first_token ? core::slow_first_token_factor : 1;
    Nanos first = script.first_token;
    if (request.endpoint == Endpoint::embeddings) first = script.embedding_time.value_or(first);
    if (request.endpoint == Endpoint::images) first = script.image_time.value_or(first);
    if (script.prefill_per_second > 0) {
        first += in_nanos(static_cast<double>(facts.input_tokens) / script.prefill_per_second);
    }
    return first * slowness;
}

// One token, with the answers under way beside this one.
Nanos ProviderSession::token_gap(const ProviderScript& script) const {
    const double beside = std::max(0, state_->counters.under_way - 1);
    return in_nanos((1 + script.batch_slowdown * beside) / script.tokens_per_second);
}

ports::Task<bool> ProviderSession::stream_answer(const Request& request, const ProviderScript& script,
                                                 const AnswerFacts& facts) {
    Instant next = state_->ports.clock.now() + time_to_first(request, script, facts);
    const int breaks_at = std::min(script.tokens_before_fault, facts.output_tokens - 1);
    co_await send(stream_head());
    if (script.fault == ProviderFault::error_first) {
        co_await send_event(midstream_error(facts));
        co_return co_await send(std::string(protocol::last_chunk));
    }
    if (oddly_) co_await send_chunk(std::string(odd_preamble));
    for (std::string& event : opening(facts)) co_await send_event(std::move(event));
    for (int i = 0; i < facts.output_tokens; ++i) {
        const bool waited = co_await pause_until(next);
        if (!waited) co_return false;
        next += token_gap(script);
        const bool breaks = i == breaks_at && strikes_in_mid_answer(script.fault);
        if (breaks && script.fault == ProviderFault::error_event) {
            co_await send_event(midstream_error(facts));
            co_return co_await send(std::string(protocol::last_chunk));
        }
        if (breaks && script.fault != ProviderFault::malformed_event) co_return co_await break_off(script.fault);
        auto payload = breaks ? std::string(broken_payload) : token_event(facts, i);
        const bool sent = co_await send_event(std::move(payload));
        if (!sent) co_return false;
        ++state_->counters.tokens;
    }
    const bool whole = script.fault != ProviderFault::missing_done;
    for (std::string& event : closing(facts, request.scan.include_usage, whole)) co_await send_event(std::move(event));
    co_return co_await send(std::string(protocol::last_chunk));
}

ports::Task<bool> ProviderSession::whole_answer(const Request& request, const ProviderScript& script,
                                                const AnswerFacts& facts) {
    const bool text = request.endpoint == Endpoint::chat || request.endpoint == Endpoint::completions || facts.message;
    const Nanos speaking = text ? token_gap(script) * facts.output_tokens : 0ns;
    const Nanos takes = time_to_first(request, script, facts) + speaking;
    const bool waited = co_await pause_until(state_->ports.clock.now() + takes);
    if (!waited) co_return false;
    state_->counters.tokens += static_cast<std::uint64_t>(facts.output_tokens);
    std::string body = whole_body(facts, request.endpoint);
    switch (script.fault) {
        case ProviderFault::garbage:
            body = garbage;
            break;
        case ProviderFault::error_event:
        case ProviderFault::error_first:
            body = midstream_error(facts);
            break;
        case ProviderFault::malformed_event:
            body.resize(body.size() / 2);
            break;
        case ProviderFault::cut:
        case ProviderFault::clean_cut:
        case ProviderFault::stall: {
            std::string head;
            protocol::HeadWriter(head)
                .status(200)
                .header("content-type", "application/json")
                .content_length(body.size())
                .end();
            co_await send(head + body.substr(0, body.size() / 2));
            co_return co_await break_off(script.fault);
        }
        default:
            break;
    }
    co_return co_await send_body(200, std::move(body));
}

// cut: a reset; stall: until the client leaves; clean_cut: by returning.
ports::Task<bool> ProviderSession::break_off(ProviderFault fault) {
    if (fault == ProviderFault::cut) stream_->abort();
    if (fault == ProviderFault::stall) co_await pause_until(never);
    co_return false;
}

ports::Task<bool> ProviderSession::send_body(int status, std::string body, std::optional<Nanos> retry_after) {
    if (messages_ && status >= 400) body = message_error(status, body);
    std::string bytes;
    protocol::HeadWriter head(bytes);
    head.status(status).header("content-type", body.starts_with('<') ? "text/html" : "application/json");
    const auto seconds = retry_after ? (to_ms(*retry_after) + 999) / 1000 : 0;
    if (retry_after) head.header("retry-after", std::to_string(seconds));
    head.content_length(body.size()).end();
    bytes += body;
    co_return co_await send(std::move(bytes));
}

ports::Task<bool> ProviderSession::send_event(std::string payload) {
    std::string event;
    if (oddly_)
        event = odd_event(event_name(payload), payload);
    else
        protocol::append_sse(event, event_name(payload), payload);
    co_return co_await send_chunk(std::move(event));
}

ports::Task<bool> ProviderSession::send_chunk(std::string payload) {
    std::string bytes;
    protocol::append_chunk_head(bytes, payload.size());
    bytes += payload;
    bytes += protocol::chunk_tail;
    co_return co_await send(std::move(bytes));
}

}  // namespace signalbox::sim
