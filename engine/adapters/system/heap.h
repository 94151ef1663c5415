// How the process's heap treats memory that comes and goes with every large request.
#pragma once

namespace signalbox::adapters {

// Where jemalloc is linked, it is the heap and treats it well by itself: under load coroutine frames come and go by the
// dozen, and the C library's own cache of seven blocks of each size runs over. A twentieth of a small request's cost.
//
// Else: keeps up to 64 MiB of freed memory at the heap's end instead of giving it back, and takes blocks up to 4 MiB
// from the heap instead of from the kernel: otherwise a gateway of 100 kB prompts spends a quarter of its time on page
// faults. Once, before there are threads. No-op where the C library has no such knobs.
void keep_freed_memory();

}  // namespace signalbox::adapters
