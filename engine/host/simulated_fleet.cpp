#include "engine/host/simulated_fleet.h"

#include <algorithm>
#include <future>
#include <set>

namespace signalbox::host {
namespace {

// A machine whose models are loaded when it starts: one that a reload adds takes its time to load. All of them fit, and
// leave half of the memory or more to answers.
sim::MemoryScript memory_of(const core::SimulatedConfig& wanted, const std::vector<std::string>& models) {
    sim::MemoryScript memory;
    memory.managed = true;
    memory.warm = models;
    memory.load_time = wanted.load_time;
    memory.total = wanted.memory;
    const auto shares = static_cast<std::int64_t>(2 * std::max<std::size_t>(models.size(), 1));
    memory.weights = std::min(memory.weights, wanted.memory / shares);
    memory.kv_bytes_per_token = wanted.kv_bytes_per_token;
    return memory;
}

sim::ProviderScript script_of(const core::ProviderConfig& provider, const core::Config& config) {
    const core::SimulatedConfig& wanted = provider.simulated;
    sim::ProviderScript script;
    script.first_token = wanted.first_token;
    script.tokens_per_second = wanted.tokens_per_second;
    script.slots = wanted.slots;
    script.fault = core::fault_from(wanted.fault.kind).value_or(core::Fault::none);
    script.share = wanted.fault.share;
    std::set<std::string> models;
    for (const core::ModelConfig& model : config.models) {
        for (const core::DeploymentConfig& deployment : model.deployments) {
            if (deployment.provider == provider.name) models.insert(deployment.model);
        }
    }
    script.models.assign(models.begin(), models.end());
    script.memory = memory_of(wanted, script.models);
    return script;
}

}  // namespace

SimulatedFleet::SimulatedFleet() : thread_([this] { loop_.run(); }) {}

SimulatedFleet::~SimulatedFleet() {
    std::promise<void> stopped;
    loop_.post([&] {
        traffic_.reset();
        served_.clear();
        stopped.set_value();
    });
    stopped.get_future().wait();
    loop_.stop();
    thread_.join();
}

Result<void> SimulatedFleet::adopt(core::Config& config) {
    std::promise<Result<void>> done;
    loop_.post([&] { done.set_value(adopt_on_loop(config)); });
    return done.get_future().get();
}

Result<void> SimulatedFleet::adopt_on_loop(core::Config& config) {
    std::set<std::string> wanted;
    for (core::ProviderConfig& provider : config.providers) {
        if (provider.kind != core::ProviderKind::simulated) continue;
        wanted.insert(provider.name);
        Served& served = served_[provider.name];
        const sim::ProviderScript script = script_of(provider, config);
        if (served.provider == nullptr) {
            Result<std::unique_ptr<ports::Listener>> listener = loop_.network().listen({{"127.0.0.1", 0}, {}, {}, {}});
            if (!listener) return std::unexpected(std::move(listener.error()));
            served.port = (*listener)->port();
            served.provider =
                std::make_unique<sim::SimProvider>(sim::SimProvider::Ports{loop_, loop_, random_}, script);
            served.provider->serve(std::move(*listener));
        } else {
            served.provider->set_script(script);
        }
        provider.base_url = "http://127.0.0.1:" + std::to_string(served.port) + "/v1";
    }
    std::erase_if(served_, [&](const auto& row) { return !wanted.contains(row.first); });
    return {};
}

void SimulatedFleet::start_traffic(std::uint16_t data_port, const core::Config& config) {
    loop_.post([this, data_port, config] {
        traffic_ = std::make_unique<DemoTraffic>(DemoTraffic::Ports{loop_, loop_, loop_.network(), random_}, data_port,
                                                 config);
        traffic_->start();
    });
}

}  // namespace signalbox::host
