// The durable trail of what people and the gateway itself did: audit rows and events.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/log.h"
#include "engine/control/backend.h"
#include "engine/ports/store.h"

namespace signalbox::control {

// One act of somebody: `action` on `object`, from `before` to `after`.
struct Act {
    std::string actor, source;
    std::string action;  // override.create, config.apply, …
    std::string object;
    std::string before = {}, after = {}, reason = {};
};

// Control loop only; calls the store. The store and the log outlive it.
class Trail {
  public:
    Trail(ports::Store& store, Log& log) : store_(store), log_(log) {}

    // Written before the act takes effect; when that fails, the act must not go on. Error: store_failed.
    [[nodiscard]] Result<void> intent(const Act& act, WallTime at);
    // How it ended. An act that has happened cannot be taken back because the trail is broken: a failure is logged.
    void result(const Act& act, ErrorCode result, WallTime at);
    void event(std::string_view severity, std::string_view kind, std::string object, std::string text, WallTime at);

  private:
    Result<void> append(const Act& act, std::string_view result, WallTime at);

    ports::Store& store_;
    Log& log_;
};

}  // namespace signalbox::control
