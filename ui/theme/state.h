// Every state the console can show: one glyph, one word, one tone. No other file may invent a state.
#pragma once

#include <QString>

#include "ui/theme/tone.h"

namespace signalbox::ui {

enum class State : unsigned char {
    GatewayHealthy,
    GatewayDegraded,
    GatewayDown,
    GatewayUnreachable,
    GatewayUnknown,
    GatewayDraining,
    BreakerClosed,
    BreakerUnproven,
    BreakerHalfOpen,
    BreakerOpen,
    BreakerHeldOpen,
    BreakerHeldClosed,
    BreakerUnknown,
    HealthNew,
    HealthUnproven,
    HealthRamp,
    HealthFull,
    HealthSuspect,
    HealthOpen,
    HealthHalfOpen,
    HealthUnknown,
    SlotCold,
    SlotWarming,
    SlotWarmIdle,
    SlotWarmBusy,
    SlotDraining,
    SlotFailed,
    SlotStale,
    SlotUnknown,
    FigureMeasured,
    FigureReported,
    FigureInferred,
    FigureUnknown,
    RequestServed,
    RequestFallback,
    RequestRetry,
    RequestShed,
    RequestFailed,
    RequestInFlight,
    RequestCancelled,
    RequestUnknown,
    OverrideActive,
    OverrideEnded,
    OverrideUndone,
    ProblemWarn,
    ProblemCritical,
};

struct Look {
    QString glyph;
    QString word;
    Tone tone = Tone::Plain;
    int severity = 0;  // sorts worst first; 0: nothing to see
    QString spoken;    // for screen readers and tooltips: "Breaker open (traffic cut)"

    QString text() const { return glyph + QLatin1Char(' ') + word; }
};

Look look(State state);

}  // namespace signalbox::ui
