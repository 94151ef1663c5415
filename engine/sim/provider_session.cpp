// Reading requests, slots, and the life of the connection; what is answered stands in provider_reply.cpp.
#include "engine/sim/provider_session.h"

#include <algorithm>
#include <array>

#include "engine/base/limits.h"
#include "engine/protocol/http/request_head.h"
#include "engine/sim/provider_state.h"

namespace signalbox::sim {

namespace {
constexpr std::size_t body_max = 64 * 1024 * 1024;  // bytes

using protocol::Endpoint;

bool brings_prompt(std::string_view body) {
    constexpr std::array<std::string_view, 3> members = {R"("messages")", R"("prompt")", R"("input")"};
    return std::ranges::any_of(members, [&](auto member) { return body.find(member) != std::string_view::npos; });
}
}  // namespace

ProviderSession::Kind ProviderSession::kind_of(std::string_view method, std::string_view path) {
    const bool get = method == "GET";
    if (get && path == "/state") return Kind::state;
    if (method == "POST" && path == "/state/load") return Kind::load;
    if (method == "POST" && path == "/state/unload") return Kind::unload;
    const Endpoint endpoint = protocol::endpoint_of(path);
    if (endpoint == Endpoint::unknown || method != protocol::method_of(endpoint)) return Kind::unknown;
    if (endpoint == Endpoint::models) return Kind::models;
    return get ? Kind::unknown : Kind::generation;
}

ProviderSession::ProviderSession(std::shared_ptr<SimProvider::State> state, ports::Stream stream)
    : state_(std::move(state)),
      stream_(std::move(stream)),
      alarm_(state_->ports.clock.make_alarm()),
      place_(state_->sessions.insert(state_->sessions.end(), this)) {}

ProviderSession::~ProviderSession() {
    state_->sessions.erase(place_);
    std::erase(state_->waiting, this);
    leave_memory();
    free_slot();
}

ports::Task<void> ProviderSession::run() {
    bool more = true;
    while (more && !gone_) {
        const auto request = co_await read_request();
        if (!request) break;
        ++state_->counters.requests;
        stream_->watch_peer(this);
        more = co_await answer(*request);
        stream_->watch_peer(nullptr);
        leave_memory();
        free_slot();
        if (gone_) ++state_->counters.abandoned;
    }
}

void ProviderSession::kill() {
    stream_->abort();
    peer_gone();
}

void ProviderSession::peer_gone() {
    gone_ = true;
    alarm_->ring();
}

ports::Task<std::optional<ProviderSession::Request>> ProviderSession::read_request() {
    protocol::RequestHead head;
    auto parsed = protocol::parse_request_head(buffer_, limits::upstream_header_max, head);
    while (parsed.status == protocol::HeadParse::Status::need_more) {
        const bool filled = co_await fill();
        if (!filled) co_return std::nullopt;
        parsed = protocol::parse_request_head(buffer_, limits::upstream_header_max, head);
    }
    if (parsed.status == protocol::HeadParse::Status::failed) co_return Request{.error = parsed.error};
    Request request;
    request.endpoint = protocol::endpoint_of(head.path);
    request.kind = kind_of(head.method, head.path);
    request.keep_alive = head.keep_alive;
    const std::string& refused = state_->script.refused_key;
    const bool named = head.find("authorization") == "Bearer " + refused || head.find("x-api-key") == refused;
    request.key_refused = !refused.empty() && named;
    const bool expects_invitation = head.expect_continue;
    const auto reader = protocol::BodyReader::for_request(head);
    buffer_.erase(0, parsed.consumed);  // the head's views end here
    if (expects_invitation) co_await send("HTTP/1.1 100 Continue\r\n\r\n");
    auto body = co_await read_body(reader);
    if (!body) co_return std::nullopt;
    if (request.kind == Kind::load || request.kind == Kind::unload) request.load = model_named(*body);
    if (request.kind != Kind::generation) co_return request;
    body->reserve(body->size() + protocol::json_padding);
    auto scan = protocol::scan_request(*body, body->capacity());
    if (scan)
        request.scan = *std::move(scan);
    else
        request.error = scan.error();
    request.has_prompt = brings_prompt(*body);
    request.inputs = count_inputs(*body);
    co_return request;
}

ports::Task<std::optional<std::string>> ProviderSession::read_body(protocol::BodyReader reader) {
    std::string body;
    body.reserve(std::min<std::uint64_t>(reader.remaining(), body_max) + protocol::json_padding);
    while (!reader.done()) {
        const auto step = reader.next(buffer_);
        if (!step || body.size() + step->data.size() > body_max) co_return std::nullopt;
        body += step->data;
        buffer_.erase(0, step->consumed);
        if (reader.done() || !buffer_.empty()) continue;
        const bool filled = co_await fill();
        if (!filled) co_return std::nullopt;
    }
    co_return body;
}

ports::Task<bool> ProviderSession::fill() {
    std::array<char, 16 * 1024> chunk;
    const auto got = co_await stream_->read_some(chunk);
    if (!got || *got == 0) co_return false;
    buffer_.append(chunk.data(), *got);
    co_return true;
}

ports::Task<bool> ProviderSession::send(std::string bytes) {
    const std::string_view piece = bytes;
    const auto written = co_await stream_->write({&piece, 1});
    if (!written) gone_ = true;
    co_return !gone_;
}

ports::Task<bool> ProviderSession::take_slot(int slots) {
    if (state_->counters.under_way < slots) {
        has_slot_ = true;
        ++state_->counters.under_way;
        co_return true;
    }
    state_->waiting.push_back(this);
    ++state_->counters.waiting;
    while (!has_slot_ && !gone_) co_await alarm_->wait_until(never);
    --state_->counters.waiting;
    std::erase(state_->waiting, this);
    co_return !gone_;
}

// The slot goes to the one who has waited longest, so that nobody overtakes.
void ProviderSession::free_slot() {
    if (!std::exchange(has_slot_, false)) return;
    if (state_->waiting.empty()) {
        --state_->counters.under_way;
        return;
    }
    auto* next = state_->waiting.front();
    state_->waiting.pop_front();
    next->has_slot_ = true;
    next->alarm_->ring();
}

void ProviderSession::leave_memory() {
    if (memory_) state_->memory.leave(memory_->model, memory_->need);
    memory_.reset();
}

ports::Task<bool> ProviderSession::pause_until(Instant when) {
    while (!gone_ && state_->ports.clock.now() < when) co_await alarm_->wait_until(when);
    co_return !gone_;
}

}  // namespace signalbox::sim
