#include "engine/adapters/sqlite/blob_codec.h"

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace signalbox::adapters {
namespace {

// The first byte of every value. A later layout takes another number, and this one stays readable.
constexpr char layout_1 = 1;

// Numbers are zigzag varints of seven bits a byte, lowest first; texts have their length before them.
class Encoder {
  public:
    explicit Encoder(std::string& out) : out_(out) {}
    void value(std::signed_integral auto n) {
        const std::int64_t v = n;
        bits((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
    }
    void value(const std::string& text) {
        bits(text.size());
        out_ += text;
    }
    void value(double v) { bits(std::bit_cast<std::uint64_t>(v)); }

  private:
    void bits(std::uint64_t v) {
        for (; v >= 0x80; v >>= 7) out_ += static_cast<char>(v | 0x80);
        out_ += static_cast<char>(v);
    }

    std::string& out_;
};

class Decoder {
  public:
    explicit Decoder(std::string_view in) : in_(in) {}
    // False once a value did not fit; whatever was read into from then on has no meaning.
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool more() const { return good_ && !in_.empty(); }

    void value(std::signed_integral auto& v) {
        const auto raw = bits();
        v = static_cast<std::remove_cvref_t<decltype(v)>>(static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1)));
    }
    void value(std::string& text) {
        const auto size = bits();
        if (size > in_.size()) good_ = false;
        if (!good_) return;
        text = in_.substr(0, size);
        in_.remove_prefix(size);
    }
    void value(double& v) { v = std::bit_cast<double>(bits()); }

  private:
    std::uint64_t bits() {
        std::uint64_t v = 0;
        for (int shift = 0; shift < 64 && !in_.empty(); shift += 7) {
            const auto byte = static_cast<std::uint8_t>(in_.front());
            in_.remove_prefix(1);
            v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return v;
        }
        good_ = false;
        return 0;
    }

    std::string_view in_;
    bool good_ = true;
};

// The one list of what an attempt and a candidate consist of, for both directions.
template <class Coder, class Attempt>
void visit_attempt(Coder& coder, Attempt& a) {
    coder.value(a.model);
    coder.value(a.provider);
    coder.value(a.deployment);
    coder.value(a.key);
    coder.value(a.detail);
    coder.value(a.status);
    coder.value(a.start_us);
    coder.value(a.connect_us);
    coder.value(a.headers_us);
    coder.value(a.first_token_us);
    coder.value(a.total_us);
}

template <class Coder, class Candidate>
void visit_candidate(Coder& coder, Candidate& c) {
    coder.value(c.deployment);
    coder.value(c.model);
    coder.value(c.key);
    coder.value(c.verdict);
    coder.value(c.score);
}

// What an attempt is marked with: a number of bits, of which the last says that a text follows.
enum Mark : std::int64_t { bypassed = 1, probe = 2, hedge = 4, drilled = 8 };

std::int64_t marks_of(const ports::AttemptRecord& a) {
    return (a.breaker_bypassed ? bypassed : 0) | (a.probe ? probe : 0) | (a.hedge ? hedge : 0) |
           (a.drill.empty() ? 0 : drilled);
}

// Takes the layout byte off; an empty view when there is none we know.
std::string_view payload(std::string_view bytes) {
    return bytes.empty() || bytes.front() != layout_1 ? std::string_view() : bytes.substr(1);
}

}  // namespace

void encode_attempts(const std::vector<ports::AttemptRecord>& attempts, const CodeTable& codes, std::string& out) {
    out.clear();
    if (attempts.empty()) return;
    out += layout_1;
    Encoder encoder(out);
    for (const auto& attempt : attempts) {
        visit_attempt(encoder, attempt);
        encoder.value(codes.number(attempt.result));
        encoder.value(marks_of(attempt));
        if (!attempt.drill.empty()) encoder.value(attempt.drill);
    }
}

std::vector<ports::AttemptRecord> decode_attempts(std::string_view bytes, const CodeTable& codes) {
    std::vector<ports::AttemptRecord> attempts;
    Decoder decoder(payload(bytes));
    while (decoder.more()) {
        ports::AttemptRecord attempt;
        std::int64_t result = 0;
        std::int64_t marks = 0;
        visit_attempt(decoder, attempt);
        decoder.value(result);
        decoder.value(marks);
        if ((marks & drilled) != 0) decoder.value(attempt.drill);
        if (!decoder.good()) break;
        attempt.result = codes.code(result);
        attempt.breaker_bypassed = (marks & bypassed) != 0;
        attempt.probe = (marks & probe) != 0;
        attempt.hedge = (marks & hedge) != 0;
        attempts.push_back(std::move(attempt));
    }
    return attempts;
}

void encode_candidates(const std::vector<ports::CandidateRecord>& candidates, std::string& out) {
    out.clear();
    if (candidates.empty()) return;
    out += layout_1;
    Encoder encoder(out);
    for (const auto& candidate : candidates) visit_candidate(encoder, candidate);
}

std::vector<ports::CandidateRecord> decode_candidates(std::string_view bytes) {
    std::vector<ports::CandidateRecord> candidates;
    Decoder decoder(payload(bytes));
    while (decoder.more()) {
        ports::CandidateRecord candidate;
        visit_candidate(decoder, candidate);
        if (!decoder.good()) break;
        candidates.push_back(std::move(candidate));
    }
    return candidates;
}

}  // namespace signalbox::adapters
