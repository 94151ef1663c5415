#include "tests/contract/store/store_rig.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "engine/adapters/sqlite/sqlite_store.h"
#include "engine/sim/memory_store.h"
#include "tests/contract/store/temp_folder.h"

namespace signalbox::test {
namespace {

class MemoryRig final : public StoreRig {
  public:
    ports::Journal& journal() override { return store_; }
    ports::Store& store() override { return store_; }
    void settle() override {}

  private:
    sim::MemoryStore store_;
};

class SqliteRig final : public StoreRig {
  public:
    SqliteRig() {
        auto store = adapters::SqliteStore::open(folder_.file("history.db"), {{}, [] { return WallTime{}; }});
        if (!store) throw std::runtime_error(store.error().detail);
        store_ = std::move(*store);
    }
    ports::Journal& journal() override { return *store_; }
    ports::Store& store() override { return *store_; }
    void settle() override { store_->flush(); }

  private:
    TempFolder folder_;
    std::unique_ptr<adapters::SqliteStore> store_;
};

}  // namespace

std::unique_ptr<StoreRig> memory_rig() {
    return std::make_unique<MemoryRig>();
}
std::unique_ptr<StoreRig> sqlite_rig() {
    return std::make_unique<SqliteRig>();
}

std::vector<std::string> page_through(ports::Store& store, const ports::HistoryFilter& filter, int limit) {
    std::vector<std::string> all;
    std::string cursor;
    do {
        const auto page = store.query(filter, cursor, limit);
        if (!page) {
            ADD_FAILURE() << page.error().detail;
            return all;
        }
        EXPECT_FALSE(page->rows.empty() && !cursor.empty()) << "an empty page was announced";
        if (!page->next.empty()) EXPECT_EQ(page->rows.size(), static_cast<std::size_t>(limit));
        for (const auto& row : page->rows) all.push_back(row.id);
        cursor = page->next;
    } while (!cursor.empty());
    return all;
}

}  // namespace signalbox::test
