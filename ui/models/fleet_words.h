// What the fleet says of its breakers and slots, as states and short texts. What is not known is said to be unknown; it
// is never a number and never green.
#pragma once

#include "ui/models/fleet_figures.h"
#include "ui/models/words.h"

namespace signalbox::ui {

// Its state as shown: closed with too few outcomes for a verdict is a state of its own.
State shownState(const v1::Breaker& breaker);
State healthOf(const v1::Breaker& breaker);
// ↗ Ramp 2 of 5, 12 % · ○ Insufficient evidence (4) · ● Full
QString healthText(const v1::Breaker& breaker);
// held by ana: bad output
QString holdText(const v1::Hold& hold);
// 60 % of 10 · it opens at 50 %
QString failedText(const v1::Breaker& breaker);
// ✕ dead at 14:31:08: POST {} answered 404
QString checkText(const v1::FreeCheck& check);

State slotOf(const v1::Deployment& deployment);
State figureOf(v1::Provenance provenance);
// 3 / 4 · ≈ 3 / 4 · ?
QString busyText(const v1::Deployment& deployment);
// 6 / 40 · 6
QString flightText(qint64 inFlight, qint64 ceiling);
// 2.50 / 10.00, dollars per million tokens in / out; "–" without a price
QString priceText(const v1::Deployment& deployment);
// rack-a · near
QString zoneText(const v1::Deployment& deployment);

const v1::Model* findModel(const v1::SnapshotResponse& snapshot, const QString& name);
const v1::Deployment* findDeployment(const v1::SnapshotResponse& snapshot, const QString& name);

}  // namespace signalbox::ui
