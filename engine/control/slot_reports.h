// What servers and providers tell, in the words of the decision core. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/api/methods.h"
#include "engine/base/moment.h"
#include "engine/core/routing/slots.h"
#include "engine/protocol/state/server_state.h"

namespace signalbox::control {

// Of one model at one provider, as the provider names it.
struct ModelReport {
    std::string model;
    core::SlotReport report;
};

struct ReportSource {
    core::Provenance provenance = core::Provenance::measured;
    std::string name;       // "ollama /api/ps"
    bool preempts = false;  // the server may take memory back from a request
};

[[nodiscard]] std::vector<ModelReport> reports_of(const protocol::ModelStates& states, const ReportSource& source,
                                                  Moment at);
[[nodiscard]] std::vector<ModelReport> reports_of(const api::v1::HeartbeatRequest& beat, const ReportSource& source,
                                                  Moment at);

// The report of the model a deployment calls `upstream`; nullptr: there is none. A server of one model serves it by any
// name.
[[nodiscard]] const ModelReport* report_for(std::string_view upstream, std::span<const ModelReport> reports,
                                            bool one_model);

// `next` after `before`: how long the phase has lasted, and the load time, seen where it was not told.
void carry_over(const core::SlotReport& before, core::SlotReport& next);

}  // namespace signalbox::control
