#include "engine/replay/incident_policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/http/request_head.h"
#include "engine/protocol/http/writer.h"
#include "engine/protocol/json/scan.h"
#include "engine/sim/provider_answer.h"

namespace signalbox::replay {
namespace {

// Of the service tier there.
constexpr double output_per_second = 5e6 / 60;
constexpr double output_burst = 512'000;
constexpr std::int64_t default_max_tokens = 8192;

constexpr Nanos row_write = 140ms;  // one debit or refund: lock, statement, commit
constexpr Nanos statement_timeout = 5s;

constexpr std::int64_t flat_bytes_per_token = 400'000;
constexpr double load_gate = 2.0;  // of the weights
constexpr std::int64_t bytes_per_token = 4;

constexpr double cold_ms = 20'000;
constexpr double pending_ms = 3000 + 750;
constexpr Nanos cooldown = 60s;
constexpr int capacity_retries = 3;
constexpr std::size_t queue_room = 10;
constexpr Nanos queue_wait = 120s;
constexpr Nanos answer_max = 600s;

// What it thinks a machine can do at a time.
std::int64_t concurrency_of(std::int64_t memory) {
    constexpr std::int64_t gib = 1LL << 30;
    if (memory <= 24 * gib) return 2;
    if (memory <= 48 * gib) return 4;
    if (memory <= 96 * gib) return 6;
    return memory <= 128 * gib ? 8 : 12;
}

}  // namespace

struct IncidentPolicy::Request {
    std::string path, agent, body, model;
    std::int64_t prompt = 0;
    std::int64_t max_tokens = default_max_tokens;
    [[nodiscard]] std::int64_t bytes() const { return flat_bytes_per_token * (prompt + max_tokens); }
};

IncidentPolicy::IncidentPolicy(Parts parts, std::vector<Machine> machines)
    : parts_(std::move(parts)), output_left_(output_burst) {
    for (Machine& machine : machines) machines_.push_back({.machine = std::move(machine)});
}

void IncidentPolicy::serve(std::unique_ptr<ports::Listener> listener) {
    listener_ = std::move(listener);
    parts_.loop.spawn("coordinator", accept_all());
}

void IncidentPolicy::stop() {
    if (listener_) listener_->close();
}

ports::Task<void> IncidentPolicy::accept_all() {
    for (;;) {
        auto client = co_await listener_->accept();
        if (!client) co_return;
        parts_.loop.spawn("coordinator request", serve_one(*std::move(client)));
    }
}

ports::Task<void> IncidentPolicy::pause_until(Instant when) {
    const auto alarm = parts_.loop.make_alarm();
    co_await alarm->wait_until(when);
}

// The order of its handler: tokens, money, and only then the fleet.
ports::Task<void> IncidentPolicy::serve_one(ports::Stream client) {
    Request request;
    const bool whole = co_await read(client, request);
    if (!whole) co_return;
    if (!charge_output(request.max_tokens)) {
        co_await refuse(client, request, 429, "rate_limit_exceeded");
    } else {
        const bool debited = co_await write_row();
        if (!debited) {
            co_await refuse(client, request, 503, "service_unavailable");
        } else {
            co_await dispatch(client, request);
            parts_.loop.spawn("refund", give_money_back());
        }
    }
}

ports::Task<bool> IncidentPolicy::read(ports::Stream& client, Request& request) {
    std::string buffer;
    std::array<char, 16 * 1024> chunk;
    protocol::RequestHead head;
    for (;;) {
        const auto parsed = protocol::parse_request_head(buffer, limits::upstream_header_max, head);
        if (parsed.status == protocol::HeadParse::Status::failed) co_return false;
        const bool complete = parsed.status != protocol::HeadParse::Status::need_more;
        const auto length = complete ? protocol::BodyReader::for_request(head).remaining() : 0;
        if (complete && buffer.size() >= parsed.consumed + length) {
            request.path = head.path;
            request.agent = head.find("user-agent");
            request.body = buffer.substr(parsed.consumed, length);
            break;
        }
        const auto got = co_await client->read_some(chunk);
        if (!got || *got == 0) co_return false;
        buffer.append(chunk.data(), *got);
    }
    request.body.reserve(request.body.size() + protocol::json_padding);
    const auto scan = protocol::scan_request(request.body, request.body.capacity());
    if (!scan) co_return false;
    request.model = scan->model;
    request.prompt = scan->text_bytes / bytes_per_token;
    request.max_tokens = scan->max_tokens.value_or(default_max_tokens);
    co_return true;
}

bool IncidentPolicy::charge_output(std::int64_t tokens) {
    const std::chrono::duration<double> passed = parts_.loop.now() - output_filled_;
    output_filled_ = parts_.loop.now();
    output_left_ = std::min(output_burst, output_left_ + passed.count() * output_per_second);
    const auto charge = std::min(static_cast<double>(tokens), output_burst);
    if (charge > output_left_) return false;
    output_left_ -= charge;
    return true;
}

// False: the statement's timeout came before the row's lock.
ports::Task<bool> IncidentPolicy::write_row() {
    const Instant now = parts_.loop.now();
    const Instant begins = std::max(now, row_free_);
    if (begins - now > statement_timeout) {
        co_await pause_until(now + statement_timeout);
        co_return false;
    }
    row_free_ = begins + row_write;
    co_await pause_until(row_free_);
    co_return true;
}

ports::Task<void> IncidentPolicy::give_money_back() {
    co_await write_row();
}

ports::Task<void> IncidentPolicy::dispatch(ports::Stream& client, const Request& request) {
    for (int refusals = 0; refusals < capacity_retries; ++refusals) {
        State* state = co_await find_machine(request);
        if (state == nullptr) {
            co_await refuse(client, request, 429, "machine_busy");
            co_return;
        }
        ++state->pending;
        state->reserved += request.bytes();
        const Relayed relayed = co_await relay(client, request, *state);
        --state->pending;
        state->reserved -= request.bytes();
        if (parts_.events.attempted) parts_.events.attempted(state->machine.name, relayed == Relayed::refused);
        if (!queue_.empty()) queue_.front()->ring();
        if (relayed == Relayed::told) co_return;
        state->cool_until = parts_.loop.now() + cooldown;
    }
    co_await refuse(client, request, 503, "provider_error");
}

// Waits in the queue while there is no machine; nullptr: the queue is full, or it took too long.
ports::Task<IncidentPolicy::State*> IncidentPolicy::find_machine(const Request& request) {
    State* state = best_machine(request);
    if (state != nullptr || queue_.size() >= queue_room) co_return state;
    const auto alarm = parts_.loop.make_alarm();
    queue_.push_back(alarm);
    const Instant until = parts_.loop.now() + queue_wait;
    while (state == nullptr && parts_.loop.now() < until) {
        co_await alarm->wait_until(until);
        state = best_machine(request);
    }
    std::erase(queue_, alarm);
    co_return state;
}

IncidentPolicy::State* IncidentPolicy::best_machine(const Request& request) {
    State* best = nullptr;
    for (State& state : machines_) {
        if (!admits(state, request.bytes())) continue;
        if (best == nullptr || cost_ms(state, request) < cost_ms(*best, request)) best = &state;
    }
    return best;
}

bool IncidentPolicy::admits(const State& state, std::int64_t bytes) const {
    const sim::MemoryScript& machine = state.machine.provider->memory().script();
    const bool loads = static_cast<double>(machine.weights) * load_gate <= static_cast<double>(machine.total);
    const bool fits = state.reserved + bytes <= machine.total - machine.weights;
    return loads && fits && state.cool_until <= parts_.loop.now() && state.pending < concurrency_of(machine.total);
}

double IncidentPolicy::cost_ms(const State& state, const Request& request) const {
    const bool running = state.machine.provider->memory().busy(request.model) > 0;
    return (running ? 0 : cold_ms) + pending_ms * static_cast<double>(state.pending);
}

// Bytes as they are: a client's and a machine's words are the same here.
ports::Task<IncidentPolicy::Relayed> IncidentPolicy::relay(ports::Stream& client, const Request& request, State& to) {
    const Instant deadline = parts_.loop.now() + answer_max;
    auto connected = co_await parts_.network.connect({to.machine.address, false, {}}, deadline);
    if (!connected) co_return Relayed::refused;
    const ports::Stream upstream = *std::move(connected);
    upstream->expire_at(deadline);
    std::string bytes;
    protocol::HeadWriter(bytes)
        .request("POST", request.path)
        .header("host", to.machine.address.host)
        .header("connection", "close")
        .header("content-type", "application/json")
        .content_length(request.body.size())
        .end();
    bytes += request.body;
    std::string_view piece = bytes;
    auto written = co_await upstream->write({&piece, 1});
    constexpr std::string_view busy = "HTTP/1.1 503";
    std::array<char, 16 * 1024> chunk;
    for (bool first = true; written; first = false) {
        const auto got = co_await upstream->read_some(chunk);
        if (!got || *got == 0) break;
        piece = {chunk.data(), *got};
        if (first && piece.starts_with(busy)) co_return Relayed::refused;
        written = co_await client->write({&piece, 1});
    }
    co_return Relayed::told;
}

ports::Task<void> IncidentPolicy::refuse(ports::Stream& client, const Request& request, int status,
                                         std::string_view code) {
    if (parts_.events.refused) parts_.events.refused(request.agent, std::string(code));
    const std::string body = sim::error_body("api_error", code, "please retry");
    std::string bytes;
    protocol::HeadWriter(bytes)
        .status(status)
        .header("content-type", "application/json")
        .header("retry-after", "2")
        .content_length(body.size())
        .end();
    bytes += body;
    const std::string_view piece = bytes;
    const auto written = co_await client->write({&piece, 1});
    if (!written) client->abort();
}

}  // namespace signalbox::replay
