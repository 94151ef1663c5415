// What the service asks of the parts that talk to providers. An empty function: this gateway has no such part.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/control/backend.h"
#include "engine/core/routing/health.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::control {

// The last question that cost the provider of a lane nothing.
struct FreeCheckNote {
    Instant at{};
    core::FreeCheck verdict = core::FreeCheck::none;
    std::string text;             // "POST {} answered 404"
    std::optional<Instant> next;  // when it is asked again; none: not before the breaker opens again
};

// Called on the control loop; must not block.
struct Hooks {
    // Begins to load the model. Errors: unavailable (with a sentence: this kind of provider cannot be asked, …).
    std::function<Result<void>(const core::Deployment&)> warm = {};
    // Takes what a provider tells of itself. Errors: invalid_argument, not_found (no such provider), limit_reached.
    std::function<Result<api::v1::HeartbeatResponse>(const api::v1::HeartbeatRequest&)> heartbeat = {};
    // nullopt: none was made.
    std::function<std::optional<FreeCheckNote>(core::LaneId)> free_check = {};
};

}  // namespace signalbox::control
