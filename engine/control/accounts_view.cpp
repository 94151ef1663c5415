#include "engine/control/accounts_view.h"

#include <algorithm>

namespace signalbox::control {
namespace {

namespace v1 = api::v1;

constexpr double window_minutes = 15;  // of the counts

v1::Rate to_message(const core::BucketLevel& level) {
    v1::Rate out;
    if (level.limit.per_minute == 0) return out;
    out.set_per_minute(level.limit.per_minute);
    out.set_burst(level.limit.burst);
    out.set_available(level.remaining);
    return out;
}

v1::Budget to_message(const core::AccountMoney& money) {
    v1::Budget out;
    out.set_limit_microusd(money.limit->value);
    out.set_window_seconds(money.window / 1s);
    out.set_window_began_unix_us(money.window_began.unix_us);
    out.set_posted_microusd(money.posted.value);
    out.set_held_microusd(money.held.value);
    out.set_leased_microusd(money.leased.value);
    return out;
}

}  // namespace

v1::Account to_message(const flow::AccountView& account) {
    const core::AccountFigures& figures = account.figures;
    const core::AccountCounts& counts = figures.counts;
    v1::Account out;
    out.set_name(figures.name);
    out.set_tier(figures.tier);
    out.set_priority(figures.priority);
    *out.mutable_requests() = to_message(figures.requests);
    *out.mutable_input_tokens() = to_message(figures.input);
    *out.mutable_output_tokens() = to_message(figures.output);
    out.mutable_requests()->set_charged_15m(counts.requests - counts.refused);
    out.set_requests_per_minute(static_cast<double>(counts.requests) / window_minutes);
    if (counts.requests > counts.client_retries) out.set_amplification(counts.amplification());
    out.set_client_retries_15m(counts.client_retries);
    out.set_double_retries_15m(counts.double_retries);
    out.set_refused_15m(counts.refused);
    out.set_shed_while_idle_total(figures.shed_while_idle_total);
    out.set_retry_budget_percent(figures.retry_budget * 100);
    if (!account.money) return out;
    out.set_spent_microusd_total(account.money->total.value);
    if (account.money->limit) *out.mutable_budget() = to_message(*account.money);
    return out;
}

v1::ListAccountsResponse list_accounts(const flow::FleetView& fleet) {
    v1::ListAccountsResponse out;
    for (const flow::AccountView& account : fleet.accounts) {
        if (account.figures.name.empty() && account.figures.counts.requests == 0) continue;
        *out.add_accounts() = to_message(account);
    }
    std::ranges::sort(*out.mutable_accounts(), {},
                      [](const v1::Account& row) -> std::string_view { return row.name(); });
    return out;
}

}  // namespace signalbox::control
