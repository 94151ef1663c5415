#include "app/ctl/words.h"

#include <algorithm>

#include "ui/models/fleet_figures.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

constexpr double gibibyte = 1024.0 * 1024 * 1024;
const QString unknown = QStringLiteral("?");

QString phase_word(v1::SlotPhase phase) {
    switch (phase) {
        case v1::SLOT_PHASE_COLD:
            return QStringLiteral("cold");
        case v1::SLOT_PHASE_WARMING:
            return QStringLiteral("warming");
        case v1::SLOT_PHASE_WARM_IDLE:
            return QStringLiteral("warm idle");
        case v1::SLOT_PHASE_WARM_BUSY:
            return QStringLiteral("warm busy");
        case v1::SLOT_PHASE_DRAINING:
            return QStringLiteral("draining");
        case v1::SLOT_PHASE_FAILED:
            return QStringLiteral("failed");
        default:
            return QStringLiteral("unknown");
    }
}

}  // namespace

QString breaker_word(v1::BreakerState state) {
    switch (state) {
        case v1::BREAKER_STATE_CLOSED:
            return QStringLiteral("closed");
        case v1::BREAKER_STATE_OPEN:
            return QStringLiteral("open");
        case v1::BREAKER_STATE_HALF_OPEN:
            return QStringLiteral("half-open");
        case v1::BREAKER_STATE_HELD_OPEN:
            return QStringLiteral("held open");
        case v1::BREAKER_STATE_HELD_CLOSED:
            return QStringLiteral("held closed");
        default:
            return QStringLiteral("unknown");
    }
}

QString health_words(const v1::Breaker& breaker) {
    if (breaker.health() == "ramp") {
        return QStringLiteral("ramp %1/%2 %3")
            .arg(breaker.ramp_stage())
            .arg(breaker.ramp_stages())
            .arg(format::percent(breaker.ramp_share_percent()));
    }
    if (ui::lacksEvidence(breaker)) return QStringLiteral("insufficient evidence (%1)").arg(breaker.samples());
    return breaker.health().empty() ? unknown : QString::fromStdString(breaker.health()).replace(u'_', u'-');
}

QString next_words(const v1::Breaker& breaker, qint64 now_us) {
    const ui::NextStep next = ui::nextStep(breaker, now_us);
    switch (next.kind) {
        case ui::NextStep::Kind::HoldEnds:
            return QStringLiteral("%1 left").arg(format::duration(next.inUs));
        case ui::NextStep::Kind::Probing:
            return QStringLiteral("probing");
        case ui::NextStep::Kind::Check:
            return QStringLiteral("check %1").arg(format::duration(next.inUs));
        case ui::NextStep::Kind::Probe:
            return QStringLiteral("probe %1").arg(format::duration(next.inUs));
        case ui::NextStep::Kind::Nothing:
            break;
    }
    return format::dash();
}

QString slot_word(const v1::Deployment& deployment) {
    if (deployment.draining()) return QStringLiteral("draining");
    return ui::knowsSlots(deployment) ? phase_word(deployment.slots().phase()) : QStringLiteral("unknown");
}

QString known_words(const v1::Deployment& deployment, qint64 now_us) {
    const auto& slots = deployment.slots();
    if (slots.stale()) return QStringLiteral("stale %1").arg(format::duration(now_us - slots.seen_unix_us()));
    switch (deployment.has_slots() ? slots.provenance() : v1::PROVENANCE_UNKNOWN) {
        case v1::PROVENANCE_MEASURED:
            return QStringLiteral("measured");
        case v1::PROVENANCE_REPORTED:
            return QStringLiteral("reported");
        case v1::PROVENANCE_INFERRED:
            return QStringLiteral("inferred");
        default:
            return QStringLiteral("unknown");
    }
}

QString busy_words(const v1::Deployment& deployment) {
    const auto& slots = deployment.slots();
    if (!ui::knowsCounts(deployment)) return unknown;
    return QStringLiteral("%1/%2").arg(slots.busy()).arg(slots.has_total() ? QString::number(slots.total()) : unknown);
}

QString memory_words(const v1::Deployment& deployment) {
    const auto& slots = deployment.slots();
    if (!ui::knowsMemory(deployment)) return unknown;
    const auto gib = [](qint64 bytes) { return QString::number(static_cast<double>(bytes) / gibibyte, 'f', 1); };
    return QStringLiteral("%1/%2 of %3")
        .arg(gib(slots.kv_expected_bytes()), gib(slots.kv_worst_bytes()), gib(slots.kv_budget_bytes()));
}

QString flight_words(qint64 in_flight, qint64 ceiling) {
    const QString now = QString::number(in_flight);
    return ceiling > 0 ? now + u'/' + QString::number(ceiling) : now;
}

}  // namespace signalbox::ctl
