// What one pass over a plan has found so far. Private to the decision.
#pragma once

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/core/routing/fleet.h"

namespace signalbox::core {

struct Fleet::Pass {
    const DecideInput& input;
    Decision& out;
    const ModelEntry* entry = nullptr;  // of the present step
    double expected = 0;                // output tokens
    double token_us = 0;                // its usual time to write one, for those that have not written any
    bool explore = false;               // this decision draws lots

    // A row of the trace and whose it is.
    struct Pick {
        int row = -1;  // none
        const Candidate* candidate = nullptr;
        explicit operator bool() const { return row >= 0; }
    };
    Pick best{};             // may simply serve
    double tied_weight = 0;  // of all who share the lead
    bool tied = false;       // the last winner only shared it
    Pick soft{};             // could serve, but had better not: ramping, stalled
    bool soft_is_newcomer = false;
    Pick probe{};      // may serve as the claimed probe of an open breaker
    Pick canary{};     // ramps, may serve, and has waited long for a request
    Pick least_bad{};  // only its breaker keeps it out; the one that opens up first
    Instant least_bad_opens = never;

    bool wants_probe = false, wants_canary = false, is_broken = false;  // the candidate being judged
    bool saw_context = false;
    // What is worth waiting for.
    struct Wait {
        bool busy = false;      // a place may be given back any moment
        Instant ready = never;  // the first of those that asked us to wait
        [[nodiscard]] bool any() const { return busy || ready != never; }
        void note_ready(Instant at) { ready = std::min(ready, at); }
    };
    Wait well{}, broken{};  // of those whose breakers would let us in, and of those that are the last resort
    [[nodiscard]] Wait& wait() { return is_broken ? broken : well; }

    [[nodiscard]] std::string_view upstream(int step) const {
        return input.plan.steps[static_cast<std::size_t>(step)].upstream;
    }
    [[nodiscard]] const CandidateVerdict& row_of(const Pick& pick) const {
        return out.trace[static_cast<std::size_t>(pick.row)];
    }
    // Nothing that ramps or is silent, no probe, no last resort.
    void keep_only_what_would_simply_serve() {
        if (best.row == soft.row) best = {};  // a newcomer
        soft = probe = canary = least_bad = {};
    }
    [[nodiscard]] bool beats_best(const Candidate& candidate, const CandidateVerdict& row);
};

}  // namespace signalbox::core
