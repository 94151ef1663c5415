// What the policies of this gateway and of its clients do wrong, as problems to show: requests refused while something
// idle could have served them, and retries made on both sides. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/backend.h"
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

// `last`: nullopt where none is remembered.
[[nodiscard]] std::vector<v1::Problem> find_problems(std::span<const flow::AccountView> accounts,
                                                     const std::optional<IdleRefusal>& last, Moment at);

}  // namespace signalbox::control
