// The journey's decision, run dry: same plan, same verdicts, nothing reserved.
#include <fmt/format.h>

#include <algorithm>

#include "engine/control/failure.h"
#include "engine/control/service.h"
#include "engine/control/snapshot_parts.h"
#include "engine/control/target_names.h"
#include "engine/core/access/accounts.h"
#include "engine/core/admission/token_estimate.h"
#include "engine/protocol/json/scan.h"

namespace signalbox::control {
namespace {

std::string joined(const std::vector<core::PlanStep>& steps) {
    std::string out;
    for (const core::PlanStep& step : steps) out += (out.empty() ? "" : ", ") + step.entry->name;
    return out;
}

std::string_view source_words(core::PlanSource source) {
    switch (source) {
        case core::PlanSource::none:
            return "no fallbacks";
        case core::PlanSource::context:
            return "longer windows of the model";
        case core::PlanSource::body:
            return "fallbacks of the request";
        case core::PlanSource::model_chain:
            return "fallbacks of the model";
        case core::PlanSource::default_chain:
            break;
    }
    return "default fallbacks";
}

v1::Candidate to_message(const core::CandidateVerdict& candidate, const core::Plan& plan) {
    const core::Deployment& deployment = plan.table->deployments()[static_cast<std::size_t>(candidate.deployment)];
    const core::Lane& lane = deployment.lanes[static_cast<std::size_t>(candidate.lane_index)];
    v1::Candidate out;
    out.set_deployment(deployment.name);
    out.set_model(plan.steps[static_cast<std::size_t>(candidate.step)].entry->name);
    out.set_key(key_name(lane, deployment, *plan.table));
    out.set_verdict(std::string(core::to_string(candidate.verdict)));
    out.set_score(candidate.score);
    return out;
}

void tell_plan(const core::Plan& plan, const std::string& asked, v1::ExplainResponse& out) {
    if (plan.resolved_model != asked) out.add_steps("alias: " + asked + " → " + plan.resolved_model);
    if (plan.override_id != 0) {
        out.add_steps("override " + std::to_string(plan.override_id) + ": " + plan.resolved_model + " → " +
                      plan.steps.front().entry->name);
    }
    out.add_steps(std::string(source_words(plan.source)) + "; in this order: " + joined(plan.steps));
}

void tell_decision(const core::Decision& decision, const core::Plan& plan, v1::ExplainResponse& out) {
    for (const core::CandidateVerdict& row : decision.trace) *out.add_candidates() = to_message(row, plan);
    switch (decision.kind) {
        case core::Choice::Kind::go: {
            const auto chosen = to_message(decision.chosen, plan);
            out.set_chosen(chosen.key().empty() ? chosen.deployment() : chosen.deployment() + "#" + chosen.key());
            if (decision.place.probe) out.add_steps("it would be the probe of an open breaker");
            if (decision.bypassed) out.add_steps("its breaker is open, but nothing else is left");
            return;
        }
        case core::Choice::Kind::wait:
            out.add_steps("it would wait for a place");
            return;
        case core::Choice::Kind::refuse:
            out.set_error(std::string(to_string(decision.refusal)));
            out.set_error_detail("nothing can serve '" + plan.resolved_model + "' now");
    }
}

// What the request is expected to need, by its first target's tokenizer and what such requests got before.
core::KvNeed need_of(const protocol::BodyScan& body, const core::ModelEntry& entry, const flow::FleetView& fleet) {
    core::KvNeed need;
    double learned = 0;
    if (!entry.targets.empty()) {
        const core::DeploymentId first = deployment_of(entry.targets.front(), *fleet.table).id;
        learned = fleet.calibrations[static_cast<std::size_t>(first)].bytes_per_token;
    }
    need.prompt = core::estimate_tokens(body.text_bytes, learned > 0 ? learned : core::bytes_per_token_prior);
    if (entry.shape != core::Shape::chat) return need;
    need.expected = fleet.expected_output[static_cast<std::size_t>(entry.index)];
    need.most = body.max_tokens.value_or(need.expected);
    need.expected = std::min(need.expected, need.most);
    return need;
}

// The bucket of the account that lacks what the request needs; empty: none does.
std::string_view short_of(const core::AccountFigures& account, const core::KvNeed& need) {
    const auto lacks = [](const core::BucketLevel& level, std::int64_t tokens) {
        return level.limit.per_minute > 0 && level.remaining < std::min(tokens, level.limit.burst);
    };
    if (lacks(account.requests, 1)) return "requests";
    if (lacks(account.input, need.prompt)) return "input tokens";
    return lacks(account.output, need.expected) ? "output tokens" : std::string_view();
}

// What stands in the way of the account itself, before any target is looked at.
void tell_account(const std::string& name, const core::KvNeed& need, const flow::FleetView& fleet,
                  v1::ExplainResponse& out) {
    const auto account =
        std::ranges::find(fleet.accounts, name, [](const flow::AccountView& row) { return row.figures.name; });
    if (account == fleet.accounts.end()) return;
    const std::string_view what = short_of(account->figures, need);
    if (what.empty()) return;
    out.clear_chosen();
    out.set_error(std::string(to_string(ErrorCode::rate_limited)));
    out.set_error_detail(fmt::format("the account has used up its {} per minute", what));
}

void refuse_in(v1::ExplainResponse& out, const Error& error) {
    out.set_error(std::string(to_string(error.code)));
    out.set_error_detail(error.detail);
}

// The account by name; its key is nobody's business here.
Result<void> check_account(const std::string& name, const std::string& model, const core::RoutingTable& table) {
    if (name.empty()) return {};
    const auto& accounts = table.config().accounts;
    const auto account = std::ranges::find(accounts, name, &core::AccountConfig::name);
    if (account == accounts.end()) return fail(ErrorCode::invalid_key, "there is no account '" + name + "'");
    if (core::may_use(*account, table.resolve_alias(model))) return {};
    return fail(ErrorCode::model_not_allowed, "the account '" + name + "' may not use '" + model + "'");
}

Result<protocol::BodyScan> scan(const std::string& body, const std::string& model) {
    if (body.empty()) return protocol::BodyScan{};
    std::string padded = body;
    padded.reserve(body.size() + protocol::json_padding);
    auto scanned = protocol::scan_request(padded, padded.capacity());
    const bool unnamed = !scanned && scanned.error().code == ErrorCode::missing_model && !model.empty();
    return unnamed ? protocol::BodyScan{} : scanned;
}

}  // namespace

api::Answer<v1::ExplainResponse> Service::answer(const v1::ExplainRequest& request, const Caller&) {
    const flow::Rules rules = parts_.router.rules();
    v1::ExplainResponse out;
    const auto body = scan(request.body_json(), request.model());
    if (!body) return refuse(body.error());
    const std::string& model = request.model().empty() ? body->model : request.model();
    if (model.empty()) return refuse(ErrorCode::invalid_argument, "model is required");
    if (const auto allowed = check_account(request.account(), model, *rules.table); !allowed) {
        refuse_in(out, allowed.error());
        return out;
    }
    core::PlanRequest asked;
    asked.model = model;
    asked.fallbacks = body->fallbacks;
    asked.account = request.account();
    const bool context_check = rules.table->config().defaults.context_check;
    asked.input_tokens = context_check ? core::estimate_tokens(body->text_bytes) : 0;
    if (const core::ModelEntry* entry = rules.table->find(model)) asked.shape = entry->shape;
    const auto plan = core::make_plan(rules.table, *rules.overrides, asked, parts_.clock.now());
    if (!plan) {
        refuse_in(out, plan.error());
        return out;
    }
    tell_plan(*plan, model, out);
    out.set_override_id(plan->override_id);
    const Moment now = at();
    const flow::FleetView fleet = parts_.router.view();
    core::DecideInput input{.plan = *plan, .tried = {}};
    input.need = need_of(*body, *plan->steps.front().entry, fleet);
    input.check_context = context_check;
    input.now = now.now;
    out.set_estimated_input_tokens(input.need.prompt);
    core::Decision decision;
    parts_.router.explain(input, decision);
    tell_decision(decision, *plan, out);
    tell_account(request.account(), input.need, fleet, out);
    return out;
}

}  // namespace signalbox::control
