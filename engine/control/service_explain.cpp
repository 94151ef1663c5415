// The journey's decision, run dry: same plan, same verdicts, nothing reserved.
#include <algorithm>

#include "engine/control/failure.h"
#include "engine/control/service.h"
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

std::string key_name(const core::CandidateVerdict& candidate, const core::RoutingTable& table) {
    const auto& deployment = table.deployments()[static_cast<std::size_t>(candidate.deployment)];
    const int key = deployment.lanes[static_cast<std::size_t>(candidate.lane_index)].key;
    if (key < 0) return {};
    const auto& provider = table.config().providers[static_cast<std::size_t>(deployment.provider)];
    return provider.keys[static_cast<std::size_t>(key)].name;
}

v1::Candidate to_message(const core::CandidateVerdict& candidate, const core::Plan& plan) {
    v1::Candidate out;
    out.set_deployment(plan.table->deployments()[static_cast<std::size_t>(candidate.deployment)].name);
    out.set_model(plan.steps[static_cast<std::size_t>(candidate.step)].entry->name);
    out.set_key(key_name(candidate, *plan.table));
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
    for (int i = 0; i < decision.candidate_count; ++i) {
        *out.add_candidates() = to_message(decision.candidates[static_cast<std::size_t>(i)], plan);
    }
    switch (decision.kind) {
        case core::Decision::Kind::go: {
            const auto chosen = to_message(decision.chosen, plan);
            out.set_chosen(chosen.key().empty() ? chosen.deployment() : chosen.deployment() + "#" + chosen.key());
            if (decision.probe) out.add_steps("it would be the probe of an open breaker");
            if (decision.bypassed) out.add_steps("its breaker is open, but nothing else is left");
            return;
        }
        case core::Decision::Kind::wait:
            out.add_steps("it would wait for a place");
            return;
        case core::Decision::Kind::refuse:
            out.set_error(std::string(to_string(decision.refusal)));
            out.set_error_detail("nothing can serve '" + plan.resolved_model + "' now");
    }
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
    if (const core::ModelEntry* entry = rules.table->find(model)) asked.shape = entry->shape;
    const auto plan = core::make_plan(rules.table, *rules.overrides, asked, parts_.clock.now());
    if (!plan) {
        refuse_in(out, plan.error());
        return out;
    }
    tell_plan(*plan, model, out);
    out.set_override_id(plan->override_id);
    out.set_estimated_input_tokens(core::estimate_tokens(body->text_bytes));
    const bool context_check = rules.table->config().defaults.context_check;
    core::DecideInput input{.plan = *plan, .tried = {}};
    input.input_tokens = context_check ? out.estimated_input_tokens() : 0;
    input.now = parts_.clock.now();
    core::Decision decision;
    parts_.router.explain(input, decision);
    tell_decision(decision, *plan, out);
    return out;
}

}  // namespace signalbox::control
