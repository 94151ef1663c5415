#include "engine/host/gateway_host.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "engine/adapters/sqlite/sqlite_ledger.h"
#include "engine/adapters/sqlite/sqlite_store.h"
#include "engine/adapters/system/concealed_secrets.h"
#include "engine/adapters/system/data_dir.h"
#include "engine/adapters/system/system_secrets.h"
#include "engine/adapters/yaml/load.h"
#include "engine/control/meter.h"
#include "engine/core/config/without_effect.h"
#include "engine/host/control_plane.h"
#include "engine/host/data_plane.h"
#include "engine/host/load.h"
#include "engine/host/simulated_fleet.h"

namespace signalbox::host {
namespace {

using std::filesystem::path;

StartFailure failure_of(const core::ConfigFaults& faults) {
    StartFailure failure{StartFailure::configuration, {}};
    for (const core::ConfigFault& fault : faults) failure.lines.push_back(to_string(fault));
    return failure;
}

std::unexpected<StartFailure> stop_with(int exit_code, const std::string& line) {
    return std::unexpected(StartFailure{exit_code, {"signalbox: " + line}});
}

// A port that is taken is one thing, an address or certificate that makes no sense another.
std::unexpected<StartFailure> cannot_listen(const core::HostPort& address, const Error& error) {
    const std::string where = address.host + ":" + std::to_string(address.port);
    if (error.code == ErrorCode::invalid_argument) {
        return stop_with(StartFailure::configuration, "cannot listen on " + where + ": " + error.detail);
    }
    return stop_with(StartFailure::address,
                     "cannot listen on " + where + ": " + error.detail + "; stop what uses it, or choose another port");
}

WallTime wall_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

Moment moment_now() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return {Instant(std::chrono::duration_cast<Nanos>(now)), wall_now()};
}

bool uses_simulation(const core::Config& config) {
    for (const core::ProviderConfig& provider : config.providers) {
        if (provider.kind == core::ProviderKind::simulated) return true;
    }
    return false;
}

std::string url_of(const core::HostPort& address, std::uint16_t port, bool tls) {
    const std::string host = address.host.contains(':') ? "[" + address.host + "]" : address.host;
    return (tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

}  // namespace

// In the order of construction; destroyed in reverse.
struct GatewayHost::Parts {
    Parts(const HostOptions& asked, Log& into, core::Config loaded, adapters::DataDir dir)
        : options(asked), log(into), config(std::move(loaded)), data_dir(std::move(dir)) {}

    HostOptions options;
    Log& log;
    adapters::SystemSecrets secrets;
    adapters::ConcealedSecrets concealed;
    std::optional<path> file;
    std::filesystem::file_time_type file_time;
    core::Config config;        // as started
    core::ConfigPtr inspected;  // the same without its secrets; null: no file
    adapters::DataDir data_dir;
    std::unique_ptr<SimulatedFleet> simulated;
    std::unique_ptr<adapters::SqliteStore> store;
    std::unique_ptr<adapters::SqliteLedger> ledger;
    std::unique_ptr<flow::Router> router;
    flow::Gauges gauges;
    std::unique_ptr<ControlPlane> control;
    std::unique_ptr<DataPlane> data;

    [[nodiscard]] auto read(const std::string& text, const ports::Secrets& from) const {
        return load_text(options, text, file ? file->string() : std::string("configuration"), from);
    }
    Result<void> simulate(core::Config& changed) {
        if (simulated == nullptr && !uses_simulation(changed)) return {};
        if (simulated == nullptr) simulated = std::make_unique<SimulatedFleet>();
        return simulated->adopt(changed);
    }
    // The ledger and the router that spends from it; returns when the first credit is durable.
    Result<void> keep_books(core::Config routed) {
        Result<std::unique_ptr<adapters::SqliteLedger>> opened =
            adapters::SqliteLedger::open((data_dir.path() / "ledger.sqlite").string());
        if (!opened) return std::unexpected(std::move(opened.error()));
        ledger = std::move(*opened);
        router = std::make_unique<flow::Router>(std::make_shared<const core::Config>(std::move(routed)), ledger.get(),
                                                moment_now());
        ledger->on_progress([this](const ports::LedgerProgress& progress) { router->note_ledger(progress); });
        ledger->flush();
        return {};
    }
    void tell_without_effect(const core::Config& told) const {
        const std::vector<std::string> fields = core::fields_without_effect(told);
        if (fields.empty()) return;
        log.write(LogLevel::warn, "config_without_effect", {{"fields", fmt::format("{}", fmt::join(fields, ", "))}});
    }
    void apply(const core::ConfigPtr& next) {
        tell_without_effect(*next);
        core::Config changed = *next;
        if (Result<void> served = simulate(changed); !served) {
            log.write(LogLevel::error, "simulated_provider_failed", {{"detail", served.error().detail}});
        }
        router->apply(std::make_shared<const core::Config>(std::move(changed)), moment_now());
    }
    [[nodiscard]] ControlPlane::Parts control_parts();
};

ControlPlane::Parts GatewayHost::Parts::control_parts() {
    return {.router = *router,
            .gauges = gauges,
            .journal = *store,
            .store = *store,
            .log = log,
            .config = std::make_shared<const core::Config>(config),
            .config_path = file ? file->string() : std::string(),
            .data_dir = data_dir.path().string(),
            .reload = {.load = [this](const std::string& text) { return read(text, secrets); },
                       .inspect = [this](const std::string& text) { return read(text, concealed); },
                       .apply = [this](const core::ConfigPtr& next) { apply(next); },
                       .inspected = inspected}};
}

GatewayHost::GatewayHost(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

GatewayHost::~GatewayHost() {
    // The data plane first: its last records still find the meter and the store.
    parts_->data.reset();
    parts_->control.reset();
    parts_->ledger->on_progress({});  // the router goes before the ledger
}

std::expected<std::vector<std::string>, StartFailure> GatewayHost::check(const HostOptions& options) {
    const adapters::SystemSecrets secrets;
    const auto config = load(options, config_file(options, secrets), secrets);
    if (!config) return std::unexpected(failure_of(config.error()));
    return core::fields_without_effect(*config);
}

std::expected<std::unique_ptr<GatewayHost>, StartFailure> GatewayHost::start(const HostOptions& options, Log& log) {
    const adapters::SystemSecrets secrets;
    const std::optional<path> file = config_file(options, secrets);
    std::expected<core::Config, core::ConfigFaults> config = load(options, file, secrets);
    if (!config) return std::unexpected(failure_of(config.error()));
    path where = adapters::data_dir_path(config->gateway.data_dir, secrets);
    if (config->demo && options.data_dir.empty()) where /= "demo";  // made-up history stays out of the real one
    Result<adapters::DataDir> dir = adapters::DataDir::open(where);
    if (!dir) return stop_with(StartFailure::data_dir, dir.error().detail);

    auto parts = std::make_unique<Parts>(options, log, std::move(*config), std::move(*dir));
    parts->file = file;
    std::error_code gone;
    if (file) parts->file_time = std::filesystem::last_write_time(*file, gone);
    if (auto shown = load(options, file, parts->concealed); file && shown)
        parts->inspected = std::make_shared<const core::Config>(std::move(*shown));
    const core::Config& in_force = parts->config;
    Result<std::unique_ptr<adapters::SqliteStore>> store =
        adapters::SqliteStore::open((parts->data_dir.path() / "history.sqlite").string(),
                                    {.retention = {in_force.history.retain, in_force.history.max}, .wall = wall_now});
    if (!store) return stop_with(StartFailure::data_dir, store.error().detail);
    parts->store = std::move(*store);
    core::Config routed = in_force;  // knows where the simulated providers listen, which no file says
    if (Result<void> served = parts->simulate(routed); !served) {
        return stop_with(StartFailure::address, "the simulated providers cannot listen: " + served.error().detail);
    }
    if (Result<void> kept = parts->keep_books(std::move(routed)); !kept) {
        return stop_with(StartFailure::data_dir, kept.error().detail);
    }

    Result<std::unique_ptr<ControlPlane>> control = ControlPlane::start(parts->control_parts());
    if (!control) return cannot_listen(in_force.gateway.control, control.error());
    parts->control = std::move(*control);
    Result<std::unique_ptr<DataPlane>> data =
        DataPlane::start(in_force.gateway, {*parts->router, parts->control->journal(), parts->gauges, log});
    if (!data) return cannot_listen(in_force.gateway.listen, data.error());
    parts->data = std::move(*data);

    std::unique_ptr<GatewayHost> host(new GatewayHost(std::move(parts)));
    Parts& running = *host->parts_;
    if (Result<void> served = running.control->serve(host->data_url(), host->control_url()); !served) {
        return stop_with(StartFailure::data_dir, served.error().detail);
    }
    if (in_force.demo) running.simulated->start_traffic(running.data->port(), in_force);
    log.write(LogLevel::info, "serving",
              {{"data", host->data_url()},
               {"control", host->control_url()},
               {"config", file ? file->string() : std::string("demo")},
               {"data_dir", running.data_dir.path().string()}});
    running.tell_without_effect(in_force);
    return host;
}

std::shared_ptr<api::Gateway> GatewayHost::gateway() const {
    return parts_->control->gateway();
}

std::string GatewayHost::data_url() const {
    const core::GatewayConfig& gateway = parts_->config.gateway;
    return url_of(gateway.listen, parts_->data->port(), gateway.tls.enabled()) + "/v1";
}

std::string GatewayHost::control_url() const {
    const core::GatewayConfig& gateway = parts_->config.gateway;
    return url_of(gateway.control, parts_->control->port(), gateway.tls.enabled());
}

bool GatewayHost::demo() const {
    return parts_->config.demo;
}

std::optional<std::string> GatewayHost::config_path() const {
    return parts_->file ? std::optional(parts_->file->string()) : std::nullopt;
}

void GatewayHost::reload() {
    if (!parts_->file) return;
    std::error_code gone;
    parts_->file_time = std::filesystem::last_write_time(*parts_->file, gone);
    parts_->control->reload(adapters::read_config_file(*parts_->file));
}

void GatewayHost::reload_if_changed() {
    if (!parts_->file) return;
    std::error_code gone;
    // A file that went away has the time of errors: it is told once, and once more when it is back.
    if (std::filesystem::last_write_time(*parts_->file, gone) != parts_->file_time) reload();
}

bool GatewayHost::drain() {
    return parts_->data->drain(parts_->config.gateway.drain);
}

}  // namespace signalbox::host
