// The decision state as the slow path sees it: a copy, taken at one instant. Plain data.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/admission/admission.h"
#include "engine/core/ledger/ledger.h"
#include "engine/core/routing/fleet.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::flow {

// Shared and never changed: whoever looks at the fleet again and again copies no strings.
class Names {
  public:
    Names() = default;
    explicit Names(std::vector<std::string> names)
        : names_(std::make_shared<const std::vector<std::string>>(std::move(names))) {}
    [[nodiscard]] std::size_t size() const { return names_ == nullptr ? 0 : names_->size(); }
    [[nodiscard]] const std::string& operator[](std::size_t id) const { return (*names_)[id]; }

  private:
    std::shared_ptr<const std::vector<std::string>> names_;
};

// What is learned of one deployment's prompts.
struct Calibration {
    double bytes_per_token = 0;  // 0: nothing reported yet
    double error = 0;            // mean share the estimate is wrong by
};

struct AccountView {
    core::AccountFigures figures;
    std::optional<core::AccountMoney> money;  // none: nothing is recorded of callers without an account
};

// Copied out for the slow path.
struct FleetView {
    core::RoutingTablePtr table;
    std::vector<core::LaneState> lanes;  // by LaneId
    Names lane_names;
    std::vector<core::KeyState> keys;                // by KeyId
    Names key_names;                                 // "provider#key"
    std::vector<core::DeploymentState> deployments;  // by DeploymentId
    std::vector<std::int64_t> ceilings;              // of the slow ramp, by DeploymentId
    std::vector<Calibration> calibrations;           // by DeploymentId
    std::vector<std::int64_t> expected_output;       // tokens, by position in table->models()
    std::vector<AccountView> accounts;
    std::map<std::string, std::size_t> queued;  // by model; only where somebody waits

    // What keeps the lane closed: its key's health where the key itself is refused, its own otherwise.
    [[nodiscard]] const core::Health& health_of(const core::Lane& lane) const;
};

}  // namespace signalbox::flow
