// What ports::Journal and ports::Store promise, held against the store in memory and the one on a file.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/limits.h"
#include "tests/contract/store/records.h"
#include "tests/contract/store/store_rig.h"

namespace signalbox::test {
namespace {

using ports::HistoryFilter;
using ports::Outcome;
using ports::OverrideRow;
using ports::RequestRecord;
using Ids = std::vector<std::string>;

class StoreContract : public ::testing::TestWithParam<RigFactory> {
  protected:
    void put(std::vector<RequestRecord> records) {
        for (auto& record : records) ASSERT_TRUE(rig->journal().offer(std::move(record)));
        rig->settle();
    }
    Ids found(const HistoryFilter& filter) { return page_through(store, filter, 1000); }

    std::unique_ptr<StoreRig> rig = GetParam()();
    ports::Store& store = rig->store();
};

INSTANTIATE_TEST_SUITE_P(, StoreContract, ::testing::Values(memory_rig, sqlite_rig),
                         [](const auto& test) { return std::string(test.index == 0 ? "Memory" : "Sqlite"); });

TEST_P(StoreContract, KeepsEveryFieldOfARequest) {
    put({full_record(1), plain_record(2)});
    const auto full = store.get(id_of(1));
    ASSERT_TRUE(full.has_value());
    expect_same(*full, full_record(1));
    const auto plain = store.get(id_of(2));
    ASSERT_TRUE(plain.has_value());
    expect_same(*plain, plain_record(2));
}

TEST_P(StoreContract, APageHasTheAttemptsButNeitherCandidatesNorFleet) {
    put({full_record(1)});
    const auto page = store.query({}, "", 10);
    ASSERT_TRUE(page.has_value());
    ASSERT_EQ(page->rows.size(), 1u);
    auto wanted = full_record(1);
    wanted.candidates.clear();
    wanted.fleet.clear();
    expect_same(page->rows.front(), wanted);
}

TEST_P(StoreContract, AnUnknownIdIsNotFound) {
    put({plain_record(1)});
    EXPECT_EQ(store.get(id_of(2)).error().code, ErrorCode::not_found);
    EXPECT_EQ(store.get("").error().code, ErrorCode::not_found);
    EXPECT_EQ(store.get("%' OR 1=1 --").error().code, ErrorCode::not_found);
}

TEST_P(StoreContract, PagesAreNewestFirstAndEndWithoutACursor) {
    EXPECT_EQ(found({}), Ids{});
    put({plain_record(1), plain_record(2), plain_record(3), plain_record(4)});
    const Ids all = {id_of(4), id_of(3), id_of(2), id_of(1)};
    for (const int limit : {1, 2, 3, 4, 5}) EXPECT_EQ(page_through(store, {}, limit), all) << limit;
}

TEST_P(StoreContract, RowsThatComeWhilePagingAreNotSeenAndNoneIsSeenTwice) {
    put({plain_record(1), plain_record(2), plain_record(3)});
    const auto first = store.query({}, "", 2);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(ids(first->rows), (Ids{id_of(3), id_of(2)}));
    put({plain_record(4)});
    const auto second = store.query({}, first->next, 2);
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(ids(second->rows), Ids{id_of(1)});
    EXPECT_EQ(second->next, "");
}

TEST_P(StoreContract, ALimitOutOfRangeIsTakenIntoIt) {
    put({plain_record(1), plain_record(2)});
    for (const int limit : {0, -1, INT32_MIN}) EXPECT_EQ(store.query({}, "", limit)->rows.size(), 1u) << limit;
    EXPECT_EQ(store.query({}, "", INT32_MAX)->rows.size(), 2u);
    std::vector<RequestRecord> many;
    for (std::int64_t n = 3; n <= static_cast<std::int64_t>(limits::history_page_max) + 1; ++n) {
        many.push_back(plain_record(n));
    }
    put(std::move(many));
    const auto page = store.query({}, "", INT32_MAX);
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->rows.size(), limits::history_page_max);
    EXPECT_NE(page->next, "");
}

TEST_P(StoreContract, ACursorThatIsNotOursIsRefused) {
    put({plain_record(1), plain_record(2)});
    for (const char* cursor : {"x", "-1", "1; DROP TABLE requests", " 1", "1 ", "99999999999999999999", "\xff"}) {
        const auto page = store.query({}, cursor, 1);
        ASSERT_FALSE(page.has_value()) << cursor;
        EXPECT_EQ(page.error().code, ErrorCode::invalid_argument);
    }
}

TEST_P(StoreContract, FiltersByOutcome) {
    std::vector<RequestRecord> rows;
    for (int i = 0; i < ports::outcome_count; ++i) {
        rows.push_back(plain_record(i));
        rows.back().outcome = static_cast<Outcome>(i);
    }
    put(std::move(rows));
    EXPECT_EQ(found({.outcomes = {Outcome::failed}}), Ids{id_of(4)});
    EXPECT_EQ(found({.outcomes = {Outcome::served, Outcome::cancelled}}), (Ids{id_of(5), id_of(0)}));
    EXPECT_EQ(found({.fallback = true}), Ids{id_of(2)});
    EXPECT_EQ(found({.fallback = false}).size(), 5u);
    EXPECT_EQ(found({.outcomes = {Outcome::failed}, .fallback = true}), Ids{});
}

TEST_P(StoreContract, FiltersByNamesExactlyOrWithAWildcard) {
    auto other = plain_record(2);
    other.requested_model = other.served_model = "GPT-5";
    other.account = "team-b";
    put({plain_record(1), other, full_record(3)});
    EXPECT_EQ(found({.requested = {"gpt-5"}}), (Ids{id_of(3), id_of(1)}));
    EXPECT_EQ(found({.requested = {"gpt"}}), Ids{});
    EXPECT_EQ(found({.requested = {"gpt*"}}), (Ids{id_of(3), id_of(1)}));
    EXPECT_EQ(found({.requested = {"*5"}}).size(), 3u);
    EXPECT_EQ(found({.requested = {"gpt-5", "GPT-5"}}).size(), 3u);
    EXPECT_EQ(found({.served = {"c*u*e"}}), Ids{id_of(3)});
    EXPECT_EQ(found({.accounts = {""}}), Ids{id_of(1)});
    EXPECT_EQ(found({.accounts = {"team-a", "team-b"}}), (Ids{id_of(3), id_of(2)}));
    EXPECT_EQ(found({.accounts = {"*"}}).size(), 3u);
    EXPECT_EQ(found({.requested = {"gpt-5"}, .accounts = {"team-*"}}), Ids{id_of(3)});
}

TEST_P(StoreContract, OnlyTheAsteriskIsAWildcard) {
    const std::vector<std::string> odd = {"a?c", "abc", "[a]", "a", "a%c", "a_c", "it's", "a\\*c", "]", "[", "^"};
    std::vector<RequestRecord> rows;
    for (std::size_t i = 0; i < odd.size(); ++i) {
        rows.push_back(plain_record(static_cast<std::int64_t>(i)));
        rows.back().requested_model = odd[i];
    }
    put(std::move(rows));
    for (std::size_t i = 0; i < odd.size(); ++i) {
        if (odd[i].contains('*')) continue;
        const Ids only = {id_of(static_cast<std::int64_t>(i))};
        EXPECT_EQ(found({.requested = {odd[i]}}), only) << odd[i];
    }
    EXPECT_EQ(found({.requested = {"a?*"}}), Ids{id_of(0)});
    EXPECT_EQ(found({.requested = {"[*]"}}), Ids{id_of(2)});
    EXPECT_EQ(found({.requested = {"*%*"}}), Ids{id_of(4)});
    EXPECT_EQ(found({.requested = {"*_*"}}), Ids{id_of(5)});
    EXPECT_EQ(found({.requested = {"*'*"}}), Ids{id_of(6)});
    EXPECT_EQ(found({.requested = {"a\\*c"}}), Ids{id_of(7)});
    EXPECT_EQ(found({.requested = {"**"}}).size(), odd.size());
}

TEST_P(StoreContract, FiltersByTheWordOfTheFirstCause) {
    auto limited = plain_record(2);
    limited.why = ErrorCode::upstream_rate_limited;
    put({plain_record(1), limited, full_record(3)});
    EXPECT_EQ(found({.why = {"upstream_rate_limited"}}), Ids{id_of(2)});
    EXPECT_EQ(found({.why = {"upstream_*"}}), (Ids{id_of(3), id_of(2)}));
    EXPECT_EQ(found({.why = {"ok"}}), Ids{id_of(1)});
    EXPECT_EQ(found({.why = {"ok", "upstream_overloaded"}}), (Ids{id_of(3), id_of(1)}));
    EXPECT_EQ(found({.why = {"no_such_word"}}), Ids{});
}

TEST_P(StoreContract, FiltersByStatusOrItsClass) {
    std::vector<RequestRecord> rows;
    const std::vector<std::int32_t> statuses = {200, 404, 429, 499, 500, 599, 0, 4};
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        rows.push_back(plain_record(static_cast<std::int64_t>(i)));
        rows.back().status = statuses[i];
    }
    put(std::move(rows));
    EXPECT_EQ(found({.statuses = {429}}), Ids{id_of(2)});
    EXPECT_EQ(found({.statuses = {4}}), (Ids{id_of(3), id_of(2), id_of(1)}));
    EXPECT_EQ(found({.statuses = {5, 404}}), (Ids{id_of(5), id_of(4), id_of(1)}));
}

