#include "engine/control/warmer.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/limits.h"
#include "engine/control/load_api.h"
#include "engine/protocol/state/server_state.h"

namespace signalbox::control {
namespace {

using core::SlotPhase;
using core::SlotReport;

constexpr std::int64_t places_unsaid = 4;                // of a deployment that does not tell how many it has
constexpr core::KvNeed first_request{512, 256, 256, 0};  // what a model that is loaded must have room for
constexpr Nanos retry_first = 10s, retry_max = 5min;

bool is_warm(SlotPhase phase) {
    return phase == SlotPhase::warm_idle || phase == SlotPhase::warm_busy;
}

// The one gate of memory, with the provider's own number; where it tells none, it is asked and decides itself.
bool has_room(const SlotReport& report) {
    if (!report.weights || !report.free_for_load) return true;
    return core::load_admits(*report.weights, *report.free_for_load, first_request,
                             report.kv_bytes_per_token.value_or(0));
}

Nanos retry_after(int failures) {
    return std::min(retry_max, retry_first * (1 << std::min(failures - 1, 5)));
}

}  // namespace

struct Warmer::State : std::enable_shared_from_this<State> {
    explicit State(Parts given) : parts(std::move(given)), alarm(parts.clock.make_alarm()) {}

    // What was asked of one deployment.
    struct Row {
        enum class Stage : std::uint8_t { none, asking, asked } stage = Stage::none;
        Instant since{};       // of the stage
        Instant retry_at{};    // not asked again before
        int failures = 0;      // in a row
        bool by_beat = false;  // in the answer to a heartbeat
        bool ours = false;     // it was us who loaded it
        std::string instance;  // what the server calls it
    };
    // One call to a server about one deployment.
    struct Call {
        core::RoutingTablePtr table;
        const core::Deployment* deployment;  // in `table`
        flow::UpstreamAddress address;
        ProbeRequest request;
    };

    void plan();
    void follow(const core::Deployment& deployment);
    void plan_model(const core::ModelEntry& model, const flow::FleetView& view);
    [[nodiscard]] std::optional<core::WarmCandidate> candidate(int index, const flow::FleetView& view);
    [[nodiscard]] bool can_be_asked(const core::RoutingTable& table, const core::Deployment& deployment) const;
    [[nodiscard]] std::set<int> loading_providers(const core::RoutingTable& table) const;
    void begin_load(const core::RoutingTablePtr& table, const core::Deployment& deployment);
    void release(const core::RoutingTablePtr& table, const core::Deployment& deployment);
    [[nodiscard]] LoadTarget target_of(const core::RoutingTable& table, const core::Deployment& deployment,
                                       flow::UpstreamAddress& address);
    void finish_load(const Call& call, const Result<ProbeAnswer>& answer);
    void failed(Row& row) const;
    static ports::Task<void> run(std::shared_ptr<State> s);
    static ports::Task<void> load(std::shared_ptr<State> s, Call call);
    static ports::Task<void> unload(std::shared_ptr<State> s, Call call);

