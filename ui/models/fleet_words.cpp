#include "ui/models/fleet_words.h"

#include <QCoreApplication>

#include <algorithm>

#include "ui/theme/format.h"

namespace signalbox::ui {

namespace {

struct FleetWords {
    Q_DECLARE_TR_FUNCTIONS(FleetWords)
};

State healthOf(const std::string& word) {
    if (word == "new") return State::HealthNew;
    if (word == "ramp") return State::HealthRamp;
    if (word == "full") return State::HealthFull;
    if (word == "suspect") return State::HealthSuspect;
    if (word == "open") return State::HealthOpen;
    if (word == "half_open") return State::HealthHalfOpen;
    return State::HealthUnknown;
}

State slotOf(v1::SlotPhase phase) {
    switch (phase) {
        case v1::SLOT_PHASE_COLD:
            return State::SlotCold;
        case v1::SLOT_PHASE_WARMING:
            return State::SlotWarming;
        case v1::SLOT_PHASE_WARM_IDLE:
            return State::SlotWarmIdle;
        case v1::SLOT_PHASE_WARM_BUSY:
            return State::SlotWarmBusy;
        case v1::SLOT_PHASE_DRAINING:
            return State::SlotDraining;
        case v1::SLOT_PHASE_FAILED:
            return State::SlotFailed;
        default:
            return State::SlotUnknown;
    }
}

}  // namespace

State shownState(const v1::Breaker& breaker) {
    const bool closed = breaker.state() == v1::BREAKER_STATE_CLOSED;
    return closed && breaker.insufficient_evidence() ? State::BreakerUnproven : stateOf(breaker.state());
}

State healthOf(const v1::Breaker& breaker) {
    return lacksEvidence(breaker) ? State::HealthUnproven : healthOf(breaker.health());
}

QString healthText(const v1::Breaker& breaker) {
    const auto state = healthOf(breaker);
    const auto words = look(state).text();
    if (state == State::HealthUnproven) return FleetWords::tr("%1 (%2)").arg(words).arg(breaker.samples());
    if (state != State::HealthRamp || breaker.ramp_stages() == 0) return words;
    return FleetWords::tr("%1 %2 of %3, %4")
        .arg(words)
        .arg(breaker.ramp_stage())
        .arg(breaker.ramp_stages())
        .arg(format::percent(breaker.ramp_share_percent()));
}

QString holdText(const v1::Hold& hold) {
    return FleetWords::tr("held by %1: %2").arg(text(hold.actor()), text(hold.reason()));
}

QString failedText(const v1::Breaker& breaker) {
    const auto limit = format::percent(breaker.threshold_percent());
    if (!breaker.has_failure_percent()) return FleetWords::tr("no outcome in the window; it opens at %1").arg(limit);
    return FleetWords::tr("%1 of %n outcome(s); it opens at %2", nullptr, static_cast<int>(breaker.samples()))
        .arg(format::percent(breaker.failure_percent()), limit);
}

QString checkText(const v1::FreeCheck& check) {
    auto verdict = text(check.verdict());
    if (check.verdict() == "alive") verdict = FleetWords::tr("✓ alive");
    if (check.verdict() == "dead") verdict = FleetWords::tr("✕ dead");
    if (check.verdict() == "cannot_tell") verdict = FleetWords::tr("? cannot tell");
    const auto when = format::clock(check.at_unix_us());
    if (check.text().empty()) return FleetWords::tr("%1 at %2").arg(verdict, when);
    return FleetWords::tr("%1 at %2: %3").arg(verdict, when, text(check.text()));
}

State slotOf(const v1::Deployment& deployment) {
    if (deployment.draining()) return State::SlotDraining;
    if (deployment.slots().stale()) return State::SlotStale;
    return knowsSlots(deployment) ? slotOf(deployment.slots().phase()) : State::SlotUnknown;
}

State figureOf(v1::Provenance provenance) {
    switch (provenance) {
        case v1::PROVENANCE_MEASURED:
            return State::FigureMeasured;
        case v1::PROVENANCE_REPORTED:
            return State::FigureReported;
        case v1::PROVENANCE_INFERRED:
            return State::FigureInferred;
        default:
            return State::FigureUnknown;
    }
}

QString busyText(const v1::Deployment& deployment) {
    if (!knowsCounts(deployment)) return QStringLiteral("?");
    const auto& slots = deployment.slots();
    const auto counts = slots.has_total() ? FleetWords::tr("%1 / %2").arg(slots.busy()).arg(slots.total())
                                          : FleetWords::tr("%1 / ?").arg(slots.busy());
    return slots.provenance() == v1::PROVENANCE_INFERRED ? FleetWords::tr("≈ %1").arg(counts) : counts;
}

QString flightText(qint64 inFlight, qint64 ceiling) {
    return ceiling > 0 ? FleetWords::tr("%1 / %2").arg(inFlight).arg(ceiling) : format::count(inFlight);
}

QString priceText(const v1::Deployment& deployment) {
    if (!deployment.has_price_input_microusd() && !deployment.has_price_output_microusd()) return format::dash();
    const auto dollars = [](qint64 micro) {
        const auto value = static_cast<double>(micro) / 1e6;
        return QString::number(value, 'f', value > 0 && value < 0.1 ? 3 : 2);
    };
    return FleetWords::tr("%1 / %2").arg(dollars(deployment.price_input_microusd()),
                                         dollars(deployment.price_output_microusd()));
}

QString zoneText(const v1::Deployment& deployment) {
    const auto where = deployment.near() ? FleetWords::tr("near") : FleetWords::tr("far");
    return deployment.zone().empty() ? where : FleetWords::tr("%1 · %2").arg(text(deployment.zone()), where);
}

const v1::Model* findModel(const v1::SnapshotResponse& snapshot, const QString& name) {
    const auto wanted = name.toStdString();
    const auto found = std::ranges::find(snapshot.models(), wanted, [](const auto& m) { return m.name(); });
    return found == snapshot.models().end() ? nullptr : &*found;
}

const v1::Deployment* findDeployment(const v1::SnapshotResponse& snapshot, const QString& name) {
    const auto wanted = name.toStdString();
    for (const auto& model : snapshot.models()) {
        const auto found = std::ranges::find(model.deployments(), wanted, [](const auto& d) { return d.name(); });
        if (found != model.deployments().end()) return &*found;
    }
    return nullptr;
}

}  // namespace signalbox::ui
