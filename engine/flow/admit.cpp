// Step 4: which models may serve this request, and until when. Pure.
#include <algorithm>
#include <charconv>

#include "engine/core/admission/token_estimate.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

core::Shape shape_of(protocol::Endpoint endpoint) {
    switch (endpoint) {
        case protocol::Endpoint::embeddings:
            return core::Shape::embedding;
        case protocol::Endpoint::images:
            return core::Shape::image;
        default:
            return core::Shape::chat;
    }
}

// The caller may shorten the total deadline, never lengthen it.
Nanos total_time(const Exchange& x, Nanos configured) {
    const std::string_view asked = x.head.find("x-signalbox-deadline-ms");
    std::int64_t ms = 0;
    const auto [end, problem] = std::from_chars(asked.data(), asked.data() + asked.size(), ms);
    if (asked.empty() || problem != std::errc{} || ms <= 0) return configured;
    return std::min<Nanos>(configured, std::chrono::milliseconds(std::min<std::int64_t>(ms, to_ms(configured))));
}

core::AnswerKind kind_of(const protocol::BodyScan& scan) {
    return scan.has_tools ? core::AnswerKind::tools : core::AnswerKind::plain;
}

// What the request is expected to need, by its first target's limits and its tokenizer.
Entry enter(Exchange& x) {
    const core::ModelEntry& entry = *x.plan.steps.front().entry;
    core::Admission::Description request;
    request.account = x.record.account;
    request.model = entry.name;
    request.kind = kind_of(x.scan);
    request.text_bytes = x.scan.text_bytes;
    request.asked_output = x.scan.max_tokens.value_or(0);
    request.client_retry = x.record.client_retry > 0;
    request.answers_with_text = entry.shape == core::Shape::chat;
    if (!entry.targets.empty()) {
        const auto first = static_cast<std::size_t>(entry.targets.front().deployment);
        const core::Deployment& deployment = x.rules.table->deployments()[first];
        request.context = deployment.limits.context.value_or(0);
        request.max_output = deployment.limits.max_output.value_or(0);
        request.deployment = deployment.id;
    }
    return x.s.router.enter(request, x.arrived);
}

}  // namespace

Result<core::Plan> plan_for(const Exchange& x, std::int64_t input_tokens) {
    core::PlanRequest request;
    request.model = x.scan.model;
    request.shape = shape_of(x.endpoint);
    request.fallbacks = x.scan.fallbacks;
    request.account = x.record.account;
    request.tags = x.record.tags;
    request.input_tokens = input_tokens;
    request.no_fallback = x.head.find("x-signalbox-no-fallback") == "1";
    request.draw = x.plan_draw;
    return core::make_plan(x.rules.table, *x.rules.overrides, request, x.arrived);
}

Result<void> admit(Exchange& x) {
    if (x.s.gauges.draining) return fail(ErrorCode::draining, "This gateway is shutting down.");
    x.plan_draw = static_cast<int>(x.s.random.next() % 100);
    Result<core::Plan> plan =
        plan_for(x, x.config().defaults.context_check ? core::estimate_tokens(x.scan.text_bytes) : 0);
    if (!plan) return std::unexpected(std::move(plan.error()));
    x.plan = std::move(*plan);
    if (Result<void> stuck = stick(x); !stuck) return stuck;
    x.entry = enter(x);
    x.record.estimated_input_tokens = x.entry.ask().input_tokens;
    x.total_deadline = after(x.arrived, total_time(x, x.plan.steps.front().entry->deadlines.total));
    if (x.plan.override_id != 0) {
        x.plan.diverted->fetch_add(1, std::memory_order_relaxed);
        x.record.override_id = x.plan.override_id;
        x.record.why = ErrorCode::redirected;
        x.record.why_detail = "override " + std::to_string(x.plan.override_id) + ": " + x.plan.resolved_model + " → " +
                              x.plan.steps.front().entry->name;
    }
    return {};
}

}  // namespace signalbox::flow
