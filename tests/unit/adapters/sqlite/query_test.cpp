#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/contract/store/records.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

TEST(SqliteQuery, AFilterOfVeryManyValuesIsRefusedAndAnyShorterOneWorks) {
    const TempFolder folder;
    const auto store = open_store(folder.file("history.db"));
    store->offer(plain_record(1));
    store->flush();
    ports::HistoryFilter filter;
    filter.accounts = std::vector<std::string>(512, "none*");
    filter.accounts.back() = "";
    EXPECT_EQ(must(store->query(filter, "", 10)).rows.size(), 1u);
    filter.requested = {"gpt-5"};
    EXPECT_EQ(store->query(filter, "", 10).error().code, ErrorCode::invalid_argument);
}

TEST(SqliteQuery, ASearchThatTakesTooLongEndsAndTheStoreGoesOn) {
    const TempFolder folder;
    const auto store =
        must(adapters::SqliteStore::open(folder.file("history.db"), {{}, [] { return WallTime{}; }}, Nanos(0)));
    for (int i = 1; i <= 5000; ++i) store->offer(plain_record(i));
    store->flush();
    ports::HistoryFilter nothing;
    nothing.accounts = {"nobody*"};
    EXPECT_EQ(store->query(nothing, "", 10).error().code, ErrorCode::unavailable);
    EXPECT_EQ(must(store->query({}, "", 1)).rows.size(), 1u) << "short ones are answered";
    EXPECT_TRUE(store->get(id_of(7)));
    EXPECT_TRUE(store->append_audit({}));
    EXPECT_FALSE(store->failed());
}

// A value of the file that no version writes: shown as well as can be, never trusted.
TEST(SqliteQuery, ADamagedRowIsReadAsFarAsItMakesSense) {
    const TempFolder folder;
    const auto path = folder.file("history.db");
    const auto store = open_store(path);
    store->offer(full_record(1));
    store->flush();
    must(
        open_file(path).execute("UPDATE requests SET outcome = 77, why = -1, error = 9999, attempts = x'01ff', "
                                "candidates = 'text', account = 5"));
    const auto record = must(store->get(id_of(1)));
    EXPECT_EQ(record.outcome, ports::Outcome::failed);
    EXPECT_EQ(record.why, ErrorCode::internal);
    EXPECT_EQ(record.error, ErrorCode::internal);
    EXPECT_TRUE(record.attempts.empty());
    EXPECT_TRUE(record.candidates.empty());
    EXPECT_EQ(record.account, "5");
}

}  // namespace
}  // namespace signalbox::test
