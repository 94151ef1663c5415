// How long an answer will be: a high quantile of what the same account, model and kind of request got before.
//
// A quantile that about one answer in ten exceeds, learned in decayed log-histograms, one per (account, model, kind,
// cap bucket), each leaning on (model, kind, cap bucket), that on the model, and that on all answers, while it has few
// of its own. A margin per histogram holds the share of answers that exceed it near 10 % whatever their distribution.
// Pure; one thread; expect() allocates nothing; bounded by limits::output_sketches_max, the idle ones are forgotten.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signalbox::core {

enum class AnswerKind : std::uint8_t { plain, tools };

// Whose answers these are, as hashes: made once per request.
struct OutputKey {
    std::uint64_t account = 0, model = 0;
    AnswerKind kind = AnswerKind::plain;
};
[[nodiscard]] OutputKey output_key(std::string_view account, std::string_view model, AnswerKind kind);

// Tokens. Between 1 and the cap.
struct OutputEstimate {
    std::int64_t expected = 0;  // to charge: about one in ten answers is longer
    double mean = 0;            // of such answers
    double variance = 0;        // tokens²
};

class ExpectedOutput {
  public:
    ExpectedOutput();

    // `cap`: the most the answer can have (client's maximum, model's maximum, context - prompt); at least 1.
    [[nodiscard]] OutputEstimate expect(const OutputKey& key, std::int64_t cap) const;
    // An answer ended by itself or at its cap (not one that was cut). `expected`: the figure given at admission.
    void learn(const OutputKey& key, std::int64_t cap, std::int64_t expected, std::int64_t actual);

    [[nodiscard]] std::size_t sketches() const { return nodes_.size(); }

  private:
    static constexpr std::size_t bins = 64;
    static constexpr std::size_t levels = 4;  // global, model, (model, kind), (account, model, kind)
    using Path = std::array<std::uint64_t, levels>;

    struct Node {
        std::uint64_t key = 0;
        bool used = false;  // since the eviction hand passed
        float next_weight = 1;
        std::array<float, bins> weights{};
        double total = 0, sum = 0, squares = 0;  // weighted
        double q90 = 0;                          // in bins, kept by learn()
        double margin = 1.15;

        [[nodiscard]] double n() const { return total / next_weight; }
        void add(std::int64_t tokens);
        void find_quantile();
    };
    struct Blend;

    [[nodiscard]] static Path path_of(const OutputKey& key, std::int64_t cap);
    [[nodiscard]] const Node* find(std::uint64_t key) const;
    [[nodiscard]] std::optional<Blend> blend(const Path& path) const;
    Node& touch(std::uint64_t key, double margin);

    std::vector<Node> nodes_;
    std::unordered_map<std::uint64_t, std::size_t> index_;
    std::size_t hand_ = 0;
};

}  // namespace signalbox::core
