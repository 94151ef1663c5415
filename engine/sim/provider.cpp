#include "engine/sim/provider.h"

#include "engine/sim/provider_session.h"

namespace signalbox::sim {

namespace {

using StatePtr = std::shared_ptr<SimProvider::State>;

ports::Task<void> serve_connection(StatePtr state, ports::Stream stream) {
    ProviderSession session(std::move(state), std::move(stream));
    co_await session.run();
}

ports::Task<void> accept_connections(StatePtr state, std::shared_ptr<ports::Listener> listener) {
    for (;;) {
        auto accepted = co_await listener->accept();
        if (!accepted) co_return;
        ++state->counters.connections;
        if (state->script.fault == ProviderFault::refused && state->script.share >= 1)
            (*accepted)->abort();
        else
            state->ports.spawner.spawn("sim provider connection", serve_connection(state, *std::move(accepted)));
    }
}

}  // namespace

SimProvider::SimProvider(Ports ports, ProviderScript script)
    : state_(std::make_shared<State>(State{.ports = ports, .script = std::move(script)})) {
    state_->memory.set_script(state_->script.memory);
}

SimProvider::~SimProvider() {
    stop();
}

void SimProvider::serve(std::unique_ptr<ports::Listener> listener) {
    const std::shared_ptr<ports::Listener> shared = std::move(listener);
    state_->listeners.push_back(shared);
    state_->ports.spawner.spawn("sim provider", accept_connections(state_, shared));
}

void SimProvider::stop() {
    for (const auto& weak : state_->listeners)
        if (const auto listener = weak.lock()) listener->close();
    state_->listeners.clear();
    for (auto* session : state_->sessions) session->kill();
    state_->memory.unload_all();
}

void SimProvider::set_script(ProviderScript script) {
    state_->script = std::move(script);
    state_->memory.set_script(state_->script.memory);
}

const ProviderScript& SimProvider::script() const {
    return state_->script;
}

const ProviderCounters& SimProvider::counters() const {
    return state_->counters;
}

const ProviderMemory& SimProvider::memory() const {
    return state_->memory;
}

}  // namespace signalbox::sim
