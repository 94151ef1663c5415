#include "engine/core/routing/health.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "engine/base/check.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::core {
namespace {

constexpr int samples_before_rate_counts = 6;
constexpr std::array<RampStage, Health::no_stage> stages{{{1, 0.02, 3}, {2, 0.05, 5}, {4, 0.15, 10}, {8, 0.5, 20}}};
constexpr double open_jitter = 0.2;

Nanos jittered(Nanos d, std::uint64_t draw) {
    const double unit = static_cast<double>(draw >> 11) * 0x1.0p-53;  // [0, 1)
    return Nanos{static_cast<Nanos::rep>(static_cast<double>(d.count()) * (1 - open_jitter + 2 * open_jitter * unit))};
}

}  // namespace

double wilson_lower_bound(int failures, int n) {
    if (n == 0) return 0;
    constexpr double z = 1.6448536269514722;  // two-sided 90 %
    const double p = static_cast<double>(failures) / n;
    const double centre = p + z * z / (2 * n);
    const double spread = z * std::sqrt((p * (1 - p) + z * z / (4 * n)) / n);
    return std::max(0.0, (centre - spread) / (1 + z * z / n));
}

std::span<const RampStage> ramp_stages() {
    return stages;
}

std::string_view to_string(HealthState state) {
    constexpr std::array<std::string_view, 6> words = {"new", "ramp", "full", "suspect", "open", "half_open"};
    return words[static_cast<std::size_t>(state)];
}

std::string_view to_string(FreeCheck check) {
    constexpr std::array<std::string_view, 4> words = {"none", "alive", "dead", "cannot_tell"};
    return words[static_cast<std::size_t>(check)];
}

bool free_check_can_tell(ErrorCode cause) {
    return cause == ErrorCode::upstream_not_found || cause == ErrorCode::upstream_unauthorized ||
           cause == ErrorCode::dns_failed || cause == ErrorCode::connect_refused ||
           cause == ErrorCode::connect_timeout || cause == ErrorCode::tls_failed;
}

bool Health::ramp_admits(std::int64_t in_flight, Instant, std::uint64_t draw) const {
    const RampStage& stage = stages[static_cast<std::size_t>(stage_)];
    return in_flight < stage.in_flight && static_cast<double>(draw >> 11) * 0x1.0p-53 < stage.share;
}

void Health::note_ramp_admission(Instant) {}

void Health::begin_ramp(Instant now) {
    if (filled_ > 0 || state_ != BreakerState::closed) return;
    stage_ = 0;
    since_ = now;
}

bool Health::note_free_check(FreeCheck check, Instant now, const HealthConfig&) {
    last_check_ = check;
    last_check_at_ = now;
    return false;
}

void Health::hold(HoldKind kind, Instant until) {
    hold_ = kind;
    hold_until_ = kind == HoldKind::none ? Instant{} : until;
}

void Health::reset(Instant now) {
    strikes_ = consecutive_ = 0;
    close(now);
}

void Health::ask_probe(Instant now) {
    if (state_ == BreakerState::open) open_until_ = now;
}

HealthState Health::word(Instant) const {
    if (state_ == BreakerState::open) return HealthState::open;
    if (state_ == BreakerState::half_open) return HealthState::half_open;
    if (stage_ < no_stage) return HealthState::ramp;
    if (strikes_ > 0 || consecutive_ > 0) return HealthState::suspect;
    return filled_ == 0 ? HealthState::fresh : HealthState::full;
}

bool Health::insufficient_evidence() const {
    return filled_ < samples_before_rate_counts;
}

double Health::penalty(Instant) const {
    return certain_failure_rate();
}

Health::Gate Health::gate(Instant now) const {
    const HoldKind ordered = held(now);
    if (ordered != HoldKind::none) return ordered == HoldKind::open ? Gate::closed : Gate::open_to_all;
    if (state_ == BreakerState::closed) return stage_ < no_stage ? Gate::ramping : Gate::open_to_all;
    if (state_ == BreakerState::open && now < open_until_) return Gate::closed;
    return now < probe_lease_until_ ? Gate::closed : Gate::probe_only;
}

