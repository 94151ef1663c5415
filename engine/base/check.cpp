#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace signalbox::detail {

void check_failed(const char* what, const char* file, int line) {
    std::fprintf(stderr, "signalbox: broken invariant at %s:%d: %s\n", file, line, what);
    std::abort();
}

}  // namespace signalbox::detail
