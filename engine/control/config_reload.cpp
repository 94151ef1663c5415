#include "engine/control/config_reload.h"

#include "engine/core/config/diff.h"
#include "engine/core/config/validate.h"
#include "engine/core/config/without_effect.h"

namespace signalbox::control {
namespace {

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
    return out;
}

v1::ConfigFault to_message(const core::ConfigFault& fault) {
    v1::ConfigFault out;
    out.set_file(fault.file);
    out.set_line(fault.line);
    out.set_field(fault.field);
    out.set_problem(fault.problem);
    out.set_remedy(fault.remedy);
    return out;
}

// What runs when `wanted` is put into force: sockets, threads and files are taken once, at the start.
core::Config running(core::Config wanted, const core::Config& started) {
    core::GatewayConfig& gateway = wanted.gateway;
    gateway.listen = started.gateway.listen;
    gateway.control = started.gateway.control;
    gateway.tls = started.gateway.tls;
    gateway.data_dir = started.gateway.data_dir;
    gateway.threads = started.gateway.threads;
    gateway.drain = started.gateway.drain;
    wanted.history.retain = started.history.retain;
    wanted.history.max = started.history.max;
    return wanted;
}

std::string revision_name(std::int64_t revision) {
    return "revision " + std::to_string(revision);
}

}  // namespace

ConfigReload::ConfigReload(ConfigParts parts, core::ConfigPtr in_force, Trail& trail)
    : parts_(std::move(parts)),
      in_force_(std::move(in_force)),
      inspected_(parts_.inspected != nullptr ? parts_.inspected : in_force_),
      started_(in_force_),
      started_inspected_(inspected_),
      trail_(trail),
      without_effect_(core::fields_without_effect(*in_force_)) {}

v1::CheckConfigResponse ConfigReload::check(const std::string& text) const {
    v1::CheckConfigResponse out;
    const auto add_faults = [&](const core::ConfigFaults& faults) {
        for (const auto& fault : faults) *out.add_faults() = to_message(fault);
    };
    const auto loaded = parts_.inspect(text);
    if (!loaded) {
        add_faults(loaded.error());
        return out;
    }
    const core::Config would_run = running(*loaded, *started_inspected_);
    add_faults(core::validate_reach(would_run));
    for (auto& change : core::diff(*inspected_, *loaded)) *out.add_changes() = std::move(change);
    for (auto& line : core::diff(would_run, *loaded)) *out.add_restart_needed() = std::move(line);
    for (auto& path : core::fields_without_effect(*loaded)) *out.add_without_effect() = std::move(path);
    return out;
}

Error ConfigReload::refuse(const core::ConfigFaults& faults, const Act& act, Moment at) {
    std::vector<std::string> lines;
    for (const auto& fault : faults) lines.push_back(core::to_string(fault));
    if (problem_.empty()) problem_since_ = at.wall;
    problem_ = joined(lines);
    trail_.result(act, ErrorCode::config_invalid, at.wall);
    trail_.event("warn", "config_refused", "configuration", problem_, at.wall);
    return {ErrorCode::config_invalid, problem_};
}

std::expected<core::Config, core::ConfigFaults> ConfigReload::load(const ConfigText& text) const {
    if (!text) return std::unexpected(text.error());
    auto loaded = parts_.load(*text);
    if (!loaded) return loaded;
    auto faults = core::validate_reach(running(*loaded, *started_));
    if (!faults.empty()) return std::unexpected(std::move(faults));
    return loaded;
}

Result<void> ConfigReload::apply(const ConfigText& text, const Caller& caller, Moment at) {
    Act act{.actor = caller.actor,
            .source = caller.source,
            .action = "config.apply",
            .object = "configuration",
            .before = revision_name(in_force_->revision)};
    auto loaded = load(text);
    if (!loaded) return std::unexpected(refuse(loaded.error(), act, at));
    problem_.clear();
    const auto changes = core::diff(*in_force_, *loaded);
    if (changes.empty()) return {};
    act.after = joined(changes);
    if (auto done = trail_.intent(act, at.wall); !done) return done;
    put_in_force(std::move(*loaded), *text, at);
    trail_.result(act, ErrorCode::ok, at.wall);
    trail_.event("info", "config_applied", revision_name(in_force_->revision), act.after, at.wall);
    if (!restart_needed_.empty()) {
        trail_.event("warn", "restart_needed", revision_name(in_force_->revision), joined(restart_needed_), at.wall);
    }
    return {};
}

void ConfigReload::put_in_force(core::Config next, const std::string& text, Moment at) {
    next.revision = in_force_->revision + 1;
    in_force_ = std::make_shared<const core::Config>(std::move(next));
    auto inspected = parts_.inspect(text);
    inspected_ = inspected ? std::make_shared<const core::Config>(std::move(*inspected)) : in_force_;
    if (restart_needed_.empty()) restart_needed_since_ = at.wall;
    restart_needed_ = core::diff(running(*in_force_, *started_), *in_force_);
    without_effect_ = core::fields_without_effect(*in_force_);
    parts_.apply(in_force_);
}

}  // namespace signalbox::control
