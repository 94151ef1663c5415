#include "engine/core/admission/admission.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/core/config/config.h"

namespace signalbox::core {
namespace {

constexpr std::int64_t output_cap_unknown = 16384;  // tokens; where neither client nor configuration says

std::int64_t cap_of(const Admission::Description& request, std::int64_t input_tokens) {
    std::int64_t cap = request.asked_output > 0 ? request.asked_output : output_cap_unknown;
    if (request.max_output > 0) cap = std::min(cap, request.max_output);
    if (request.context > 0) cap = std::min(cap, request.context - input_tokens);
    return std::max<std::int64_t>(cap, 1);
}

}  // namespace

Admission::Admission() : accounts_(1) {}

void Admission::adopt(const Config& config, Instant now) {
    ids_.clear();
    for (const AccountConfig& wanted : config.accounts) {
        const auto [row, added] = ever_.try_emplace(wanted.name, accounts());
        if (added) accounts_.emplace_back().meter = AccountMeter(limits_of(wanted));
        ids_[wanted.name] = row->second;
        Account& account = at(row->second);
        account.name = wanted.name;
        account.tier = wanted.tier;
        account.priority_word = wanted.priority;
        account.priority = priority_from(wanted.priority);
        account.meter.set_limits(limits_of(wanted), now);
    }
}

AccountId Admission::account_id(std::string_view name) const {
    const auto row = ids_.find(name);
    return row == ids_.end() ? 0 : row->second;
}

Ask Admission::describe(const Description& request, Instant now) {
    Ask ask;
    ask.account = account_id(request.account);
    ask.text_bytes = request.text_bytes;
    const TokenCalibration* learned = calibration(request.deployment);
    ask.input_tokens = learned != nullptr ? learned->estimate(request.text_bytes) : estimate_tokens(request.text_bytes);
    ask.client_retry = request.client_retry;
    if (request.answers_with_text) {
        ask.key = output_key(request.account, request.model, request.kind);
        ask.cap = cap_of(request, ask.input_tokens);
        ask.output = outputs_.expect(ask.key, ask.cap);
    }
    at(ask.account).meter.arrived(ask.client_retry, now);
    if (ask.client_retry) at(ask.account).retries.client_retried();
    return ask;
}

AccountEntry Admission::enter(Ask& ask, Instant now) {
    SB_CHECK(!ask.entered);
    AccountEntry entry = at(ask.account).meter.try_enter(ask.input_tokens, ask.output.expected, now);
    if (!entry.ok()) return entry;
    ask.charge = entry.charge;
    ask.entered = true;
    return entry;
}

void Admission::top_up(Ask& ask, std::int64_t emitted, Instant now) {
    if (ask.entered) at(ask.account).meter.top_up(ask.charge, emitted, now);
}

bool Admission::take_retry(Ask& ask, RetryKind kind) {
    if (!at(ask.account).retries.take(kind)) return false;
    ask.retry = kind;
    return true;
}

bool Admission::leave(Ask& ask, const AskEnd& end, Instant now) {
    Account& account = at(ask.account);
    account.retries.give_back(std::exchange(ask.retry, RetryKind::none));
    if (ask.entered) {
        account.meter.settle(ask.charge, {end.input_tokens + end.broken_input, end.output_tokens + end.broken_output},
                             now);
        if (end.upstream_calls == 0) account.meter.give_back_request();
        ask.entered = false;
    }
    if (end.well) {
        const bool by_client = end.last_retry == RetryKind::none && ask.client_retry;
        account.retries.succeeded(by_client ? RetryKind::transient : end.last_retry, now);
    }
    if (end.answered) {
        if (end.whole && ask.output.expected > 0 && end.output_tokens > 0) {
            outputs_.learn(ask.key, ask.cap, ask.output.expected, end.output_tokens);
        }
        if (end.text_only && end.deployment >= 0 && end.input_tokens > 0) {
            const auto index = static_cast<std::size_t>(end.deployment);
            if (index >= calibrations_.size()) calibrations_.resize(index + 1);
            calibrations_[index].learn(ask.text_bytes, end.input_tokens);
        }
    }
    return account.meter.finished({ask.client_retry, end.upstream_calls, end.hedges, end.intent}, now);
}

void Admission::refused(const Ask& ask, bool idle_slot_existed, Instant now) {
    Account& account = at(ask.account);
    account.meter.refused(idle_slot_existed, now);
    account.shed_while_idle += idle_slot_existed;
}

RatesLeft Admission::rates_left(AccountId id, Instant now) const {
    if (id == 0) return {};
    const AccountMeter& meter = at(id).meter;
    const BucketLevel input = meter.input_left(now), output = meter.output_left(now);
    const auto share = [](const BucketLevel& level) {
        return static_cast<double>(level.remaining) / static_cast<double>(std::max<std::int64_t>(level.limit.burst, 1));
    };
    return {meter.requests_left(now), share(input) < share(output) ? input : output};
}

AccountFigures Admission::figures(AccountId id, Instant now) const {
    const Account& account = at(id);
    AccountFigures out;
    out.name = account.name;
    out.tier = account.tier;
    out.priority = account.priority_word;
    out.requests = account.meter.requests_left(now);
    out.input = account.meter.input_left(now);
    out.output = account.meter.output_left(now);
    out.counts = account.meter.counts(now);
    out.shed_while_idle_total = account.shed_while_idle;
    out.retry_budget = static_cast<double>(account.retries.left()) / static_cast<double>(account.retries.capacity());
    return out;
}

const TokenCalibration* Admission::calibration(int deployment) const {
    const auto index = static_cast<std::size_t>(deployment);
    if (deployment < 0 || index >= calibrations_.size() || calibrations_[index].samples() == 0) return nullptr;
    return &calibrations_[index];
}

std::int64_t Admission::expected_output(std::string_view model, std::int64_t cap) const {
    return outputs_.expect(output_key({}, model, AnswerKind::plain), cap > 0 ? cap : output_cap_unknown).expected;
}

}  // namespace signalbox::core
