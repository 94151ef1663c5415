#include "engine/control/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/control/wording.h"
#include "engine/core/routing/verdict.h"

namespace signalbox::control {
namespace {

constexpr std::int64_t double_retries_told = 3;  // fewer in a quarter of an hour are chance

// As flow/refuse writes it into the fleet of a refusal, judged at that instant under the lock of the decision.
constexpr std::string_view marker = "\"shed_while_idle\":true";

// What the decision says of a candidate that has a place for this request.
bool has_place(std::string_view verdict) {
    using core::Verdict;
    return verdict == to_string(Verdict::chosen) || verdict == to_string(Verdict::outranked) ||
           verdict == to_string(Verdict::later_order);
}

std::string_view account_words(std::string_view name) {
    return name.empty() ? "callers without a key" : name;
}

void add_idle_refusals(std::span<const flow::AccountView> accounts, const std::optional<IdleRefusal>& last, Moment at,
                       std::vector<v1::Problem>& out) {
    std::int64_t lately = 0, total = 0;
    for (const flow::AccountView& account : accounts) {
        lately += account.figures.counts.shed_while_idle;
        total += account.figures.shed_while_idle_total;
    }
    if (lately == 0) return;
    std::string text = fmt::format("{} refused in 15 minutes although a capable target was idle ({} since the start)",
                                   count_words(lately, "request"), total);
    v1::Problem& row = out.emplace_back();
    row.set_severity("critical");
    row.set_kind("shed_while_idle");
    if (last) {
        text += fmt::format("; the last at {}: {} for {} ({})", clock_words(last->time, at.wall), to_string(last->code),
                            account_words(last->account), last->request_id);
        if (!last->target.empty()) text += ", while " + last->target + " was idle";
        row.set_object(last->target);
        row.set_model(last->model);
        row.set_since_unix_us(last->time.unix_us);
    }
    row.set_text(std::move(text));
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

void add_truncated(const TruncatedInputs& tag, std::vector<v1::Problem>& out) {
    v1::Problem& row = out.emplace_back();
    row.set_severity("warn");
    row.set_kind("truncated_inputs");
    row.set_object(fmt::format("{}={}", tag.key, tag.value));
    row.set_text(
        fmt::format("{}={}: inputs end at about {} tokens in {:.0f} % of {} lately, while {}={} reaches {}; "
                    "they are cut before they come here: look for a length limit in those clients",
                    tag.key, tag.value, tag.ends_at, tag.share_percent, count_words(tag.requests, "request"), tag.key,
                    tag.sibling, tag.sibling_reach));
}

}  // namespace

std::optional<IdleRefusal> idle_refusal(const ports::RequestRecord& record) {
    if (!record.fleet.contains(marker)) return std::nullopt;
    const auto idle = std::ranges::find_if(record.candidates, [](const auto& row) { return has_place(row.verdict); });
    return IdleRefusal{record.time,
                       record.id,
                       record.account,
                       record.requested_model,
                       idle == record.candidates.end() ? std::string() : idle->deployment,
                       record.error};
}

std::vector<v1::Problem> find_problems(const Sightings& seen, Moment at) {
    std::vector<v1::Problem> out;
    add_idle_refusals(seen.accounts, seen.last_idle_refusal, at, out);
    for (const flow::AccountView& account : seen.accounts) add_double_retry(account.figures, out);
    for (const TruncatedInputs& tag : seen.truncated) add_truncated(tag, out);
    return out;
}

}  // namespace signalbox::control
