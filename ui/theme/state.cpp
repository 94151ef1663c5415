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
