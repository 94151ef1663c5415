#include "app/ctl/words.h"

#include <algorithm>

#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

constexpr double gibibyte = 1024.0 * 1024 * 1024;
const QString unknown = QStringLiteral("?");

bool is_known(v1::Provenance provenance) {
    return provenance > v1::PROVENANCE_UNKNOWN;
}

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

QString due(const char* what, qint64 us) {
    return QStringLiteral("%1 %2").arg(QLatin1String(what), format::duration(std::max<qint64>(0, us)));
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
    const bool claims = breaker.health().empty() || breaker.health() == "full" || breaker.health() == "new";
    if (claims && breaker.insufficient_evidence()) {
        return QStringLiteral("insufficient evidence (%1)").arg(breaker.samples());
    }
    return breaker.health().empty() ? unknown : QString::fromStdString(breaker.health()).replace(u'_', u'-');
}

QString next_words(const v1::Breaker& breaker, qint64 now_us) {
    if (breaker.has_hold()) {
        return QStringLiteral("%1 left").arg(format::duration(breaker.hold().expires_unix_us() - now_us));
    }
    const bool probe = breaker.has_next_probe_unix_us();
    const bool check = breaker.free_check().next_unix_us() > now_us;
    if (check && (!probe || breaker.free_check().next_unix_us() < breaker.next_probe_unix_us())) {
        return due("check", breaker.free_check().next_unix_us() - now_us);
    }
    return probe ? due("probe", breaker.next_probe_unix_us() - now_us) : format::dash();
}

QString slot_word(const v1::Deployment& deployment) {
    if (deployment.draining()) return QStringLiteral("draining");
    const auto& slots = deployment.slots();
    const bool told = deployment.has_slots() && !slots.stale() && is_known(slots.provenance());
    return told ? phase_word(slots.phase()) : QStringLiteral("unknown");
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
    if (!deployment.has_slots() || slots.stale() || !is_known(slots.provenance()) || !slots.has_busy()) return unknown;
    return QStringLiteral("%1/%2").arg(slots.busy()).arg(slots.has_total() ? QString::number(slots.total()) : unknown);
}

QString memory_words(const v1::Deployment& deployment) {
    const auto& slots = deployment.slots();
    const bool told = deployment.has_slots() && !slots.stale() && is_known(slots.kv_provenance());
    if (!told || slots.kv_budget_bytes() <= 0) return unknown;
    const auto gib = [](qint64 bytes) { return QString::number(static_cast<double>(bytes) / gibibyte, 'f', 1); };
    return QStringLiteral("%1/%2 of %3")
        .arg(gib(slots.kv_expected_bytes()), gib(slots.kv_worst_bytes()), gib(slots.kv_budget_bytes()));
}

QString flight_words(qint64 in_flight, qint64 ceiling) {
    const QString now = QString::number(in_flight);
    return ceiling > 0 ? now + u'/' + QString::number(ceiling) : now;
}

qint64 ceiling_of(const v1::Deployment& deployment) {
    const qint64 ramp = deployment.in_flight_ceiling();
    if (!deployment.has_in_flight_limit()) return ramp;
    return ramp > 0 ? std::min<qint64>(ramp, deployment.in_flight_limit()) : deployment.in_flight_limit();
}

}  // namespace signalbox::ctl
