// What an override may be. Pure: the request, the routing table and the overrides in force, to a row or a refusal.
//
// An override is a lease: it moves requests for one model entry to another, for some or all clients, and ends by
// itself.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/control/backend.h"
#include "engine/core/routing/override_table.h"
#include "engine/core/routing/routing_table.h"
#include "engine/ports/store.h"

namespace signalbox::control {

namespace v1 = api::v1;

// Ended by a person so soon after its creation, it counts as taken back.
inline constexpr Nanos override_undo_window = 30s;
// The first answer is kept for a repeated idempotency key.
inline constexpr Nanos idempotency_window = 24h;

// The row to store (without an id). `active` holds every override in force.
// Refusals: invalid_argument, model_not_found, conflict (same model with an overlapping scope, or a cycle; with the id
// of the override in the way), limit_reached.
[[nodiscard]] api::Answer<ports::OverrideRow> check_create(const v1::CreateOverrideRequest& request,
                                                           const core::RoutingTable& table,
                                                           std::span<const ports::OverrideRow> active,
                                                           const Caller& caller, WallTime wall);

// The row with its later end. Refusals: invalid_argument (not positive, or past the longest lease counted from now).
[[nodiscard]] api::Answer<ports::OverrideRow> check_extend(const v1::ExtendOverrideRequest& request,
                                                           ports::OverrideRow row, WallTime wall);

// Who did it: the token's name, or the name the request gives where no token vouches for one.
[[nodiscard]] std::string actor_of(const Caller& caller, const std::string& named);
[[nodiscard]] std::string source_of(const Caller& caller, const std::string& named);

// Every order of an operator says who gives it and why. Refusal: invalid_argument.
[[nodiscard]] std::optional<api::Failure> check_order(const std::string& actor, const std::string& reason);

// The first active override of `from` whose scope some request could share; nullptr: none.
[[nodiscard]] const ports::OverrideRow* find_overlap(std::span<const ports::OverrideRow> active, std::string_view from,
                                                     std::string_view scope_account, std::string_view scope_tag);

// The override that would lead back to `from`, following any of them from `to`; nullptr: none.
[[nodiscard]] const ports::OverrideRow* find_cycle(std::span<const ports::OverrideRow> active, const std::string& from,
                                                   const std::string& to);

[[nodiscard]] bool in_force(const ports::OverrideRow& row, WallTime wall);
// "gpt-5 -> claude, account ci, tag team=ci, 50 %, until 2026-11-20T15:00:00Z"
[[nodiscard]] std::string describe(const ports::OverrideRow& row);
[[nodiscard]] v1::Override to_message(const ports::OverrideRow& row, std::int64_t diverted, WallTime wall);
// `scope_tag` taken apart as the data plane wants it.
[[nodiscard]] core::ActiveOverride to_active(const ports::OverrideRow& row, Instant expires,
                                             std::shared_ptr<std::atomic<std::int64_t>> diverted);

}  // namespace signalbox::control
