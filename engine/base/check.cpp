#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace signalbox {

void coroutine_threw(std::string_view name, const std::exception_ptr& escaped) {
    const int length = static_cast<int>(name.size());
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "signalbox: coroutine %.*s threw: %s\n", length, name.data(), error.what());
    } catch (...) {
        std::fprintf(stderr, "signalbox: coroutine %.*s threw\n", length, name.data());
    }
    std::abort();
}

}  // namespace signalbox

namespace signalbox::detail {

void check_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "signalbox: broken invariant at %s:%d: %s\n", file, line, what);
    std::abort();
}

}  // namespace signalbox::detail
