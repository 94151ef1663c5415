// The decision state of one gateway: for every lane, key and deployment, how busy it is and whether it works; and
// decide(), which answers "where next?" and reserves the place in the same pass.
//
// Pure and single-threaded: the caller brings the lock, the time and the draw. O(candidates) per decision, no
// allocation once the trace has grown. What a decision reads of a candidate lies in two cache lines (`Hot*`), which are
// brought up to date whenever something changes.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "engine/core/admission/token_bucket.h"
#include "engine/core/routing/decision.h"
#include "engine/core/routing/health.h"
#include "engine/core/routing/hedging.h"

namespace signalbox::core {

struct LaneState {
    Health health;
    std::int64_t in_flight = 0;
    Instant cool_until{};       // a 429 asked us to wait; in the past: ready
    Instant avoid_until{};      // after many 429s in a row: until then only where nothing else can serve
    Instant busy_since{};       // the first 429 since the last success or long pause; Instant{}: none
    Instant busy_last{};        // the last 429
    double first_token_us = 0;  // moving average over successes; 0: no success yet
    double progress_us = 0;     // moving average of the time to the first sign of life
    Instant progress_at{};      // the last sign of life, or when it became busy
    RateHint rates{};           // as last heard
    Instant rates_at{};
    std::int64_t diverted = 0;  // requests passed over while not closed
    std::int64_t probes = 0;    // claimed so far
    int served_by = -1;         // lane that took the last diverted request
};

struct KeyState {
    Health health;  // of the key itself: a dead key is not a dead model
    TokenBucket requests, tokens;
};

struct DeploymentState {
    SlotReport slots;
    std::optional<KvBudget> budget;  // of memory, where the server tells
    KvLoad kv;                       // of our reservations
    std::int64_t in_flight = 0;
    std::int64_t foreign = 0;      // at the server, not ours, when it was last read
    std::int64_t foreign_kv = 0;   // the same of its memory, in the budget's unit
    std::int64_t own_peak = 0;     // most in flight since then
    std::int64_t own_kv_peak = 0;  // most tokens expected by our reservations since then
    double tokens_per_second = 0;  // of one answer, moving average; 0: unknown
    double service_us = 0;         // of one attempt, moving average
    std::int64_t ramp_base = 0;    // of the slow ramp: see ceiling()
    std::int64_t ramp_peak = 0;    // most in flight in the present period
    Instant ramp_began{};          // the present period
    bool draining = false;
    TokenBucket requests, tokens;
};

// What the attempts of one model entry are like, whoever makes them.
struct PoolState {
    RunningQuantile p90_us{0.9};   // of the whole attempt
    double tokens_per_second = 0;  // of one answer, moving average; 0: unknown
    Hedging hedging;
};

class Fleet {
  public:
    explicit Fleet(const DefaultsConfig& defaults) : health_config_(defaults.health), ramp_(defaults.ramp) {}

    // Makes room for everything in a newly compiled table; the state of what stays is kept. Lanes that are new beside
    // siblings that have proven themselves begin on the ramp.
    void adopt(const RoutingTable& table, const Registries& registries, Instant now);

    // Looks at the plan's candidates; for `go` the place is reserved when it returns and must be given back by
    // release(). `out` is the caller's so that the trace is written in place.
    void decide(const DecideInput& input, Decision& out);
    // The same without reserving, claiming or counting.
    void explain(const DecideInput& input, Decision& out) const;

    // A `go` that is no hedge is carried out: how long it may stay without content before a hedge is worth while.
    [[nodiscard]] Nanos attempt_begins(const DecideInput& input, const Choice& choice);
    // May one of this model entry's attempts be hedged now? Say so to `hedge_begins` when it is.
    [[nodiscard]] bool may_hedge(PoolId pool, Instant now) const { return pool_state(pool).hedging.has_budget(now); }
    void hedge_begins(PoolId pool, Instant now) { pools_[static_cast<std::size_t>(pool)].hedging.hedge_begins(now); }

    // Ends a reservation.
    void release(const Place& place, const AttemptOutcome& outcome, Instant now, std::uint64_t draw);
    // Ends a reservation that was never used (the client left before anything was sent).
    void release_unused(const Place& place, Instant now);
    // Something of the answer has come: the lane is alive.
    void note_progress(LaneId lane, Instant now);

    // The slow path's knowledge and orders.
    bool note_free_check(LaneId lane, FreeCheck check, Instant now);  // true: something may be tried again
    void note_slots(DeploymentId deployment, SlotReport report);
    void hold(LaneId lane, HoldKind kind, Instant until, Instant now);
    void reset(LaneId lane, Instant now);
    void ask_probe(LaneId lane, Instant now);
    void set_draining(DeploymentId deployment, bool draining);

