#include "engine/core/routing/outcome_window.h"

#include <algorithm>
#include <cmath>

namespace signalbox::core {

void OutcomeWindow::push(bool failed, Instant now, int length) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto now_s = static_cast<std::uint32_t>(seconds);
    constexpr auto stale_s = static_cast<std::uint32_t>(stale_after / 1s);
    while (size_ > kept_when_stale && now_s - pushed_at(size_) > stale_s) --size_;
    failed_ = failed_ << 1 | static_cast<std::uint64_t>(failed);
    ++pushed_;
    pushed_at(1) = now_s;
    size_ = std::min(size_ + 1, std::clamp(length, 1, length_max));
}

std::uint32_t& OutcomeWindow::pushed_at(int outcomes_ago) {
    return at_s_[(pushed_ - static_cast<std::uint32_t>(outcomes_ago)) % length_max];
}

double wilson_lower_bound(int failures, int n) {
    if (n == 0) return 0;
    constexpr double z = 2.5758293035489004;  // two-sided 99 %
    const double p = static_cast<double>(failures) / n;
    const double centre = p + z * z / (2 * n);
    const double spread = z * std::sqrt((p * (1 - p) + z * z / (4 * n)) / n);
    return std::max(0.0, (centre - spread) / (1 + z * z / n));
}

}  // namespace signalbox::core
