#include "engine/adapters/system/heap.h"

#include <stdlib.h>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace signalbox::adapters {

void keep_freed_memory() {
#ifdef M_TRIM_THRESHOLD
    constexpr int kept = 64 << 20;      // bytes
    constexpr int from_heap = 4 << 20;  // bytes
    mallopt(M_TRIM_THRESHOLD, kept);
    mallopt(M_MMAP_THRESHOLD, from_heap);
#endif
}

}  // namespace signalbox::adapters
