// Refusing a control call: the engine's error values as the API's.
#pragma once

#include <string>
#include <utility>

#include "engine/api/gateway.h"

namespace signalbox::control {

[[nodiscard]] inline std::unexpected<api::Failure> refuse(ErrorCode code, std::string message,
                                                          std::int64_t conflict_id = 0) {
    return std::unexpected(api::Failure{code, std::move(message), conflict_id});
}
[[nodiscard]] inline std::unexpected<api::Failure> refuse(Error error) {
    return refuse(error.code, std::move(error.detail));
}

}  // namespace signalbox::control
