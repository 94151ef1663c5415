#include "engine/control/slot_watch.h"

#include <algorithm>
#include <map>

#include "engine/base/limits.h"
#include "engine/base/prng.h"
#include "engine/control/state_source.h"

namespace signalbox::control {
namespace {

constexpr Nanos look_every = 250ms;
constexpr Nanos beats_for = limits::slot_polls_missed * limits::heartbeat_every;

}  // namespace

struct SlotWatch::State : std::enable_shared_from_this<State> {
    explicit State(Parts given) : parts(std::move(given)), alarm(parts.clock.make_alarm()) {}

    // One server whose state is read.
    struct Server {
        Server(ports::Network& network, const ports::Clock& clock, Instant first)
            : source(network, clock), due(first) {}
        StateSource source;
        Instant due;
        bool under_way = false;
    };
    struct Beat {
        std::int64_t sequence = 0;
        Instant at{};
    };

    void look();
    [[nodiscard]] StateQuestion question_for(const core::RoutingTable& table, int provider) const;
    void take(const std::string& provider, const Result<StateReading>& reading);
    void keep(const core::Deployment& deployment, core::SlotReport report);
    [[nodiscard]] core::SlotReport last(const core::Deployment& deployment) const;
    [[nodiscard]] bool beats(const std::string& provider) const;
    static ports::Task<void> run(std::shared_ptr<State> s);
    static ports::Task<void> read(std::shared_ptr<State> s, std::string provider, StateQuestion question);

