// What an operator may order of a breaker or a deployment: the words for it, and the one way it is sent.
#pragma once

#include <QKeySequence>

#include <optional>

#include "ui/models/source.h"

namespace signalbox::ui {

enum class Act : unsigned char { HoldOpen, HoldClosed, EndHold, Reset, Probe, Drain, TakeBack, Warm };

struct ActWords {
    QString button;    // "Hold open…"
    QString sentence;  // "Hold %1 open": the button that does it
    QString effect;    // what it does, and what it does not touch
    QString done;      // "%1 is held open"
    QKeySequence key;
    bool lease = false;  // it ends by itself after a time
    bool needsReason = true;
    std::optional<Act> undo = {};
};
ActWords words(Act act);

struct TargetOrder {
    Act act = Act::Probe;
    QString target;  // of a breaker, or a deployment
    QString reason;
    qint64 seconds = 0;  // of a lease
};

// nullopt: it is done. The answer comes on the UI thread, or never when `context` died.
using OrderAnswer = std::function<void(const std::optional<api::Failure>&)>;
void sendOrder(Source& source, const TargetOrder& order, QObject* context, OrderAnswer answer);

}  // namespace signalbox::ui
