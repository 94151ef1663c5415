// A store of either kind for one test, and records to put into it.
#pragma once

#include <cstdint>
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

// The n-th id: 26 characters, later ones sort after earlier ones.
std::string id_of(std::int64_t n);

// A plain served request: id_of(n), at n seconds.
ports::RequestRecord plain_record(std::int64_t n);

// Every field set, to something no other field has.
ports::RequestRecord full_record(std::int64_t n);

// All fields, also those only get() gives.
void expect_same(const ports::RequestRecord& got, const ports::RequestRecord& wanted);

std::vector<std::string> ids(const std::vector<ports::RequestRecord>& rows);

// All ids the filter finds, page by page; every page must be full but the last, which must not be empty unless it is
// the only one.
std::vector<std::string> page_through(ports::Store& store, const ports::HistoryFilter& filter, int limit);

}  // namespace signalbox::test
