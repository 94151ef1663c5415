#include "engine/host/demo_traffic.h"

#include <fmt/format.h>

#include <array>

#include "engine/ports/task.h"

namespace signalbox::host {

using ports::Task;

struct DemoTraffic::State {
    Ports ports;
    std::uint16_t data_port;
    std::vector<core::ModelConfig> models;
    std::vector<core::AccountConfig> accounts;
    bool stopped = false;

    [[nodiscard]] std::size_t pick(std::size_t below) const { return ports.random.next() % below; }
    [[nodiscard]] bool chance(unsigned percent) const { return pick(100) < percent; }
};

namespace {

using StatePtr = std::shared_ptr<DemoTraffic::State>;

constexpr Nanos pause_least = 60ms, pause_spread = 480ms;  // about three requests a second
constexpr unsigned percent_streamed = 60, percent_misspelt = 2, percent_impatient = 2;

struct Ask {
    std::string path, body;
};

Ask invent(const DemoTraffic::State& state) {
    static constexpr std::array<std::string_view, 5> prompts = {
        "Summarise the incident report of last night in three sentences.", "Is this test flaky or broken?",
        "Translate the release notes into German.", "Name five risks of this migration.",
        "Write a haiku about railway signals."};
    const core::ModelConfig& model = state.models[state.pick(state.models.size())];
    const std::string_view prompt = prompts[state.pick(prompts.size())];
    const std::string name = state.chance(percent_misspelt) ? model.name + "x" : model.name;
    switch (model.shape) {
        case core::Shape::embedding:
            return {"/v1/embeddings", fmt::format(R"({{"model":"{}","input":"{}"}})", name, prompt)};
        case core::Shape::image:
            return {"/v1/images/generations", fmt::format(R"({{"model":"{}","prompt":"{}"}})", name, prompt)};
        case core::Shape::chat:
            break;
    }
    return {"/v1/chat/completions",
            fmt::format(R"({{"model":"{}","stream":{},"max_tokens":{},"messages":[{{"role":"user","content":"{}"}}]}})",
                        name, state.chance(percent_streamed), 16 + state.pick(200), prompt)};
}

std::string head_for(const DemoTraffic::State& state, const Ask& ask) {
    const core::AccountConfig& account = state.accounts[state.pick(state.accounts.size())];
    return fmt::format(
        "POST {} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\n"
        "user-agent: signalbox-demo\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        ask.path, state.data_port, account.key, ask.body.size());
}

// One request on a connection of its own; the answer is read and forgotten.
Task<void> send(StatePtr state) {
    const Ask ask = invent(*state);
    const std::string head = head_for(*state, ask);
    const Instant patience = after(state->ports.clock.now(), state->chance(percent_impatient) ? 700ms : 5min);
    Result<ports::Stream> stream =
        co_await state->ports.network.connect({{"127.0.0.1", state->data_port}, false, {}}, patience);
    if (!stream) co_return;
    (*stream)->expire_at(patience);
    const std::array<std::string_view, 2> pieces = {head, ask.body};
    Result<void> sent = co_await (*stream)->write(pieces);
    if (!sent) co_return;
    std::array<char, 4096> space;
    for (;;) {
        Result<std::size_t> got = co_await (*stream)->read_some(space);
        if (!got || *got == 0) co_return;
    }
}

Task<void> keep_sending(StatePtr state) {
    std::shared_ptr<ports::Alarm> alarm = state->ports.clock.make_alarm();
    while (!state->stopped) {
        state->ports.spawner.spawn("demo request", send(state));
        const Nanos pause =
            pause_least + Nanos{static_cast<Nanos::rep>(state->pick(static_cast<std::size_t>(pause_spread.count())))};
        co_await alarm->wait_until(after(state->ports.clock.now(), pause));
    }
}

}  // namespace

DemoTraffic::DemoTraffic(Ports ports, std::uint16_t data_port, const core::Config& config)
    : state_(std::make_shared<State>(State{ports, data_port, config.models, config.accounts, false})) {}

DemoTraffic::~DemoTraffic() {
    state_->stopped = true;
}

void DemoTraffic::start() {
    if (state_->models.empty() || state_->accounts.empty()) return;
    state_->ports.spawner.spawn("demo traffic", keep_sending(state_));
}

}  // namespace signalbox::host
