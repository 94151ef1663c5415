#include "engine/host/data_plane.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/adapters/asio/event_loop.h"
#include "engine/adapters/asio/tcp_network.h"
#include "engine/adapters/system/os_random.h"
#include "engine/flow/accept.h"
#include "engine/flow/buffer.h"
#include "engine/flow/upstream.h"

namespace signalbox::host {

struct DataPlane::Loop {
    explicit Loop(const Parts& parts)
        : services{loop,         random,       loop.network(), loop,      parts.journal,
                   parts.router, parts.gauges, parts.log,      upstreams, buffers} {}

    // The order of destruction matters: the thread has ended, then coroutines die with the loop, then what they used.
    adapters::OsRandom random;
    flow::UpstreamPool upstreams;
    flow::BufferPool buffers;
    std::unique_ptr<flow::Acceptor> acceptor;
    adapters::EventLoop loop;
    flow::Services services;
    std::thread thread;
};

DataPlane::DataPlane(Parts parts) : parts_(parts) {}

namespace {

// What a loop does besides serving.
ports::Task<void> keep_house(flow::Services& services) {
    std::shared_ptr<ports::Alarm> alarm = services.clock.make_alarm();
    for (;;) {
        co_await alarm->wait_until(after(services.clock.now(), 10s));
        const Instant now = services.clock.now();
        services.upstreams.close_idle(now);
        services.router.answers().sweep(core::cache_room(services.router.rules().table->config()), now);
    }
}

}  // namespace

Result<std::unique_ptr<DataPlane>> DataPlane::start(const core::GatewayConfig& config, Parts parts) {
    const Result<std::uint16_t> port = adapters::reserve_port({config.listen.host, config.listen.port});
    if (!port) return std::unexpected(port.error());
    std::unique_ptr<DataPlane> plane(new DataPlane(parts));
    plane->port_ = *port;
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned count = config.threads > 0 ? static_cast<unsigned>(config.threads) : cores;
    for (unsigned i = 0; i < count; ++i) {
        auto loop = std::make_unique<Loop>(plane->parts_);
        Result<std::unique_ptr<ports::Listener>> listener = loop->loop.network().listen(
            {{config.listen.host, *port}, config.tls.cert, config.tls.key, config.tls.client_ca});
        if (!listener) return std::unexpected(listener.error());
        loop->acceptor = std::make_unique<flow::Acceptor>(loop->services, std::move(*listener));
        loop->loop.post([l = loop.get()] {
            l->acceptor->start();
            l->services.spawner.spawn("housekeeping", keep_house(l->services));
        });
        plane->loops_.push_back(std::move(loop));
    }
    for (const auto& loop : plane->loops_) {
        loop->thread = std::thread([&l = loop->loop] { l.run(); });
        pthread_setname_np(loop->thread.native_handle(), "loop");
    }
    return plane;
}

DataPlane::~DataPlane() {
    for (const auto& loop : loops_) {
        if (loop->thread.joinable()) {
            loop->loop.stop();
            loop->thread.join();
        }
        // Sockets end before the loop they belong to.
        loop->acceptor->drain();
        loop->upstreams.close_all();
    }
}

bool DataPlane::drain(Nanos patience) {
    constexpr Nanos look_again = 10ms;
    parts_.gauges.draining = true;
    for (const auto& loop : loops_) loop->loop.post([acceptor = loop->acceptor.get()] { acceptor->drain(); });
    for (Nanos waited{}; waited < patience; waited += look_again) {
        if (parts_.gauges.connections == 0) return true;
        std::this_thread::sleep_for(look_again);
    }
    return parts_.gauges.connections == 0;
}

}  // namespace signalbox::host
