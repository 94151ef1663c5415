// What Health tells people; what it decides is in health.cpp.
#include "engine/core/routing/health.h"

namespace signalbox::core {
namespace {

constexpr double suspect_rate = 0.1;  // certain failure rate
constexpr int suspect_run = 2;        // faults

}  // namespace

std::string_view to_string(HealthState state) {
    constexpr std::array<std::string_view, 6> words = {"new", "ramp", "full", "suspect", "open", "half_open"};
    return words[static_cast<std::size_t>(state)];
}

std::string_view to_string(FreeCheck check) {
    constexpr std::array<std::string_view, 4> words = {"none", "alive", "dead", "cannot_tell"};
    return words[static_cast<std::size_t>(check)];
}

bool free_check_can_tell(ErrorCode cause) {
    return cause == ErrorCode::upstream_not_found || cause == ErrorCode::upstream_unauthorized ||
           cause == ErrorCode::dns_failed || cause == ErrorCode::connect_refused ||
           cause == ErrorCode::connect_timeout || cause == ErrorCode::tls_failed;
}

HealthState Health::word(Instant now) const {
    const HoldKind ordered = held(now);
    if (ordered == HoldKind::open) return HealthState::open;
    if (ordered == HoldKind::none) {
        if (state_ == BreakerState::open) return HealthState::open;
        if (state_ == BreakerState::half_open) return HealthState::half_open;
        if (stage_ < no_stage) return HealthState::ramp;
    }
    if (strikes_ > 0 || consecutive_ >= suspect_run || certain_failure_rate() > suspect_rate) {
        return HealthState::suspect;
    }
    return samples() == 0 ? HealthState::fresh : HealthState::full;
}

bool Health::insufficient_evidence() const {
    return state_ == BreakerState::closed && samples() < enough_samples;
}

std::optional<double> Health::failure_rate() const {
    if (samples() == 0) return std::nullopt;
    return static_cast<double>(window_.failures()) / samples();
}

std::span<const Evidence> Health::evidence() const {
    return {evidence_.data(), static_cast<std::size_t>(evidence_count_)};
}

}  // namespace signalbox::core
