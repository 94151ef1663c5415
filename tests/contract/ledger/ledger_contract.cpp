// What every store of the ledger promises, held against the fake and the real one alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/prng.h"
#include "tests/contract/ledger/ledger_rig.h"
#include "tests/contract/ledger/till.h"

namespace signalbox::test {
namespace {

constexpr WallTime noon{1'780'056'000'000'000};
constexpr WallTime midnight{1'780'012'800'000'000};

class LedgerContract : public ::testing::TestWithParam<LedgerRigFactory> {
  protected:
    LedgerBooks load(const std::vector<LedgerWindow>& windows = {}) {
        auto books = rig->store().load(windows);
        EXPECT_TRUE(books.has_value());
        return books.value_or(LedgerBooks{});
    }
    void listen() {
        rig->store().on_progress([this](const ports::LedgerProgress& progress) { told.push_back(progress); });
    }
    LedgerEntry entry(EntryKind kind, std::string_view account, std::int64_t amount, WallTime time = noon) {
        LedgerEntry made;
        made.id = ++last_id;
        made.kind = kind;
        made.leased = kind == EntryKind::post;
        made.amount = {amount};
        made.account = account;
        made.time = time;
        made.epoch = 1;
        return made;
    }
    void append(std::vector<LedgerEntry> entries) {
        rig->store().append(entries);
        EXPECT_TRUE(entries.empty());
    }
    static const AccountBooks& of(const LedgerBooks& books, std::string_view account) {
        static const AccountBooks none;
        const auto found = std::ranges::find(books.accounts, account, &AccountBooks::account);
        EXPECT_NE(found, books.accounts.end()) << account;
        return found == books.accounts.end() ? none : *found;
    }

    std::unique_ptr<LedgerRig> rig = GetParam()();
    std::vector<ports::LedgerProgress> told;
    std::uint64_t last_id = 0;
};

TEST_P(LedgerContract, ANewOneIsEmptyAndKnowsWhomItIsAskedFor) {
    const auto books = load({{"ci", midnight}});
    EXPECT_EQ(books.epoch, 1u);
    EXPECT_EQ(books.last_id, 0u);
    EXPECT_FALSE(books.corrected);
    ASSERT_EQ(books.accounts.size(), 1u);
    EXPECT_EQ(books.accounts[0].since, midnight);
    EXPECT_EQ(books.accounts[0].posted_total.value, 0);
    EXPECT_EQ(rig->store().failure(), "");
}

TEST_P(LedgerContract, TellsWhatIsDurableInTheOrderOfIds) {
    load();
    listen();
    for (int i = 0; i < 100; ++i) append({entry(EntryKind::grant, "ci", 10), entry(EntryKind::post, "ci", 3)});
    rig->settle();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back().durable, 200u);
    EXPECT_TRUE(std::ranges::is_sorted(told, {}, &ports::LedgerProgress::durable));
    EXPECT_TRUE(std::ranges::none_of(told, &ports::LedgerProgress::failed));
}

TEST_P(LedgerContract, AnEmptyHandOverIsNothing) {
    load();
    listen();
    append({});
    rig->settle();
    EXPECT_TRUE(told.empty());
}

TEST_P(LedgerContract, AddsUpPerAccountAndWindowAcrossARestart) {
    load();
    append({entry(EntryKind::grant, "a", 1'000), entry(EntryKind::post, "a", 100, midnight + -1us),
            entry(EntryKind::post, "a", 30, midnight), entry(EntryKind::post, "b", 5), entry(EntryKind::post, "a", 7)});
    rig->settle();
    rig->restart();
    const auto books = load({{"a", midnight}, {"new", midnight}});
    EXPECT_EQ(books.epoch, 2u);
    EXPECT_EQ(books.last_id, 5u);
    EXPECT_FALSE(books.corrected);
    EXPECT_EQ(books.accounts.size(), 3u);
    EXPECT_EQ(of(books, "a").posted_since.value, 37);
    EXPECT_EQ(of(books, "a").posted_total.value, 137);
    EXPECT_EQ(of(books, "a").leased.value, 863);
    EXPECT_EQ(of(books, "b").posted_since.value, 5) << "of all time, since nobody asked";
    EXPECT_EQ(of(books, "b").leased.value, -5);
    EXPECT_EQ(of(books, "new").posted_total.value, 0);
}

TEST_P(LedgerContract, EveryKindDoesItsPartToTheLease) {
    load();
    auto unleased = entry(EntryKind::post, "a", 50);
    unleased.leased = false;
    append({unleased, entry(EntryKind::grant, "a", 100), entry(EntryKind::post, "a", 120),
            entry(EntryKind::adjust, "a", 20)});
    append({entry(EntryKind::grant, "b", 100), entry(EntryKind::void_, "b", 60)});
    rig->settle();
    rig->restart();
    const auto books = load();
    EXPECT_EQ(of(books, "a").leased.value, 0);
    EXPECT_EQ(of(books, "a").posted_total.value, 170);
    EXPECT_EQ(of(books, "b").leased.value, 40);
    EXPECT_EQ(of(books, "b").posted_total.value, 0);
}

TEST_P(LedgerContract, GoesOnCountingAfterSeveralRestarts) {
    for (std::uint32_t epoch = 1; epoch <= 4; ++epoch) {
        const auto books = load({{"a", midnight}});
        EXPECT_EQ(books.epoch, epoch);
        EXPECT_EQ(books.last_id, last_id);
        EXPECT_EQ(of(books, "a").posted_since.value, 10 * (epoch - 1));
        append({entry(EntryKind::post, "a", 10)});
        rig->settle();
        rig->restart();
    }
}

TEST_P(LedgerContract, NamesOfAnyKindStayApart) {
    load();
    const std::string odd = "Ünïcode ' \" \\ \n name";
    append({entry(EntryKind::post, odd, 1), entry(EntryKind::post, "", 2), entry(EntryKind::post, "A", 3),
            entry(EntryKind::post, "a", 4)});
    rig->settle();
    rig->restart();
    const auto books = load({{odd, midnight}});
    EXPECT_EQ(of(books, odd).posted_since.value, 1);
    EXPECT_EQ(of(books, "").posted_total.value, 2);
    EXPECT_EQ(of(books, "A").posted_total.value, 3);
    EXPECT_EQ(of(books, "a").posted_total.value, 4);
}

TEST_P(LedgerContract, WhatThereIsNoRoomForStaysWithTheCaller) {
    load();
    std::vector<LedgerEntry> many;
    for (std::size_t i = 0; i < 3 * limits::ledger_queue_max; ++i) many.push_back(entry(EntryKind::post, "a", 1));
    const auto last = many.back().id;
    while (!many.empty()) {
        const auto first = many.front().id;
        rig->store().append(many);
        EXPECT_TRUE(many.empty() || many.front().id > first || many.size() > limits::ledger_queue_max);
        EXPECT_TRUE(many.empty() || many.back().id == last);
        rig->settle();
    }
    rig->restart();
    EXPECT_EQ(of(load(), "a").posted_total.value, static_cast<std::int64_t>(last));
}

TEST_P(LedgerContract, AFailureIsToldOnceAndForGood) {
    load();
    append({entry(EntryKind::grant, "a", 100)});
    listen();
    rig->settle();
    rig->break_it();
    append({entry(EntryKind::post, "a", 1)});
    rig->settle();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_FALSE(told[0].failed);
    EXPECT_TRUE(told[1].failed);
    EXPECT_EQ(told[1].durable, 1u);
    EXPECT_NE(rig->store().failure(), "");
    append({entry(EntryKind::post, "a", 1)});
    rig->settle();
    EXPECT_EQ(told.size(), 2u);
}

TEST_P(LedgerContract, WhoListensLateIsToldWhatHeMissed) {
    load();
    append({entry(EntryKind::grant, "a", 100)});
    rig->settle();
    listen();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].durable, 1u);
    rig->break_it();
    append({entry(EntryKind::post, "a", 1)});
    rig->settle();
    listen();
    ASSERT_EQ(told.size(), 3u);
    EXPECT_TRUE(told[2].failed);
}

TEST_P(LedgerContract, NobodyIsToldAfterTheObserverIsTakenAway) {
    load();
    listen();
    rig->store().on_progress({});
    append({entry(EntryKind::post, "a", 1)});
    rig->settle();
    EXPECT_TRUE(told.empty());
}

// With the ledger itself on top.
class TillContract : public LedgerContract {
  protected:
    // Asks until nothing is left to wait for.
    core::HoldAnswer hold(Till& till, int account, std::int64_t amount) {
        for (;;) {
            const auto answer =
                till.with([&](core::Ledger& ledger) { return ledger.hold(account, {amount}, Instant{1h}, noon); });
            if (!answer.wait) return answer;
            rig->settle();
        }
    }
    void post(Till& till, core::HoldId id, std::int64_t amount) {
        EXPECT_TRUE(till.with([&](core::Ledger& ledger) { return ledger.post(id, {amount}, {}, noon); }).done);
    }