void Health::claim_probe(Instant now, Instant lease_until) {
    SB_CHECK(gate(now) == Gate::probe_only);
    if (state_ != BreakerState::half_open) since_ = now;
    state_ = BreakerState::half_open;
    probe_lease_until_ = lease_until;
}

bool Health::note(const OutcomeNote& outcome, Instant now, const HealthConfig& config, std::uint64_t draw) {
    const OutcomeClass kind = classify(outcome.code);
    const BreakerState before = state_;
    if (kind == OutcomeClass::client || kind == OutcomeClass::capacity) {
        if (outcome.probe) probe_lease_until_ = Instant{};  // says nothing: give the claim back
        return false;
    }
    const bool failed = kind != OutcomeClass::success;
    push_window(failed, std::clamp(config.window, 1, window_max));
    if (!failed) {
        strikes_ = 0;
        consecutive_ = 0;
        // Only the probe closes a breaker: a stray success may be an answer that began long before the outage.
        if (state_ != BreakerState::closed && outcome.probe) close(now);
        return state_ != before;
    }
    if (consecutive_ == 0 && strikes_ == 0 && state_ == BreakerState::closed) outage_began_ = now;
    if (kind == OutcomeClass::structural) ++strikes_;
    ++consecutive_;
    keep_evidence(outcome, now);
    const bool probe_failed = outcome.probe && state_ == BreakerState::half_open;
    if (probe_failed || (state_ == BreakerState::closed && must_trip(config))) open(outcome.code, now, config, draw);
    return state_ != before;
}

bool Health::must_trip(const HealthConfig& config) const {
    if (strikes_ >= config.structural_strikes || consecutive_ >= config.consecutive_faults) return true;
    return filled_ >= samples_before_rate_counts && certain_failure_rate() > config.failure_rate;
}

double Health::certain_failure_rate() const {
    const auto failures = std::count(failed_.begin(), failed_.begin() + filled_, true);
    return wilson_lower_bound(static_cast<int>(failures), filled_);
}

void Health::open(ErrorCode cause, Instant now, const HealthConfig& config, std::uint64_t draw) {
    if (state_ == BreakerState::closed) {
        ++trips_;
        opened_at_ = now;
    }
    since_ = opened_at_;  // a failed probe does not make the outage younger
    state_ = BreakerState::open;
    cause_ = cause;
    probe_lease_until_ = Instant{};
    const Nanos age = now - outage_began_;
    const Nanos share{static_cast<Nanos::rep>(static_cast<double>(age.count()) * config.open_share_of_outage)};
    open_until_ = now + jittered(std::clamp(share, config.open_min, config.open_max), draw);
}

void Health::close(Instant now) {
    state_ = BreakerState::closed;
    since_ = now;
    cause_ = ErrorCode::ok;
    probe_lease_until_ = Instant{};
    filled_ = next_ = 0;  // the outage's failures must not trip the repaired target again
    evidence_count_ = 0;
}

void Health::push_window(bool failed, int window) {
    if (next_ >= window) next_ = 0;
    failed_[next_] = failed;
    next_ = (next_ + 1) % window;
    filled_ = std::min(filled_ + 1, window);
}

void Health::keep_evidence(const OutcomeNote& outcome, Instant now) {
    if (state_ != BreakerState::closed) return;  // the list explains why it opened
    if (evidence_count_ == evidence_max) {
        std::move(evidence_.begin() + 1, evidence_.end(), evidence_.begin());
        --evidence_count_;
    }
    Evidence& row = evidence_[evidence_count_++];
    row = Evidence{now, outcome.code, outcome.status, {}};
    const std::size_t length = std::min(outcome.request_id.size(), row.request_id.size() - 1);
    std::memcpy(row.request_id.data(), outcome.request_id.data(), length);
}

int Health::samples() const {
    return filled_;
}

std::optional<double> Health::failure_rate() const {
    if (filled_ == 0) return std::nullopt;
    return static_cast<double>(std::count(failed_.begin(), failed_.begin() + filled_, true)) / filled_;
}

std::span<const Evidence> Health::evidence() const {
    return {evidence_.data(), static_cast<std::size_t>(evidence_count_)};
}

}  // namespace signalbox::core
