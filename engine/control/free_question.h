// What a provider may be asked about one deployment at no cost, and what its answer says. Pure.
#pragma once

#include <string>

#include "engine/control/http_probe.h"
#include "engine/core/routing/health.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::control {

// `route`: a body without a prompt, to the very route of the model. It can generate nothing, and a route that is dead
// says so before it looks for a prompt. Not for servers that load on demand: an empty request might do that.
// `listing`: something only the holder of the key is told: the list of models, where there is no model to name, or the
// credit left. `installed`: Ollama's list of what it could load.
// `presence`: whether a server that loads on demand is there.
enum class FreeQuestionKind : std::uint8_t { route, listing, installed, presence };

struct FreeQuestion {
    FreeQuestionKind kind = FreeQuestionKind::route;
    ProbeRequest request;
    std::string model;  // the provider's name for it

    [[nodiscard]] std::string words() const;  // "POST /v1/chat/completions without a prompt"
};

[[nodiscard]] FreeQuestion free_question(const core::ProviderConfig& provider, const core::Deployment& deployment,
                                         const flow::UpstreamAddress& address);

// What the answer says of a lane that was opened for `cause`.
[[nodiscard]] core::FreeCheck judge(const FreeQuestion& question, const Result<ProbeAnswer>& answer, ErrorCode cause);

}  // namespace signalbox::control
