#include "engine/replay/observer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "engine/core/routing/outcome_class.h"
#include "engine/replay/facts.h"

namespace signalbox::replay {
namespace {

constexpr Nanos look_every = 1s;
constexpr Nanos sample_every = 3s;
constexpr std::size_t examples_max = 5;
constexpr std::int64_t tokens_priced = 1'000'000;

std::string fleet_of(const std::string& provider) {
    return provider.substr(0, provider.find('.'));
}

// May a free place have helped? Not a request that is wrong in itself. Words of the incident's policy all mean that.
bool is_for_want_of_a_place(const std::string& word) {
    const auto code = error_code_from(word);
    if (!code) return true;
    switch (stage_of(*code)) {
        case Stage::rate:
        case Stage::ledger:
        case Stage::queue:
        case Stage::select:
            return *code != ErrorCode::model_not_found;
        default:
            return false;
    }
}

}  // namespace

Observer::Observer(Rig& rig, const std::vector<LoadSpec>& loads, std::vector<Window> windows)
    : rig_(rig), loads_(loads), wall_start_us_((rig.loop.wall() + -rig.loop.now().time_since_epoch()).unix_us) {
    seen_.windows = std::move(windows);
    for (const LoadSpec& load : loads) {
        seen_.visits[load.name];
        rig.journal.forget(Loads::agent_of(load));
    }
    for (const core::ProviderConfig& provider : rig.config().providers) seen_.providers[provider.name];
    rig.journal.observe([this](const ports::RequestRecord& row) { row_written(row); });
    rig.on_incident.refused = [this](const std::string& agent, const std::string& code) {
        const LoadSpec* load = load_of(agent);
        if (load != nullptr) refused(code, load->model, load);
    };
    rig.on_incident.attempted = [this](const std::string& machine, bool failed) {
        seen_.providers[machine].attempts.push_back({now(), failed});
    };
}

void Observer::visited(const LoadSpec& load, const Visit& visit) {
    seen_.visits[load.name].push_back(visit);
}

void Observer::repaired(const std::string& provider) {
    seen_.providers[provider].repaired = now();
}

const LoadSpec* Observer::load_of(const std::string& agent) const {
    const auto found = std::ranges::find(loads_, agent, &Loads::agent_of);
    return found == loads_.end() ? nullptr : &*found;
}

void Observer::row_written(const ports::RequestRecord& row) {
    for (const ports::AttemptRecord& attempt : row.attempts) attempted(row, attempt);
    if (const LoadSpec* load = load_of(row.user_agent)) {
        seen_.calls[load->name] += static_cast<std::int64_t>(row.attempts.size());
    }
    const bool refusal = row.outcome == ports::Outcome::shed || row.outcome == ports::Outcome::failed;
    if (refusal && row.attempts.empty()) {
        refused(std::string(signalbox::to_string(row.error)), row.requested_model, load_of(row.user_agent));
    }
}

void Observer::attempted(const ports::RequestRecord& row, const ports::AttemptRecord& attempt) {
    ProviderLog& log = seen_.providers[attempt.provider];
    const Nanos began = std::chrono::microseconds(row.time.unix_us - wall_start_us_ + attempt.start_us);
    const Nanos ended = began + std::chrono::microseconds(attempt.total_us);
    const core::OutcomeClass kind = core::classify(attempt.result);
    const bool failed = kind != core::OutcomeClass::success && kind != core::OutcomeClass::client;
    log.attempts.push_back({ended, failed});
    seen_.bypassed += attempt.breaker_bypassed ? 1 : 0;
    const bool first_after_repair = log.repaired >= 0ns && log.back < 0ns && began >= log.repaired;
    if (first_after_repair && kind == core::OutcomeClass::success) log.back = ended;
    if (failed && log.opened < 0ns) look_at_breakers();
}

void Observer::refused(const std::string& code, const std::string& model, const LoadSpec* load) {
    ++seen_.refusals[code];
    if (!is_for_want_of_a_place(code)) return;
    const std::string places = idle_places(model, load);
    if (places.empty()) return;
    ++seen_.rejections_while_idle;
    if (seen_.idle_examples.size() >= examples_max) return;
    seen_.idle_examples.push_back(fmt::format("at {} ms: {} while {} could have served", to_ms(now()), code, places));
}

std::string Observer::idle_places(const std::string& model, const LoadSpec* load) {
    const auto& models = rig_.config().models;
    const auto entry = std::ranges::find(models, model, &core::ModelConfig::name);
    if (entry == models.end()) return {};
    int idle = 0;
    std::string first;
    for (const core::DeploymentConfig& deployment : entry->deployments) {
        const sim::ProviderScript& script = rig_.provider(deployment.provider).script();
        core::KvNeed need{5, script.tokens_max, script.tokens_max, 0};
        if (load != nullptr) {
            need.prompt = load->prompt.most;
            if (load->max_tokens > 0) need.most = load->max_tokens;
            need.expected = std::min(need.expected, need.most);
        }
        if (!is_idle(deployment.provider, deployment.model, need)) continue;
        if (idle++ == 0) first = deployment.provider;
    }
    return idle == 0 ? "" : fmt::format("{} and {} more", first, idle - 1);
}

bool Observer::is_idle(const std::string& provider, const std::string& model, const core::KvNeed& need) {
    const sim::SimProvider& machine = rig_.provider(provider);
    const sim::Link link = rig_.network.link(rig_.address(provider));
    const bool reachable = rig_.is_running(provider) && !link.is_cut();
    const bool sound = machine.script().fault == sim::ProviderFault::none;
    const int busy = machine.counters().under_way + machine.counters().waiting;
    return reachable && sound && busy < machine.script().slots && machine.memory().could_take(model, need);
}

void Observer::look() {
    look_at_recovery();
    if (now() < next_look_) return;
    next_look_ = now() + look_every;
    look_at_breakers();
    if (now() < next_sample_) return;
    next_sample_ = now() + sample_every;
    take_sample();
}

void Observer::look_at_breakers() {
    const flow::FleetView view = rig_.router.view();
    for (const control::BreakerEvent& event : events_.look(view, {rig_.loop.now(), rig_.loop.wall()})) told(event);
    for (auto& [name, log] : seen_.providers) {
        log.trips = 0;
        for (const LaneLook& lane : lanes_of(view, name)) {
            const core::Health& health = *lane.health;
            log.trips += health.trips();
            const bool open = health.state() == core::BreakerState::open;
            if (open && log.opened < 0ns) log.opened = health.since().time_since_epoch();
        }
    }
}

void Observer::told(const control::BreakerEvent& event) {
    const auto log = seen_.providers.find(event.target.substr(0, event.target.find_first_of("/#")));
    if (log == seen_.providers.end() || log->second.alerted >= 0ns || event.kind != "breaker_opened") return;
    log->second.alerted = now();
    seen_.alerts.push_back(event.severity + ": " + event.text);
}

// While a provider comes back: what may be in flight there by the stage of its ramp, and what is.
void Observer::look_at_recovery() {
    for (auto& [name, log] : seen_.providers) {
        if (log.repaired < 0ns || log.full >= 0ns) continue;
        const flow::FleetView view = rig_.router.view();
        std::int64_t allowed = 0;
        bool full = true;
        for (const LaneLook& lane : lanes_of(view, name)) {
            const core::Health& health = *lane.health;
            const auto stage = static_cast<std::size_t>(health.ramp_stage());
            const bool closed = health.state() == core::BreakerState::closed;
            const bool on_ramp = closed && stage < core::ramp_stages().size();
            full = full && closed && !on_ramp;
            allowed += on_ramp ? core::ramp_stages()[stage].in_flight : 1;
        }
        const sim::ProviderCounters& counters = rig_.provider(name).counters();
        const std::int64_t in_flight = counters.under_way + counters.waiting;
        log.in_flight_max = std::max(log.in_flight_max, in_flight);
        if (full && log.back >= 0ns)
            log.full = now();
        else if (!full)
            log.excess = std::max(log.excess, in_flight - allowed);
    }
}

void Observer::take_sample() {
    FleetSample sample;
    sample.at = now();
    for (const core::ProviderConfig& provider : rig_.config().providers) {
        const sim::SimProvider& machine = rig_.provider(provider.name);
        sample.in_flight += machine.counters().under_way;
        if (!machine.memory().script().managed) continue;
        for (const std::string& model : machine.script().models) {
            const core::SlotPhase phase = machine.memory().phase(model, rig_.loop.now());
            auto& counts = phase == core::SlotPhase::cold      ? sample.cold
                           : phase == core::SlotPhase::warming ? sample.warming
                                                               : sample.warm;
            ++counts[fleet_of(provider.name)];
        }
    }
    for (const auto& [model, queued] : rig_.router.view().queued) sample.queued += static_cast<std::int64_t>(queued);
    seen_.samples.push_back(std::move(sample));
}

// What the providers know they have told to the end, at their prices, against what accounts were charged.
void Observer::weigh_the_ledger() {
    std::map<std::string, core::Price> prices;
    for (const core::ModelConfig& model : rig_.config().models) {
        for (const core::DeploymentConfig& deployment : model.deployments) {
            if (deployment.price) prices.emplace(deployment.provider, *deployment.price);
        }
    }
    if (prices.empty() || !rig_.decides_itself()) return;
    std::int64_t used = 0;
    for (const auto& [name, price] : prices) {
        const sim::ProviderCounters& counters = rig_.provider(name).counters();
        used += static_cast<std::int64_t>(counters.input_tokens) * price.input.value / tokens_priced;
        used += static_cast<std::int64_t>(counters.output_tokens) * price.output.value / tokens_priced;
    }
    std::int64_t posted = 0;
    for (const LedgerEntry& entry : rig_.ledger.entries()) {
        posted += entry.kind == EntryKind::post ? entry.amount.value : 0;
    }
    seen_.ledger_error = std::abs(posted - used);
    std::int64_t held = 0;
    for (const flow::AccountView& account : rig_.router.view().accounts) {
        held += account.money ? account.money->held.value : 0;
    }
    seen_.held = held;
}

Measurements Observer::finish() {
    look_at_breakers();
    for (auto& [name, log] : seen_.providers) {
        const sim::SimProvider& machine = rig_.provider(name);
        const sim::ProviderCounters& counters = machine.counters();
        log.requests = static_cast<std::int64_t>(counters.requests);
        log.checks = static_cast<std::int64_t>(counters.checks);
        log.tokens = static_cast<std::int64_t>(counters.tokens);
        log.load_refusals = static_cast<std::int64_t>(machine.memory().counters().refused_loads);
        log.kv_refusals = static_cast<std::int64_t>(machine.memory().counters().refused_kv);
        log.loads = static_cast<std::int64_t>(machine.memory().counters().loads);
        log.kv_peak = machine.memory().counters().kv_peak;
        std::ranges::sort(log.attempts, {}, &ProviderLog::Attempt::ended);
    }
    for (const auto& [load, visits] : seen_.visits) {
        for (const Visit& visit : visits) seen_.length = std::max(seen_.length, visit.ended());
    }
    weigh_the_ledger();
    return std::move(seen_);
}

}  // namespace signalbox::replay
