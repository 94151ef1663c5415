// The fake on a loop: it commits by itself, later, as the real one does.
#include "engine/sim/memory_ledger.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "engine/base/limits.h"
#include "tests/contract/ledger/till.h"

namespace signalbox::test {
namespace {

class MemoryLedgerOnALoop : public ::testing::Test {
  protected:
    MemoryLedgerOnALoop() {
        store->on_progress([this](const ports::LedgerProgress& progress) { told.push_back(progress); });
    }
    void append(std::uint64_t id) {
        std::vector<LedgerEntry> entries(1);
        entries[0].id = id;
        store->append(entries);
    }

    sim::SimLoop loop;
    std::unique_ptr<sim::MemoryLedger> store = std::make_unique<sim::MemoryLedger>(loop);
    std::vector<ports::LedgerProgress> told;
};

TEST_F(MemoryLedgerOnALoop, CommitsAGroupAfterItsTime) {
    append(1);
    append(2);
    loop.run_for(limits::ledger_commit_every - 1ns);
    EXPECT_TRUE(told.empty());
    EXPECT_TRUE(store->entries().empty());
    loop.run();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].durable, 2u);
    append(3);
    loop.run();
    EXPECT_EQ(store->entries().size(), 3u);
}

TEST_F(MemoryLedgerOnALoop, TellsAFailureByItself) {
    append(1);
    store->set_failure("gone");
    loop.run();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_TRUE(told[0].failed);
    EXPECT_TRUE(store->entries().empty());
}

TEST_F(MemoryLedgerOnALoop, MayEndBeforeItsCommit) {
    append(1);
    store.reset();
    loop.run();
    EXPECT_TRUE(told.empty());
}

TEST_F(MemoryLedgerOnALoop, BringsTheFirstCreditOfALedger) {
    Till till(*store, {{"ci", MicroUsd{1'000}, 24h}}, loop.wall());
    const auto pending = [&] { return till.with([](core::Ledger& ledger) { return ledger.credit_pending(); }); };
    EXPECT_TRUE(pending());
    EXPECT_TRUE(loop.run_to([&] { return !pending(); }));
    EXPECT_EQ(loop.now(), Instant{limits::ledger_commit_every});
}

}  // namespace
}  // namespace signalbox::test
