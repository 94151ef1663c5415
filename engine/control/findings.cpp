#include "engine/control/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/control/wording.h"
#include "engine/core/routing/verdict.h"

namespace signalbox::control {
namespace {

constexpr std::int64_t double_retries_told = 3;  // fewer in a quarter of an hour are chance

// Turned away for want of a place, by this gateway itself.
bool is_refusal(const ports::RequestRecord& record) {
    return record.error == ErrorCode::rate_limited || record.error == ErrorCode::queue_full ||
           record.error == ErrorCode::queue_timeout || record.error == ErrorCode::ledger_unavailable;
}

// What the decision says of a candidate that has a place for this request.
bool has_place(std::string_view verdict) {
    using core::Verdict;
    return verdict == to_string(Verdict::chosen) || verdict == to_string(Verdict::outranked) ||
           verdict == to_string(Verdict::later_order);
}

std::string_view account_words(std::string_view name) {
    return name.empty() ? "callers without a key" : name;
}

std::string last_words(const IdleRefusal& last, WallTime now) {
    if (last.target.empty()) return {};
    return fmt::format("; the last at {}: {} for {} ({}), while {} was idle", clock_words(last.time, now),
                       to_string(last.code), account_words(last.account), last.request_id, last.target);
}

void add_idle_refusals(std::span<const flow::AccountView> accounts, const IdleRefusal& last, Moment at,
                       std::vector<v1::Problem>& out) {
    std::int64_t lately = 0;
    for (const flow::AccountView& account : accounts) lately += account.figures.counts.shed_while_idle;
    if (lately == 0) return;
    v1::Problem& row = out.emplace_back();
    row.set_severity("critical");
    row.set_kind("shed_while_idle");
    row.set_object(last.target);
    row.set_model(last.model);
    row.set_text(fmt::format("{} refused in 15 minutes although a capable target was idle ({} since the start){}",
                             count_words(lately, "request"), shed_while_idle_total(accounts),
                             last_words(last, at.wall)));
    row.set_since_unix_us(last.time.unix_us);
}

void add_double_retry(const core::AccountFigures& account, std::vector<v1::Problem>& out) {
    const std::int64_t times = account.counts.double_retries;
    if (times < double_retries_told) return;
    v1::Problem& row = out.emplace_back();
    row.set_severity("warn");
    row.set_kind("double_retry");
    row.set_object(account.name);
    row.set_text(
        fmt::format("{}: client and gateway both retry, {} of {} in 15 minutes, {:.1f} upstream calls for each; "
                    "one of them should stop",
                    account_words(account.name), times, count_words(account.counts.requests, "request"),
                    account.counts.amplification()));
}

}  // namespace

std::string_view idle_target(const ports::RequestRecord& record) {
    if (!is_refusal(record)) return {};
    const auto idle = std::ranges::find_if(record.candidates, [](const auto& row) { return has_place(row.verdict); });
    return idle == record.candidates.end() ? std::string_view() : std::string_view(idle->deployment);
}

IdleRefusal idle_refusal(const ports::RequestRecord& record, std::string_view idle) {
    return {record.time, record.id, record.account, record.requested_model, std::string(idle), record.error};
}

std::int64_t shed_while_idle_total(std::span<const flow::AccountView> accounts) {
    std::int64_t total = 0;
    for (const flow::AccountView& account : accounts) total += account.figures.shed_while_idle_total;
    return total;
}

std::vector<v1::Problem> find_problems(std::span<const flow::AccountView> accounts, const IdleRefusal& last,
                                       Moment at) {
    std::vector<v1::Problem> out;
    add_idle_refusals(accounts, last, at, out);
    for (const flow::AccountView& account : accounts) add_double_retry(account.figures, out);
    return out;
}

}  // namespace signalbox::control
