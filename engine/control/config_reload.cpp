#include "engine/control/config_reload.h"

#include "engine/core/config/diff.h"

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

// Sockets, threads and the data directory are taken once, at the start.
bool needs_restart(const core::GatewayConfig& a, const core::GatewayConfig& b) {
    const auto same = [](const core::HostPort& x, const core::HostPort& y) {
        return x.host == y.host && x.port == y.port;
    };
    return !same(a.listen, b.listen) || !same(a.control, b.control) || a.data_dir != b.data_dir ||
           a.threads != b.threads || a.tls.cert != b.tls.cert || a.tls.key != b.tls.key ||
           a.tls.client_ca != b.tls.client_ca;
}

std::string revision_name(std::int64_t revision) {
    return "revision " + std::to_string(revision);
}

}  // namespace

v1::CheckConfigResponse ConfigReload::check(const std::string& text) const {
    v1::CheckConfigResponse out;
    const auto loaded = parts_.load(text);
    if (loaded) {
        for (auto& change : core::diff(*in_force_, *loaded)) *out.add_changes() = std::move(change);
    } else {
        for (const auto& fault : loaded.error()) *out.add_faults() = to_message(fault);
    }
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

Result<void> ConfigReload::apply(const std::string& text, const Caller& caller, Moment at) {
    Act act{.actor = caller.actor,
            .source = caller.source,
            .action = "config.apply",
            .object = "configuration",
            .before = revision_name(in_force_->revision)};
    auto loaded = parts_.load(text);
    if (!loaded) return std::unexpected(refuse(loaded.error(), act, at));
    problem_.clear();
    const auto changes = core::diff(*in_force_, *loaded);
    if (changes.empty()) return {};
    act.after = joined(changes);
    if (auto done = trail_.intent(act, at.wall); !done) return done;
    const bool restart = needs_restart(in_force_->gateway, loaded->gateway);
    loaded->revision = in_force_->revision + 1;
    in_force_ = std::make_shared<const core::Config>(std::move(*loaded));
    parts_.apply(in_force_);
    trail_.result(act, ErrorCode::ok, at.wall);
    trail_.event("info", "config_applied", revision_name(in_force_->revision), act.after, at.wall);
    if (restart) {
        trail_.event("warn", "restart_needed", revision_name(in_force_->revision),
                     "listeners, TLS files, threads and data_dir are read at the start only", at.wall);
    }
    return {};
}

}  // namespace signalbox::control
