// Durations (or other counts that are never negative) in logarithmic buckets: fixed size, no allocation, every quantile
// within 7 % of the truth.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

namespace signalbox {

// Not thread-safe.
class LogHistogram {
  public:
    static constexpr int steps = 8;     // buckets per doubling
    static constexpr int octaves = 36;  // up to 2^36 µs, nineteen hours; longer counts as that
    static constexpr int buckets = steps * octaves;

    void add(std::int64_t us) {
        ++counts_[static_cast<std::size_t>(bucket_of(us))];
        ++total_;
        sum_us_ += std::max<std::int64_t>(us, 0);
    }
    void merge(const LogHistogram& other) {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
        total_ += other.total_;
        sum_us_ += other.sum_us_;
    }
    // In one bucket, 0 <= bucket < buckets.
    [[nodiscard]] std::int64_t count(int bucket) const { return counts_[static_cast<std::size_t>(bucket)]; }
    [[nodiscard]] std::int64_t total() const { return total_; }
    [[nodiscard]] std::int64_t sum_us() const { return sum_us_; }

    // The value below which the share `q` of all lies; none without values. 0 < q <= 1.
    [[nodiscard]] std::optional<std::int64_t> quantile(double q) const {
        if (total_ == 0) return std::nullopt;
        const auto wanted = std::max<std::int64_t>(1, static_cast<std::int64_t>(q * static_cast<double>(total_) + 0.5));
        std::int64_t seen = 0;
        int i = 0;
        while (i < buckets - 1 && (seen += counts_[static_cast<std::size_t>(i)]) < wanted) ++i;
        return (lower_end(i) + lower_end(i + 1)) / 2;
    }
    // How many are below `us`, to the bucket's precision.
    [[nodiscard]] std::int64_t below(std::int64_t us) const {
        std::int64_t seen = 0;
        for (int i = 0; i < bucket_of(us); ++i) seen += counts_[static_cast<std::size_t>(i)];
        return seen;
    }

    // Values under `steps` have a bucket each; above, every doubling is cut into `steps` equal parts.
    [[nodiscard]] static constexpr int bucket_of(std::int64_t us) {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
        if (value < steps) return static_cast<int>(value);
        const int octave = std::bit_width(value) - 1;
        const int shift = octave - sub_bits;
        const auto part = static_cast<int>(value >> shift) - steps;
        return std::min(steps + (octave - sub_bits) * steps + part, buckets - 1);
    }
    // The smallest value of a bucket.
    [[nodiscard]] static constexpr std::int64_t lower_end(int bucket) {
        if (bucket < 2 * steps) return bucket;
        const int shift = bucket / steps - 1;
        return static_cast<std::int64_t>(steps + bucket % steps) << shift;
    }

  private:
    static constexpr int sub_bits = 3;  // log2(steps)
    static_assert(1 << sub_bits == steps);

    std::array<std::uint32_t, buckets> counts_{};
    std::int64_t total_ = 0, sum_us_ = 0;
};

}  // namespace signalbox
