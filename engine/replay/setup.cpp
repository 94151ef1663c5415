#include "engine/replay/setup.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/core/config/validate.h"
#include "engine/replay/bodies.h"

namespace signalbox::replay {
namespace {

Options& take_deadlines(Options& options, core::Deadlines& deadlines) {
    return options.take("connect", deadlines.connect)
        .take("headers", deadlines.headers)
        .take("first_token", deadlines.first_token)
        .take("idle", deadlines.idle)
        .take("total", deadlines.total);
}

// hedge=off|p95|2s hedge_budget=5%
Options& take_hedge(Options& options, core::HedgeConfig& hedge) {
    std::string after;
    options.take("hedge", after).take("hedge_budget", hedge.budget);
    if (after.empty()) return options;
    hedge.enabled = after != "off";
    if (hedge.enabled) hedge.after = after;
    return options;
}

class Maker {
  public:
    Result<Scenario> make(const FlowFile& file);

  private:
    using Handler = Result<void> (Maker::*)(const Statement&);
    struct Verb {
        std::string_view word;
        Handler handler;
    };
    static const std::array<Verb, 10> verbs;

    Result<void> add(const Statement& s);
    Result<void> defaults(const Statement& s);
    Result<void> gateway(const Statement& s);
    Result<void> provider(const Statement& s);
    Result<void> fleet(const Statement& s);
    Result<void> model(const Statement& s);
    Result<void> account(const Statement& s);
    Result<void> load(const Statement& s);
    Result<void> window(const Statement& s);
    Result<void> bar(const Statement& s);
    Result<void> report(const Statement& s);

    Result<void> add_provider(const Statement& s, Options& options, const std::string& name, bool warm);
    Result<void> add_deployments(const Statement& s, const core::DeploymentConfig& limits,
                                 const std::vector<std::string>& orders, core::ModelConfig& model) const;
    void list_models();

    core::Config& config() { return out_.setup.config; }

