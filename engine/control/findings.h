// What the policies of this gateway and of its clients do wrong, as problems to show: requests refused while something
// idle could have served them, retries made on both sides, and inputs that are cut before they come here. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/backend.h"
#include "engine/control/truncated_inputs.h"
#include "engine/flow/router.h"
#include "engine/ports/request_record.h"

namespace signalbox::control {

namespace v1 = api::v1;

// A request that was refused while something could have served it.
struct IdleRefusal {
    WallTime time;
    std::string request_id, account, model;
    std::string target;  // what was idle; empty: the record does not name it
    ErrorCode code = ErrorCode::ok;
};
// nullopt: it was not refused, or nothing could have served it.
[[nodiscard]] std::optional<IdleRefusal> idle_refusal(const ports::RequestRecord& record);

struct Sightings {
    std::span<const flow::AccountView> accounts;
    std::optional<IdleRefusal> last_idle_refusal;  // nullopt where none is remembered
    std::span<const TruncatedInputs> truncated;
};
[[nodiscard]] std::vector<v1::Problem> find_problems(const Sightings& seen, Moment at);

}  // namespace signalbox::control
