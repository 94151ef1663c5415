#include "engine/core/admission/expected_output.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::core {
namespace {

constexpr double bin_ratio = 1.19;
constexpr float decay = 1.0034717F;  // 2^(1/200): each answer weighs so much more than the one before it
constexpr float rescale_at = 1e6F;
constexpr double quantile = 0.90;
constexpr double prior_answers = 20;  // how many of its parent's answers a histogram leans on
constexpr std::int64_t floor_tokens = 64, cold_min = 256, cold_max = 2048;
// Down to 0.5: where the parent's answers are longer than the account's own, only a margin below 1 brings its charges
// down to one overrun in ten. Simulated with terse, wordy, rare and heavy-tailed accounts of one model, overruns rise
// from 3–9 % to 7–10 %, and charges fall from 1.5–3.5 to 1.3–2.6 times the usage.
constexpr double margin_start = 1.15, margin_min = 0.5, margin_max = 3, margin_gain = 0.05;

const double bin_log = std::log(bin_ratio);

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t x = a ^ (b + 0x9e3779b97f4a7c15U + (a << 6U) + (a >> 2U));
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

// Answers of a request that asks for 16 tokens at most tell little about one that allows 16,000: powers of four.
std::uint64_t cap_bucket(std::int64_t cap) {
    return static_cast<std::uint64_t>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(cap, 1))) - 1) /
           2;
}

double bin_of(std::int64_t tokens) {
    return std::log(static_cast<double>(tokens)) / bin_log;
}

}  // namespace

OutputKey output_key(std::string_view account, std::string_view model, AnswerKind kind) {
    const std::hash<std::string_view> hash;
    return {.account = hash(account), .model = hash(model), .kind = kind};
}

// What a histogram and those it leans on say together. Quantiles are averaged in bins, on a log scale: averaging the
// lengths would let one wordy neighbour double what a terse account is charged.
struct ExpectedOutput::Blend {
    double bin = 0, mean = 0, square = 0, margin = margin_start;

    void lean(const Node& node) {
        const double n = node.n();
        const double own = n / (n + prior_answers);
        bin += own * (node.q90 - bin);
        mean += own * (node.sum / node.total - mean);
        square += own * (node.squares / node.total - square);
        margin = node.margin;
    }
};

void ExpectedOutput::Node::add(std::int64_t tokens) {
    const auto length = static_cast<double>(tokens);
    const auto bin = static_cast<std::size_t>(std::clamp(bin_of(tokens), 0.0, static_cast<double>(bins - 1)));
    const float weight = next_weight;
    weights[bin] += weight;
    total += weight;
    sum += weight * length;
    squares += weight * length * length;
    next_weight *= decay;
    if (next_weight > rescale_at) {
        for (float& w : weights) w /= next_weight;
        total /= next_weight;
        sum /= next_weight;
        squares /= next_weight;
        next_weight = 1;
    }
    find_quantile();
}

void ExpectedOutput::Node::find_quantile() {
    double left = quantile * total;
    for (std::size_t bin = 0; bin < bins; ++bin) {
        const double here = weights[bin];
        if (here >= left && here > 0) {
            q90 = static_cast<double>(bin) + left / here;
            return;
        }
        left -= here;
    }
    q90 = static_cast<double>(bins);
}

ExpectedOutput::ExpectedOutput() {
    nodes_.reserve(limits::output_sketches_max);
    index_.reserve(limits::output_sketches_max);
}

ExpectedOutput::Path ExpectedOutput::path_of(const OutputKey& key, std::int64_t cap) {
    const std::uint64_t global = 1;
    const std::uint64_t model = mix(global, key.model);
    const std::uint64_t kind = mix(model, cap_bucket(cap) * 4 + static_cast<std::uint64_t>(key.kind));
    return {global, model, kind, mix(kind, key.account)};
}

const ExpectedOutput::Node* ExpectedOutput::find(std::uint64_t key) const {
    const auto at = index_.find(key);
    return at == index_.end() ? nullptr : &nodes_[at->second];
}

// From the root down: every level moves the figures towards its own answers, by as many as it has.
std::optional<ExpectedOutput::Blend> ExpectedOutput::blend(const Path& path) const {
    const Node* parent = find(path[levels - 2]);
    if (parent == nullptr || parent->n() < prior_answers) return std::nullopt;
    Blend out;
    bool first = true;
    for (const std::uint64_t key : path) {
        const Node* node = find(key);
        if (node == nullptr) continue;
        if (first) {
            out = {node->q90, node->sum / node->total, node->squares / node->total, node->margin};
        } else {
            out.lean(*node);
        }
        first = false;
    }
    return out;
}

OutputEstimate ExpectedOutput::expect(const OutputKey& key, std::int64_t cap) const {
    cap = std::max<std::int64_t>(cap, 1);
    const auto most = static_cast<double>(cap);
    const double variance_max = most * most / 4;  // of anything between 0 and the cap
    const auto known = blend(path_of(key, cap));
    if (!known) {
        const std::int64_t quarter = std::clamp((cap - 1) / 4 + 1, cold_min, cold_max);
        const std::int64_t expected = std::min(cap, quarter);
        const auto spread = static_cast<double>(expected);
        return {expected, spread / 2, std::min(spread * spread, variance_max)};
    }
    const double length = known->margin * std::exp(known->bin * bin_log);
    const double bounded = std::clamp(std::ceil(length), static_cast<double>(floor_tokens), std::max(most, 64.0));
    return {.expected = std::min(cap, static_cast<std::int64_t>(bounded)),
            .mean = std::min(known->mean, most),
            .variance = std::clamp(known->square - known->mean * known->mean, 0.0, variance_max)};
}

void ExpectedOutput::learn(const OutputKey& key, std::int64_t cap, std::int64_t expected, std::int64_t actual) {
    const Path path = path_of(key, cap);
    actual = std::clamp<std::int64_t>(actual, 1, limits::usage_tokens_max);
    const bool tuned = blend(path).has_value();  // a cold figure says nothing about the margin
    const double step = std::exp(margin_gain * ((actual > expected ? 1.0 : 0.0) - (1 - quantile)));
    double margin = margin_start;
    for (const std::uint64_t level : path) {
        Node& node = touch(level, margin);
        if (tuned) node.margin = std::clamp(node.margin * step, margin_min, margin_max);
        margin = node.margin;
        node.add(actual);
    }
}

// The node of this key, made if need be in the place of one not used for a while; the root (the first) stays.
ExpectedOutput::Node& ExpectedOutput::touch(std::uint64_t key, double margin) {
    if (const auto at = index_.find(key); at != index_.end()) {
        nodes_[at->second].used = true;
        return nodes_[at->second];
    }
    std::size_t place = nodes_.size();
    if (place < limits::output_sketches_max) {
        nodes_.emplace_back();
    } else {
        do {
            hand_ = hand_ % (nodes_.size() - 1) + 1;
        } while (std::exchange(nodes_[hand_].used, false));
        place = hand_;
        index_.erase(nodes_[place].key);
    }
    nodes_[place] = Node{.key = key, .used = true, .margin = margin};
    index_.emplace(key, place);
    return nodes_[place];
}

}  // namespace signalbox::core
