#include "engine/replay/setup.h"

#include <algorithm>

#include "engine/core/config/validate.h"

namespace signalbox::replay {
namespace {

std::string secret_of(const std::string& key) {
    return "sk-" + key;
}

Options& take_deadlines(Options& options, core::Deadlines& deadlines) {
    return options.take("connect", deadlines.connect)
        .take("headers", deadlines.headers)
        .take("first_token", deadlines.first_token)
        .take("idle", deadlines.idle)
        .take("total", deadlines.total);
}

Result<void> add_defaults(const Statement& s, Setup& setup) {
    core::DefaultsConfig& defaults = setup.config.defaults;
    Options options(s);
    return take_deadlines(options, defaults.deadlines)
        .take("attempts", defaults.attempts)
        .take("retries", defaults.same_target_retries)
        .take("backoff", defaults.backoff.first)
        .take("queue", defaults.queue.per_model)
        .take("wait", defaults.queue.wait)
        .take("fallbacks", defaults.fallbacks)
        .finish();
}

Result<void> add_provider(const Statement& s, Setup& setup) {
    if (s.words.size() != 2) return fail_at(s.line, "provider NAME");
    core::ProviderConfig provider;
    provider.name = s.words[1];
    provider.base_url = "http://10.0.0.1/v1";
    sim::ProviderScript& script = setup.scripts[provider.name];
    std::vector<std::string> keys{"only"};
    std::vector<std::string> weights;
    Options options(s);
    options.take("keys", keys).take("weights", weights);
    if (Result<void> ok = take_knobs(options, s.line, script); !ok) return ok;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        core::KeyConfig key{keys[i], secret_of(keys[i]), 1, {}, {}, {}};
        if (i < weights.size() && !read(weights[i], key.weight)) return fail_at(s.line, "weights are numbers");
        provider.keys.push_back(std::move(key));
    }
    setup.config.providers.push_back(std::move(provider));
    return {};
}

Result<void> add_model(const Statement& s, Setup& setup) {
    if (s.words.size() < 3) return fail_at(s.line, "model NAME PROVIDER/MODEL…");
    core::ModelConfig model;
    model.name = s.words[1];
    model.deadlines = setup.config.defaults.deadlines;
    core::DeploymentConfig limits;
    Options options(s);
    const Result<void> taken = take_deadlines(options, model.deadlines)
                                   .take("fallbacks", model.fallbacks)
                                   .take("strategy", model.strategy)
                                   .take("shape", model.shape)
                                   .take("max_in_flight", limits.max_in_flight)
                                   .take("context", limits.context)
                                   .finish();
    if (!taken) return taken;
    for (std::size_t i = 2; i < s.words.size(); ++i) {
        const auto slash = s.words[i].find('/');
        if (slash == std::string::npos) return fail_at(s.line, s.words[i] + " is not PROVIDER/MODEL");
        limits.provider = s.words[i].substr(0, slash);
        limits.model = s.words[i].substr(slash + 1);
        model.deployments.push_back(limits);
    }
    setup.config.models.push_back(std::move(model));
    return {};
}

Result<void> add(const Statement& s, Setup& setup) {
    if (s.verb() == "defaults") return add_defaults(s, setup);
    if (s.verb() == "provider") return add_provider(s, setup);
    if (s.verb() == "model") return add_model(s, setup);
    return fail_at(s.line, "no such statement before the start: " + s.verb());
}

}  // namespace

Result<void> take_knobs(Options& options, int line, sim::ProviderScript& script) {
    std::string fault{sim::to_string(script.fault)};
    std::string refused;
    int tokens = 0;
    const Result<void> taken = options.take("first_token", script.first_token)
                                   .take("rate", script.tokens_per_second)
                                   .take("tokens", tokens)
                                   .take("slots", script.slots)
                                   .take("fault", fault)
                                   .take("share", script.share)
                                   .take("retry_after", script.retry_after)
                                   .take("fault_after", script.tokens_before_fault)
                                   .take("refused", refused)
                                   .finish();
    if (!taken) return taken;
    if (!refused.empty()) script.refused_key = secret_of(refused);
    if (tokens > 0) script.tokens_min = script.tokens_max = tokens;
    constexpr std::string_view by_status = "status:";
    if (fault.starts_with(by_status)) {
        if (!read(fault.substr(by_status.size()), script.status)) return fail_at(line, "fault=status:NNN");
        fault = sim::to_string(sim::ProviderFault::status);
    }
    const std::optional<sim::ProviderFault> known = sim::provider_fault_from(fault);
    if (!known) return fail_at(line, "there is no fault " + fault);
    script.fault = *known;
    return {};
}

Result<Setup> make_setup(const FlowFile& file) {
    Setup setup;
    int last = 1;
    for (const Statement& s : file.statements) {
        if (s.at || s.verb() == "expect") continue;
        last = s.line;
        if (Result<void> ok = add(s, setup); !ok) return std::unexpected(std::move(ok.error()));
    }
    for (const core::ConfigFault& fault : core::validate(setup.config)) {
        return fail_at(last, "up to here: " + core::to_string(fault));
    }
    return setup;
}

}  // namespace signalbox::replay
