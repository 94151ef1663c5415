#include "engine/ports/request_record.h"

#include <array>
#include <string_view>

namespace signalbox::ports {

std::string_view to_string(Outcome outcome) {
    constexpr std::array<std::string_view, outcome_count> words = {"served", "served_retry", "served_fallback",
                                                                   "shed",   "failed",       "cancelled"};
    return words[static_cast<int>(outcome)];
}

}  // namespace signalbox::ports
