// Where a model's requests could go instead: what the redirect sheet shows before anybody decides. Pure.
#pragma once

#include <span>
#include <string>

#include "engine/control/snapshot.h"
#include "engine/ports/store.h"

namespace signalbox::control {

// Every listed model of the same shape that would make no circle, best first: working before broken, then without a
// warning, then the faster. Refusal: model_not_found.
[[nodiscard]] api::Answer<v1::PreviewOverrideResponse> preview(const std::string& from, const SnapshotInput& input,
                                                               std::span<const ports::OverrideRow> active);

}  // namespace signalbox::control
