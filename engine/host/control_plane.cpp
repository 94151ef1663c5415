#include "engine/host/control_plane.h"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <future>
#include <thread>

#include "engine/adapters/asio/event_loop.h"
#include "engine/adapters/asio/tcp_network.h"
#include "engine/adapters/system/os_random.h"
#include "engine/control/connect_server.h"
#include "engine/control/service.h"
#include "engine/control/watchers.h"
#include "engine/core/config/quantities.h"
#include "engine/host/version.h"

namespace signalbox::host {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "gateway";
}

// Budgets' windows begin, forgotten holds end and credit is asked for while no request comes, too.
ports::Task<void> keep_time(adapters::EventLoop& loop, flow::Router& router) {
    constexpr Nanos pace = 250ms;
    const std::shared_ptr<ports::Alarm> alarm = loop.make_alarm();
    for (;;) {
        router.tick({loop.now(), loop.wall()});
        co_await alarm->wait_until(after(loop.now(), pace));
    }
}

}  // namespace

// The service and the server live on the control loop: made, used and destroyed there.
struct ControlPlane::State {
    explicit State(Parts given) : parts(std::move(given)), meter(parts.journal, loop) {}

    Parts parts;
    adapters::OsRandom random;
    adapters::EventLoop loop;
    control::Meter meter;
    control::Watchers watchers{watcher_parts()};
    std::shared_ptr<control::Service> service;
    std::unique_ptr<control::ConnectServer> server;
    std::uint16_t port = 0;
    std::thread thread;

    template <class Work>
    void on_loop(Work work) {
        std::promise<void> done;
        loop.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    // By the address that was bound at the start, whatever a later configuration says.
    [[nodiscard]] control::AccessListPtr access_of(const core::Config& config) const {
        return std::make_shared<const control::AccessList>(config.control_tokens,
                                                           core::is_loopback(parts.config->gateway.control.host));
    }
    [[nodiscard]] control::Watchers::Parts watcher_parts() {
        flow::Router& router = parts.router;
        return {.clock = loop,
                .network = loop.network(),
                .spawner = loop,
                .random = random,
                .view = [&] { return router.recent_view(loop.now()); },
                .table = [&router] { return router.rules().table; },
                .note_free_check = [&router](core::LaneId lane, core::FreeCheck check,
                                             Instant now) { router.note_free_check(lane, check, now); },
                .note_slots = [&router](const core::Deployment& deployment,
                                        const core::SlotReport& report) { router.note_slots(deployment.id, report); }};
    }
    void apply(const core::ConfigPtr& next) {
        parts.reload.apply(next);
        if (server != nullptr) server->set_access(access_of(*next));
    }
};

ControlPlane::ControlPlane(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<ControlPlane>> ControlPlane::start(Parts parts) {
    auto state = std::make_unique<State>(std::move(parts));
    const core::GatewayConfig& gateway = state->parts.config->gateway;
    const Result<std::uint16_t> port = adapters::reserve_port({gateway.control.host, gateway.control.port});
    if (!port) return std::unexpected(port.error());
    state->port = *port;
    Result<std::unique_ptr<ports::Listener>> listener = state->loop.network().listen(
        {{gateway.control.host, *port}, gateway.tls.cert, gateway.tls.key, gateway.tls.client_ca});
    if (!listener) return std::unexpected(listener.error());
    state->thread = std::thread([&loop = state->loop] { loop.run(); });
    pthread_setname_np(state->thread.native_handle(), "control");

    std::unique_ptr<ControlPlane> plane(new ControlPlane(std::move(state)));
    plane->listener_ = std::move(*listener);
    return plane;
}

Result<void> ControlPlane::serve(std::string data_url, std::string control_url) {
    State& s = *state_;
    Result<void> started;
    s.on_loop([&] {
        control::Facts facts{std::string(version), host_name(),      std::move(data_url),       std::move(control_url),
                             s.parts.config_path,  s.parts.data_dir, static_cast<int>(getpid())};
        control::ConfigParts reload = s.parts.reload;
        reload.apply = [&s](const core::ConfigPtr& next) { s.apply(next); };
        s.service = std::make_shared<control::Service>(
            control::ServiceParts{s.loop, s.loop, s.parts.store, s.parts.log, s.parts.router, s.parts.gauges, s.meter,
                                  std::move(reload), s.watchers.hooks()},
            std::move(facts), s.parts.config);
        started = s.service->start();
        if (!started) return;
        s.watchers.start();
        s.loop.spawn("ledger_time", keep_time(s.loop, s.parts.router));
        s.server = std::make_unique<control::ConnectServer>(
            control::ServerParts{*s.service, s.loop, s.loop, s.parts.log, [&s] { return s.service->metrics(); }},
            s.access_of(*s.parts.config));
        s.server->start(std::move(listener_));
    });
    return started;
}

ControlPlane::~ControlPlane() {
    State& s = *state_;
    s.on_loop([&] {
        if (s.server != nullptr) s.server->stop();
        s.watchers.stop();
        if (s.service != nullptr) s.service->close();
        s.server.reset();
    });
    s.loop.stop();
    s.thread.join();
}

ports::Journal& ControlPlane::journal() {
    return state_->meter;
}

std::shared_ptr<api::Gateway> ControlPlane::gateway() const {
    return state_->service;
}

std::uint16_t ControlPlane::port() const {
    return state_->port;
}

void ControlPlane::reload(control::ConfigText text) {
    State& s = *state_;
    s.loop.post([&s, text = std::move(text)] {
        const control::Caller caller{"gateway", core::Role::admin, true, "file"};
        // Whatever is wrong is in the log, the events and the snapshot's problems.
        (void)s.service->reload(text, caller);
    });
}

}  // namespace signalbox::host