    [[nodiscard]] const LaneState& lane(LaneId id) const { return lanes_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const KeyState& key(KeyId id) const { return keys_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const DeploymentState& deployment(DeploymentId id) const {
        return deployments_[static_cast<std::size_t>(id)];
    }
    // Largest number of requests in flight the slow ramp allows.
    [[nodiscard]] std::int64_t ceiling(const DeploymentState& state) const;
    // 90th percentile of a model entry's attempts, microseconds; 0: no attempt yet.
    [[nodiscard]] double p90_us(PoolId pool) const { return pool_state(pool).p90_us.value(); }

  private:
    struct HotLane {
        Instant progress_at{};
        double progress_us = 0;
        std::int64_t in_flight = 0;
        bool care = false;  // not simply "open to all": judge_with_care() looks at the whole state
    };
    static constexpr std::int32_t unlimited = std::numeric_limits<std::int32_t>::max();
    struct alignas(64) HotDeployment {    // one cache line
        std::int64_t in_flight = 0;       // ours
        std::int64_t places = unlimited;  // for ours
        Instant valid_until = never;      // of what the server told
        std::int32_t places_configured = unlimited;
        std::int32_t ceiling = unlimited;
        float foreign = 0;  // others', at the server
        float first_token_us = 0;
        float service_us = 0;
        float token_us = 0;  // to write one token; 0: unknown
        float load_us = 0;   // waiting for the model to be loaded
        float slots = 0;     // answers at a time; 0: unknown
        bool care = false;   // draining, memory, rates or a failed load
        [[nodiscard]] std::int64_t places_at(Instant now) const {
            return now <= valid_until ? places : places_configured;
        }
    };
    struct Pass;

    void look_at_step(Pass& pass, int step) const;
    // Asked of every candidate: the compiler would call them, which costs a quarter of the decision.
    [[gnu::always_inline]] void look_at(Pass& pass, const Candidate& candidate, int step) const;
    [[gnu::always_inline]] [[nodiscard]] Verdict judge(Pass& pass, const Candidate& candidate, int step) const;
    [[nodiscard]] Verdict judge_with_care(Pass& pass, const Candidate& candidate) const;
    [[gnu::always_inline]] [[nodiscard]] Verdict judge_deployment(Pass& pass, const Candidate& candidate) const;
    [[nodiscard]] Verdict judge_rates(Pass& pass, const TokenBucket& requests, const TokenBucket& tokens) const;
    [[nodiscard]] Verdict judge_deployment_with_care(Pass& pass, const Candidate& candidate) const;
    [[nodiscard]] bool may_still_serve(Verdict of_lane, const Candidate& candidate, Instant now) const;
    [[nodiscard]] bool is_stalled(const HotLane& lane, Instant now) const;
    [[gnu::always_inline]] [[nodiscard]] double score(const Pass& pass, const Candidate& candidate) const;
    [[nodiscard]] double headroom(const Candidate& candidate, Instant now) const;
    void take_notice(Pass& pass, const Candidate& candidate, CandidateVerdict& row) const;
    [[nodiscard]] Instant opens_at(const Candidate& candidate) const;
    void conclude(Pass& pass) const;
    void ramp_newcomers(const RoutingTable& table, std::size_t known_lanes, Instant now);
    void reserve(const DecideInput& input, Place& place);
    void claim_probe(Place& place, const DecideInput& input);
    void give_back(const Place& place);
    void correct_tokens(const Place& place, std::int64_t used, Instant now);
    [[nodiscard]] double first_token_us_of(DeploymentId deployment) const;
    void note_outcome(const Place& place, const AttemptOutcome& outcome, Instant now, std::uint64_t draw);
    static void note_pace(HotDeployment& hot, const DeploymentState& state);
    void note_key(const Place& place, OutcomeNote note, Instant now, std::uint64_t draw);
    void forget_diversions(LaneId id);
    void cool(LaneState& state, Nanos asked, Instant now) const;
    void note_speed(const Place& place, const AttemptOutcome& outcome);
    void note_silence(const Place& place, const AttemptOutcome& outcome);
    // Bring the hot figures up to date.
    void refresh_lane(LaneId lane, Instant now);
    void refresh_key(KeyId key, Instant now);
    void refresh_deployment(DeploymentId deployment);
    void roll_ramp(DeploymentState& state, Instant now) const;
    [[nodiscard]] LaneState& at_lane(LaneId id) { return lanes_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] KeyState& at_key(KeyId id) { return keys_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const PoolState& pool_state(PoolId id) const { return pools_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] DeploymentState& at_deployment(DeploymentId id) { return deployments_[static_cast<std::size_t>(id)]; }

    HealthConfig health_config_;
    RampConfig ramp_;
    std::vector<LaneState> lanes_;
    std::vector<KeyState> keys_;
    std::vector<DeploymentState> deployments_;
    std::vector<PoolState> pools_;
    std::vector<HotLane> hot_lanes_;
    std::vector<HotDeployment> hot_deployments_;
    std::vector<KeyId> key_of_;  // by lane
    std::vector<std::vector<LaneId>> lanes_of_key_;
    std::vector<std::vector<LaneId>> lanes_of_deployment_;
    std::vector<std::int64_t> max_in_flight_;  // by deployment; 0: none
};

}  // namespace signalbox::core