    const Parts parts;
    const std::shared_ptr<ports::Alarm> alarm;
    std::map<std::string, std::shared_ptr<Server>> servers;  // by provider
    std::map<std::string, Beat> heartbeats;                  // by provider
    std::map<core::DeploymentId, core::SlotReport> reports;
    bool stopped = false;
};

namespace {

// Calls visit(deployment) for those of one provider that name a model.
template <class Visit>
void for_each_deployment(const core::RoutingTable& table, const std::string& provider, Visit visit) {
    const auto& providers = table.config().providers;
    for (const core::Deployment& deployment : table.deployments()) {
        if (deployment.upstream.empty()) continue;
        if (providers[static_cast<std::size_t>(deployment.provider)].name == provider) visit(deployment);
    }
}

}  // namespace

// Begins the readings that are due; one that is still under way is not begun again.
void SlotWatch::State::look() {
    const core::RoutingTablePtr table = parts.table();
    const Instant now = parts.clock.now();
    const auto& providers = table->config().providers;
    for (std::size_t i = 0; i < providers.size(); ++i) {
        const core::ProviderConfig& provider = providers[i];
        if (!StateSource::tells(provider.kind) || beats(provider.name)) continue;
        auto& server = servers[provider.name];
        if (server == nullptr) {
            const auto spread = limits::slot_poll_every * unit(parts.random.next());
            server =
                std::make_shared<Server>(parts.network, parts.clock, now + std::chrono::duration_cast<Nanos>(spread));
        }
        if (server->under_way || now < server->due) continue;
        StateQuestion question = question_for(*table, static_cast<int>(i));
        if (question.models.empty()) continue;
        server->due = now + limits::slot_poll_every;
        server->under_way = true;
        parts.spawner.spawn("slot watch", read(shared_from_this(), provider.name, std::move(question)));
    }
}

StateQuestion SlotWatch::State::question_for(const core::RoutingTable& table, int index) const {
    const core::ProviderConfig& provider = table.config().providers[static_cast<std::size_t>(index)];
    StateQuestion question;
    question.kind = provider.kind;
    for_each_deployment(table, provider.name, [&](const core::Deployment& deployment) {
        question.models.push_back(deployment.upstream);
        const bool matters = provider.kind == core::ProviderKind::llamacpp && !question.in_use;
        if (matters) question.in_use = parts.in_use(deployment);
    });
    if (!question.models.empty()) question.address = flow::address_of(provider, provider.keys.empty() ? -1 : 0);
    return question;
}

ports::Task<void> SlotWatch::State::read(std::shared_ptr<State> s, std::string provider, StateQuestion question) {
    const std::shared_ptr<Server> server = s->servers[provider];
    const Result<StateReading> reading = co_await server->source.read(std::move(question));
    server->under_way = false;
    if (!s->stopped && !s->beats(provider)) s->take(provider, reading);
}

void SlotWatch::State::take(const std::string& provider, const Result<StateReading>& reading) {
    for_each_deployment(*parts.table(), provider, [&](const core::Deployment& deployment) {
        core::SlotReport report = last(deployment);
        if (!reading) {
            // What was under way a while ago must not be taken for what is under way now.
            report.busy = report.queued = std::nullopt;
            report.trouble = reading.error().detail;
        } else if (const auto* found = report_for(deployment.upstream, reading->reports, reading->one_model)) {
            report = found->report;
        } else {
            report.phase = core::SlotPhase::unknown;
            report.trouble = "the server does not list this model";
        }
        keep(deployment, std::move(report));
    });
}

void SlotWatch::State::keep(const core::Deployment& deployment, core::SlotReport report) {
    core::SlotReport& row = reports[deployment.id];
    if (report.seen != row.seen) carry_over(row, report);
    row = report;
    parts.tell(deployment, row);
}

core::SlotReport SlotWatch::State::last(const core::Deployment& deployment) const {
    const auto row = reports.find(deployment.id);
    return row == reports.end() ? core::SlotReport() : row->second;
}

bool SlotWatch::State::beats(const std::string& provider) const {
    const auto beat = heartbeats.find(provider);
    return beat != heartbeats.end() && parts.clock.now() - beat->second.at <= beats_for;
}

ports::Task<void> SlotWatch::State::run(std::shared_ptr<State> s) {
    while (!s->stopped) {
        s->look();
        co_await s->alarm->wait_until(s->parts.clock.now() + look_every);
    }
}

SlotWatch::SlotWatch(Parts parts) : state_(std::make_shared<State>(std::move(parts))) {}

SlotWatch::~SlotWatch() {
    stop();
}

void SlotWatch::start() {
    state_->parts.spawner.spawn("slot watch", State::run(state_));
}

void SlotWatch::stop() {
    state_->stopped = true;
    state_->alarm->ring();
}

Result<void> SlotWatch::heartbeat(const api::v1::HeartbeatRequest& beat) {
    State& s = *state_;
    const core::RoutingTablePtr table = s.parts.table();
    const auto& providers = table->config().providers;
    const bool known = std::ranges::any_of(
        providers, [&](const core::ProviderConfig& provider) { return provider.name == beat.provider(); });
    if (!known) return fail(ErrorCode::not_found, "no provider of this name");
    if (static_cast<std::size_t>(beat.models_size()) > limits::heartbeat_models_max)
        return fail(ErrorCode::limit_reached, "too many models in one heartbeat");
    if (s.beats(beat.provider()) && beat.sequence() <= s.heartbeats[beat.provider()].sequence)
        return fail(ErrorCode::invalid_argument, "the sequence number does not grow");
    const Instant now = s.parts.clock.now();
    s.heartbeats[beat.provider()] = {beat.sequence(), now};
    s.take(beat.provider(),
           StateReading{reports_of(beat, {core::Provenance::reported, "heartbeat", false}, {now, s.parts.clock.wall()}),
                        false});
    return {};
}

core::SlotReport SlotWatch::report(const core::Deployment& deployment) const {
    return state_->last(deployment);
}

bool SlotWatch::beats(const std::string& provider) const {
    return state_->beats(provider);
}

void SlotWatch::note_load_time(const core::Deployment& deployment, Nanos took) {
    state_->reports[deployment.id].load_time = took;
}

}  // namespace signalbox::control
