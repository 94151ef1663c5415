// What the policies of this gateway and of its clients do wrong, as problems to show: requests refused while something
// idle could have served them, and retries made on both sides. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/moment.h"
#include "engine/control/backend.h"
#include "engine/flow/router.h"
#include "engine/ports/request_record.h"

namespace signalbox::control {

namespace v1 = api::v1;

// The target that could have served a request at the instant it was refused; empty: it was not refused, or there was
// none. Money is not about load: a spent budget refuses on purpose.
[[nodiscard]] std::string_view idle_target(const ports::RequestRecord& record);

// The last request that was refused while something could have served it.
struct IdleRefusal {
    WallTime time;
    std::string request_id, account, model, target;  // target: what was idle; all empty: none yet
    ErrorCode code = ErrorCode::ok;
};
[[nodiscard]] IdleRefusal idle_refusal(const ports::RequestRecord& record, std::string_view idle);

// Over all accounts.
[[nodiscard]] std::int64_t shed_while_idle_total(std::span<const flow::AccountView> accounts);

[[nodiscard]] std::vector<v1::Problem> find_problems(std::span<const flow::AccountView> accounts,
                                                     const IdleRefusal& last, Moment at);

}  // namespace signalbox::control
