#include "ui/models/fleet_figures.h"

#include <algorithm>

namespace signalbox::ui {

namespace {

bool isKnown(v1::Provenance provenance) {
    return provenance > v1::PROVENANCE_UNKNOWN;
}

}  // namespace

NextStep nextStep(const v1::Breaker& breaker, qint64 nowUs) {
    using Kind = NextStep::Kind;
    if (breaker.has_hold()) return {Kind::HoldEnds, breaker.hold().expires_unix_us() - nowUs};
    if (breaker.state() == v1::BREAKER_STATE_HALF_OPEN) return {Kind::Probing, 0};
    if (breaker.state() != v1::BREAKER_STATE_OPEN) return {};
    const bool probes = breaker.has_next_probe_unix_us();
    const qint64 probe = breaker.next_probe_unix_us() - nowUs;
    const qint64 check = breaker.free_check().next_unix_us() - nowUs;  // overdue where none is planned
    if (check > 0 && (!probes || check < probe)) return {Kind::Check, check};
    return probes ? NextStep{Kind::Probe, probe} : NextStep{};
}

bool lacksEvidence(const v1::Breaker& breaker) {
    const auto& health = breaker.health();
    return breaker.insufficient_evidence() && (health.empty() || health == "full" || health == "new");
}

bool knowsSlots(const v1::Deployment& deployment) {
    return deployment.has_slots() && !deployment.slots().stale() && isKnown(deployment.slots().provenance());
}

bool knowsCounts(const v1::Deployment& deployment) {
    return knowsSlots(deployment) && deployment.slots().has_busy();
}

bool knowsMemory(const v1::Deployment& deployment) {
    const auto& slots = deployment.slots();
    return deployment.has_slots() && !slots.stale() && isKnown(slots.kv_provenance()) && slots.kv_budget_bytes() > 0;
}

qint64 ceilingOf(const v1::Deployment& deployment) {
    const qint64 ramp = deployment.in_flight_ceiling();
    if (!deployment.has_in_flight_limit()) return ramp;
    return ramp > 0 ? std::min<qint64>(ramp, deployment.in_flight_limit()) : deployment.in_flight_limit();
}

bool takesTraffic(const v1::Deployment& deployment) {
    const auto breaker = deployment.breaker();
    const bool cut = breaker == v1::BREAKER_STATE_OPEN || breaker == v1::BREAKER_STATE_HELD_OPEN;
    return !deployment.draining() && !cut && breaker != v1::BREAKER_STATE_HALF_OPEN;
}

}  // namespace signalbox::ui
