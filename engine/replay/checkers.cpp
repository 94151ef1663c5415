#include "engine/replay/checkers.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/core/routing/outcome_class.h"

namespace signalbox::replay {
namespace {

using Complaints = std::vector<std::string>;
using ports::Outcome;
using ports::RequestRecord;

constexpr Nanos last_pause = 6s;  // a backoff longer than what is left of the total deadline ends a request

void check_limits(const flow::FleetView& view, Complaints& out) {
    for (const core::Deployment& deployment : view.table->deployments()) {
        std::int64_t in_flight = 0;
        for (const core::Lane& lane : deployment.lanes) {
            in_flight += view.lanes[static_cast<std::size_t>(lane.id)].in_flight;
        }
        const std::int64_t most = deployment.limits.max_in_flight.value_or(in_flight);
        if (in_flight > most) out.push_back(fmt::format("{} holds {} of {}", deployment.name, in_flight, most));
    }
    const auto room = static_cast<std::size_t>(view.table->config().defaults.queue.per_model);
    for (const auto& [model, waiting] : view.queued) {
        if (waiting > room) out.push_back(fmt::format("{} wait for {}, allowed are {}", waiting, model, room));
    }
}

// What is reserved at deployments is what their lanes hold; nobody's memory or money is held by a request that is over.
void check_holds(const flow::FleetView& view, std::int64_t requests, Complaints& out) {
    for (const core::Deployment& deployment : view.table->deployments()) {
        std::int64_t lanes = 0;
        for (const core::Lane& lane : deployment.lanes)
            lanes += view.lanes[static_cast<std::size_t>(lane.id)].in_flight;
        const core::DeploymentState& state = view.deployments[static_cast<std::size_t>(deployment.id)];
        if (state.in_flight != lanes) {
            out.push_back(fmt::format("{} holds {}, its lanes {}", deployment.name, state.in_flight, lanes));
        }
        const bool idle = state.in_flight == 0;
        if (state.kv.expected < 0 || state.kv.worst < 0 || (idle && (state.kv.expected != 0 || state.kv.worst != 0))) {
            out.push_back(fmt::format("{} has memory for {} tokens, {} under way", deployment.name, state.kv.expected,
                                      state.in_flight));
        }
    }
    std::int64_t held = 0;
    for (const flow::AccountView& account : view.accounts) held += account.money ? account.money->held.value : 0;
    if (held < 0 || (held > 0 && requests == 0))
        out.push_back(fmt::format("{} micro-dollars are held by nobody", held));
}

// Each account has posted what its requests cost.
void check_ledger(const Rig& rig, Complaints& out) {
    std::map<std::string, std::int64_t> cost;
    std::map<std::string, std::int64_t> posted;
    for (const auto& ask : rig.asks()) {
        for (const RequestRecord& row : rig.rows(ask->name)) {
            if (!row.account.empty()) cost[row.account] += row.cost.value;
        }
    }
    for (const LedgerEntry& entry : rig.ledger.entries()) {
        if (entry.kind == EntryKind::post) posted[entry.account] += entry.amount.value;
    }
    for (const auto& [account, sum] : cost) {
        if (posted[account] == sum) continue;
        out.push_back(fmt::format("{} posted {} micro-dollars for requests of {}", account, posted[account], sum));
    }
}

// The reason is named wherever a request did not simply go to its first choice.
bool explained(const RequestRecord& row) {
    if (row.outcome == Outcome::served || row.outcome == Outcome::cancelled) return true;
    return row.why != ErrorCode::ok;
}

bool was_served(Outcome outcome) {
    return outcome == Outcome::served || outcome == Outcome::served_retry || outcome == Outcome::served_fallback;
}

// Somebody who was not asked yet and could have been, whatever his breaker says.
bool could_serve(const ports::CandidateRecord& candidate) {
    constexpr std::array<std::string_view, 5> words = {"chosen", "outranked", "later_order", "breaker_open",
                                                       "probe_under_way"};
    return std::ranges::find(words, candidate.verdict) != words.end();
}

// Was the client told of a failure while attempts, time and somebody to ask were left?
bool gave_up_early(const Ask& ask, const RequestRecord& row, const core::Config& config) {
    const bool before_any_byte = row.outcome == Outcome::failed && row.first_token_us < 0;
    const auto most = std::min<std::size_t>(static_cast<std::size_t>(config.defaults.attempts), limits::attempts_max);
    if (!before_any_byte || row.attempts.empty() || row.attempts.size() >= most) return false;
    if (row.total_us >= to_us(std::min(ask.deadline, config.defaults.deadlines.total) - last_pause)) return false;
    if (!core::worth_another_target(row.attempts.back().result, false)) return false;
    if (stage_of(row.error) < Stage::attempt) return false;      // its account, or the wait for a place, ended it
    if (row.error == ErrorCode::budget_exhausted) return false;  // there was somebody to ask, but no money for it
    return std::ranges::any_of(row.candidates, could_serve);
}

void check_row(const Ask& ask, const RequestRecord& row, const core::Config& config, Complaints& out) {
    const auto complain = [&](std::string_view what) { out.push_back(fmt::format("{}: {}", ask.name, what)); };
    if (row.attempts.size() > static_cast<std::size_t>(config.defaults.attempts)) complain("too many attempts");
    if (was_served(row.outcome) != (row.error == ErrorCode::ok)) complain("outcome and error disagree");
    if (was_served(row.outcome) && row.served_deployment.empty()) complain("served by nobody");
    if (!explained(row)) complain("diverted without a reason");
    if (gave_up_early(ask, row, config)) complain(fmt::format("given up early with {}", to_string(row.error)));
}

// What the client saw against what was written down.
void check_answer(const Ask& ask, const RequestRecord& row, Complaints& out) {
    const sim::ClientAnswer& answer = ask.answer;
    const auto complain = [&](std::string_view what) {
        out.push_back(
            fmt::format("{}: {} (history: {} {})", ask.name, what, to_string(row.outcome), to_string(row.error)));
    };
    if (answer.status != 0 && answer.status != row.status) complain(fmt::format("saw status {}", answer.status));
    const bool whole = answer.end == sim::ClientEnd::complete;
    const bool streamed = answer.header("content-type").starts_with("text/event-stream");
    if (whole && answer.status == 200 && !was_served(row.outcome)) complain("saw a whole answer");
    if (whole && streamed && !answer.done()) complain("saw a stream without [DONE] end as if it were whole");
    if (answer.done() && row.error != ErrorCode::ok && row.error != ErrorCode::client_gone) complain("saw [DONE]");
    const bool cut = answer.end == sim::ClientEnd::cut;
    if (cut && was_served(row.outcome)) complain("saw a broken answer");
    const bool told = !answer.events.empty() && answer.events.back().find(R"("error")") != std::string::npos;
    if (cut && answer.status == 200 && streamed && !told) complain("saw a stream end without a word");
}

}  // namespace

Complaints broken_now(const Rig& rig) {
    Complaints out;
    const flow::FleetView view = rig.router.view();
    check_limits(view, out);
    std::int64_t busy = 0;
    for (const core::LaneState& lane : view.lanes) {
        if (lane.in_flight < 0) out.emplace_back("a lane holds less than nothing");
        busy += lane.in_flight;
    }
    for (const auto& [model, waiting] : view.queued) busy += static_cast<std::int64_t>(waiting);
    const std::int64_t in_flight = rig.gauges.in_flight.load();
    const std::int64_t attempts = in_flight + rig.gauges.hedged.load();
    check_holds(view, attempts, out);
    if (busy > attempts) out.push_back(fmt::format("{} places and waiters for {} attempts", busy, attempts));
    const std::size_t known = rig.journal.count() + static_cast<std::size_t>(in_flight);
    if (known > rig.sent()) out.push_back(fmt::format("{} requests of {} asked", known, rig.sent()));
    return out;
}

Complaints broken_at_rest(const Rig& rig) {
    Complaints out = broken_now(rig);
    const flow::FleetView view = rig.router.view();
    if (rig.gauges.in_flight.load() != 0) out.emplace_back("a request is still in flight");
    if (!view.queued.empty()) out.emplace_back("somebody still waits");
    for (std::size_t i = 0; i < view.lanes.size(); ++i) {
        if (view.lanes[i].in_flight != 0) out.push_back(view.lane_names[i] + " is still held");
    }
    if (rig.decides_itself()) check_ledger(rig, out);
    for (const auto& ask : rig.asks()) {
        const auto& rows = rig.rows(ask->name);
        if (!ask->ended) out.push_back(ask->name + " never got an answer");
        if (rows.size() > 1 || (rows.empty() && ask->answer.status != 0)) {
            out.push_back(fmt::format("{} has {} rows", ask->name, rows.size()));
        }
        if (rows.size() != 1) continue;
        check_row(*ask, rows.front(), view.table->config(), out);
        check_answer(*ask, rows.front(), out);
    }
    return out;
}

}  // namespace signalbox::replay