TEST_P(StoreContract, FiltersByFlagsTimesAndDurations) {
    put({plain_record(1), full_record(2), plain_record(3)});
    EXPECT_EQ(found({.streamed = true}), Ids{id_of(2)});
    EXPECT_EQ(found({.streamed = false}), (Ids{id_of(3), id_of(1)}));
    EXPECT_EQ(found({.overridden = true}), Ids{id_of(2)});
    EXPECT_EQ(found({.overridden = false}), (Ids{id_of(3), id_of(1)}));
    EXPECT_EQ(found({.override_id = 12}), Ids{id_of(2)});
    EXPECT_EQ(found({.override_id = 13}), Ids{});
    EXPECT_EQ(found({.since = WallTime{2'000'000}}), (Ids{id_of(3), id_of(2)}));
    EXPECT_EQ(found({.until = WallTime{2'000'000}}), Ids{id_of(1)});
    EXPECT_EQ(found({.since = WallTime{2'000'000}, .until = WallTime{2'000'001}}), Ids{id_of(2)});
    EXPECT_EQ(found({.min_total_us = 1}), Ids{id_of(2)});
    EXPECT_EQ(found({.min_first_token_us = 1'005}), Ids{id_of(2)});
    EXPECT_EQ(found({.min_first_token_us = 1'006}), Ids{});
    EXPECT_EQ(found({.min_first_token_us = -1}), Ids{id_of(2)}) << "-1 is no duration";
}

TEST_P(StoreContract, FiltersByTheBeginningOfTheId) {
    put({plain_record(9), plain_record(10), plain_record(11), plain_record(20)});
    EXPECT_EQ(found({.id_prefix = id_of(1).substr(0, 25)}), (Ids{id_of(9)}));
    EXPECT_EQ(found({.id_prefix = std::string(24, '0') + "1"}), (Ids{id_of(11), id_of(10)}));
    EXPECT_EQ(found({.id_prefix = id_of(20)}), Ids{id_of(20)});
    EXPECT_EQ(found({.id_prefix = "0*"}), Ids{}) << "no wildcard here";
    EXPECT_EQ(found({.id_prefix = "x"}), Ids{});
}

TEST_P(StoreContract, TheObserverHearsEveryCommittedRecordOnceAndInOrder) {
    std::mutex mutex;
    Ids heard;
    store.on_commit([&](const std::vector<RequestRecord>& batch) {
        const std::lock_guard lock(mutex);
        for (const auto& record : batch) heard.push_back(record.id);
    });
    put({plain_record(1), plain_record(2)});
    put({plain_record(3)});
    store.on_commit({});
    put({plain_record(4)});
    EXPECT_EQ(heard, (Ids{id_of(1), id_of(2), id_of(3)}));
}

TEST_P(StoreContract, TakesOffersFromManyThreads) {
    constexpr std::int64_t threads = 4;
    constexpr std::int64_t each = 500;
    {
        std::vector<std::jthread> offering;
        for (std::int64_t t = 0; t < threads; ++t) {
            offering.emplace_back([&, t] {
                for (std::int64_t i = 0; i < each; ++i) {
                    EXPECT_TRUE(rig->journal().offer(plain_record(t * each + i)));
                }
            });
        }
    }
    rig->settle();
    EXPECT_EQ(found({}).size(), static_cast<std::size_t>(threads * each));
    EXPECT_EQ(rig->journal().shed(), 0u);
}

OverrideRow override_until(std::int64_t expires_us) {
    OverrideRow row;
    row.kind = "redirect";
    row.from = "gpt-5";
    row.to = "claude";
    row.scope_account = "team-a";
    row.scope_tag = "team=ci";
    row.share_percent = 25;
    row.reason = "incident 4";
    row.actor = "ada";
    row.source = "console";
    row.idempotency_key = "k1";
    row.created = WallTime{5};
    row.expires = WallTime{expires_us};
    return row;
}

TEST_P(StoreContract, KeepsOverridesAndKnowsTheActiveOnes) {
    EXPECT_EQ(store.overrides(false, WallTime{0})->size(), 0u);
    const auto first = store.insert_override(override_until(100));
    const auto second = store.insert_override(override_until(200));
    ASSERT_TRUE(first && second);
    EXPECT_NE(*first, *second);
    EXPECT_EQ(store.overrides(true, WallTime{99})->size(), 2u);
    EXPECT_EQ(store.overrides(true, WallTime{100})->size(), 1u) << "expires is the first instant it is over";
    EXPECT_EQ(store.overrides(true, WallTime{200})->size(), 0u);

    auto ended = override_until(200);
    ended.id = *second;
    ended.ended = WallTime{50};
    ended.ended_by = "bob";
    ASSERT_TRUE(store.update_override(ended).has_value());
    const auto active = store.overrides(true, WallTime{60});
    ASSERT_EQ(active->size(), 1u);
    EXPECT_EQ(active->front().id, *first);

    const auto all = store.overrides(false, WallTime{60});
    ASSERT_EQ(all->size(), 2u);
    const auto& row = all->at(1);
    EXPECT_EQ(row.id, *second);
    EXPECT_EQ(row.kind + row.from + row.to, "redirectgpt-5claude");
    EXPECT_EQ(row.scope_account + row.scope_tag, "team-ateam=ci");
    EXPECT_EQ(row.share_percent, 25);
    EXPECT_EQ(row.reason + row.actor + row.source + row.idempotency_key, "incident 4adaconsolek1");
    EXPECT_EQ(row.created, WallTime{5});
    EXPECT_EQ(row.expires, WallTime{200});
    EXPECT_EQ(row.ended, WallTime{50});
    EXPECT_EQ(row.ended_by, "bob");
}

TEST_P(StoreContract, AnOverrideThatWasNeverMadeCannotBeChanged) {
    auto row = override_until(100);
    row.id = 7;
    EXPECT_EQ(store.update_override(row).error().code, ErrorCode::not_found);
}

TEST_P(StoreContract, KeepsTheAuditTrailNewestFirst) {
    for (const char* action : {"one", "two", "three"}) {
        ASSERT_TRUE(store.append_audit({.time = WallTime{9},
                                        .actor = "ada",
                                        .source = "cli",
                                        .action = action,
                                        .object = "o",
                                        .before = "b",
                                        .after = "a",
                                        .reason = "r",
                                        .result = "ok"}));
    }
    const auto newest = store.audit(0, 2);
    ASSERT_EQ(newest->size(), 2u);
    EXPECT_EQ(newest->at(0).action, "three");
    EXPECT_EQ(newest->at(1).action, "two");
    const auto rest = store.audit(newest->at(1).id, 2);
    ASSERT_EQ(rest->size(), 1u);
    const auto& row = rest->front();
    EXPECT_EQ(row.action, "one");
    EXPECT_EQ(row.time, WallTime{9});
    EXPECT_EQ(row.actor + row.source + row.object + row.before + row.after + row.reason + row.result, "adacliobarok");
    EXPECT_EQ(store.audit(row.id, 2)->size(), 0u);
}

TEST_P(StoreContract, KeepsEventsNewestFirst) {
    for (const char* kind : {"one", "two", "three"}) {
        ASSERT_TRUE(store.append_event(
            {.time = WallTime{9}, .severity = "warn", .kind = kind, .object = "openai/gpt-5", .text = "t"}));
    }
    const auto newest = store.events(-1, 1);
    ASSERT_EQ(newest->size(), 1u);
    EXPECT_EQ(newest->front().kind, "three");
    const auto rest = store.events(newest->front().id, 100);
    ASSERT_EQ(rest->size(), 2u);
    const auto& row = rest->back();
    EXPECT_EQ(row.time, WallTime{9});
    EXPECT_EQ(row.severity + row.kind + row.object + row.text, "warnoneopenai/gpt-5t");
}

}  // namespace
}  // namespace signalbox::test
