// kill -9 in the middle of spending, again and again on one file: nothing durable is lost, nothing is spent twice, no
// credit stays stranded, no budget is exceeded.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "engine/adapters/sqlite/sqlite_ledger.h"
#include "engine/base/prng.h"
#include "tests/contract/ledger/till.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

using adapters::SqliteLedger;
using core::HoldId;
using core::Ledger;

constexpr WallTime noon{1'780'056'000'000'000};
constexpr std::int64_t limit = 600'000;
constexpr std::int64_t cost_max = 500;
constexpr int lives = 6;

// What the dying process leaves in memory it shares with the test.
struct Witness {
    std::atomic<std::int64_t> spent{0};           // by posts of the budgeted account, in all lives
    std::atomic<std::uint64_t> durable{0};        // as the observer was told last
    std::atomic<std::int64_t> most_in_window{0};  // posted and held at any time
};

class SharedWitness {
  public:
    SharedWitness()
        : memory_(::mmap(nullptr, sizeof(Witness), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        new (memory_) Witness;
    }
    SharedWitness(const SharedWitness&) = delete;
    SharedWitness& operator=(const SharedWitness&) = delete;
    ~SharedWitness() { ::munmap(memory_, sizeof(Witness)); }
    Witness* operator->() const { return static_cast<Witness*>(memory_); }

  private:
    void* memory_;
};

std::vector<core::MoneyAccount> accounts() {
    return {{"ci", MicroUsd{limit}, 24h}, {"free", std::nullopt, 24h}};
}

// Tells the witness what is durable before anybody else hears it.
class WitnessedStore final : public ports::LedgerStore {
  public:
    WitnessedStore(ports::LedgerStore& store, const SharedWitness& witness) : store_(store), witness_(witness) {}
    Result<LedgerBooks> load(const std::vector<LedgerWindow>& windows) override { return store_.load(windows); }
    void append(std::vector<LedgerEntry>& entries) override { store_.append(entries); }
    void on_progress(Observer observer) override {
        store_.on_progress([this, observer = std::move(observer)](const ports::LedgerProgress& progress) {
            witness_->durable = progress.durable;
            if (observer) observer(progress);
        });
    }
    [[nodiscard]] std::string failure() const override { return store_.failure(); }

  private:
    ports::LedgerStore& store_;
    const SharedWitness& witness_;
};

// Spends at random and dies at the operation the seed has chosen, whatever the writer is doing at that moment.
[[noreturn]] void live_and_die(const std::string& path, std::uint64_t seed, const SharedWitness& witness) {
    Prng prng(seed);
    const auto last_operation = 1 + below(prng.next(), 3'000);
    const auto store = must(SqliteLedger::open(path));
    WitnessedStore witnessed(*store, witness);
    Till till(witnessed, accounts(), noon);
    std::vector<HoldId> live;
    for (std::uint64_t operation = 0; operation < last_operation; ++operation) {
        if (below(prng.next(), 200) == 0) store->flush();  // lets the writer catch up at moments of the seed's choice
        const bool paid = below(prng.next(), 4) != 0;
        const auto amount = static_cast<std::int64_t>(below(prng.next(), cost_max));
        const bool ends = !live.empty() && below(prng.next(), 2) == 0;
        till.with([&](Ledger& ledger) {
            const auto money = ledger.view(0);
            witness->most_in_window = std::max(witness->most_in_window.load(), (money.posted + money.held).value);
            if (ends) {
                const auto before = ledger.view(0).total.value;
                const auto request = std::to_string(seed) + "-" + std::to_string(operation);
                ledger.post(live.back(), {amount}, {.request_id = request}, noon);
                witness->spent += ledger.view(0).total.value - before;
                live.pop_back();
            } else if (const auto held = ledger.hold(paid ? 0 : 1, {cost_max}, Instant{1h}, noon); held.id) {
                live.push_back(held.id);
            }
        });
    }
    ::kill(::getpid(), SIGKILL);
    _exit(1);
}

void check_file(const std::string& path, const SharedWitness& witness) {
    auto file = open_file(path);
    auto integrity = must(file.prepare("PRAGMA integrity_check"));
    ASSERT_TRUE(must(integrity.step()));
    EXPECT_EQ(integrity.text(), "ok");
    const auto number = [&](const char* sql) { return must(file.integer(sql)); };
    EXPECT_EQ(number("SELECT count(*) FROM entries"), number("SELECT ifnull(max(id), 0) FROM entries"));
    EXPECT_GE(number("SELECT ifnull(max(id), 0) FROM entries"), static_cast<std::int64_t>(witness->durable.load()));
    EXPECT_EQ(
        number("SELECT count(*) FROM accounts WHERE posted != "
               "(SELECT ifnull(sum(amount), 0) FROM entries e WHERE e.account = accounts.account AND kind = 2) OR "
               "leased != (SELECT sum(lease_change) FROM entries e WHERE e.account = accounts.account)"),
        0);
    EXPECT_EQ(number("SELECT count(*) - count(DISTINCT request_id) FROM entries WHERE kind = 2"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM accounts WHERE leased < 0"), 0);
    EXPECT_LE(number("SELECT ifnull(sum(posted + leased), 0) FROM accounts WHERE name = 'ci'"), limit);
}

class LedgerCrash : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LedgerCrash, NothingIsLostStrandedOrSpentTwice) {
    const TempFolder folder;
    const auto path = folder.file("ledger.db");
    const SharedWitness witness;
    std::int64_t lost_at_most = 0;
    for (int life = 0; life < lives; ++life) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) live_and_die(path, GetParam() * 1'000 + static_cast<std::uint64_t>(life), witness);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it ended by itself";
        check_file(path, witness);
        lost_at_most += ask(path, "SELECT ifnull(sum(leased), 0) FROM accounts WHERE name = 'ci'");
        const auto posted = ask(path, "SELECT ifnull(sum(posted), 0) FROM accounts WHERE name = 'ci'");
        EXPECT_LE(posted, witness->spent);
        EXPECT_LE(witness->spent - posted, lost_at_most) << "a crash loses no more than what was leased and not posted";
    }
    EXPECT_LE(witness->most_in_window, limit) << "over-spent";

    const auto store = must(SqliteLedger::open(path));
    Till till(*store, {}, noon);
    store->flush();
    EXPECT_FALSE(till.books().corrected);
    EXPECT_EQ(till.books().epoch, lives + 1u);
    EXPECT_EQ(ask(path, "SELECT count(*) FROM accounts WHERE leased != 0"), 0) << "stranded";
}

INSTANTIATE_TEST_SUITE_P(Seeds, LedgerCrash, ::testing::Range<std::uint64_t>(1, 7));

}  // namespace
}  // namespace signalbox::test
