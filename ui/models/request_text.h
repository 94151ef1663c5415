// One finished request in the words of the history: what its row says in the console and on the command line.
#pragma once

#include <QString>

#include "signalbox/v1/control.pb.h"

namespace signalbox::ui {

// gpt-4o✕ → sonnet✓; attempts of one deployment stand together (gpt-4o✕✓), and a deployment is named in full where one
// model was tried on several. ∅ ends a route that nobody served; – is one without any attempt.
[[nodiscard]] QString routeText(const v1::Request& request);

// The same for the ear: "gpt-4o failed with upstream_rate_limited, then sonnet served".
[[nodiscard]] QString spokenRoute(const v1::Request& request);

// 14:33:18.204, UTC.
[[nodiscard]] QString timeText(qint64 unixUs);

// The first cause that moved it off its first choice: a code, "override #41", or empty.
[[nodiscard]] QString whyText(const v1::Request& request);

// 2.1k+310: input and output tokens; "–" for a half that is not known.
[[nodiscard]] QString tokensText(const v1::Request& request);

}  // namespace signalbox::ui
