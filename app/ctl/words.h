// The states of breakers and slots in words, for the tables. What is not known is "?", never a number.
#pragma once

#include <QString>

#include "engine/api/gateway.h"

namespace signalbox::ctl {

namespace v1 = api::v1;

[[nodiscard]] QString breaker_word(v1::BreakerState state);
// "ramp 2/4 12 %", "insufficient evidence (4)", "full"
[[nodiscard]] QString health_words(const v1::Breaker& breaker);
// "probe 00:14", "check 00:05", "24:13 left" of a hold; "–": nothing
[[nodiscard]] QString next_words(const v1::Breaker& breaker, qint64 now_us);

[[nodiscard]] QString slot_word(const v1::Deployment& deployment);
// "measured", "stale 00:47"
[[nodiscard]] QString known_words(const v1::Deployment& deployment, qint64 now_us);
[[nodiscard]] QString busy_words(const v1::Deployment& deployment);    // "3/4"
[[nodiscard]] QString memory_words(const v1::Deployment& deployment);  // GiB, "4.0/9.0 of 8.0"
[[nodiscard]] QString flight_words(qint64 in_flight, qint64 ceiling);  // "3/40"; a ceiling of 0 is none

}  // namespace signalbox::ctl
