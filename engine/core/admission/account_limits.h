// How much one account may use: requests, input tokens and output tokens per minute, and what it did lately.
//
// Pure; one thread; time is handed in. A request enters with its estimated input and expected output, is topped up
// while it streams, and is settled with what it really used: the buckets converge on the actual usage.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/time.h"
#include "engine/core/admission/sliding_counts.h"
#include "engine/core/admission/token_bucket.h"

namespace signalbox::core {

struct AccountConfig;

struct AccountLimits {
    RateLimit requests, input, output;
    friend bool operator==(const AccountLimits&, const AccountLimits&) = default;
};

// The account's tier with its own figures in place of the tier's. A burst without a field of its own is the tier's,
// grows with a rate larger than the tier's, and is never more than a minute's worth.
[[nodiscard]] AccountLimits limits_of(const AccountConfig& account);

// What a request has taken from its account's token buckets and not yet settled.
struct AccountCharge {
    std::int64_t input = 0, output = 0;
};

enum class AccountBucket : std::uint8_t { none, requests, input_tokens, output_tokens };
[[nodiscard]] std::string_view to_string(AccountBucket bucket);  // "output tokens"

struct AccountEntry {
    AccountBucket short_of = AccountBucket::none;  // the one that takes longest
    Nanos retry_after{};                           // until everything fits; not clamped
    AccountCharge charge;                          // empty when refused
    [[nodiscard]] bool ok() const { return short_of == AccountBucket::none; }
};

// For x-ratelimit-* and the console. Without a limit all are 0.
struct BucketLevel {
    RateLimit limit;
    std::int64_t remaining = 0;  // negative in debt
    Nanos reset{};               // until full
};

// Of the last 15 minutes.
struct AccountCounts {
    std::int64_t requests = 0;
    std::int64_t client_retries = 0;  // of them: the client says it asks again
    std::int64_t upstream_calls = 0;
    std::int64_t double_retries = 0;  // client and gateway both repeated the same intent
    std::int64_t refused = 0;
    std::int64_t shed_while_idle = 0;  // of them: a capable slot was idle
    // Upstream calls per distinct intent of the client; 0 without any.
    [[nodiscard]] double amplification() const {
        const std::int64_t intents = std::max<std::int64_t>(requests - client_retries, 1);
        return static_cast<double>(upstream_calls) / static_cast<double>(intents);
    }
};

class AccountMeter {
  public:
    AccountMeter() = default;  // without limits
    explicit AccountMeter(const AccountLimits& limits)
        : requests_(limits.requests), input_(limits.input), output_(limits.output) {}

    // After a change of the configuration; what was spent stays spent.
    void set_limits(const AccountLimits& limits, Instant now);

    // All buckets or none. Does not count anything: see arrived() and refused().
    [[nodiscard]] AccountEntry try_enter(std::int64_t input, std::int64_t expected_output, Instant now);
    // `emitted`: output tokens so far. Keeps the charge ahead of the stream, into debt if need be; cheap to call often.
    void top_up(AccountCharge& charge, std::int64_t emitted, Instant now) {
        if (emitted > charge.output - top_up_ahead) charge_more(charge, emitted, now);
    }
    // Refunds what was charged too much or debits what was charged too little, once: the charge is empty afterwards.
    void settle(AccountCharge& charge, AccountCharge actual, Instant now);
    // No provider was ever asked for what entered: it does not count among the requests per minute.
    void give_back_request() { requests_.give(1); }

    // A request of this account came; `client_retry`: its retry count is above 0.
    void arrived(bool client_retry, Instant now);
    void refused(bool idle_slot_existed, Instant now);
    // It ended. `intent`: the same number for every try of one client's wish (a hash of account and body), 0 unknown.
    struct Finished {
        bool client_retry = false;
        int upstream_calls = 0;
        int hedges = 0;  // of them
        std::uint64_t intent = 0;
    };
    // Returns whether this was a double retry.
    bool finished(const Finished& end, Instant now);

    [[nodiscard]] BucketLevel requests_left(Instant now) const;
    [[nodiscard]] BucketLevel input_left(Instant now) const;
    [[nodiscard]] BucketLevel output_left(Instant now) const;
    [[nodiscard]] AccountCounts counts(Instant now) const;

  private:
    static constexpr std::int64_t top_up_ahead = 64;
    static constexpr std::int64_t top_up_step = 256;
    static constexpr Nanos intent_kept = 2min;  // clients that wait longer before they ask again are not caught
    enum Count : std::uint8_t { requests, client_retries, upstream_calls, double_retries, refusals, idle_sheds, kinds };

    void charge_more(AccountCharge& charge, std::int64_t emitted, Instant now);

    TokenBucket requests_, input_, output_;
    SlidingCounts<kinds> counts_;
    struct Retried {
        std::uint64_t intent = 0;
        Instant at{};
    };
    std::array<Retried, 64> retried_{};  // intents the gateway repeated lately, by intent
};

}  // namespace signalbox::core
