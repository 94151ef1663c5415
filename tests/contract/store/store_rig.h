// A store of either kind for one test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/store.h"

namespace signalbox::test {

class StoreRig {
  public:
    virtual ~StoreRig() = default;
    virtual ports::Journal& journal() = 0;
    virtual ports::Store& store() = 0;
    // Returns when everything offered before is committed.
    virtual void settle() = 0;
};

using RigFactory = std::function<std::unique_ptr<StoreRig>()>;

std::unique_ptr<StoreRig> memory_rig();
// On a file in a folder of its own, removed with the rig.
std::unique_ptr<StoreRig> sqlite_rig();

// All ids the filter finds, page by page; every page must be full but the last, which must not be empty unless it is
// the only one.
std::vector<std::string> page_through(ports::Store& store, const ports::HistoryFilter& filter, int limit);

}  // namespace signalbox::test
