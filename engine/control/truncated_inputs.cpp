#include "engine/control/truncated_inputs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace signalbox::control {
namespace {

constexpr std::int64_t requests_min = 200;  // of a tag and of its sibling
constexpr std::int64_t pile_min = 40;       // requests
constexpr double pile_share = 0.10;         // of all
constexpr double pile_steepness = 2.5;      // times as dense as just below
constexpr double beyond_share = 0.01;       // above the end: strays that were not cut
constexpr double far_share = 0.05;          // of all, well below the end
constexpr double sibling_beyond = 0.05;     // of the sibling's requests
constexpr double likeness = 0.20;           // largest distance of the two distributions below the pile
constexpr double octave_share = 0.04;       // of either, in the octave below the pile
constexpr double octave_likeness = 2;       // how much larger the one may be than the other

// A pile of two buckets holds what ends within a tenth or two of the same length.
constexpr int pile_width = 2;

// The shares of `inputs` up to and including each bucket.
class Shares {
  public:
    explicit Shares(const LogHistogram& inputs) : total_(inputs.total()) {
        for (int i = 0; i < LogHistogram::buckets; ++i) {
            up_to_[static_cast<std::size_t>(i) + 1] = up_to_[static_cast<std::size_t>(i)] + inputs.count(i);
        }
    }
    [[nodiscard]] std::int64_t requests() const { return total_; }
    [[nodiscard]] std::int64_t count_to(int bucket) const {
        return up_to_[static_cast<std::size_t>(std::clamp(bucket + 1, 0, LogHistogram::buckets))];
    }
    [[nodiscard]] double to(int bucket) const {
        return static_cast<double>(count_to(bucket)) / static_cast<double>(total_);
    }
    // first .. last, both included.
    [[nodiscard]] double within(int first, int last) const { return to(last) - to(first - 1); }

  private:
    std::array<std::int64_t, LogHistogram::buckets + 1> up_to_{};
    std::int64_t total_;
};

// Requests per token of length.
double density(const Shares& inputs, int first, int last) {
    const auto width = static_cast<double>(LogHistogram::lower_end(last + 1) - LogHistogram::lower_end(first));
    return inputs.within(first, last) / width;
}

// No length is that of most of the inputs up to `last`.
bool is_varied(const Shares& inputs, int last) {
    double most = 0;
    for (int i = 0; i <= last; ++i) most = std::max(most, inputs.within(i, i));
    return inputs.to(last) >= far_share && most <= inputs.to(last) / 2;
}

// Where the inputs end in a pile.
std::optional<int> pile_of(const Shares& inputs) {
    if (inputs.requests() < requests_min) return std::nullopt;
    int end = LogHistogram::buckets - 1;
    while (end > 0 && inputs.to(end - 1) >= 1 - beyond_share) --end;
    const int first = end - pile_width + 1, shoulder = first - pile_width;
    if (shoulder <= 0) return std::nullopt;
    const double pile = inputs.within(first, end);
    const double peak = std::max(density(inputs, first, first), density(inputs, end, end));
    const bool piled = pile >= pile_share && pile * static_cast<double>(inputs.requests()) >= pile_min &&
                       peak >= pile_steepness * density(inputs, shoulder, first - 1);
    return piled && is_varied(inputs, shoulder - 1) ? std::optional(end) : std::nullopt;
}

// Goes on where the other ends, and is its like below.
bool shows_the_cut(const Shares& sibling, const Shares& inputs, int end) {
    if (sibling.requests() < requests_min) return false;
    const double beyond = 1 - sibling.to(end);
    const int below = end - pile_width;
    if (beyond < sibling_beyond || sibling.within(below + 1, end) > beyond / 2) return false;
    const double ours = inputs.within(below - LogHistogram::steps + 1, below);
    const double its = sibling.within(below - LogHistogram::steps + 1, below);
    if (std::min(ours, its) < octave_share || std::max(ours, its) > octave_likeness * std::min(ours, its)) return false;
    double distance = 0;
    for (int i = 0; i <= below; ++i) distance = std::max(distance, std::abs(sibling.to(i) - inputs.to(i)));
    return distance <= likeness;
}

}  // namespace

std::vector<TruncatedInputs> find_truncated(std::span<const TagInputs> sizes) {
    std::vector<Shares> shares;
    shares.reserve(sizes.size());
    for (const TagInputs& one : sizes) shares.emplace_back(one.lately);

    std::vector<TruncatedInputs> out;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::optional<int> end = sizes[i].value == InputTags::other ? std::nullopt : pile_of(shares[i]);
        if (!end) continue;
        TruncatedInputs found{.key = sizes[i].key, .value = sizes[i].value, .requests = shares[i].requests()};
        for (std::size_t k = 0; k < sizes.size(); ++k) {
            if (k == i || sizes[k].key != sizes[i].key || !shows_the_cut(shares[k], shares[i], *end)) continue;
            const std::int64_t reach = *sizes[k].lately.quantile(1 - beyond_share);
            if (reach <= found.sibling_reach) continue;
            found.sibling_reach = reach;
            found.sibling = sizes[k].value;
        }
        if (found.sibling.empty()) continue;
        found.share_percent = 100 * shares[i].within(*end - pile_width + 1, *end);
        found.ends_at = *sizes[i].lately.quantile(1 - beyond_share);
        out.push_back(std::move(found));
    }
    return out;
}

}  // namespace signalbox::control
