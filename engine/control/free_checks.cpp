#include "engine/control/free_checks.h"

#include <algorithm>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/prng.h"
#include "engine/control/free_question.h"

namespace signalbox::control {
namespace {

constexpr Nanos look_every = 1s;
constexpr double jitter = 0.2;  // of the pace, so that what broke together is not asked together for ever

// One question about one lane.
struct Asking {
    core::LaneId lane = 0;
    ErrorCode cause = ErrorCode::ok;
    flow::UpstreamAddress address;  // holds the key
    FreeQuestion question;
    Nanos pace{};
};

Nanos share_of(Nanos duration, double share) {
    return std::chrono::duration_cast<Nanos>(duration * share);
}

std::string answer_words(const Result<ProbeAnswer>& answer) {
    if (answer) return " answered " + std::to_string(answer->status);
    return " failed: " + std::string(to_string(answer.error().code));
}

}  // namespace

struct FreeChecks::State : std::enable_shared_from_this<State> {
    explicit State(Parts given) : parts(std::move(given)), alarm(parts.clock.make_alarm()) {}

    struct Row {
        Instant due{};
        bool under_way = false;
        std::optional<FreeCheckNote> note;
    };
    struct Due {
        Instant when;
        const core::Deployment* deployment;
        const core::Lane* lane;
        ErrorCode cause;
    };

    [[nodiscard]] std::vector<Due> find_due(const flow::FleetView& view, Nanos pace);
    void look();
    void begin(const Due& due, const core::ProviderConfig& provider, Nanos pace);
    void finish(const Asking& asked, const Result<ProbeAnswer>& answer);
    static ports::Task<void> run(std::shared_ptr<State> s);
    static ports::Task<void> ask(std::shared_ptr<State> s, Asking asking);

    const Parts parts;
    const std::shared_ptr<ports::Alarm> alarm;
    std::map<core::LaneId, Row> rows;  // of lanes that are not closed
    int under_way = 0;
    bool stopped = false;
};

// Forgets what is closed again.
std::vector<FreeChecks::State::Due> FreeChecks::State::find_due(const flow::FleetView& view, Nanos pace) {
    const Instant now = parts.clock.now();
    std::vector<Due> due;
    for (const core::Deployment& deployment : view.table->deployments()) {
        for (const core::Lane& lane : deployment.lanes) {
            const core::Health& health = view.health_of(lane);
            if (health.state() == core::BreakerState::closed) rows.erase(lane.id);
            const bool asks = health.state() == core::BreakerState::open && core::free_check_can_tell(health.cause());
            if (!asks || health.held(now) != core::HoldKind::none) continue;
            const auto [row, fresh] = rows.try_emplace(lane.id);
            if (fresh) row->second.due = now + share_of(pace, unit(parts.random.next()));
            if (!row->second.under_way && row->second.due <= now)
                due.push_back({row->second.due, &deployment, &lane, health.cause()});
        }
    }
    std::ranges::sort(due, {}, &Due::when);
    return due;
}

void FreeChecks::State::look() {
    const std::shared_ptr<const flow::FleetView> view = parts.view();
    const core::Config& config = view->table->config();
    const Nanos pace = config.defaults.health.free_check;
    for (const Due& due : find_due(*view, pace)) {
        if (under_way >= at_once) break;
        begin(due, config.providers[static_cast<std::size_t>(due.deployment->provider)], pace);
    }
}

void FreeChecks::State::begin(const Due& due, const core::ProviderConfig& provider, Nanos pace) {
    Asking asking;
    asking.lane = due.lane->id;
    asking.cause = due.cause;
    asking.pace = pace;
    asking.address = flow::address_of(provider, due.lane->key);
    asking.question = free_question(provider, *due.deployment, asking.address);
    rows[asking.lane].under_way = true;
    ++under_way;
    parts.spawner.spawn("free check", ask(shared_from_this(), std::move(asking)));
}

ports::Task<void> FreeChecks::State::ask(std::shared_ptr<State> s, Asking asking) {
    const Instant deadline = s->parts.clock.now() + limits::free_check_max;
    const Result<ProbeAnswer> answer =
        co_await http_probe(s->parts.network, asking.address, asking.question.request, deadline);
    --s->under_way;
    if (!s->stopped) s->finish(asking, answer);
}

void FreeChecks::State::finish(const Asking& asked, const Result<ProbeAnswer>& answer) {
    const Instant now = parts.clock.now();
    const core::FreeCheck verdict = judge(asked.question, answer, asked.cause);
    if (const auto row = rows.find(asked.lane); row != rows.end()) {
        row->second.under_way = false;
        row->second.due = now + share_of(asked.pace, 1 - jitter / 2 + jitter * unit(parts.random.next()));
        row->second.note = {now, verdict, asked.question.words() + answer_words(answer), row->second.due};
    }
    parts.tell(asked.lane, verdict, now);
}

ports::Task<void> FreeChecks::State::run(std::shared_ptr<State> s) {
    while (!s->stopped) {
        s->look();
        co_await s->alarm->wait_until(s->parts.clock.now() + look_every);
    }
}

FreeChecks::FreeChecks(Parts parts) : state_(std::make_shared<State>(std::move(parts))) {}

FreeChecks::~FreeChecks() {
    stop();
}

void FreeChecks::start() {
    state_->parts.spawner.spawn("free checks", State::run(state_));
}

void FreeChecks::stop() {
    state_->stopped = true;
    state_->alarm->ring();
}

std::optional<FreeCheckNote> FreeChecks::last(core::LaneId lane) const {
    const auto row = state_->rows.find(lane);
    return row == state_->rows.end() ? std::nullopt : row->second.note;
}

}  // namespace signalbox::control