    std::vector<core::MoneyAccount> accounts{{"a", MicroUsd{1'000'000}, 24h}, {"b", std::nullopt, 24h}};
};

TEST_P(TillContract, SixtyFourAtATimeOnOneAccountAreNeverRefusedAndAddUp) {
    auto till = std::make_unique<Till>(rig->store(), accounts, noon);
    Prng prng(1);
    std::vector<core::HoldId> live;
    std::int64_t spent = 0;
    for (int i = 0; i < 2'000; ++i) {
        if (live.size() == 64) {
            const auto index = static_cast<std::ptrdiff_t>(below(prng.next(), live.size()));
            const auto cost = static_cast<std::int64_t>(below(prng.next(), 400));
            post(*till, live[static_cast<std::size_t>(index)], cost);
            live.erase(live.begin() + index);
            spent += cost;
        }
        const auto answer = hold(*till, 0, 400);
        ASSERT_EQ(answer.code, ErrorCode::ok);
        live.push_back(answer.id);
    }
    rig->settle();
    EXPECT_EQ(till->with([](core::Ledger& ledger) { return ledger.view(0).posted.value; }), spent);
    till.reset();
    rig->restart();
    EXPECT_EQ(of(load({{"a", midnight}}), "a").posted_since.value, spent);
}

TEST_P(TillContract, ARestartGivesBackEveryLeaseAndHold) {
    auto till = std::make_unique<Till>(rig->store(), accounts, noon);
    ASSERT_EQ(hold(*till, 0, 300'000).code, ErrorCode::ok);
    const auto held = hold(*till, 0, 200'000);
    ASSERT_EQ(held.code, ErrorCode::ok);
    post(*till, held.id, 150'000);
    rig->settle();
    till.reset();
    rig->restart();

    till = std::make_unique<Till>(rig->store(), accounts, noon);
    EXPECT_GT(of(till->books(), "a").leased.value, 0);
    EXPECT_EQ(hold(*till, 0, 850'001).code, ErrorCode::budget_exhausted);
    EXPECT_EQ(hold(*till, 0, 850'000).code, ErrorCode::ok);
    till->with([&](core::Ledger& ledger) { ledger.configure({}, noon); });
    rig->settle();
    till.reset();
    rig->restart();
    EXPECT_EQ(of(load(), "a").leased.value, 0) << "nothing is stranded";
}

TEST_P(TillContract, ABrokenStoreStopsCreditButNotTheLease) {
    Till till(rig->store(), accounts, noon);
    rig->settle();
    rig->break_it();
    const auto served = hold(till, 0, 40'000);
    EXPECT_EQ(served.code, ErrorCode::ok) << "from the lease";
    rig->settle();
    post(till, served.id, 40'000);
    rig->settle();
    EXPECT_EQ(hold(till, 0, 10'000).code, ErrorCode::ok) << "the rest of it";
    EXPECT_EQ(hold(till, 0, 1).code, ErrorCode::ledger_unavailable);
    const auto free = hold(till, 1, 1'000);
    EXPECT_EQ(free.code, ErrorCode::ok) << "no credit is needed without a budget";
    post(till, free.id, 1'000);
}

std::string kind_of(const ::testing::TestParamInfo<LedgerRigFactory>& info) {
    return info.index == 0 ? "Memory" : "Sqlite";
}
const auto kinds = ::testing::Values(LedgerRigFactory{memory_ledger_rig}, LedgerRigFactory{sqlite_ledger_rig});
INSTANTIATE_TEST_SUITE_P(Stores, LedgerContract, kinds, kind_of);
INSTANTIATE_TEST_SUITE_P(Stores, TillContract, kinds, kind_of);

}  // namespace
}  // namespace signalbox::test
