// Which model entries one request may be served by, in order, and why: override → `context_fallbacks` where the prompt
// does not fit → the body's `fallbacks` → the model's chain → the default chain. Made once per request; pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/routing/override_table.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::core {

struct PlanRequest {
    std::string_view model;                  // as the client wrote it
    Shape shape = Shape::chat;               // of the endpoint
    std::span<const std::string> fallbacks;  // from the body
    std::string_view account, tags;
    bool no_fallback = false;       // x-signalbox-no-fallback
    std::int64_t input_tokens = 0;  // estimate; 0: not checked
    int draw = 0;                   // uniform in [0, 100), decides shares
};

struct PlanStep {
    const ModelEntry* entry = nullptr;
    std::string upstream;  // only for provider/*: the name to send
};

enum class PlanSource : std::uint8_t { none, context, body, model_chain, default_chain };
[[nodiscard]] std::string_view to_string(PlanSource source);

struct Plan {
    RoutingTablePtr table;                 // keeps the entries alive
    std::vector<PlanStep> steps;           // never empty; the first is where the request would go on a good day
    PlanSource source = PlanSource::none;  // where steps[1…] come from
    std::string resolved_model;            // after the alias, before overrides
    std::int64_t override_id = 0;          // that moved the first step; 0: none
    std::shared_ptr<std::atomic<std::int64_t>> diverted;  // its counter
};

// Errors: model_not_found (detail holds the nearest names), invalid_parameter (a fallback that does not exist, or a
// model of another shape than the endpoint).
[[nodiscard]] Result<Plan> make_plan(RoutingTablePtr table, const OverrideTable& overrides, const PlanRequest& request,
                                     Instant now);

}  // namespace signalbox::core
