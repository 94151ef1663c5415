#include "engine/core/admission/account_limits.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/core/config/config.h"

namespace signalbox::core {
namespace {

constexpr AccountLimits consumer{
    .requests = {20 * 60, 120}, .input = {5'000'000, 1'000'000}, .output = {500'000, 64'000}};
constexpr AccountLimits service{
    .requests = {200 * 60, 600}, .input = {50'000'000, 5'000'000}, .output = {5'000'000, 512'000}};

// `limit` with a rate of its own.
RateLimit with_rate(RateLimit limit, std::optional<std::int64_t> per_minute) {
    if (!per_minute) return limit;
    const double grown = static_cast<double>(*per_minute) / static_cast<double>(limit.per_minute);
    const auto burst = static_cast<std::int64_t>(static_cast<double>(limit.burst) * std::max(grown, 1.0));
    return {*per_minute, std::min(burst, *per_minute)};
}

BucketLevel level_of(const TokenBucket& bucket, Instant now) {
    if (!bucket.limited()) return {};
    const RateLimit limit = bucket.limit();
    return {limit, bucket.available(now), bucket.ready_at(limit.burst, now) - now};
}

void settle_one(TokenBucket& bucket, std::int64_t charged, std::int64_t actual, Instant now) {
    if (charged >= actual) {
        bucket.give(charged - actual);
    } else {
        (void)bucket.take(actual - charged, now);
    }
}

}  // namespace

std::string_view to_string(AccountBucket bucket) {
    constexpr std::array<std::string_view, 4> words = {"", "requests", "input tokens", "output tokens"};
    return words[static_cast<std::size_t>(bucket)];
}

AccountLimits limits_of(const AccountConfig& account) {
    AccountLimits limits = account.tier == "service" ? service : consumer;
    limits.requests = with_rate(limits.requests, account.rpm);
    limits.input = with_rate(limits.input, account.input_tpm);
    limits.output = with_rate(limits.output, account.output_tpm);
    if (account.output_burst) limits.output.burst = *account.output_burst;
    return limits;
}

void AccountMeter::set_limits(const AccountLimits& limits, Instant now) {
    requests_.set_limit(limits.requests, now);
    input_.set_limit(limits.input, now);
    output_.set_limit(limits.output, now);
}

AccountEntry AccountMeter::try_enter(std::int64_t input, std::int64_t expected_output, Instant now) {
    const std::pair<AccountBucket, Instant> ready[] = {
        {AccountBucket::requests, requests_.ready_at(1, now)},
        {AccountBucket::input_tokens, input_.ready_at(input, now)},
        {AccountBucket::output_tokens, output_.ready_at(expected_output, now)},
    };
    const auto& [bucket, at] = *std::ranges::max_element(ready, {}, &std::pair<AccountBucket, Instant>::second);
    if (at > now) return {.short_of = bucket, .retry_after = at - now, .charge = {}};
    (void)requests_.take(1, now);
    return {.charge = {input_.take(input, now), output_.take(expected_output, now)}};
}

void AccountMeter::charge_more(AccountCharge& charge, std::int64_t emitted, Instant now) {
    const std::int64_t missing = emitted - (charge.output - top_up_ahead);
    const std::int64_t steps = (missing + top_up_step - 1) / top_up_step;
    charge.output += output_.take(steps * top_up_step, now);
}

void AccountMeter::settle(AccountCharge& charge, AccountCharge actual, Instant now) {
    settle_one(input_, charge.input, actual.input, now);
    settle_one(output_, charge.output, actual.output, now);
    charge = {};
}

void AccountMeter::arrived(bool client_retry, Instant now) {
    counts_.add(requests, now);
    if (client_retry) counts_.add(client_retries, now);
}

void AccountMeter::refused(bool idle_slot_existed, Instant now) {
    counts_.add(refusals, now);
    if (idle_slot_existed) counts_.add(idle_sheds, now);
}

bool AccountMeter::finished(const Finished& end, Instant now) {
    counts_.add(upstream_calls, now, end.upstream_calls);
    Retried& known = retried_[end.intent % retried_.size()];
    const bool retried_here = end.upstream_calls - end.hedges > 1;
    const bool retried_before = end.intent != 0 && known.intent == end.intent && now - known.at < intent_kept;
    if (retried_here && end.intent != 0) known = {end.intent, now};
    const bool doubled = end.client_retry && (retried_here || retried_before);
    if (doubled) counts_.add(double_retries, now);
    return doubled;
}

BucketLevel AccountMeter::requests_left(Instant now) const {
    return level_of(requests_, now);
}
BucketLevel AccountMeter::input_left(Instant now) const {
    return level_of(input_, now);
}
BucketLevel AccountMeter::output_left(Instant now) const {
    return level_of(output_, now);
}

AccountCounts AccountMeter::counts(Instant now) const {
    const auto sums = counts_.sums(now);
    return {.requests = sums[requests],
            .client_retries = sums[client_retries],
            .upstream_calls = sums[upstream_calls],
            .double_retries = sums[double_retries],
            .refused = sums[refusals],
            .shed_while_idle = sums[idle_sheds]};
}

}  // namespace signalbox::core
