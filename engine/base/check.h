// A broken invariant of our own ends the process at once; it is never an error value and never ignored.
#pragma once

#include <exception>
#include <string_view>

namespace signalbox {
// An exception left the coroutine `name`: ends the process.
[[noreturn]] void coroutine_threw(std::string_view name, const std::exception_ptr& escaped);
}  // namespace signalbox

namespace signalbox::detail {
[[noreturn]] void check_failed(const char* what, const char* file, int line);
}

#define SB_CHECK(condition)                                                    \
    do {                                                                       \
        if (!(condition)) [[unlikely]]                                         \
            ::signalbox::detail::check_failed(#condition, __FILE__, __LINE__); \
    } while (false)
