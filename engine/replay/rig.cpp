#include "engine/replay/rig.h"

#include <algorithm>

#include <fmt/format.h>

namespace signalbox::replay {
namespace {

const ports::Address gateway_address{"127.0.0.1", 8080};
constexpr Nanos tick_every = 250ms;

ports::Address provider_address(std::size_t index) {
    return {fmt::format("10.0.{}.{}", 1 + index / 200, 1 + index % 200), 80};
}

core::ConfigPtr with_addresses(core::Config config) {
    for (std::size_t i = 0; i < config.providers.size(); ++i) {
        config.providers[i].base_url = fmt::format("http://{}/v1", provider_address(i).host);
    }
    return std::make_shared<const core::Config>(std::move(config));
}

// What a client can tell from its answer, for the trace.
std::uint64_t digest(const sim::ClientAnswer& answer) {
    std::uint64_t sum = static_cast<std::uint64_t>(answer.end) * 1000 + static_cast<std::uint64_t>(answer.status);
    for (const char c : answer.body) sum = sum * 31 + static_cast<unsigned char>(c);
    return sum;
}

}  // namespace

Rig::Rig(Setup setup, std::uint64_t seed)
    : loop({.seed = seed, .shuffle = true}),
      network(loop, seed + 1),
      ledger(loop),
      router(with_addresses(std::move(setup.config)), &ledger, {loop.now(), loop.wall()}),
      random_(seed + 2),
      provider_random_(seed + 3),
      watcher_random_(seed + 5),
      services_{loop, random_, network, loop, journal, router, gauges, log_, pool_, buffers_},
      watchers_(watcher_parts()) {
    ledger.on_progress([this](const ports::LedgerProgress& progress) { router.note_ledger(progress); });
    const auto& providers = config().providers;
    for (std::size_t i = 0; i < providers.size(); ++i) {
        const std::string& name = providers[i].name;
        const sim::SimProvider::Ports ports{loop, loop, provider_random_};
        auto provider = std::make_unique<sim::SimProvider>(ports, setup.scripts[name]);
        upstreams_.emplace(name, Upstream{provider_address(i), std::move(provider), false});
        restore(name);
    }
    open_for_clients(setup.policy);
}

void Rig::open_for_clients(Policy policy) {
    auto listener = std::move(*network.listen({gateway_address, {}, {}, {}}));
    if (policy == Policy::incident) {
        std::vector<IncidentPolicy::Machine> machines;
        for (const auto& [name, upstream] : upstreams_) {
            machines.push_back({name, upstream.address, upstream.provider.get()});
        }
        incident_ = std::make_unique<IncidentPolicy>(IncidentPolicy::Parts{loop, network, on_incident}, machines);
        incident_->serve(std::move(listener));
        return;
    }
    acceptor_ = std::make_unique<flow::Acceptor>(services_, std::move(listener));
    acceptor_->start();
    watchers_.start();
    tick();
}

control::Watchers::Parts Rig::watcher_parts() {
    const auto slots = [this](const core::Deployment& deployment, const core::SlotReport& report) {
        router.note_slots(deployment.id, report);
    };
    return {.clock = loop,
            .network = network,
            .spawner = loop,
            .random = watcher_random_,
            .view = [this] { return router.recent_view(loop.now()); },
            .table = [this] { return router.rules().table; },
            .note_free_check = [this](core::LaneId lane, core::FreeCheck check,
                                      Instant now) { router.note_free_check(lane, check, now); },
            .note_slots = slots};
}

void Rig::tick() {
    router.tick({loop.now(), loop.wall()});
    next_tick_ = loop.at(loop.now() + tick_every, [this] { tick(); });
}

Rig::~Rig() {
    loop.cancel(next_tick_);
    watchers_.stop();
    pool_.close_all();
    if (acceptor_) acceptor_->drain();
    if (incident_) incident_->stop();
    for (auto& [name, upstream] : upstreams_) upstream.provider->stop();
    loop.run();
}

void Rig::ask(Ask ask, sim::ClientRequest request, Nanos later) {
    request.to = {gateway_address, false, {}};
    request.headers.emplace_back("user-agent", ask.name);
    if (ask.deadline != Nanos::max()) {
        request.headers.emplace_back("x-signalbox-deadline-ms", std::to_string(to_ms(ask.deadline)));
    }
    asks_.push_back(std::make_shared<Ask>(std::move(ask)));
    loop.at(after(loop.now(), later), [this, kept = asks_.back(), request = std::move(request)]() mutable {
        loop.spawn("client", run_client(std::move(kept), std::move(request)));
    });
}

ports::Task<void> Rig::run_client(std::shared_ptr<Ask> ask, sim::ClientRequest request) {
    ask->answer = co_await sim::ask(network, loop, std::move(request));
    ask->ended = true;
    loop.note(digest(ask->answer));
}

void Rig::kill(const std::string& provider) {
    Upstream& upstream = upstreams_.at(provider);
    upstream.provider->stop();
    upstream.running = false;
}

void Rig::restore(const std::string& provider) {
    Upstream& upstream = upstreams_.at(provider);
    if (std::exchange(upstream.running, true)) return;
    upstream.provider->serve(std::move(*network.listen({upstream.address, {}, {}, {}})));
}

void Rig::drain() {
    gauges.draining = true;
    if (acceptor_) acceptor_->drain();
}

void Rig::redirect(core::ActiveOverride row) {
    row.id = ++redirects_made_;
    row.diverted = std::make_shared<std::atomic<std::int64_t>>(0);
    redirects_.push_back(std::move(row));
    publish();
}

void Rig::end_redirects(const std::string& from) {
    std::erase_if(redirects_, [&](const core::ActiveOverride& row) { return row.from == from; });
    publish();
}

void Rig::publish() {
    router.set_overrides(std::make_shared<const core::OverrideTable>(redirects_));
}

bool Rig::all_ended() const {
    return std::ranges::all_of(asks_, [](const auto& ask) { return ask->ended; });
}

ports::Address Rig::gateway() {
    return gateway_address;
}

}  // namespace signalbox::replay
