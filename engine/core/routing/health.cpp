#include "engine/core/routing/health.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/prng.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::core {
namespace {

constexpr std::array<RampStage, Health::no_stage> stages{{{1, 0.02, 3}, {2, 0.05, 5}, {4, 0.15, 10}, {8, 0.5, 20}}};
constexpr Nanos canary_every = 60s;
constexpr double open_jitter = 0.2;

constexpr double dead_share_of_outage = 3;  // wait after a failed probe while checks say dead
constexpr Nanos dead_wait_max = 3h;
constexpr int misled_max = 3;

// One lane in a thousand million outcomes may open by a run of faults that were mere bad luck.
constexpr double bad_luck = 1e-9;
constexpr int longest_extra_run = 3;
constexpr double usual_rate_weight = 1.0 / 256;

constexpr Nanos repel_half_life = 30s;
constexpr float failure_repels = 0.5F;  // of what is missing to 1
constexpr float success_forgives = 0.2F;
constexpr float recent_negligible = 0.01F;
constexpr double certain_rate_negligible = 0.1;
constexpr std::array<float, 4> last_three_repel = {0, 0, 0.3F, 0.6F};  // by failures among the last three

Nanos jittered(Nanos d, std::uint64_t draw) {
    const double factor = 1 - open_jitter + 2 * open_jitter * unit(draw);
    return Nanos{static_cast<Nanos::rep>(static_cast<double>(d.count()) * factor)};
}

Nanos share_of(Nanos d, double share) {
    return Nanos{static_cast<Nanos::rep>(static_cast<double>(d.count()) * share)};
}

// 410 says "for good".
int strikes_of(OutcomeClass kind, const OutcomeNote& outcome) {
    if (kind != OutcomeClass::structural) return 0;
    return outcome.status == 410 ? 2 : 1;
}

}  // namespace

std::span<const RampStage> ramp_stages() {
    return stages;
}

Health::Gate Health::gate(Instant now) const {
    const HoldKind ordered = held(now);
    if (ordered != HoldKind::none) return ordered == HoldKind::open ? Gate::closed : Gate::open_to_all;
    if (state_ == BreakerState::closed) return stage_ < no_stage ? Gate::ramping : Gate::open_to_all;
    if (state_ == BreakerState::open && now < open_until_) return Gate::closed;
    return now < probe_lease_until_ ? Gate::closed : Gate::probe_only;
}

bool Health::ramp_admits(std::int64_t in_flight, Instant now, std::uint64_t draw) const {
    const RampStage& stage = stages[static_cast<std::size_t>(stage_)];
    return in_flight < stage.in_flight && (canary_due(now) || unit(draw) < stage.share);
}

void Health::note_ramp_admission(Instant now) {
    canary_at_ = now + canary_every;
}

void Health::begin_ramp(Instant now) {
    if (word(now) != HealthState::fresh) return;
    stage_ = stage_successes_ = 0;
    canary_at_ = since_ = now;
}

void Health::claim_probe(Instant now, Instant lease_until) {
    SB_CHECK(gate(now) == Gate::probe_only);
    if (state_ != BreakerState::half_open) since_ = now;
    state_ = BreakerState::half_open;
    probe_lease_until_ = lease_until;
}

bool Health::note(const OutcomeNote& outcome, Instant now, const HealthConfig& config, std::uint64_t draw) {
    const OutcomeClass kind = classify(outcome.code);
    if (kind == OutcomeClass::client || kind == OutcomeClass::capacity) {
        // Says nothing: give the claim back. Not at once where it is busy, or every request in turn would be the probe.
        if (!outcome.probe || state_ != BreakerState::half_open) return false;
        probe_lease_until_ = Instant{};
        if (kind == OutcomeClass::client) return false;
        state_ = BreakerState::open;
        open_until_ = scheduled_ = now + config.open_min;
        return true;
    }
    const bool stale = outcome.began != Instant{} && outcome.began < turned_at_;
    if (stale && state_ == BreakerState::closed) return false;
    const bool failed = kind != OutcomeClass::success;
    window_.push(failed, now, config.window);
    repel(failed, now);
    if (!failed) return note_success(outcome, stale, now);
    if (consecutive_ == 0 && !in_outage_) {
        outage_began_ = now;
        wasted_ = 0;
    }
    ++wasted_;
    ++consecutive_;
    strikes_ += strikes_of(kind, outcome);
    stage_successes_ = 0;
    return note_failure(outcome, now, config, draw);
}

bool Health::note_success(const OutcomeNote& outcome, bool stale, Instant now) {
    const bool at_hold = held(now) != HoldKind::none;
    if (state_ != BreakerState::closed) {
        // A good answer may have begun long before the outage; only the probe and what was sent since then count.
        if (!outcome.probe && (stale || outcome.began == Instant{})) return false;
        if (!at_hold) {
            come_back(now);
            return true;
        }
        probe_lease_until_ = Instant{};
        open_until_ = scheduled_ = now;  // worth a probe as soon as the hold ends
        return false;
    }
    learn_usual_rate();
    strikes_ = consecutive_ = 0;
    if (stage_ < no_stage && !at_hold) promote(now);
    return false;
}

bool Health::note_failure(const OutcomeNote& outcome, Instant now, const HealthConfig& config, std::uint64_t draw) {
    const BreakerState before = state_;
    keep_evidence(outcome, now);
    if (held(now) != HoldKind::none) {
        if (outcome.probe) probe_lease_until_ = Instant{};
        return false;
    }
    const bool probe_failed = outcome.probe && state_ == BreakerState::half_open;
    if (probe_failed || (state_ == BreakerState::closed && must_trip(config))) open(outcome.code, now, config, draw);
    return state_ != before;
}