    Scenario out_;
    std::map<std::string, int> fleets_;  // with their size
    std::set<std::string> warm_;         // providers whose models are loaded at the start
};

Result<void> Maker::defaults(const Statement& s) {
    core::DefaultsConfig& defaults = config().defaults;
    Options options(s);
    return take_deadlines(options, defaults.deadlines)
        .take("attempts", defaults.attempts)
        .take("retries", defaults.same_target_retries)
        .take("backoff", defaults.backoff.first)
        .take("queue", defaults.queue.per_model)
        .take("wait", defaults.queue.wait)
        .take("fallbacks", defaults.fallbacks)
        .take("context_check", defaults.context_check)
        .take("free_check", defaults.health.free_check)
        .take("open_min", defaults.health.open_min)
        .take("open_max", defaults.health.open_max)
        .take("ramp_base", defaults.ramp.min_base)
        .take("ramp_growth", defaults.ramp.growth)
        .finish();
}

Result<void> Maker::gateway(const Statement& s) {
    std::string policy = "signalbox";
    Options options(s);
    const Result<void> taken = options.take("policy", policy).take("zone", config().fleet_region).finish();
    if (taken && policy != "signalbox" && policy != "incident") return fail_at(s.line, "there is no policy " + policy);
    out_.setup.policy = policy == "incident" ? Policy::incident : Policy::signalbox;
    return taken;
}

Result<void> Maker::provider(const Statement& s) {
    if (s.words.size() != 2) return fail_at(s.line, "provider NAME");
    bool warm = false;
    Options options(s);
    options.take("warm", warm);
    return add_provider(s, options, s.words[1], warm);
}

Result<void> Maker::fleet(const Statement& s) {
    if (s.words.size() != 2) return fail_at(s.line, "fleet NAME count=N");
    int& count = fleets_[s.words[1]];
    int warm = 0;
    for (int i = 1; i == 1 || i <= count; ++i) {
        Options options(s);
        options.take("count", count).take("warm", warm);
        if (count < 1) return fail_at(s.line, "fleet NAME count=N");
        const Result<void> ok = add_provider(s, options, fmt::format("{}.{}", s.words[1], i), i <= warm);
        if (!ok) return ok;
    }
    return {};
}

Result<void> Maker::add_provider(const Statement& s, Options& options, const std::string& name, bool warm) {
    core::ProviderConfig provider;
    provider.name = name;
    provider.base_url = "http://10.0.0.1/v1";
    std::string kind = "openai";
    std::vector<std::string> keys{"only"};
    std::vector<std::string> weights;
    options.take("keys", keys).take("weights", weights).take("kind", kind).take("zone", provider.zone);
    sim::ProviderScript& script = out_.setup.scripts[name];
    if (Result<void> ok = take_knobs(options, s.line, script); !ok) return ok;
    script.name = name;
    if (warm) warm_.insert(name);
    if (kind != "openai" && kind != "simulated") return fail_at(s.line, "a provider's kind is openai or simulated");
    if (kind == "simulated") provider.kind = core::ProviderKind::simulated;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        core::KeyConfig key{keys[i], secret_of(keys[i]), 1, {}, {}, {}};
        if (i < weights.size() && !read(weights[i], key.weight)) return fail_at(s.line, "weights are numbers");
        provider.keys.push_back(std::move(key));
    }
    config().providers.push_back(std::move(provider));
    return {};
}

Result<void> Maker::model(const Statement& s) {
    if (s.words.size() < 3) return fail_at(s.line, "model NAME PROVIDER/MODEL…");
    core::ModelConfig model;
    model.name = s.words[1];
    model.deadlines = config().defaults.deadlines;
    model.hedge = config().defaults.hedge;
    core::DeploymentConfig limits;
    std::vector<std::string> orders;
    std::vector<std::string> prices;
    Options options(s);
    take_hedge(options, model.hedge);
    const Result<void> taken = take_deadlines(options, model.deadlines)
                                   .take("fallbacks", model.fallbacks)
                                   .take("strategy", model.strategy)
                                   .take("shape", model.shape)
                                   .take("max_in_flight", limits.max_in_flight)
                                   .take("context", limits.context)
                                   .take("max_output", limits.max_output)
                                   .take("rpm", limits.rpm)
                                   .take("tpm", limits.tpm)
                                   .take("order", orders)
                                   .take("price", prices)
                                   .finish();
    if (!taken) return taken;
    if (!prices.empty()) {
        core::Price& price = limits.price.emplace();
        const bool read_both = prices.size() == 2 && read(prices[0], price.input) && read(prices[1], price.output);
        if (!read_both) return fail_at(s.line, "price=INPUT,OUTPUT");
        price.cached_input = price.input;
    }
    if (Result<void> ok = add_deployments(s, limits, orders, model); !ok) return ok;
    config().models.push_back(std::move(model));
    return {};
}

Result<void> Maker::add_deployments(const Statement& s, const core::DeploymentConfig& limits,
                                    const std::vector<std::string>& orders, core::ModelConfig& model) const {
    for (std::size_t i = 2; i < s.words.size(); ++i) {
        const auto slash = s.words[i].find('/');
        if (slash == std::string::npos) return fail_at(s.line, s.words[i] + " is not PROVIDER/MODEL");
        core::DeploymentConfig deployment = limits;
        const std::string name = s.words[i].substr(0, slash);
        deployment.model = s.words[i].substr(slash + 1);
        if (i - 2 < orders.size() && !read(orders[i - 2], deployment.order)) return fail_at(s.line, "order=1,2…");
        const auto fleet = fleets_.find(name);
        const int machines = fleet == fleets_.end() ? 1 : fleet->second;
        for (int machine = 1; machine <= machines; ++machine) {
            deployment.provider = fleet == fleets_.end() ? name : fmt::format("{}.{}", name, machine);
            model.deployments.push_back(deployment);
        }
    }
    return {};
}

Result<void> Maker::account(const Statement& s) {
    if (s.words.size() != 2) return fail_at(s.line, "account NAME");
    core::AccountConfig account;
    account.name = s.words[1];
    account.key = secret_of(s.words[1]);
    Options options(s);
    const Result<void> taken = options.take("tier", account.tier)
                                   .take("budget", account.budget)
                                   .take("per", account.budget_per)
                                   .take("rpm", account.rpm)
                                   .take("input_tpm", account.input_tpm)
                                   .take("output_tpm", account.output_tpm)
                                   .take("output_burst", account.output_burst)
                                   .take("priority", account.priority)
                                   .finish();
    config().accounts.push_back(std::move(account));
    return taken;
}

Result<void> Maker::load(const Statement& s) {
    if (s.words.size() != 2) return fail_at(s.line, "load NAME model=M rate=400/h");
    LoadSpec load;
    load.name = s.words[1];
    Rate rate;
    std::string retry = "never";
    Options options(s);
    const Result<void> taken = options.take("model", load.model)
                                   .take("shape", load.shape)
                                   .take("stream", load.stream)
                                   .take("rate", rate)
                                   .take("even", load.even)
                                   .take("clients", load.clients)
                                   .take("ramp", load.ramp)
                                   .take("think", load.think)
                                   .take("requests", load.requests)
                                   .take("from", load.from)
                                   .take("to", load.to)
                                   .take("tokens", load.max_tokens)
                                   .take("prompt", load.prompt)
                                   .take("fallbacks", load.fallbacks)
                                   .take("account", load.account)
                                   .take("tags", load.tags)
                                   .take("patience", load.patience)
                                   .take("retry", retry)
                                   .finish();
    if (!taken) return taken;
    if (retry != "never" && retry != "sdk") return fail_at(s.line, "retry=sdk");
    load.sdk_retries = retry == "sdk";
    load.per_second = rate.per_second;
    if ((load.per_second > 0) == (load.clients > 0)) return fail_at(s.line, "a load has a rate or clients");
    out_.loads.push_back(std::move(load));
    return {};
}

Result<void> Maker::window(const Statement& s) {
    if (s.words.size() != 2) return fail_at(s.line, "window NAME from=1m to=2m");
    Window window{s.words[1], 0ns, Nanos::max()};
    Options options(s);
    const Result<void> taken = options.take("from", window.from).take("to", window.to).finish();
    out_.windows.push_back(std::move(window));
    return taken;
}

Result<void> Maker::bar(const Statement& s) {
    Result<Bar> read = read_bar(s);
    if (!read) return std::unexpected(std::move(read.error()));
    out_.bars.push_back(*std::move(read));
    return {};
}

Result<void> Maker::report(const Statement& s) {
    out_.report.insert(out_.report.end(), s.words.begin() + 1, s.words.end());
    return {};
}

const std::array<Maker::Verb, 10> Maker::verbs = {{{"defaults", &Maker::defaults},
                                                   {"gateway", &Maker::gateway},
                                                   {"provider", &Maker::provider},
                                                   {"fleet", &Maker::fleet},
                                                   {"model", &Maker::model},
                                                   {"account", &Maker::account},
                                                   {"load", &Maker::load},
                                                   {"window", &Maker::window},
                                                   {"bar", &Maker::bar},
                                                   {"report", &Maker::report}}};

Result<void> Maker::add(const Statement& s) {
    const auto verb = std::ranges::find(verbs, s.verb(), &Verb::word);
    if (verb == verbs.end()) return fail_at(s.line, "no such statement before the start: " + s.verb());
    return (this->*verb->handler)(s);
}

// Providers know their models, and those that are warm have loaded them.
void Maker::list_models() {
    std::map<std::string, std::set<std::string>> of;
    for (const core::ModelConfig& model : config().models) {
        for (const core::DeploymentConfig& deployment : model.deployments) {
            of[deployment.provider].insert(deployment.model);
        }
    }
    for (auto& [name, script] : out_.setup.scripts) {
        script.models.assign(of[name].begin(), of[name].end());
        if (warm_.contains(name)) script.memory.warm = script.models;
    }
}

Result<Scenario> Maker::make(const FlowFile& file) {
    int last = 1;
    for (const Statement& s : file.statements) {
        if (s.at || s.verb() == "expect") continue;
        last = s.line;
        if (Result<void> ok = add(s); !ok) return std::unexpected(std::move(ok.error()));
    }
    list_models();
    for (const core::ConfigFault& fault : core::validate(config())) {
        return fail_at(last, "up to here: " + core::to_string(fault));
    }
    return std::move(out_);
}

}  // namespace

