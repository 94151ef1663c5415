// The decision state of one gateway: for every lane, how busy it is and whether it works; and decide(), which answers
// "where next?" and reserves the place in the same pass.
//
// Pure and single-threaded: the caller brings the lock, the time and the draw. O(candidates) per decision, no
// allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/routing/health.h"
#include "engine/core/routing/plan.h"
#include "engine/core/routing/verdict.h"

namespace signalbox::core {

struct LaneState {
    Health health;
    std::int64_t in_flight = 0;
    Instant cool_until{};       // a 429 asked us to wait; in the past: ready
    double first_token_us = 0;  // moving average over successes; 0: no success yet
    std::int64_t diverted = 0;  // requests passed over while not closed
    int served_by = -1;         // lane that took the last diverted request
};

// What one request has learned about the lanes it tried.
struct Tried {
    LaneId lane = 0;
    int failures = 0;
    bool exhausted = false;  // do not come back within this request
};

struct DecideInput {
    const Plan& plan;
    std::span<const Tried> tried;
    std::int64_t input_tokens = 0;  // estimate; 0: not checked
    bool behind_waiters = false;    // others queue for the first model's places: do not overtake them there
    Instant now{};
    Nanos probe_lease{};  // how long a claimed probe may take
    std::uint64_t draw = 0;
};

// Without initialisers: a decision has room for many, and only those it looked at are ever written or read.
struct CandidateVerdict {
    int step;        // of the plan
    int deployment;  // index in the table
    int lane_index;  // within the deployment
    LaneId lane;
    Verdict verdict;
    double score;  // predicted microseconds, or the strategy's own measure; lower is better
};

struct Decision {
    enum class Kind : std::uint8_t { go, wait, refuse };
    Kind kind = Kind::refuse;
    CandidateVerdict chosen{};  // for go
    bool probe = false;         // the reservation holds the lane's only probe
    bool bypassed = false;      // its breaker is open, but nothing else is left
    Instant retry_at = never;   // for wait: when the first cooled lane is ready
    bool busy = false;          // for wait: a place may be given back any moment
    ErrorCode refusal = ErrorCode::no_target;
    std::array<CandidateVerdict, 64> candidates;  // in plan order
    int candidate_count = 0;
    // The first candidate of the plan, when another was chosen: what diverted the request.
    [[nodiscard]] const CandidateVerdict* diverted_from() const;
    void clear();
};

// How one attempt ended, for settle().
struct AttemptOutcome {
    OutcomeNote note;
    std::int64_t first_token_us = -1;  // -1: no content arrived
    Nanos cool_for{};                  // what a 429 asked for; zero: nothing
};

class Fleet {
  public:
    explicit Fleet(HealthConfig health) : health_config_(health) {}

    // Makes room for every lane of a newly compiled table; the state of lanes that stay is kept.
    void adopt(const RoutingTable& table, int lane_count);

    // Looks at the plan's candidates; for `go` the place is reserved when it returns and must be given back by
    // release(). `out` is the caller's so that the trace is written in place.
    void decide(const DecideInput& input, Decision& out);
    // The same without reserving, claiming or counting.
    void explain(const DecideInput& input, Decision& out) const;

    // Ends a reservation. Returns true when the breaker's state changed.
    bool release(LaneId lane, const AttemptOutcome& outcome, Instant now, std::uint64_t draw);
    // Ends a reservation that was never used (the client left before anything was sent).
    void release_unused(LaneId lane, bool probe);

    [[nodiscard]] const LaneState& lane(LaneId id) const { return lanes_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] std::int64_t in_flight_of(const Deployment& deployment) const;

  private:
    struct Pass;
    struct Candidate;
    void look_at_step(Pass& pass, int step) const;
    void look_at(Pass& pass, const Candidate& candidate) const;
    [[nodiscard]] Verdict judge(const DecideInput& input, const Candidate& candidate) const;
    [[nodiscard]] double score(const Candidate& candidate) const;
    [[nodiscard]] double first_token_us_of(const Deployment& deployment) const;
    [[nodiscard]] static bool beats_best(Pass& pass, const CandidateVerdict& row, double weight);
    void conclude(Pass& pass) const;
    [[nodiscard]] LaneState& state_of(LaneId id) { return lanes_[static_cast<std::size_t>(id)]; }

    HealthConfig health_config_;
    std::vector<LaneState> lanes_;
};

}  // namespace signalbox::core
