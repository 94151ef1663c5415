#include "engine/core/ledger/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"

namespace signalbox::core {
namespace {

constexpr MicroUsd usd{1'000'000};
constexpr WallTime noon{1'780'056'000'000'000};  // of some day
constexpr WallTime midnight{1'780'012'800'000'000};
constexpr Instant late{1h};

// Entries count as durable when the test says so.
class LedgerTest : public ::testing::Test {
  protected:
    void configure(std::optional<MicroUsd> limit, Nanos window = 24h) {
        ledger.configure({{"ci", limit, window}}, noon);
        commit();
    }
    // Everything written so far is durable. True: credit has come.
    bool commit() {
        std::ranges::move(ledger.outbox(), std::back_inserter(written));
        ledger.outbox().clear();
        return !written.empty() && ledger.confirm(written.back().id);
    }
    // Asks until nothing is left to wait for.
    HoldAnswer hold(MicroUsd amount, WallTime wall = noon) {
        for (;;) {
            const auto answer = ledger.hold(0, amount, late, wall);
            if (!answer.wait || !commit()) return answer;
        }
    }
    [[nodiscard]] std::vector<std::pair<EntryKind, std::int64_t>> kinds() const {
        std::vector<std::pair<EntryKind, std::int64_t>> all;
        for (const auto& entry : written) all.emplace_back(entry.kind, entry.amount.value);
        return all;
    }
    AccountMoney money() { return ledger.view(0); }

    Ledger ledger;
    std::vector<LedgerEntry> written;
};

TEST_F(LedgerTest, TheFirstCreditIsAskedForAtOnceAndUsableOnceDurable) {
    ledger.configure({{"ci", usd, 24h}}, noon);
    EXPECT_TRUE(ledger.credit_pending());
    EXPECT_EQ(money().leased.value, 0);
    const auto early = ledger.hold(0, {100}, late, noon);
    EXPECT_EQ(early.code, ErrorCode::ledger_unavailable);
    EXPECT_TRUE(early.wait);
    EXPECT_TRUE(commit());
    EXPECT_FALSE(ledger.credit_pending());
    EXPECT_EQ(money().leased.value, 50'000) << "5 % of the budget";
    EXPECT_EQ(hold({100}).code, ErrorCode::ok);
}

TEST_F(LedgerTest, AHoldIsPostedOnceAndTheRestComesBack) {
    configure(usd);
    const auto held = hold({1'000});
    EXPECT_EQ(money().held.value, 1'000);
    const auto posted = ledger.post(held.id, {400}, {.request_id = "req-1", .estimated = true}, noon);
    EXPECT_TRUE(posted.done);
    EXPECT_EQ(posted.excess.value, 0);
    EXPECT_EQ(money().held.value, 0);
    EXPECT_EQ(money().posted.value, 400);
    EXPECT_EQ(money().total.value, 400);
    EXPECT_EQ(money().leased.value, 49'600);

    EXPECT_FALSE(ledger.post(held.id, {400}, {}, noon).done);
    EXPECT_FALSE(ledger.release(held.id));
    EXPECT_EQ(ledger.extend(held.id, {1}, noon).code, ErrorCode::not_found);
    EXPECT_EQ(money().posted.value, 400);
    commit();
    const auto& entry = written.back();
    EXPECT_EQ(entry.kind, EntryKind::post);
    EXPECT_EQ(entry.account, "ci");
    EXPECT_STREQ(entry.request_id.data(), "req-1");
    EXPECT_TRUE(entry.estimated);
    EXPECT_TRUE(entry.leased);
    EXPECT_EQ(entry.time, noon);
}

TEST_F(LedgerTest, AReleasedHoldCostsNothingAndItsPlaceIsUsedAnew) {
    configure(usd);
    const auto first = hold({1'000});
    EXPECT_TRUE(ledger.release(first.id));
    EXPECT_EQ(money().held.value, 0);
    const auto second = hold({2'000});
    EXPECT_EQ(second.id.place, first.id.place);
    EXPECT_FALSE(ledger.release(first.id)) << "an old name for the same place";
    EXPECT_FALSE(ledger.post(first.id, {1}, {}, noon).done);
    EXPECT_EQ(money().held.value, 2'000);
    EXPECT_EQ(ledger.holds(), 1u);
    EXPECT_FALSE(ledger.release({})) << "no hold";
    EXPECT_FALSE(ledger.release({.place = 77, .generation = 1}));
    EXPECT_EQ(kinds().size(), 1u) << "holds are not written";
}

TEST_F(LedgerTest, TheBudgetIsSpentToTheLastMicroDollarAndNotFurther) {
    configure(MicroUsd{100'000});
    std::int64_t spent = 0;
    for (HoldAnswer answer; (answer = hold({700})).code == ErrorCode::ok; spent += 700) {
        ASSERT_TRUE(ledger.post(answer.id, {700}, {}, noon).done);
    }
    EXPECT_EQ(spent, 99'400);
    EXPECT_EQ(hold({601}).code, ErrorCode::budget_exhausted);
    const auto rest = hold({600});
    EXPECT_EQ(rest.code, ErrorCode::ok);
    EXPECT_EQ(hold({1}).code, ErrorCode::budget_exhausted) << "held counts like spent";
    EXPECT_TRUE(ledger.release(rest.id));
    EXPECT_EQ(hold({600}).code, ErrorCode::ok);
}

TEST_F(LedgerTest, NoBudgetMeansNoLeaseButEveryPostIsWritten) {
    configure(std::nullopt);
    EXPECT_TRUE(written.empty());
    const auto held = ledger.hold(0, {1'000'000'000}, late, noon);
    EXPECT_EQ(held.code, ErrorCode::ok);
    EXPECT_EQ(ledger.extend(held.id, {1'000'000'000}, noon).code, ErrorCode::ok);
    EXPECT_EQ(ledger.post(held.id, {3'000'000'000}, {}, noon).excess.value, 0);
    commit();
    EXPECT_EQ(kinds(), (std::vector{std::pair{EntryKind::post, std::int64_t{3'000'000'000}}}));
    EXPECT_FALSE(written[0].leased);
    EXPECT_EQ(money().posted.value, 3'000'000'000);
    EXPECT_FALSE(money().limit.has_value());
}

TEST_F(LedgerTest, ABudgetOfNothingAdmitsNothing) {
    configure(MicroUsd{0});
    EXPECT_EQ(hold({1}).code, ErrorCode::budget_exhausted);
    EXPECT_EQ(hold({0}).code, ErrorCode::ok);
    EXPECT_EQ(hold({-5}).code, ErrorCode::ok) << "taken as nothing";
    EXPECT_TRUE(written.empty());
}

TEST_F(LedgerTest, TheLeaseIsRefilledAtHalfBeforeAnybodyWaits) {
    configure(usd);
    EXPECT_EQ(hold({25'000}).code, ErrorCode::ok);
    EXPECT_TRUE(ledger.outbox().empty());
    EXPECT_EQ(hold({1}).code, ErrorCode::ok);
    ASSERT_EQ(ledger.outbox().size(), 1u);
    EXPECT_EQ(ledger.outbox()[0].kind, EntryKind::grant);
    EXPECT_EQ(ledger.outbox()[0].amount.value, 950'000 / 20);
    EXPECT_EQ(hold({24'000}).code, ErrorCode::ok) << "the rest of the lease serves meanwhile";
    EXPECT_EQ(ledger.outbox().size(), 1u) << "one grant at a time";
}

TEST_F(LedgerTest, ChunksFollowTheCostOfRequestsUpToAQuarterOfWhatIsLeft) {
    configure(usd);
    const auto held = hold({5'000});
    ledger.post(held.id, {5'000}, {}, noon);
    ASSERT_EQ(hold({30'000}).code, ErrorCode::ok);
    commit();
    EXPECT_EQ(written.back().amount.value, 16 * 5'000);
    configure(MicroUsd{200'000});
    EXPECT_EQ(written.back().amount.value, (200'000 - 5'000) / 4) << "16 costs would be more";
}

TEST_F(LedgerTest, AGrantIsAsLargeAsTheRequestsThatWaitForIt) {
    configure(usd);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ledger.hold(0, {200'000}, late, noon).wait);
    EXPECT_TRUE(commit());
    EXPECT_EQ(money().leased.value, 200'000) << "the first who waited asked for it";
    EXPECT_TRUE(ledger.credit_pending()) << "for the others";
    commit();
    EXPECT_EQ(money().leased.value, 400'000);
    EXPECT_EQ(ledger.hold(0, {200'000}, late, noon).code, ErrorCode::ok);
    EXPECT_EQ(ledger.hold(0, {200'000}, late, noon).code, ErrorCode::ok);
}

TEST_F(LedgerTest, WhoAsksAgainIsGrantedOnce) {
    configure(usd);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(ledger.hold(0, {200'000}, late, noon, i > 0).wait);
    for (int i = 0; i < 3; ++i) commit();
    EXPECT_EQ(money().leased.value, 200'000);
}

TEST_F(LedgerTest, AStreamMayRunIntoABoundedDebt) {
    configure(MicroUsd{10'000});
    const auto held = hold({10'000});
    EXPECT_EQ(ledger.debt_allowed({10'000}).value, 20'000);
    EXPECT_EQ(ledger.extend(held.id, {15'000}, noon).code, ErrorCode::ok);
    const auto more = ledger.extend(held.id, {5'001}, noon);
    EXPECT_EQ(more.code, ErrorCode::budget_exhausted);
    EXPECT_FALSE(more.wait);
    EXPECT_EQ(money().held.value, 25'000);
    const auto posted = ledger.post(held.id, {31'000}, {}, noon);
    EXPECT_EQ(posted.excess.value, 1'000);
    EXPECT_EQ(money().posted.value, 31'000) << "what was spent is told in full";
    EXPECT_EQ(money().leased.value, -21'000);
    EXPECT_EQ(hold({1}).code, ErrorCode::budget_exhausted);
}

TEST_F(LedgerTest, TheDebtOfALargeHoldIsBoundedByItself) {
    EXPECT_EQ(Ledger::debt_allowed({600'000}), Ledger::debt_max);
    EXPECT_EQ(Ledger::debt_allowed({0}).value, 0);
    EXPECT_EQ(Ledger::debt_allowed({-1}).value, 0);
    EXPECT_EQ(Ledger::debt_allowed({INT64_MAX}), Ledger::debt_max);
}

TEST_F(LedgerTest, CreditThatIsThereCoversACostAboveItsHold) {
    configure(usd);
    const auto held = hold({1'000});
    EXPECT_EQ(ledger.post(held.id, {40'000}, {}, noon).excess.value, 0);
}

TEST_F(LedgerTest, AnAbsurdCostIsCut) {
    configure(usd);
    const auto held = hold({1'000});
    EXPECT_TRUE(ledger.post(held.id, {INT64_MAX}, {}, noon).done);
    EXPECT_EQ(money().posted, Ledger::amount_max);
    EXPECT_EQ(ledger.hold(0, {INT64_MAX}, late, noon).code, ErrorCode::budget_exhausted);
}

TEST_F(LedgerTest, ForgottenHoldsExpire) {
    configure(usd);
    const auto held = hold({1'000});
    ledger.tick(late - 1ns, noon);
    EXPECT_EQ(ledger.holds(), 1u);
    ledger.tick(late, noon);
    EXPECT_EQ(ledger.holds(), 0u);
    EXPECT_EQ(ledger.expired(), 1u);
    EXPECT_EQ(money().held.value, 0);
    EXPECT_FALSE(ledger.post(held.id, {1'000}, {}, noon).done);
}

TEST_F(LedgerTest, WhatARequestCostWhoseHoldExpiredIsPostedToItsAccountAllTheSame) {
    configure(usd);
    const auto held = hold({1'000});
    ledger.configure({{"web", usd, 24h}, {"ci", usd, 24h}}, noon);
    commit();
    ledger.tick(late, noon);
    ASSERT_FALSE(ledger.post(held.id, {1'500}, {}, noon).done);
    const auto leased = ledger.view(1).leased.value;
    ledger.post_late(held.id, {1'500}, {"some request", true}, noon);
    commit();
    EXPECT_EQ(written.back().kind, EntryKind::post);
    EXPECT_EQ(written.back().account, "ci");
    EXPECT_TRUE(written.back().leased);
    EXPECT_TRUE(written.back().estimated);
    EXPECT_EQ(ledger.view(1).posted.value, 1'500);
    EXPECT_EQ(ledger.view(1).leased.value, leased - 1'500);
    EXPECT_EQ(ledger.view(0).posted.value, 0);
}

TEST_F(LedgerTest, LiveHoldsAreBounded) {
    configure(std::nullopt);
    for (std::size_t i = 0; i < limits::ledger_holds_max; ++i) {
        ASSERT_EQ(ledger.hold(0, {1}, late, noon).code, ErrorCode::ok);
    }
    const auto refused = ledger.hold(0, {1}, late, noon);
    EXPECT_EQ(refused.code, ErrorCode::ledger_unavailable);
    EXPECT_FALSE(refused.wait);
    EXPECT_TRUE(ledger.release({.place = 5, .generation = 1}));
    EXPECT_EQ(ledger.hold(0, {1}, late, noon).code, ErrorCode::ok);
    for (int ticks = 0; ledger.holds() > 0 && ticks < 1'000; ++ticks) ledger.tick(late, noon);
    EXPECT_EQ(ledger.holds(), 0u);
}

TEST_F(LedgerTest, NothingIsAdmittedWhileTooMuchWaitsToBeWritten) {
    configure(std::nullopt);
    for (std::size_t i = 0; i < limits::ledger_queue_max; ++i) {
        ledger.post(ledger.hold(0, {1}, late, noon).id, {1}, {}, noon);
    }
    EXPECT_EQ(ledger.hold(0, {1}, late, noon).code, ErrorCode::ledger_unavailable);
    commit();
    EXPECT_EQ(ledger.hold(0, {1}, late, noon).code, ErrorCode::ok);
}

TEST_F(LedgerTest, WindowsBeginOnTheEpochOfTheirLength) {
    EXPECT_EQ(Ledger::window_began(noon, 24h), midnight);
    EXPECT_EQ(Ledger::window_began(midnight, 24h), midnight);
    EXPECT_EQ(Ledger::window_began({-1}, 1h), WallTime{-3'600'000'000});
    EXPECT_EQ(Ledger::window_began({7}, 1ns), WallTime{7}) << "no window is shorter than the clock's step";
    configure(usd);
    EXPECT_EQ(money().window_began, midnight);
    EXPECT_EQ(money().window, 24h);
}

TEST_F(LedgerTest, ANewWindowBeginsWithTheWholeBudgetAndGivesTheOldLeaseBack) {
    configure(MicroUsd{100'000});
    const auto spent = hold({60'000});
    ledger.post(spent.id, {60'000}, {}, noon);
    const auto live = hold({30'000});
    EXPECT_EQ(hold({30'000}).code, ErrorCode::budget_exhausted);

    const auto tomorrow = midnight + 24h;
    EXPECT_EQ(hold({70'001}, tomorrow).code, ErrorCode::budget_exhausted) << "the live hold counts in the new window";
    EXPECT_EQ(hold({70'000}, tomorrow).code, ErrorCode::ok);
    EXPECT_EQ(money().window_began, tomorrow);
    EXPECT_EQ(money().posted.value, 0);
    EXPECT_EQ(money().total.value, 60'000);
    ledger.post(live.id, {30'000}, {}, tomorrow);
    commit();
    EXPECT_EQ(money().posted.value, 30'000);
    EXPECT_EQ(written.back().time, tomorrow);
    std::int64_t open = 0;
    for (const auto& entry : written) open += lease_change(entry);
    EXPECT_EQ(open, money().leased.value) << "every grant of the old window is posted or given back";
}

TEST_F(LedgerTest, AGrantOfTheOldWindowBringsNothingInTheNew) {
    ledger.configure({{"ci", usd, 24h}}, noon);
    ledger.tick(Instant{}, midnight + 24h);
    ASSERT_EQ(ledger.outbox().size(), 3u);
    EXPECT_EQ(ledger.outbox()[1].kind, EntryKind::void_);
    EXPECT_FALSE(ledger.confirm(1));
    EXPECT_EQ(money().leased.value, 0);
    EXPECT_TRUE(ledger.confirm(3));
    EXPECT_EQ(money().leased.value, 50'000);
}

TEST_F(LedgerTest, AClockPutBackALittleOpensNoWindow) {
    configure(usd);
    ledger.post(hold({500}).id, {500}, {}, noon);
    EXPECT_EQ(hold({1}, midnight + -1h).code, ErrorCode::ok);
    EXPECT_EQ(money().posted.value, 500);
    ledger.post(hold({1}).id, {1}, {}, midnight + -1h);
    EXPECT_EQ(ledger.outbox().back().time, midnight) << "in the window it counts in";
    ledger.tick(Instant{}, midnight + -24h);
    EXPECT_EQ(money().posted.value, 0) << "a whole window back is another one";
}

TEST_F(LedgerTest, WithoutAStoreTheLeaseIsSpentAndThenNothingMore) {
    configure(usd);
    ledger.store_failed();
    const auto held = hold({30'000});
    EXPECT_EQ(held.code, ErrorCode::ok);
    ledger.post(held.id, {30'000}, {}, noon);
    EXPECT_EQ(hold({20'000}).code, ErrorCode::ok);
    const auto refused = hold({1});
    EXPECT_EQ(refused.code, ErrorCode::ledger_unavailable);
    EXPECT_FALSE(refused.wait);
    EXPECT_EQ(hold({2'000'000}).code, ErrorCode::budget_exhausted) << "the budget itself comes first";
    EXPECT_EQ(hold({1}, midnight + 24h).code, ErrorCode::ledger_unavailable) << "nor in the next window";
}

TEST_F(LedgerTest, AGrantThatTheStoreFailedToWriteIsNotWaitedFor) {
    ledger.configure({{"ci", usd, 24h}}, noon);
    ledger.store_failed();
    EXPECT_FALSE(ledger.credit_pending());
    EXPECT_FALSE(ledger.confirm(99));
    const auto refused = ledger.hold(0, {1}, late, noon);
    EXPECT_EQ(refused.code, ErrorCode::ledger_unavailable);
    EXPECT_FALSE(refused.wait);
}

TEST_F(LedgerTest, RestoreCountsWhatWasPostedAndVoidsWhatWasLeased) {
    ledger.restore({.epoch = 7,
                    .last_id = 40,
                    .accounts = {{"ci", midnight, {300'000}, {900'000}, {50'000}},
                                 {"gone", {}, {}, {5}, {-20}},
                                 {"idle", {}, {}, {6}, {0}}}},
                   noon);
    ledger.configure({{"ci", MicroUsd{400'000}, 24h}, {"new", usd, 24h}}, noon);
    commit();
    ASSERT_EQ(written.size(), 4u);
    EXPECT_EQ(kinds()[0], (std::pair{EntryKind::void_, std::int64_t{50'000}}));
    EXPECT_EQ(kinds()[1], (std::pair{EntryKind::adjust, std::int64_t{20}}));
    EXPECT_EQ(written[1].account, "gone");
    EXPECT_EQ(written[0].id, 41u);
    EXPECT_EQ(written[0].epoch, 7u);
    EXPECT_EQ(money().posted.value, 300'000);
    EXPECT_EQ(money().total.value, 900'000);
    EXPECT_EQ(ledger.view(1).total.value, 0);
    EXPECT_EQ(hold({100'001}).code, ErrorCode::budget_exhausted);
    EXPECT_EQ(hold({100'000}).code, ErrorCode::ok);
}

TEST_F(LedgerTest, AWindowThatEndedBetweenLoadAndStartCountsNothing) {
    ledger.restore({.epoch = 2, .last_id = 9, .accounts = {{"ci", midnight + -24h, {70}, {70}, {}}}}, noon);
    configure(usd);
    EXPECT_EQ(money().posted.value, 0);
    EXPECT_EQ(money().total.value, 70);
}

TEST_F(LedgerTest, AReloadThatChangesNothingTouchesNothing) {
    configure(usd);
    const auto held = hold({1'000});
    configure(usd);
    EXPECT_EQ(written.size(), 1u);
    EXPECT_TRUE(ledger.post(held.id, {1'000}, {}, noon).done);
}

TEST_F(LedgerTest, AReloadMayMoveAccountsAndTheirLiveHoldsFollow) {
    ledger.configure({{"a", usd, 24h}, {"b", std::nullopt, 24h}}, noon);
    commit();
    const auto of_a = ledger.hold(0, {100}, late, noon);
    const auto of_b = ledger.hold(1, {200}, late, noon);
    ledger.configure({{"b", std::nullopt, 24h}, {"c", usd, 24h}, {"a", usd, 24h}}, noon);
    EXPECT_EQ(ledger.accounts(), 3u);
    EXPECT_EQ(ledger.view(2).held.value, 100);
    EXPECT_EQ(ledger.view(0).held.value, 200);
    ledger.post(of_a.id, {90}, {}, noon);
    ledger.release(of_b.id);
    EXPECT_EQ(ledger.view(2).posted.value, 90);
    EXPECT_EQ(ledger.view(0).held.value, 0);
}

TEST_F(LedgerTest, AnAccountThatIsRemovedGivesItsLeaseBackAndStillPays) {
    configure(usd);
    const auto held = hold({100});
    ledger.configure({}, noon);
    EXPECT_TRUE(ledger.post(held.id, {100}, {}, noon).done);
    commit();
    EXPECT_EQ(kinds()[1], (std::pair{EntryKind::void_, std::int64_t{50'000}}));
    EXPECT_EQ(kinds()[2], (std::pair{EntryKind::post, std::int64_t{100}}));
    EXPECT_FALSE(written[2].leased);
    configure(usd);
    EXPECT_EQ(money().posted.value, 100) << "it is known when it comes back";
}

TEST_F(LedgerTest, ABudgetGivenLaterCountsWhatWasSpentBefore) {
    configure(std::nullopt);
    ledger.post(hold({700}).id, {700}, {}, noon);
    configure(MicroUsd{1'000});
    EXPECT_EQ(hold({301}).code, ErrorCode::budget_exhausted);
    EXPECT_EQ(hold({300}).code, ErrorCode::ok);
}

TEST_F(LedgerTest, AnotherLimitOrLengthTakesEffectAtOnce) {
    configure(MicroUsd{100'000});
    ledger.post(hold({40'000}).id, {40'000}, {}, noon);
    configure(MicroUsd{30'000});
    EXPECT_EQ(hold({1}).code, ErrorCode::budget_exhausted);
    configure(MicroUsd{50'000}, 7 * 24h);
    EXPECT_EQ(money().window_began, Ledger::window_began(noon, 7 * 24h));
    EXPECT_EQ(hold({10'001}).code, ErrorCode::budget_exhausted) << "what was posted still counts";
    configure(MicroUsd{50'000}, 1h);
    EXPECT_EQ(hold({50'000}).code, ErrorCode::ok) << "the week began before this hour";
    std::int64_t open = 0;
    for (const auto& entry : written) open += lease_change(entry);
    EXPECT_EQ(open, money().leased.value);
}

TEST_F(LedgerTest, KeepsAsMuchOfARequestsIdAsFits) {
    configure(usd);
    ledger.post(hold({1}).id, {1}, {.request_id = "0123456789abcdefghijklmnopqrstuvwxyz"}, noon);
    EXPECT_STREQ(ledger.outbox().back().request_id.data(), "0123456789abcdefghijklmnop");
}

}  // namespace
}  // namespace signalbox::core
