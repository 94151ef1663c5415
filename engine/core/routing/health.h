// "Is it broken?": the circuit breaker of one lane (deployment × key), fed with outcomes.
//
// Closed until two structural strikes, five consecutive faults, or a failure rate whose Wilson lower bound exceeds the
// threshold over a window of outcomes (never of time, so that it works at one request an hour). Open for half of the
// outage's age so far, within bounds; then one claimed probe decides. Pure: time and the jitter's draw are handed in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/base/error_code.h"
#include "engine/base/time.h"
#include "engine/core/config/config.h"

namespace signalbox::core {

enum class BreakerState : std::uint8_t { closed, open, half_open };

// One outcome as kept for the operator: what opened the breaker, with the request to look at.
struct Evidence {
    Instant at{};
    ErrorCode code = ErrorCode::ok;
    std::int32_t status = 0;
    std::array<char, 27> request_id{};  // NUL-terminated
};

struct OutcomeNote {
    ErrorCode code = ErrorCode::ok;
    std::int32_t status = 0;
    std::string_view request_id;
    bool probe = false;  // of the claimed probe
};

class Health {
  public:
    // What may be sent here now.
    enum class Gate : std::uint8_t { open_to_all, probe_only, closed };

    [[nodiscard]] Gate gate(Instant now) const;
    // Takes the only probe. Precondition: gate(now) == probe_only. It expires by itself at `lease_until`.
    void claim_probe(Instant now, Instant lease_until);
    // Feeds one outcome; `draw` is uniform over 64 bits and only jitters the open time. Returns true when the state
    // changed.
    bool note(const OutcomeNote& outcome, Instant now, const HealthConfig& config, std::uint64_t draw);

    [[nodiscard]] BreakerState state() const { return state_; }
    [[nodiscard]] Instant since() const { return since_; }            // of the present state
    [[nodiscard]] Instant open_until() const { return open_until_; }  // meaningful while open
    [[nodiscard]] ErrorCode cause() const { return cause_; }
    [[nodiscard]] int strikes() const { return strikes_; }
    [[nodiscard]] int consecutive() const { return consecutive_; }
    [[nodiscard]] std::int64_t trips() const { return trips_; }
    [[nodiscard]] int samples() const;
    [[nodiscard]] std::optional<double> failure_rate() const;  // none without samples
    [[nodiscard]] double certain_failure_rate() const;         // Wilson lower bound of it; 0 without samples
    // Oldest first; the last failures before the breaker opened.
    [[nodiscard]] std::span<const Evidence> evidence() const;

    static constexpr int window_max = 64;
    static constexpr int evidence_max = 10;

  private:
    void keep_evidence(const OutcomeNote& outcome, Instant now);
    void push_window(bool failed, int window);
    void open(ErrorCode cause, Instant now, const HealthConfig& config, std::uint64_t draw);
    void close(Instant now);
    [[nodiscard]] bool must_trip(const HealthConfig& config) const;

    BreakerState state_ = BreakerState::closed;
    ErrorCode cause_ = ErrorCode::ok;
    Instant since_{};
    Instant outage_began_{};  // first failure of the present run of failures
    Instant opened_at_{};
    Instant open_until_{};
    Instant probe_lease_until_{};  // in the past: no probe under way
    int strikes_ = 0;
    int consecutive_ = 0;
    std::int64_t trips_ = 0;
    std::array<bool, window_max> failed_{};  // ring of the last outcomes
    int next_ = 0, filled_ = 0;
    std::array<Evidence, evidence_max> evidence_{};
    int evidence_count_ = 0;
};

// Lower end of the Wilson score interval (90 %) of `failures` out of `n`.
[[nodiscard]] double wilson_lower_bound(int failures, int n);

}  // namespace signalbox::core
