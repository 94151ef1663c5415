#include "engine/control/findings.h"

#include <gtest/gtest.h>

namespace signalbox::control {
namespace {

constexpr Moment now{Instant{1h}, WallTime{1'780'056'000'000'000}};

ports::RequestRecord refused(ErrorCode code, const std::vector<std::string>& verdicts) {
    ports::RequestRecord record;
    record.id = "01J00000000000000000000001";
    record.time = now.wall;
    record.error = code;
    record.account = "ci";
    record.requested_model = "a";
    for (const auto& verdict : verdicts) {
        const std::string name = "sim/up-" + std::to_string(record.candidates.size());
        record.candidates.push_back({name, "a", "k1", verdict, 0});
    }
    return record;
}

TEST(FindingsTest, ARefusalWhileSomethingCouldHaveServedIsRecognised) {
    auto record = refused(ErrorCode::rate_limited, {"breaker_open", "chosen"});
    EXPECT_FALSE(idle_refusal(record)) << "only the decision's own word counts";
    record.fleet = R"({"targets":[{"target":"\"shed_while_idle\":true","in_flight":0}],"queued":0})";
    EXPECT_FALSE(idle_refusal(record)) << "a name is no word of ours";
    record.fleet = R"({"targets":[],"queued":0,"shed_while_idle":true})";
    const auto found = idle_refusal(record);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->target, "sim/up-1");
    EXPECT_EQ(found->account, "ci");
    EXPECT_EQ(found->model, "a");
    EXPECT_EQ(found->request_id, record.id);
    EXPECT_EQ(found->code, ErrorCode::rate_limited);
    record.candidates.pop_back();
    EXPECT_EQ(idle_refusal(record)->target, "") << "the trace is of an earlier decision";
}

TEST(FindingsTest, NothingWrongNothingTold) {
    const std::vector<flow::AccountView> accounts(2);
    EXPECT_TRUE(find_problems({accounts, {}, {}}, now).empty());
    EXPECT_TRUE(find_problems({}, now).empty());
}

TEST(FindingsTest, IdleRefusalsAreCountedOverAllAccountsWithTheLastOne) {
    std::vector<flow::AccountView> accounts(2);
    accounts[0].figures.counts.shed_while_idle = 2;
    accounts[0].figures.shed_while_idle_total = 5;
    accounts[1].figures.counts.shed_while_idle = 1;
    accounts[1].figures.shed_while_idle_total = 1;
    auto record = refused(ErrorCode::rate_limited, {"chosen"});
    record.fleet = R"({"shed_while_idle":true})";
    const auto rows = find_problems({accounts, idle_refusal(record), {}}, now);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind(), "shed_while_idle");
    EXPECT_EQ(rows[0].severity(), "critical");
    EXPECT_EQ(rows[0].object(), "sim/up-0");
    EXPECT_EQ(rows[0].model(), "a");
    EXPECT_EQ(rows[0].since_unix_us(), now.wall.unix_us);
    EXPECT_EQ(rows[0].text(),
              "3 requests refused in 15 minutes although a capable target was idle (6 since the start); the last at "
              "12:00: rate_limited for ci (01J00000000000000000000001), while sim/up-0 was idle");
    accounts[0].figures.counts.shed_while_idle = accounts[1].figures.counts.shed_while_idle = 0;
    EXPECT_TRUE(find_problems({accounts, {}, {}}, now).empty()) << "over";
}

TEST(FindingsTest, TheLastRefusalMayBeUnknown) {
    std::vector<flow::AccountView> accounts(1);
    accounts[0].figures.counts.shed_while_idle = 1;
    const auto rows = find_problems({accounts, {}, {}}, now);
    EXPECT_EQ(rows[0].text(), "1 request refused in 15 minutes although a capable target was idle (0 since the start)");
    EXPECT_EQ(rows[0].since_unix_us(), 0);
}

TEST(FindingsTest, DoubleRetriesAreToldPerAccountWhenTheyAreNoChance) {
    std::vector<flow::AccountView> accounts(2);
    accounts[0].figures.name = "ci";
    accounts[0].figures.counts = {.requests = 40, .client_retries = 20, .upstream_calls = 90, .double_retries = 12};
    accounts[1].figures.counts = {.requests = 40, .client_retries = 2, .upstream_calls = 44, .double_retries = 2};
    const auto rows = find_problems({accounts, {}, {}}, now);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind(), "double_retry");
    EXPECT_EQ(rows[0].object(), "ci");
    EXPECT_NE(rows[0].text().find("12 of 40 requests"), std::string::npos) << rows[0].text();
    EXPECT_NE(rows[0].text().find("4.5 upstream calls"), std::string::npos);
}

TEST(FindingsTest, ATruncatedPoolIsNamedWithWhatWasSeenAndWhatToDo) {
    const std::vector<TruncatedInputs> truncated{{"pool", "ruby", "go", 1204, 83.4, 512, 1984}};
    const auto rows = find_problems({{}, {}, truncated}, now);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind(), "truncated_inputs");
    EXPECT_EQ(rows[0].severity(), "warn");
    EXPECT_EQ(rows[0].object(), "pool=ruby");
    EXPECT_EQ(rows[0].text(),
              "pool=ruby: inputs end at about 512 tokens in 83 % of 1204 requests lately, while pool=go reaches 1984; "
              "they are cut before they come here: look for a length limit in those clients");
}

}  // namespace
}  // namespace signalbox::control
