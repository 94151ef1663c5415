#include "engine/adapters/sqlite/retention.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/contract/store/records.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

constexpr std::int64_t many = 6'000;

class RetentionTest : public ::testing::Test {
  protected:
    // Runs turns of the writer until nothing more is deleted.
    static void settle(adapters::SqliteStore& store) {
        auto before = store.deleted();
        do {
            before = store.deleted();
            store.flush();
        } while (store.deleted() != before);
    }
    std::int64_t rows() const { return ask(path, "SELECT count(*) FROM requests"); }

    TempFolder folder;
    std::string path = folder.file("history.db");
};

TEST_F(RetentionTest, WithoutLimitsNothingIsDeleted) {
    const auto store = open_store(path, {}, WallTime{INT64_MAX});
    for (std::int64_t n = 0; n < 100; ++n) store->offer(plain_record(n));
    settle(*store);
    EXPECT_EQ(store->deleted(), 0u);
    EXPECT_EQ(rows(), 100);
}

TEST_F(RetentionTest, DeletesRequestsAndEventsOfTooGreatAnAgeButNoAudit) {
    const auto store = open_store(path, {.retain = 1000s}, WallTime{5'000'000'000});
    for (std::int64_t n = 0; n < many; ++n) store->offer(plain_record(n));  // n seconds; 4,000 and later stay
    for (const std::int64_t seconds : {3'999, 4'000}) {
        const WallTime time{seconds * 1'000'000};
        ASSERT_TRUE(store->append_event({.time = time}).has_value());
        ASSERT_TRUE(store->append_audit({.time = time}).has_value());
    }
    settle(*store);
    EXPECT_EQ(store->deleted(), 4'000u);
    EXPECT_EQ(rows(), many - 4'000);
    EXPECT_EQ(store->get(id_of(3'999)).error().code, ErrorCode::not_found);
    EXPECT_TRUE(store->get(id_of(4'000)).has_value());
    EXPECT_EQ(must(store->events(0, 10)).size(), 1u);
    EXPECT_EQ(must(store->audit(0, 10)).size(), 2u);
}

TEST_F(RetentionTest, DeletesTheOldestAboveTheSizeAndGivesTheSpaceBack) {
    {
        const auto store = open_store(path);
        for (std::int64_t n = 0; n < many; ++n) store->offer(full_record(n));
    }
    const auto full_size = std::filesystem::file_size(path);
    constexpr std::int64_t limit = 1'000'000;
    ASSERT_GT(full_size, static_cast<std::uintmax_t>(2 * limit));
    {
        const auto store = open_store(path, {.max_bytes = limit});
        settle(*store);
        EXPECT_GT(store->deleted(), 0u);
        EXPECT_EQ(rows(), many - static_cast<std::int64_t>(store->deleted()));
        EXPECT_TRUE(store->get(id_of(many - 1)).has_value()) << "the newest stay";
        EXPECT_EQ(store->get(id_of(0)).error().code, ErrorCode::not_found);
        for (int turn = 0; turn < 30; ++turn) store->flush();
    }
    EXPECT_LE(ask(path,
                  "SELECT (page_count - freelist_count) * page_size FROM "
                  "pragma_page_count, pragma_freelist_count, pragma_page_size"),
              limit);
    EXPECT_LT(std::filesystem::file_size(path), full_size / 2);
    EXPECT_GT(rows(), 0);
}

}  // namespace
}  // namespace signalbox::test
