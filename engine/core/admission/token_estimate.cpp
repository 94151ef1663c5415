#include "engine/core/admission/token_estimate.h"

#include <algorithm>
#include <cstdlib>

namespace signalbox::core {
namespace {

constexpr double keep = 0.99654;        // half-life 200 prompts
constexpr double prior_tokens = 2'000;  // the prior weighs as much as a prompt of this length
// No tokenizer packs more, and none needs more than a token a byte (a template may add some to a short prompt).
constexpr double ratio_min = 1, ratio_max = 16;
constexpr double error_rate_min = 0.01;  // weight of one prompt in the error once 100 are known

}  // namespace

void TokenCalibration::learn(std::int64_t text_bytes, std::int64_t prompt_tokens) {
    if (text_bytes <= 0 || prompt_tokens <= 0) return;
    const auto actual = static_cast<double>(prompt_tokens);
    const double off = std::abs(static_cast<double>(estimate(text_bytes) - prompt_tokens)) / actual;
    ++samples_;
    error_ += (off - error_) * std::max(1.0 / static_cast<double>(samples_), error_rate_min);
    bytes_ = bytes_ * keep + static_cast<double>(text_bytes);
    tokens_ = tokens_ * keep + actual;
    const double ratio = (bytes_ + prior_tokens * bytes_per_token_prior) / (tokens_ + prior_tokens);
    bytes_per_token_ = std::clamp(ratio, ratio_min, ratio_max);
}

}  // namespace signalbox::core
