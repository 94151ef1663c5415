#include "engine/core/routing/hedging.h"

#include "engine/core/config/quantities.h"

namespace signalbox::core {

void Hedging::adopt(const HedgeConfig& config) {
    enabled_ = config.enabled;
    budget_ = config.budget;
    fixed_ = parse_duration(config.after).value_or(Nanos{});
    quantile_ = parse_percentile(config.after).value_or(quantile_);
    for (Usual& usual : usual_) usual.silence.follow(quantile_);
}

Nanos Hedging::attempt_begins(bool streamed, Instant now) {
    if (!enabled_) return for_ever;
    counts_.add(attempts, now);
    if (fixed_ > Nanos{}) return fixed_;
    const Usual& usual = usual_[streamed];
    return usual.samples < enough_samples ? for_ever : Nanos(static_cast<Nanos::rep>(usual.silence.value()));
}

bool Hedging::has_budget(Instant now) const {
    const auto sums = counts_.sums(now);
    return static_cast<double>(sums[hedges] + 1) <= budget_ * static_cast<double>(sums[attempts]);
}

void Hedging::attempt_ended(bool streamed, Nanos silent, bool content) {
    if (!enabled_) return;
    Usual& usual = usual_[streamed];
    const auto sample = static_cast<double>(silent.count());
    if (!content) {
        usual.silence.add_at_least(sample);
    } else if (usual.samples == enough_samples) {
        usual.silence.add(sample);
    } else {
        usual.first[static_cast<std::size_t>(usual.samples++)] = sample;
        if (usual.samples < enough_samples) return;
        const auto middle = usual.first.begin() + static_cast<std::ptrdiff_t>(quantile_ * enough_samples);
        std::ranges::nth_element(usual.first, middle);
        usual.silence.begin_at(*middle);
    }
}

}  // namespace signalbox::core
