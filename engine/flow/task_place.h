// Where a provider says a task, or the picture made by it, can be asked for: followed only if it is a place of that
// provider's. What a provider answers must not make us call anybody else, and nobody else may see its key. Pure.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/config/config.h"
#include "engine/flow/upstream.h"

namespace signalbox::flow {

// poll: with the provider's key. fetch: a picture, without it.
enum class TaskUse : std::uint8_t { poll, fetch };

// The address to call; its path_prefix is the whole target, query included, and its headers hold the key only for a
// poll. Allowed is the scheme, host and port of base_url itself; besides, over https at its usual port, the hosts below
// bfl.ai: for a poll only where base_url is one of them, since its key is theirs. Pictures also lie in their store at
// Azure. upstream_malformed: the address is none, or leads elsewhere; the detail names the host.
[[nodiscard]] Result<UpstreamAddress> task_place(const core::ProviderConfig& provider, int key, std::string_view url,
                                                 TaskUse use);

}  // namespace signalbox::flow