Result<void> take_knobs(Options& options, int line, sim::ProviderScript& script) {
    std::string fault{core::to_string(script.fault)};
    std::string refused;
    Range tokens;
    Size memory, model_size;
    sim::MemoryScript& machine = script.memory;
    const Result<void> taken = options.take("first_token", script.first_token)
                                   .take("embedding", script.embedding_time)
                                   .take("image", script.image_time)
                                   .take("prefill", script.prefill_per_second)
                                   .take("rate", script.tokens_per_second)
                                   .take("slowdown", script.batch_slowdown)
                                   .take("tokens", tokens)
                                   .take("slots", script.slots)
                                   .take("fault", fault)
                                   .take("share", script.share)
                                   .take("retry_after", script.retry_after)
                                   .take("fault_after", script.tokens_before_fault)
                                   .take("refused", refused)
                                   .take("memory", memory)
                                   .take("model_size", model_size)
                                   .take("kv", machine.kv_bytes_per_token)
                                   .take("load_time", machine.load_time)
                                   .take("headroom", machine.headroom)
                                   .finish();
    if (!taken) return taken;
    if (!refused.empty()) script.refused_key = secret_of(refused);
    if (tokens.most > 0) {
        script.tokens_min = static_cast<int>(tokens.least);
        script.tokens_max = static_cast<int>(tokens.most);
    }
    if (memory.bytes > 0) {
        machine.managed = true;
        machine.total = memory.bytes;
    }
    if (model_size.bytes > 0) machine.weights = model_size.bytes;
    constexpr std::string_view by_status = "status:";
    if (fault.starts_with(by_status)) {
        if (!read(fault.substr(by_status.size()), script.status)) return fail_at(line, "fault=status:NNN");
        fault = to_string(core::Fault::status);
    }
    const std::optional<core::Fault> known = core::fault_from(fault);
    if (!known) return fail_at(line, "there is no fault " + fault);
    script.fault = *known;
    return {};
}

Result<Scenario> make_scenario(const FlowFile& file) {
    return Maker().make(file);
}

}  // namespace signalbox::replay
