// What a full disk does to the history.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

#include "tests/contract/store/records.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/full_disk.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

constexpr rlim_t small = 400'000;     // above what an empty store needs
constexpr std::int64_t many = 5'000;  // records that do not fit into it

class SqliteFailure : public ::testing::Test {
  protected:
    void SetUp() override {
        store = open_store(path);
        ASSERT_TRUE(store->offer(plain_record(0)));
        store->flush();
        EXPECT_FALSE(store->failed());
        EXPECT_EQ(store->failure(), "");
    }
    void fill_the_disk() {
        const FullDisk disk(small);
        for (std::int64_t n = 1; n <= many; ++n) store->offer(plain_record(n));
        store->flush();
    }

    TempFolder folder;
    std::string path = folder.file("history.db");
    std::unique_ptr<adapters::SqliteStore> store;
};

TEST_F(SqliteFailure, AFullDiskIsShownAndEveryLostRecordIsCounted) {
    std::int64_t heard = 0;
    store->on_commit([&](const auto& batch) { heard += static_cast<std::int64_t>(batch.size()); });
    fill_the_disk();
    EXPECT_TRUE(store->failed());
    EXPECT_NE(store->failure(), "");
    store->on_commit({});
    EXPECT_EQ(heard + static_cast<std::int64_t>(store->shed()), many);
}

TEST_F(SqliteFailure, StaysFailedWhenTheDiskIsFreeAgainAndStillReads) {
    fill_the_disk();
    ASSERT_TRUE(store->failed());
    const auto shed = store->shed();
    EXPECT_FALSE(store->offer(plain_record(many + 1)));
    EXPECT_EQ(store->shed(), shed + 1);
    EXPECT_EQ(store->insert_override({}).error().code, ErrorCode::store_failed);
    EXPECT_EQ(store->update_override({}).error().code, ErrorCode::store_failed);
    EXPECT_EQ(store->append_audit({}).error().code, ErrorCode::store_failed);
    EXPECT_EQ(store->append_event({}).error().code, ErrorCode::store_failed);
    EXPECT_TRUE(store->get(id_of(0)).has_value());
    EXPECT_TRUE(store->query({}, "", 10).has_value());
}

TEST_F(SqliteFailure, WorksAgainAfterBeingOpenedAnew) {
    fill_the_disk();
    ASSERT_TRUE(store->failed());
    store.reset();
    store = open_store(path);
    EXPECT_FALSE(store->failed());
    ASSERT_TRUE(store->offer(plain_record(many + 1)));
    store->flush();
    EXPECT_TRUE(store->get(id_of(0)).has_value());
    EXPECT_TRUE(store->get(id_of(many + 1)).has_value());
}

TEST_F(SqliteFailure, AnOperatorsActThatCannotBeWrittenFailsTheStoreToo) {
    const FullDisk disk(small);
    const auto written = store->append_audit({.time = {}, .after = std::string(2 * small, 'x')});
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, ErrorCode::store_failed);
    EXPECT_TRUE(store->failed());
    EXPECT_FALSE(store->offer(plain_record(1)));
}

TEST_F(SqliteFailure, AChangeOfAnUnknownOverrideIsNoFailureOfTheStore) {
    EXPECT_EQ(store->update_override({}).error().code, ErrorCode::not_found);
    EXPECT_FALSE(store->failed());
}

}  // namespace
}  // namespace signalbox::test
