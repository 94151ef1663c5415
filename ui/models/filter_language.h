// The one-line language that picks requests out of the history, the same in the console and on the command line:
//
//   outcome:failed,shed  status:5xx,429  requested:gpt*  served:claude*  caller:team-a  why:*rate_limited
//   fallback:yes  stream:no  override:any|none|#41  total:>2s  ttft:>800ms  since:14:20  until:2h  id:01J9…
//
// A space means AND, a comma OR within a field, `*` matches anything. A word without a colon is the beginning of an id.
#pragma once

#include <QString>
#include <QStringList>
#include <expected>
#include <optional>

#include "signalbox/v1/control.pb.h"

namespace signalbox::ui {

// The token that is wrong, by its place in the text, and why, for people.
struct FilterFault {
    qsizetype start = 0;
    qsizetype length = 0;
    QString why;
};

// `nowUnixUs` is the gateway's clock: times of day are UTC and lie in the past, `since:2h` means two hours ago.
[[nodiscard]] std::expected<v1::RequestFilter, FilterFault> parseFilter(const QString& text, qint64 nowUnixUs);

// The fields' names, for completion and help.
[[nodiscard]] QStringList filterFields();

// "250ms", "1.5s", "30m", "2h", "7d" in microseconds; nullopt for anything else, also for one beyond 10 years.
[[nodiscard]] std::optional<qint64> parseDurationUs(QStringView text);

}  // namespace signalbox::ui
