// What can be said of a breaker or a deployment at all, and what of it counts; the words are the callers'. No Qt Gui:
// the command line reads the same.
#pragma once

#include <QtGlobal>

#include "engine/api/gateway.h"

namespace signalbox::ui {

namespace v1 = api::v1;

// What happens next to a breaker, and when.
struct NextStep {
    enum class Kind : unsigned char { Nothing, HoldEnds, Probing, Check, Probe };
    Kind kind = Kind::Nothing;
    qint64 inUs = 0;  // from now; negative: overdue
};
NextStep nextStep(const v1::Breaker& breaker, qint64 nowUs);
// "full" and "new" claim something that too few outcomes cannot carry; any other health is a verdict that stands.
bool lacksEvidence(const v1::Breaker& breaker);

// Has somebody told the deployment's slots, its counts, its memory, and lately?
bool knowsSlots(const v1::Deployment& deployment);
bool knowsCounts(const v1::Deployment& deployment);
bool knowsMemory(const v1::Deployment& deployment);
// Calls under way at most: the smaller of the ramp's and the configured ceiling; 0: none.
qint64 ceilingOf(const v1::Deployment& deployment);
// May new requests go there?
bool takesTraffic(const v1::Deployment& deployment);

}  // namespace signalbox::ui
