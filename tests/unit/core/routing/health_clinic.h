// One Health under observation, with a clock to turn and draws without jitter.
#pragma once

#include "engine/core/routing/health.h"

namespace signalbox::core::test {

inline constexpr std::uint64_t mid_draw = std::uint64_t{1} << 63;  // no jitter: exactly the middle

struct Clinic {
    Health health;
    HealthConfig config;
    Instant now{1h};

    bool note(ErrorCode code, bool probe = false, Instant began = {}) {
        return health.note({code, 0, "01ABCDEFGHJKMNPQRSTVWXYZ00", probe, began}, now, config, mid_draw);
    }
    void note(ErrorCode code, int times) {
        for (int i = 0; i < times; ++i) (void)note(code);
    }
    // Waits until the probe is due, makes it and lets it end so.
    void probe(ErrorCode code) {
        now = std::max(now, health.open_until());
        health.claim_probe(now, now + 60s);
        (void)note(code, true);
    }
    void trip(ErrorCode code = ErrorCode::upstream_not_found) {
        while (health.state() == BreakerState::closed) (void)note(code);
    }
    // An outage of `length` with scheduled probes, and a probe that ends it.
    void outage(Nanos length, ErrorCode code = ErrorCode::upstream_server_error) {
        const Instant repaired = now + length;
        trip(code);
        while (health.open_until() < repaired) probe(code);
        probe(ErrorCode::ok);
    }
    void climb_to(int stage) {
        while (health.ramp_stage() < stage) (void)note(ErrorCode::ok);
    }
};

}  // namespace signalbox::core::test
