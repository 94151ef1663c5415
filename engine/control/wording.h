// The words in which the gateway tells operators what it found. English.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/error_code.h"
#include "engine/base/time.h"

namespace signalbox::control {

// "model not found"; a code without better words is its own.
[[nodiscard]] std::string_view cause_words(ErrorCode cause);
// What a cut-off target has cost so far.
struct Outage {
    ErrorCode cause = ErrorCode::ok;
    std::string target;
    WallTime began;
    std::int64_t wasted = 0, diverted = 0;
    std::string served_by;  // empty: nothing serves in its place
};
// "model not found at bfl/flux-2-klein since 14:02, 2 calls wasted, 380 requests diverted to openai/gpt-image"
[[nodiscard]] std::string outage_words(const Outage& outage, WallTime now);
// "1 call", "12 calls".
[[nodiscard]] std::string count_words(std::int64_t count, std::string_view singular);
// UTC: "14:02", or with the date when it is not the day of `now`.
[[nodiscard]] std::string clock_words(WallTime then, WallTime now);
// "45 s", "12 min", "3 h 20 min", "2 d 4 h".
[[nodiscard]] std::string duration_words(Nanos duration);
// "2026-11-20T15:00:00Z"
[[nodiscard]] std::string iso_time(WallTime time);
// Without the blanks and line breaks around it.
[[nodiscard]] std::string trimmed(std::string_view text);
// The first letter as a capital one: the begin of a sentence.
[[nodiscard]] std::string capitalised(std::string text);

}  // namespace signalbox::control
