// Step 9: the history row. Opened with the request's head, closed on every path, handed over without waiting.
#include <array>

#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

// 48 bits of milliseconds and 80 of chance in Crockford's base 32: sorts by time, 26 characters.
std::string new_id(WallTime time, ports::Random& random) {
    constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string id(26, '0');
    auto ms = static_cast<std::uint64_t>(time.unix_us / 1000);
    for (int i = 9; i >= 0; --i, ms >>= 5) id[static_cast<std::size_t>(i)] = digits[ms & 31];
    std::uint64_t chance = random.next();
    for (std::size_t i = 10; i < 26; ++i, chance >>= 5) {
        if (i == 18) chance = random.next();
        id[i] = digits[chance & 31];
    }
    return id;
}

ports::Outcome outcome_of(const Exchange& x) {
    const ErrorCode error = x.record.error;
    if (error == ErrorCode::client_gone) return ports::Outcome::cancelled;
    if (error != ErrorCode::ok) {
        switch (error) {
            case ErrorCode::rate_limited:
            case ErrorCode::budget_exhausted:
            case ErrorCode::ledger_unavailable:
            case ErrorCode::queue_full:
            case ErrorCode::queue_timeout:
            case ErrorCode::draining:
                return x.attempts == 0 ? ports::Outcome::shed : ports::Outcome::failed;
            default:
                return ports::Outcome::failed;
        }
    }
    if (x.fell_back) return ports::Outcome::served_fallback;
    return x.attempts - x.end.hedges > 1 ? ports::Outcome::served_retry : ports::Outcome::served;
}

// The trace of the decision, kept where it tells something: the request did not simply go to its first choice.
void add_candidates(const Exchange& x, ports::RequestRecord& row) {
    if (row.outcome == ports::Outcome::served && row.why == ErrorCode::ok) return;
    const core::RoutingTable& table = *x.rules.table;
    for (const core::CandidateVerdict& verdict : x.trace) {
        const core::Deployment& deployment = table.deployments()[static_cast<std::size_t>(verdict.deployment)];
        const int key = deployment.lanes[static_cast<std::size_t>(verdict.lane_index)].key;
        const core::ProviderConfig& provider = table.config().providers[static_cast<std::size_t>(deployment.provider)];
        row.candidates.push_back({deployment.name, x.plan.steps[static_cast<std::size_t>(verdict.step)].entry->name,
                                  key < 0 ? std::string() : provider.keys[static_cast<std::size_t>(key)].name,
                                  std::string(core::to_string(verdict.verdict)), verdict.score});
    }
}

// The same for every try of one caller's wish: client and gateway may both repeat it.
std::uint64_t intent_of(const Exchange& x) {
    const std::hash<std::string_view> hash;
    return hash(x.record.account) * 31 + x.body_hash;
}

void leave(Exchange& x) {
    if (!x.entry.held()) return;
    x.end.upstream_calls = x.attempts;
    if (x.body_hash != 0) x.end.intent = intent_of(x);
    x.entry.leave(x.end, x.s.clock.now());
}

}  // namespace

void begin_record(Exchange& x) {
    x.record.time = x.s.clock.wall();
    x.record.id = new_id(x.record.time, x.s.random);
    x.record.config_revision = x.config().revision;
}

void record(Exchange& x) {
    ports::RequestRecord& row = x.record;
    row.total_us = to_us(x.since_arrival());
    row.queue_us = to_us(x.queued);
    row.outcome = outcome_of(x);
    add_candidates(x, row);
    leave(x);
    x.s.journal.offer(std::move(row));
}

}  // namespace signalbox::flow
