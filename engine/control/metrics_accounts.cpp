#include "engine/control/metrics_parts.h"

namespace signalbox::control {
namespace {

std::string_view label_of(const flow::AccountView& account) {
    return account.figures.name.empty() ? "_none" : std::string_view(account.figures.name);
}

// One sample for each account, where `value_of` knows one.
template <class ValueOf>
void write_family(PrometheusText& out, const MetricsInput& in, std::string_view name, std::string_view type,
                  std::string_view help, ValueOf value_of) {
    out.family(name, type, help);
    for (const flow::AccountView& account : in.fleet.accounts) {
        if (const auto value = value_of(account)) out.sample(name, {{"account", label_of(account)}}, *value);
    }
}

using Count = std::optional<std::int64_t>;

void write_rates(PrometheusText& out, const MetricsInput& in) {
    constexpr std::string_view name = "signalbox_account_remaining";
    out.family(name, "gauge", "What is left of an account's limits per minute; negative in debt.");
    for (const flow::AccountView& account : in.fleet.accounts) {
        const auto sample = [&](std::string_view limit, const core::BucketLevel& level) {
            if (level.limit.per_minute == 0) return;
            out.sample(name, {{"account", label_of(account)}, {"limit", limit}}, level.remaining);
        };
        sample("requests", account.figures.requests);
        sample("input_tokens", account.figures.input);
        sample("output_tokens", account.figures.output);
    }
}

void write_retries(PrometheusText& out, const MetricsInput& in) {
    write_family(out, in, "signalbox_retry_amplification", "gauge",
                 "Upstream calls for each request of a client's intent, last 15 minutes.",
                 [](const flow::AccountView& account) -> std::optional<double> {
                     const core::AccountCounts& counts = account.figures.counts;
                     if (counts.requests == counts.client_retries) return std::nullopt;
                     return counts.amplification();
                 });
    write_family(out, in, "signalbox_double_retries", "gauge",
                 "Requests that client and gateway both retried, last 15 minutes.",
                 [](const flow::AccountView& account) -> Count { return account.figures.counts.double_retries; });
    write_family(out, in, "signalbox_shed_while_idle_total", "counter",
                 "Requests refused while a target that could have served them was idle.",
                 [](const flow::AccountView& account) -> Count { return account.figures.shed_while_idle_total; });
}

void write_money(PrometheusText& out, const MetricsInput& in) {
    const auto family = [&](std::string_view name, std::string_view type, std::string_view help, auto value_of) {
        write_family(out, in, name, type, help, [&](const flow::AccountView& account) -> Count {
            return account.money ? value_of(*account.money) : Count();
        });
    };
    family("signalbox_ledger_posted_microusd_total", "counter", "Spent, in millionths of a US dollar.",
           [](const core::AccountMoney& money) -> Count { return money.total.value; });
    family("signalbox_ledger_held_microusd", "gauge", "Held by requests under way.",
           [](const core::AccountMoney& money) -> Count { return money.held.value; });
    family("signalbox_ledger_budget_left_microusd", "gauge", "Of the present window: neither spent nor held.",
           [](const core::AccountMoney& money) -> Count {
               if (!money.limit) return std::nullopt;
               return money.limit->value - money.posted.value - money.held.value;
           });
}

}  // namespace

void write_accounts(PrometheusText& out, const MetricsInput& in) {
    write_rates(out, in);
    write_retries(out, in);
    write_money(out, in);
}

}  // namespace signalbox::control