    const Parts parts;
    const std::shared_ptr<ports::Alarm> alarm;
    std::map<core::DeploymentId, Row> rows;
    std::map<std::string, core::WarmSet> sets;  // by model entry
    std::set<int> loading;                      // providers, by index in the table of the present plan
    bool stopped = false;
};

namespace {

const core::ProviderConfig& provider_of(const core::RoutingTable& table, const core::Deployment& deployment) {
    return table.config().providers[static_cast<std::size_t>(deployment.provider)];
}

}  // namespace

void Warmer::State::plan() {
    const std::shared_ptr<const flow::FleetView> recent = parts.view();
    const flow::FleetView& view = *recent;
    for (const core::Deployment& deployment : view.table->deployments()) follow(deployment);
    loading = loading_providers(*view.table);
    for (const core::ModelEntry& model : view.table->models()) {
        if (!model.implicit) plan_model(model, view);
    }
}

// What became of a load that was asked for, by what the provider says.
void Warmer::State::follow(const core::Deployment& deployment) {
    const auto found = rows.find(deployment.id);
    if (found == rows.end()) return;
    Row& row = found->second;
    const SlotReport report = parts.slots.report(deployment);
    const Instant now = parts.clock.now();
    if (row.stage == Row::Stage::none) {
        row.ours = row.ours && report.phase != SlotPhase::cold;  // the server may let go by itself
        return;
    }
    const Nanos told_after =
        row.by_beat ? limits::slot_polls_missed * limits::heartbeat_every : 2 * limits::slot_poll_every;
    const bool still_cold =
        row.stage == Row::Stage::asked && report.phase == SlotPhase::cold && report.seen > row.since + told_after;
    if (is_warm(report.phase) && report.seen > row.since) {
        row.stage = Row::Stage::none;
        row.failures = 0;
        row.ours = true;
    } else if (still_cold || report.phase == SlotPhase::failed || now - row.since > load_max) {
        failed(row);
    }
}

void Warmer::State::failed(Row& row) const {
    row.stage = Row::Stage::none;
    row.retry_at = parts.clock.now() + retry_after(++row.failures);
}

void Warmer::State::plan_model(const core::ModelEntry& model, const flow::FleetView& view) {
    std::vector<core::WarmCandidate> candidates;
    for (const core::Target& target : model.targets) {
        if (const auto one = candidate(target.deployment, view)) candidates.push_back(*one);
    }
    if (candidates.empty()) return;
    const auto queued = view.queued.find(model.name);
    const auto waiting = queued == view.queued.end() ? 0 : static_cast<std::int64_t>(queued->second);
    const core::WarmPlan plan = sets[model.name].plan(waiting, candidates, parts.clock.now());
    const auto& deployments = view.table->deployments();
    for (const int id : plan.load) {
        const core::Deployment& deployment = deployments[static_cast<std::size_t>(id)];
        // One at a time at a provider: what the next one finds free, only the provider knows.
        if (loading.insert(deployment.provider).second) begin_load(view.table, deployment);
    }
    for (const int id : plan.release) release(view.table, deployments[static_cast<std::size_t>(id)]);
}

std::optional<core::WarmCandidate> Warmer::State::candidate(int index, const flow::FleetView& view) {
    const core::Deployment& deployment = view.table->deployments()[static_cast<std::size_t>(index)];
    if (deployment.upstream.empty() || !can_be_asked(*view.table, deployment)) return std::nullopt;
    const SlotReport report = parts.slots.report(deployment);
    const Instant now = parts.clock.now();
    if (core::is_stale(report, now)) return std::nullopt;
    const Row& row = rows[deployment.id];
    const auto in_flight = view.deployments[static_cast<std::size_t>(deployment.id)].in_flight;
    const bool broken = std::ranges::all_of(deployment.lanes, [&](const core::Lane& lane) {
        return view.health_of(lane).state() == core::BreakerState::open;
    });
    core::WarmCandidate one;
    one.id = index;
    one.phase = report.phase;
    if (row.stage != Row::Stage::none && !is_warm(report.phase)) one.phase = SlotPhase::warming;
    one.places = report.total.value_or(deployment.limits.max_in_flight.value_or(places_unsaid));
    one.running = std::max(in_flight, report.busy.value_or(0) + report.queued.value_or(0));
    one.load_time = report.load_time.value_or(core::unmeasured_load);
    one.may_load = !broken && now >= row.retry_at && has_room(report) && !loading.contains(deployment.provider);
    one.may_release = row.ours && !row.by_beat;
    return one;
}

bool Warmer::State::can_be_asked(const core::RoutingTable& table, const core::Deployment& deployment) const {
    const core::ProviderConfig& provider = provider_of(table, deployment);
    return has_load_api(provider.kind) || parts.slots.beats(provider.name);
}

std::set<int> Warmer::State::loading_providers(const core::RoutingTable& table) const {
    std::set<int> providers;
    for (const core::Deployment& deployment : table.deployments()) {
        const auto row = rows.find(deployment.id);
        if (row != rows.end() && row->second.stage != Row::Stage::none) providers.insert(deployment.provider);
    }
    return providers;
}

LoadTarget Warmer::State::target_of(const core::RoutingTable& table, const core::Deployment& deployment,
                                    flow::UpstreamAddress& address) {
    const core::ProviderConfig& provider = provider_of(table, deployment);
    address = flow::address_of(provider, provider.keys.empty() ? -1 : 0);
    return {provider.kind, server_root(address), deployment.upstream, rows[deployment.id].instance};
}

void Warmer::State::begin_load(const core::RoutingTablePtr& table, const core::Deployment& deployment) {
    Row& row = rows[deployment.id];
    row.since = parts.clock.now();
    row.by_beat = !has_load_api(provider_of(*table, deployment).kind);
    row.stage = row.by_beat ? Row::Stage::asked : Row::Stage::asking;
    if (row.by_beat) return;
    Call call{table, &deployment, {}, {}};
    call.request = load_request(target_of(*table, deployment, call.address));
    parts.spawner.spawn("warm", load(shared_from_this(), std::move(call)));
}

ports::Task<void> Warmer::State::load(std::shared_ptr<State> s, Call call) {
    const Instant deadline = s->parts.clock.now() + load_max;
    const Result<ProbeAnswer> answer = co_await http_probe(s->parts.network, call.address, call.request, deadline);
    if (!s->stopped) s->finish_load(call, answer);
}

void Warmer::State::finish_load(const Call& call, const Result<ProbeAnswer>& answer) {
    Row& row = rows[call.deployment->id];
    const bool accepted = answer && answer->status / 100 == 2;
    if (accepted) {
        protocol::LoadAnswer said = protocol::parse_load_answer(answer->body);
        if (said.took) parts.slots.note_load_time(*call.deployment, *said.took);
        row.instance = std::move(said.instance);
    }
    if (row.stage != Row::Stage::asking) return;  // it has been seen to be warm, or given up
    if (!accepted) return failed(row);
    row.stage = Row::Stage::asked;
    row.since = parts.clock.now();
}

// What somebody else has loaded stays; so does what does not go.
void Warmer::State::release(const core::RoutingTablePtr& table, const core::Deployment& deployment) {
    rows[deployment.id].ours = false;
    Call call{table, &deployment, {}, {}};
    call.request = unload_request(target_of(*table, deployment, call.address));
    parts.spawner.spawn("let go", unload(shared_from_this(), std::move(call)));
}

ports::Task<void> Warmer::State::unload(std::shared_ptr<State> s, Call call) {
    const Instant deadline = s->parts.clock.now() + limits::free_check_max;
    (void)co_await http_probe(s->parts.network, call.address, call.request, deadline);
}

ports::Task<void> Warmer::State::run(std::shared_ptr<State> s) {
    while (!s->stopped) {
        s->plan();
        co_await s->alarm->wait_until(s->parts.clock.now() + every);
    }
}

Warmer::Warmer(Parts parts) : state_(std::make_shared<State>(std::move(parts))) {}

Warmer::~Warmer() {
    stop();
}

void Warmer::start() {
    state_->parts.spawner.spawn("warmer", State::run(state_));
}

void Warmer::stop() {
    state_->stopped = true;
    state_->alarm->ring();
}

Result<void> Warmer::warm(const core::Deployment& asked) {
    State& s = *state_;
    const core::RoutingTablePtr table = s.parts.view()->table;
    const auto found = std::ranges::find(table->deployments(), asked.id, &core::Deployment::id);
    if (found == table->deployments().end())
        return fail(ErrorCode::unavailable, "it is not in the configuration any more");
    if (!s.can_be_asked(*table, *found))
        return fail(ErrorCode::unavailable, "this provider cannot be asked to load a model");
    const SlotReport report = s.parts.slots.report(*found);
    if (!core::is_stale(report, s.parts.clock.now())) {
        if (is_warm(report.phase)) return fail(ErrorCode::unavailable, "the model is loaded already");
        if (!has_room(report)) return fail(ErrorCode::unavailable, "the provider has no room for this model");
    }
    if (s.loading_providers(*table).contains(found->provider))
        return fail(ErrorCode::unavailable, "the provider is loading a model already");
    s.begin_load(table, *found);
    return {};
}

std::vector<std::string> Warmer::wanted(const std::string& provider) const {
    std::vector<std::string> models;
    const core::RoutingTablePtr table = state_->parts.view()->table;
    for (const core::Deployment& deployment : table->deployments()) {
        const auto row = state_->rows.find(deployment.id);
        const bool asked =
            row != state_->rows.end() && row->second.by_beat && row->second.stage != State::Row::Stage::none;
        if (asked && provider_of(*table, deployment).name == provider) models.push_back(deployment.upstream);
    }
    return models;
}

}  // namespace signalbox::control
