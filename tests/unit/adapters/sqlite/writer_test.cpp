#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/base/limits.h"
#include "tests/contract/store/records.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

TEST(SqliteWriter, CommitsWhatIsWaitingWhenTheStoreIsClosed) {
    const TempFolder folder;
    const auto path = folder.file("history.db");
    {
        const auto store = open_store(path);
        for (std::int64_t n = 0; n < 1000; ++n) ASSERT_TRUE(store->offer(plain_record(n)));
    }
    EXPECT_EQ(ask(path, "SELECT count(*) FROM requests"), 1000);
}

TEST(SqliteWriter, CommitsByItselfWithoutBeingPushed) {
    const TempFolder folder;
    const auto store = open_store(folder.file("history.db"));
    std::atomic<bool> heard{false};
    store->on_commit([&](const auto&) {
        heard = true;
        heard.notify_one();
    });
    ASSERT_TRUE(store->offer(plain_record(1)));
    heard.wait(false);
    EXPECT_TRUE(store->get(id_of(1)).has_value());
}

TEST(SqliteWriter, KeepsTheFirstOfTwoRecordsWithOneId) {
    const TempFolder folder;
    const auto store = open_store(folder.file("history.db"));
    auto second = plain_record(1);
    second.account = "later";
    ASSERT_TRUE(store->offer(plain_record(1)));
    ASSERT_TRUE(store->offer(second));
    ASSERT_TRUE(store->offer(plain_record(2)));
    store->flush();
    EXPECT_FALSE(store->failed());
    EXPECT_EQ(must(store->get(id_of(1))).account, "");
    EXPECT_TRUE(store->get(id_of(2)).has_value());
}

// Another program (a backup, an inspector) holds the file: nobody waits, the queue fills, the rest is shed and counted,
// and all that was accepted is written once the file is free.
TEST(SqliteWriter, ShedsWhileAnotherProcessHoldsTheFileAndRecovers) {
    const TempFolder folder;
    const auto path = folder.file("history.db");
    const auto store = open_store(path);
    auto other = open_file(path);
    must(other.execute("BEGIN IMMEDIATE"));
    std::int64_t accepted = 0;
    const auto most = static_cast<std::int64_t>(2 * limits::journal_queue_max);  // a batch in hand and a full queue
    for (std::int64_t n = 0; n <= most && store->offer(plain_record(n)); ++n) ++accepted;
    EXPECT_GE(accepted, most / 2);
    EXPECT_LE(accepted, most);
    EXPECT_EQ(store->shed(), 1u);
    must(other.execute("COMMIT"));
    store->flush();
    EXPECT_FALSE(store->failed());
    EXPECT_EQ(store->shed(), 1u);
    EXPECT_EQ(ask(path, "SELECT count(*) FROM requests"), accepted);
}

TEST(SqliteWriter, OperatorsActsAndReadsGoOnBesideAFullLoad) {
    const TempFolder folder;
    const auto store = open_store(folder.file("history.db"));
    std::atomic<bool> stop{false};
    std::int64_t accepted = 0;
    std::thread load([&] {
        for (std::int64_t n = 0; !stop; ++n) accepted += store->offer(plain_record(n)) ? 1 : 0;
    });
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(store->insert_override({}).has_value());
        EXPECT_TRUE(store->append_event({}).has_value());
        EXPECT_TRUE(store->query({}, "", 100).has_value());
    }
    stop = true;
    load.join();
    store->flush();
    EXPECT_FALSE(store->failed()) << store->failure();
    EXPECT_EQ(must(store->overrides(false, {})).size(), 50u);
}

}  // namespace
}  // namespace signalbox::test
