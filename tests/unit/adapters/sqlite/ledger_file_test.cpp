// What the ledger's file alone can show: its rights, its version, sums that were tampered with, a full disk.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "engine/adapters/sqlite/sqlite_ledger.h"
#include "tests/contract/ledger/till.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/full_disk.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

using adapters::SqliteLedger;
using core::Ledger;

constexpr WallTime noon{1'780'056'000'000'000};

class LedgerFile : public ::testing::Test {
  protected:
    void open() {
        till.reset();
        store.reset();
        store = must(SqliteLedger::open(path));
        till = std::make_unique<Till>(*store, accounts, noon);
        store->flush();
    }
    void close() {
        till.reset();
        store.reset();
    }
    ErrorCode open_error() {
        const auto opened = SqliteLedger::open(path);
        return opened ? ErrorCode::ok : opened.error().code;
    }
    // Waits for credit as long as there is any to wait for.
    ErrorCode spend(std::int64_t amount) {
        for (;;) {
            const auto held = till->with([&](Ledger& ledger) {
                const auto answer = ledger.hold(0, {amount}, Instant{1h}, noon);
                if (answer.id) ledger.post(answer.id, {amount}, {.request_id = "r"}, noon);
                return answer;
            });
            if (!held.wait) return held.code;
            store->flush();
        }
    }
    std::int64_t posted() {
        return till->with([](Ledger& ledger) { return ledger.view(0).posted.value; });
    }

    TempFolder folder;
    std::string path = folder.file("ledger.db");
    std::vector<core::MoneyAccount> accounts{{"ci", MicroUsd{2'000'000}, 24h}};
    std::unique_ptr<SqliteLedger> store;
    std::unique_ptr<Till> till;
};

TEST_F(LedgerFile, IsReadableByItsOwnerOnly) {
    open();
    using std::filesystem::perms;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const auto rights = std::filesystem::status(path + suffix).permissions();
        EXPECT_EQ(rights & perms::all, perms::owner_read | perms::owner_write) << suffix;
    }
}

TEST_F(LedgerFile, RefusesANewerVersionAndWhatIsNotALedger) {
    must(SqliteLedger::open(path));
    must(open_file(path).execute("PRAGMA user_version = 1000"));
    EXPECT_EQ(open_error(), ErrorCode::store_failed);
    path = folder.file("other.db");
    must(open_file(path).execute("CREATE TABLE something (a)"));
    EXPECT_EQ(open_error(), ErrorCode::store_failed);
    path = folder.file("no/such/folder");
    EXPECT_EQ(open_error(), ErrorCode::store_failed);
}

TEST_F(LedgerFile, OpeningTheHistorysFileIsAnErrorOfTheLoadNotACrash) {
    open_store(path);
    const auto opened = SqliteLedger::open(path);
    EXPECT_TRUE(!opened || !(*opened)->load({}));
}

TEST_F(LedgerFile, ALoadThatFailedFailsTheLedger) {
    const auto ledger = must(SqliteLedger::open(path));
    must(open_file(path).execute("DROP TABLE entries"));
    EXPECT_EQ(ledger->load({}).error().code, ErrorCode::store_failed);
    EXPECT_NE(ledger->failure(), "");
    std::vector<LedgerEntry> entries(3);
    ledger->append(entries);
    EXPECT_TRUE(entries.empty());
    ledger->flush();
}

TEST_F(LedgerFile, EndsWithoutEverBeingLoaded) {
    const auto ledger = must(SqliteLedger::open(path));
    std::vector<LedgerEntry> entries(3);
    ledger->append(entries);
    EXPECT_TRUE(entries.empty());
}

TEST_F(LedgerFile, SumsThatContradictTheEntriesAreMadeAnew) {
    open();
    EXPECT_EQ(spend(700), ErrorCode::ok);
    EXPECT_EQ(spend(300), ErrorCode::ok);
    close();
    must(open_file(path).execute("UPDATE accounts SET posted = 5, leased = leased + 9"));
    open();
    EXPECT_TRUE(till->books().corrected);
    EXPECT_EQ(till->books().accounts.at(0).posted_total.value, 1'000);
    EXPECT_EQ(posted(), 1'000);
    close();
    EXPECT_EQ(ask(path, "SELECT posted FROM accounts"), 1'000);
    EXPECT_EQ(ask(path, "SELECT leased FROM accounts"), ask(path, "SELECT sum(lease_change) FROM entries"));
    open();
    EXPECT_FALSE(till->books().corrected);
}

TEST_F(LedgerFile, EveryEntryIsAReadableRow) {
    open();
    EXPECT_EQ(spend(700), ErrorCode::ok);
    close();
    EXPECT_EQ(ask(path, "SELECT count(*) FROM entries WHERE kind = 1"), 1);
    EXPECT_EQ(ask(path,
                  "SELECT count(*) FROM entries JOIN accounts USING (account) WHERE kind = 2 AND name = 'ci' AND "
                  "amount = 700 AND lease_change = -700 AND request_id = 'r' AND estimated = 0 AND epoch = 1"),
              1);
    EXPECT_EQ(ask(path, "SELECT time FROM entries WHERE kind = 2"), noon.unix_us);
}

TEST_F(LedgerFile, ManyThreadsSpendWhatThereIsAndNoMore) {
    open();
    constexpr int threads = 4;
    std::vector<std::int64_t> spent(threads);
    {
        std::vector<std::jthread> spenders;
        for (auto& sum : spent) {
            spenders.emplace_back([&] {
                while (spend(700) == ErrorCode::ok) sum += 700;
            });
        }
    }
    const auto total = std::accumulate(spent.begin(), spent.end(), std::int64_t{0});
    EXPECT_EQ(total, 2'000'000 / 700 * 700);
    EXPECT_EQ(posted(), total);
    close();
    EXPECT_EQ(ask(path, "SELECT posted FROM accounts"), total);
    EXPECT_EQ(ask(path, "SELECT sum(amount) FROM entries WHERE kind = 2"), total);
    EXPECT_EQ(ask(path, "SELECT max(id) - count(*) FROM entries"), 0);
}

TEST_F(LedgerFile, AnEntryCannotBeWrittenTwice) {
    open();
    std::vector<LedgerEntry> again(1);
    again[0].id = 1;
    again[0].account = "ci";
    store->append(again);
    store->flush();
    EXPECT_NE(store->failure(), "");
    close();
    EXPECT_EQ(ask(path, "SELECT count(*) FROM entries"), 1);
}

TEST_F(LedgerFile, OnAFullDiskTheLeaseIsSpentAndAfterwardsTheBooksAreRight) {
    open();
    {
        const FullDisk disk(300'000);
        auto code = ErrorCode::ok;
        while (code == ErrorCode::ok) code = spend(100);
        EXPECT_EQ(code, ErrorCode::ledger_unavailable);
    }
    EXPECT_NE(store->failure(), "");
    EXPECT_EQ(spend(100), ErrorCode::ledger_unavailable) << "for good, though there is room again";
    const auto spent = posted();
    open();
    const auto& books = till->books().accounts.at(0);
    EXPECT_FALSE(till->books().corrected);
    EXPECT_LT(books.posted_total.value, spent);
    EXPECT_GE(books.posted_total + books.leased, MicroUsd{spent}) << "what was not written is within the lease";
    EXPECT_EQ(spend(100), ErrorCode::ok);
    close();
    EXPECT_EQ(ask(path, "SELECT sum(amount) FROM entries WHERE kind = 2"), ask(path, "SELECT posted FROM accounts"));
}

}  // namespace
}  // namespace signalbox::test
