// How many tokens a prompt has, from its length alone: no tokenizer on the request path.
#pragma once

#include <cmath>
#include <cstdint>

namespace signalbox::core {

// English prose runs at 4.2–4.5 bytes a token, code at about 3.2; 4 leans to the safe side for prose. Images are not
// counted.
inline constexpr double bytes_per_token_prior = 4;

[[nodiscard]] constexpr std::int64_t estimate_tokens(std::int64_t text_bytes) {
    return (text_bytes + 3) / 4;
}
// `bytes_per_token` of a TokenCalibration.
[[nodiscard]] inline std::int64_t estimate_tokens(std::int64_t text_bytes, double bytes_per_token) {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(text_bytes) / bytes_per_token));
}

// What the usage figures of one upstream model say about its tokenizer. Pure; one thread.
class TokenCalibration {
  public:
    // A prompt of text only, and what the provider counted. Figures that cannot be true are ignored.
    void learn(std::int64_t text_bytes, std::int64_t prompt_tokens);

    [[nodiscard]] std::int64_t estimate(std::int64_t text_bytes) const {
        return estimate_tokens(text_bytes, bytes_per_token_);
    }
    [[nodiscard]] double bytes_per_token() const { return bytes_per_token_; }
    // Mean of |estimate - actual| / actual over the recent prompts, each estimated before it was learned; 0 before any.
    [[nodiscard]] double error() const { return error_; }
    [[nodiscard]] std::int64_t samples() const { return samples_; }

  private:
    double bytes_per_token_ = bytes_per_token_prior;
    double bytes_ = 0, tokens_ = 0;  // decayed sums
    double error_ = 0;
    std::int64_t samples_ = 0;
};

}  // namespace signalbox::core
