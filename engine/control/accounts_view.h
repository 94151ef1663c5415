// Accounts in the API's words. Pure.
#pragma once

#include "engine/base/moment.h"
#include "engine/control/backend.h"
#include "engine/flow/router.h"

namespace signalbox::control {

[[nodiscard]] api::v1::Account to_message(const flow::AccountView& account);

// Callers without a key only once one has come; the others by name.
[[nodiscard]] api::v1::ListAccountsResponse list_accounts(const flow::FleetView& fleet);

}  // namespace signalbox::control
