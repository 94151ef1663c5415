// How servers are asked to load a model, and to let go of it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/control/http_probe.h"
#include "engine/core/config/config.h"

namespace signalbox::control {

// What the server is asked. `root`: server_root().
struct LoadTarget {
    core::ProviderKind kind = core::ProviderKind::openai;
    std::string root;
    std::string model;     // upstream name
    std::string instance;  // what the server called what it loaded; empty: it did not say
};

// Can this kind of server be asked?
[[nodiscard]] bool has_load_api(core::ProviderKind kind);
// Preconditions: has_load_api(target.kind).
[[nodiscard]] ProbeRequest load_request(const LoadTarget& target);
[[nodiscard]] ProbeRequest unload_request(const LoadTarget& target);

}  // namespace signalbox::control
