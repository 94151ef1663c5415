#include "ui/theme/state.h"

#include <QCoreApplication>

namespace signalbox::ui {

namespace {

// The tr() of this file; the context is part of the translation files.
struct StateWords {
    Q_DECLARE_TR_FUNCTIONS(StateWords)
};

Look make(QChar glyph, const QString& word, Tone tone, int severity, const QString& spoken) {
    return {QString(glyph), word, tone, severity, spoken};
}

Look gatewayLook(State state) {
    using W = StateWords;
    switch (state) {
        case State::GatewayHealthy:
            return make(u'●', W::tr("Healthy"), Tone::Ok, 0, W::tr("Gateway healthy"));
        case State::GatewayDegraded:
            return make(u'▲', W::tr("Degraded"), Tone::Warn, 3,
                        W::tr("Gateway degraded: a breaker is not closed, or requests are shed"));
        case State::GatewayDown:
            return make(u'■', W::tr("Down"), Tone::Critical, 5, W::tr("Gateway down: a model has no target left"));
        case State::GatewayUnreachable:
            return make(u'◌', W::tr("Unreachable"), Tone::Critical, 4, W::tr("Gateway unreachable"));
        case State::GatewayDraining:
            return make(u'▽', W::tr("Draining"), Tone::Busy, 2, W::tr("Gateway draining: it takes no new requests"));
        default:
            return make(u'?', W::tr("Unknown"), Tone::Cold, 1, W::tr("Gateway state unknown"));
    }
}

Look breakerLook(State state) {
    using W = StateWords;
    switch (state) {
        case State::BreakerClosed:
            return make(u'●', W::tr("Closed"), Tone::Ok, 0, W::tr("Breaker closed: traffic flows"));
        case State::BreakerUnproven:
            return make(u'○', W::tr("Unproven"), Tone::Cold, 1,
                        W::tr("Breaker closed: traffic flows, but there is insufficient evidence for a verdict"));
        case State::BreakerHalfOpen:
            return make(u'◐', W::tr("Half-open"), Tone::Warn, 3,
                        W::tr("Breaker half-open: probing with a few requests"));
        case State::BreakerOpen:
            return make(u'■', W::tr("Open"), Tone::Critical, 5, W::tr("Breaker open: traffic is cut"));
        case State::BreakerHeldOpen:
            return make(u'⊠', W::tr("Held open"), Tone::Critical, 4,
                        W::tr("Breaker held open by a person: traffic is cut"));
        case State::BreakerHeldClosed:
            return make(u'⊡', W::tr("Held closed"), Tone::Busy, 2,
                        W::tr("Breaker held closed by a person: traffic flows"));
        default:
            return make(u'?', W::tr("Unknown"), Tone::Cold, 1, W::tr("Breaker state unknown"));
    }
}

Look healthLook(State state) {
    using W = StateWords;
    switch (state) {
        case State::HealthNew:
            return make(u'○', W::tr("New"), Tone::Cold, 1, W::tr("New: it has not served anything yet"));
        case State::HealthUnproven:
            return make(u'○', W::tr("Insufficient evidence"), Tone::Cold, 1,
                        W::tr("Insufficient evidence: too few outcomes to call it good or bad"));
        case State::HealthRamp:
            return make(u'↗', W::tr("Ramp"), Tone::Busy, 2, W::tr("Ramp: it takes a growing share of the traffic"));
        case State::HealthFull:
            return make(u'●', W::tr("Full"), Tone::Ok, 0, W::tr("Full: it takes its whole share"));
        case State::HealthSuspect:
            return make(u'▲', W::tr("Suspect"), Tone::Warn, 3, W::tr("Suspect: recent failures make it a last choice"));
        case State::HealthOpen:
            return make(u'■', W::tr("Open"), Tone::Critical, 5, W::tr("Open: its traffic is cut"));
        case State::HealthHalfOpen:
            return make(u'◐', W::tr("Half-open"), Tone::Warn, 4, W::tr("Half-open: one probe decides"));
        default:
            return make(u'?', W::tr("Unknown"), Tone::Cold, 1, W::tr("Health unknown"));
    }
}

Look slotLook(State state) {
    using W = StateWords;
    switch (state) {
        case State::SlotCold:
            return make(u'·', W::tr("Cold"), Tone::Cold, 1, W::tr("Cold: the model must be loaded first"));
        case State::SlotWarming:
            return make(u'↑', W::tr("Warming"), Tone::Busy, 2, W::tr("Warming: the model is being loaded"));
        case State::SlotWarmIdle:
            return make(u'○', W::tr("Warm idle"), Tone::Ok, 0, W::tr("Warm and idle: the model is in memory"));
        case State::SlotWarmBusy:
            return make(u'●', W::tr("Warm busy"), Tone::Busy, 0, W::tr("Warm and busy: it is serving"));
        case State::SlotDraining:
            return make(u'▽', W::tr("Draining"), Tone::Warn, 4, W::tr("Draining: it takes no new requests"));
        case State::SlotFailed:
            return make(u'✕', W::tr("Failed"), Tone::Critical, 5, W::tr("Failed: the server could not load the model"));
        case State::SlotStale:
            return make(u'◌', W::tr("Stale"), Tone::Warn, 3,
                        W::tr("Stale: the source has gone quiet, so nothing is known"));
        default:
            return make(u'?', W::tr("Unknown"), Tone::Cold, 1, W::tr("Unknown: nobody told, nothing can be inferred"));
    }
}

Look figureLook(State state) {
    using W = StateWords;
    switch (state) {
        case State::FigureMeasured:
            return make(u'◆', W::tr("Measured"), Tone::Plain, 0, W::tr("Measured: read from the server's own state"));
        case State::FigureReported:
            return make(u'◇', W::tr("Reported"), Tone::Plain, 1, W::tr("Reported: the provider says so"));
        case State::FigureInferred:
            return make(u'≈', W::tr("Inferred"), Tone::Muted, 2, W::tr("Inferred: from our own traffic"));
        default:
            return make(u'?', W::tr("Unknown"), Tone::Cold, 3, W::tr("Unknown: there is no figure"));
    }
}

Look requestLook(State state) {
    using W = StateWords;
    switch (state) {
        case State::RequestServed:
            return make(u'✓', W::tr("Served"), Tone::Ok, 0, W::tr("Served"));
        case State::RequestFallback:
            return make(u'↪', W::tr("Fallback"), Tone::Warn, 2, W::tr("Served by fallback"));
        case State::RequestRetry:
            return make(u'⟳', W::tr("Retry"), Tone::Busy, 1, W::tr("Served after retry"));
        case State::RequestShed:
            return make(u'⊘', W::tr("Shed"), Tone::Warn, 4, W::tr("Shed at admission"));
        case State::RequestFailed:
            return make(u'✕', W::tr("Failed"), Tone::Critical, 5, W::tr("Failed"));
        case State::RequestInFlight:
            return make(u'⋯', W::tr("In flight"), Tone::Busy, 0, W::tr("In flight"));
        case State::RequestCancelled:
            return make(u'◁', W::tr("Cancelled"), Tone::Muted, 1, W::tr("Cancelled by the client"));
        default:
            return make(u'?', W::tr("Unknown"), Tone::Cold, 1, W::tr("Outcome unknown"));
    }
}

}  // namespace

Look look(State state) {
    using W = StateWords;
    if (state <= State::GatewayDraining) return gatewayLook(state);
    if (state <= State::BreakerUnknown) return breakerLook(state);
    if (state <= State::HealthUnknown) return healthLook(state);
    if (state <= State::SlotUnknown) return slotLook(state);
    if (state <= State::FigureUnknown) return figureLook(state);
    if (state <= State::RequestUnknown) return requestLook(state);
    switch (state) {
        case State::OverrideActive:
            return make(u'▶', W::tr("Active"), Tone::Busy, 2, W::tr("Override active"));
        case State::OverrideUndone:
            return make(u'↶', W::tr("Undone"), Tone::Muted, 0, W::tr("Override undone"));
        case State::ProblemWarn:
            return make(u'▲', W::tr("Warning"), Tone::Warn, 3, W::tr("Warning"));
        case State::ProblemCritical:
            return make(u'■', W::tr("Critical"), Tone::Critical, 5, W::tr("Critical"));
        default:
            return make(u'✓', W::tr("Ended"), Tone::Muted, 0, W::tr("Override ended"));
    }
}

}  // namespace signalbox::ui
