// Errors are values: every fallible call returns Result<T>. No exception crosses a folder's edge.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "engine/base/error_code.h"

namespace signalbox {

// `code` decides what happens next and is what tests compare; `detail` is for people and may change.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string detail;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string detail = {}) {
    return std::unexpected<Error>(Error{code, std::move(detail)});
}

}  // namespace signalbox