// A run of faults says less about a lane that fails now and then anyway: at 5 %, five in a row are bad luck once in
// three million outcomes; its run has to be longer.
int Health::run_that_opens(const HealthConfig& config) const {
    double luck = std::pow(usual_rate_, config.consecutive_faults);
    int extra = 0;
    for (; extra < longest_extra_run && luck > bad_luck; ++extra) luck *= usual_rate_;
    return config.consecutive_faults + extra;
}

bool Health::must_trip(const HealthConfig& config) const {
    if (strikes_ >= config.structural_strikes || consecutive_ >= run_that_opens(config)) return true;
    if (in_outage_ && consecutive_ > stage_) return true;
    const bool enough = samples() >= std::min(enough_samples, config.window);
    return enough && certain_failure_rate() > config.failure_rate;
}

void Health::learn_usual_rate() {
    for (; consecutive_ > 0; --consecutive_) usual_rate_ += usual_rate_weight * (1 - usual_rate_);
    usual_rate_ -= usual_rate_weight * usual_rate_;
}

void Health::open(ErrorCode cause, Instant now, const HealthConfig& config, std::uint64_t draw) {
    if (state_ == BreakerState::closed) {
        ++trips_;
        opened_at_ = now;
    }
    if (!in_outage_) {
        misled_ = 0;
        last_check_ = FreeCheck::none;
    }
    misled_ += asked_by_check_;
    asked_by_check_ = asked_by_operator_ = false;
    in_outage_ = true;
    stage_ = no_stage;
    since_ = opened_at_;  // a failed probe does not make the outage younger
    turned_at_ = now;
    state_ = BreakerState::open;
    cause_ = cause;
    probe_lease_until_ = Instant{};
    const Nanos share = share_of(now - outage_began_, config.open_share_of_outage);
    const Nanos wait = jittered(std::clamp(share, config.open_min, config.open_max), draw);
    open_until_ = scheduled_ = now + std::min(wait, config.open_max);  // the most is a promise
}

// To the first stage of the ramp. The outage's failures must not trip the repaired target again.
void Health::come_back(Instant now) {
    check_believed_ = last_check_ != FreeCheck::dead;
    asked_by_check_ = asked_by_operator_ = false;
    state_ = BreakerState::closed;
    since_ = turned_at_ = canary_at_ = now;
    probe_lease_until_ = Instant{};
    cause_ = ErrorCode::ok;
    stage_ = stage_successes_ = strikes_ = consecutive_ = 0;
    window_.clear();
    recent_ = repel_at_least_ = 0;
}

void Health::promote(Instant now) {
    if (++stage_successes_ < stages[static_cast<std::size_t>(stage_)].successes) return;
    stage_successes_ = 0;
    if (++stage_ < no_stage) return;
    since_ = now;
    in_outage_ = false;
    evidence_count_ = 0;
}

bool Health::note_free_check(FreeCheck check, Instant now, const HealthConfig& config) {
    const bool news = check != last_check_;
    last_check_ = check;
    last_check_at_ = now;
    if (state_ != BreakerState::open || asked_by_operator_ || !free_check_can_tell(cause_)) return false;
    if (!check_believed_ || misled_ >= misled_max) return false;
    Instant due = std::min(open_until_, scheduled_);
    if (check == FreeCheck::alive && news) {
        asked_by_check_ = now < due;
        due = std::min(due, now);
    } else if (check == FreeCheck::dead) {
        const Nanos wait = share_of(turned_at_ - outage_began_, dead_share_of_outage);
        due = std::max(scheduled_, turned_at_ + std::clamp(wait, config.free_check, dead_wait_max));
        asked_by_check_ = false;
    }
    return std::exchange(open_until_, due) != due;
}

void Health::hold(HoldKind kind, Instant until) {
    hold_ = kind;
    hold_until_ = kind == HoldKind::none ? Instant{} : until;
}

void Health::reset(Instant now) {
    Health clean;
    clean.trips_ = trips_;
    clean.since_ = clean.turned_at_ = now;
    clean.hold(hold_, hold_until_);
    *this = clean;
}

void Health::ask_probe(Instant now) {
    if (state_ == BreakerState::closed || now < probe_lease_until_) return;
    state_ = BreakerState::open;
    open_until_ = now;
    asked_by_operator_ = true;
}

double Health::recent_failures(Instant now) const {
    if (recent_ == 0) return 0;
    return recent_ * std::exp2(-std::chrono::duration<double>(now - recent_at_) / repel_half_life);
}

double Health::penalty(Instant now) const {
    return std::max<double>(repel_at_least_, recent_failures(now));
}

void Health::repel(bool failed, Instant now) {
    const auto recent = static_cast<float>(recent_failures(now));
    recent_ = failed ? recent + failure_repels * (1 - recent) : recent * (1 - success_forgives);
    if (recent_ < recent_negligible) recent_ = 0;
    recent_at_ = now;
    const float last_three = last_three_repel[static_cast<std::size_t>(window_.failures_of_last(3))];
    const double certain = certain_failure_rate();
    repel_at_least_ =
        certain > certain_rate_negligible ? std::max(last_three, static_cast<float>(certain)) : last_three;
}

void Health::keep_evidence(const OutcomeNote& outcome, Instant now) {
    if (state_ != BreakerState::closed) return;  // the list explains why it opened
    if (evidence_count_ == evidence_max) {
        std::move(evidence_.begin() + 1, evidence_.end(), evidence_.begin());
        --evidence_count_;
    }
    Evidence& row = evidence_[static_cast<std::size_t>(evidence_count_++)];
    row = Evidence{now, outcome.code, outcome.status, {}};
    std::ranges::copy(outcome.request_id.substr(0, row.request_id.size() - 1), row.request_id.begin());
}

}  // namespace signalbox::core
