// A second attempt beside one that is late: who wins, what the other costs, and when there is none.
#include "tests/journey/accounts.h"
#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

// `main` is p1/m and, where that is late by a second, p2/m; then comes `last` at p3. Every attempt may be hedged.
core::Config hedging(double budget = 1) {
    core::Config config = JourneyFixture::base_config();
    core::ModelConfig& main = config.models[0];
    main.deployments.push_back(main.deployments[0]);
    main.deployments[1].provider = "p2";
    main.deployments[1].order = 2;
    main.fallbacks = {"last"};
    main.hedge = {true, "1s", budget};
    config.defaults.same_target_retries = 0;
    core::AccountConfig ci = account("ci");
    ci.tier = "service";
    ci.budget = MicroUsd{1'000'000};
    config.accounts = {ci};
    return config;
}

const std::string chat = "/v1/chat/completions";

// Nothing is held any more, and what was posted is what the rows say.
void expect_balanced(JourneyFixture& f) {
    std::int64_t posted = 0, recorded = 0;
    for (const LedgerEntry& entry : f.ledger.entries())
        posted += entry.kind == EntryKind::post ? entry.amount.value : 0;
    for (std::size_t i = 0; i < f.rows(); ++i) recorded += f.row(i).cost.value;
    EXPECT_EQ(posted, recorded);
    EXPECT_EQ(view_of(f, "ci").money.value_or(core::AccountMoney{}).held.value, 0);
    EXPECT_EQ(f.in_flight(), 0);
    EXPECT_EQ(f.gauges.in_flight, 0);
    EXPECT_EQ(f.gauges.hedged, 0);
}

// No provider is blamed.
void expect_all_well(const JourneyFixture& f) {
    for (const core::LaneState& lane : f.router.view().lanes) EXPECT_EQ(lane.health.failure_rate().value_or(0), 0);
}

bool says(const Reply& reply, const std::string& word) {
    return reply.body.find(word) != std::string::npos;
}

TEST(Hedge, the_second_wins_a_stream) {
    JourneyFixture f(hedging());
    f.provider(1).next = {chat_stream({"slow"}, 20s)};
    f.provider(2).next = {chat_stream({"quick", "er"}, 200ms)};
    const Reply reply = f.ask(streamed, chat, as("ci"));
    EXPECT_TRUE(says(reply, "quick"));
    EXPECT_FALSE(says(reply, "slow"));
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(reply.header("x-signalbox-hedged"), "won");
    EXPECT_EQ(reply.header("x-signalbox-deployment"), "p2/m");
    EXPECT_LT(reply.first_byte - Instant{}, 1300ms);
    const auto row = f.row();
    EXPECT_EQ(row.outcome, Outcome::served);
    EXPECT_EQ(row.why, ErrorCode::overtaken);
    EXPECT_EQ(row.why_detail, "p1/m");
    ASSERT_EQ(row.attempts.size(), 2u);
    EXPECT_EQ(row.attempts[0].result, ErrorCode::overtaken);
    EXPECT_FALSE(row.attempts[0].hedge);
    EXPECT_EQ(row.attempts[1].result, ErrorCode::ok);
    EXPECT_TRUE(row.attempts[1].hedge);
    EXPECT_GE(row.overhead_us, 0);
    EXPECT_EQ(row.usage, (Usage{10, 5, -1})) << "the answer's own";
    EXPECT_EQ(row.cost.value, answer_cost.value + row.estimated_input_tokens) << "the other had read the prompt";
    EXPECT_EQ(f.provider(1).gone, 1) << "it was told to stop";
    expect_balanced(f);
    expect_all_well(f);
}

TEST(Hedge, the_first_wins_a_stream) {
    JourneyFixture f(hedging());
    f.provider(1).next = {chat_stream({"late"}, 1500ms)};
    f.provider(2).next = {chat_stream({"later"}, 20s)};
    const Reply reply = f.ask(streamed, chat, as("ci"));
    EXPECT_TRUE(says(reply, "late"));
    EXPECT_FALSE(says(reply, "later"));
    EXPECT_EQ(reply.header("x-signalbox-hedged"), "lost");
    const auto row = f.row();
    EXPECT_EQ(row.outcome, Outcome::served);
    EXPECT_EQ(row.why, ErrorCode::ok) << "the first choice answered";
    ASSERT_EQ(row.attempts.size(), 2u);
    EXPECT_EQ(row.attempts[0].result, ErrorCode::ok);
    EXPECT_EQ(row.attempts[1].result, ErrorCode::overtaken);
    EXPECT_EQ(f.provider(2).gone, 1);
    expect_balanced(f);
    expect_all_well(f);
}

TEST(Hedge, whole_answers_too) {
    JourneyFixture f(hedging());
    f.provider(1).next = {after_a_while(chat_answer("slow"), 20s), after_a_while(chat_answer("slow"), 2s)};
    f.provider(2).next = {after_a_while(chat_answer("quick"), 500ms), after_a_while(chat_answer("quick"), 20s)};
    Reply reply = f.ask(plain, chat, as("ci"));
    EXPECT_TRUE(says(reply, "quick"));
    EXPECT_EQ(reply.header("x-signalbox-hedged"), "won");
    EXPECT_EQ(f.row().cost.value, answer_cost.value + f.row().estimated_input_tokens);
    reply = f.ask(plain, chat, as("ci"));
    EXPECT_TRUE(says(reply, "slow"));
    EXPECT_EQ(reply.header("x-signalbox-hedged"), "lost");
    expect_balanced(f);
    expect_all_well(f);
}

TEST(Hedge, what_answers_in_time_is_left_alone) {
    JourneyFixture f(hedging());
    f.provider(1).next = {chat_stream({"in", "time"}, 900ms, 3s), answer(400, "{}")};
    EXPECT_EQ(f.ask(streamed, chat, as("ci")).header("x-signalbox-hedged"), "");
    EXPECT_EQ(f.ask(plain, chat, as("ci")).status, 400);
    EXPECT_EQ(f.provider(2).connections, 0);
    EXPECT_EQ(f.row(1).attempts.size(), 1u);
    expect_balanced(f);
}

TEST(Hedge, when_the_first_fails_the_second_is_the_next_try) {
    JourneyFixture f(hedging());
    f.provider(1).next = {after_a_while(answer(500, "{}"), 2s)};
    f.provider(2).next = {chat_stream({"rescued"}, 3s)};
    const Reply reply = f.ask(streamed, chat, as("ci"));
    EXPECT_TRUE(says(reply, "rescued"));
    const auto row = f.row();
    EXPECT_EQ(row.why, ErrorCode::upstream_server_error);
    ASSERT_EQ(row.attempts.size(), 2u);
    EXPECT_EQ(row.attempts[0].result, ErrorCode::upstream_server_error);
    EXPECT_LT(reply.first_byte - Instant{}, 4500ms);
    expect_balanced(f);
}

TEST(Hedge, when_the_second_fails_the_first_goes_on) {
    JourneyFixture f(hedging());
    f.provider(1).next = {chat_stream({"patience"}, 5s)};
    f.provider(2).next = {answer(400, R"({"error":{"message":"who are you"}})")};
    const Reply reply = f.ask(streamed, chat, as("ci"));
    EXPECT_TRUE(says(reply, "patience"));
    const auto row = f.row();
    EXPECT_EQ(row.outcome, Outcome::served);
    EXPECT_EQ(row.why, ErrorCode::ok);
    EXPECT_EQ(row.attempts.at(1).result, ErrorCode::upstream_bad_request);
    expect_balanced(f);
}

TEST(Hedge, when_both_fail_the_chain_goes_on) {
    for (const Nanos second : {1500ms, 4000ms}) {
        JourneyFixture f(hedging());
        f.provider(1).next = {after_a_while(answer(500, "{}"), 3s)};
        f.provider(2).next = {after_a_while(answer(503, "{}"), second)};
        f.provider(3).next = {chat_stream({"third"})};
        const Reply reply = f.ask(streamed, chat, as("ci"));
        EXPECT_TRUE(says(reply, "third"));
        const auto row = f.row();
        EXPECT_EQ(row.outcome, Outcome::served_fallback);
        EXPECT_EQ(row.why, ErrorCode::upstream_server_error);
        ASSERT_EQ(row.attempts.size(), 3u);
        expect_balanced(f);
    }
}

TEST(Hedge, what_the_first_says_of_the_request_stands) {
    JourneyFixture f(hedging());
    f.provider(1).next = {after_a_while(answer(400, R"({"error":{"message":"no such thing"}})"), 2s)};
    f.provider(2).next = {Script{{}, hang}};
    const Reply reply = f.ask(plain, chat, as("ci"));
    EXPECT_EQ(reply.status, 400);
    EXPECT_LT(reply.first_byte - Instant{}, 2500ms);
    EXPECT_EQ(f.row().attempts.at(1).result, ErrorCode::overtaken);
    EXPECT_EQ(f.provider(2).gone, 1);
    expect_balanced(f);
}

TEST(Hedge, a_client_that_leaves_ends_both) {
    for (const Nanos leaves : {500ms, 2000ms}) {
        JourneyFixture f(hedging());
        f.provider(1).next = {Script{{}, hang}};
        f.provider(2).next = {Script{{}, hang}};
        (void)f.send_raw("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n" + as("ci") +
                             "content-length: " + std::to_string(streamed.size()) + "\r\n\r\n" + streamed,
                         leaves);
        f.loop.run_for(1min);
        const auto row = f.row();
        EXPECT_EQ(row.outcome, Outcome::cancelled);
        EXPECT_LT(row.total_us, to_us(leaves + 500ms));
        for (const auto& attempt : row.attempts) EXPECT_EQ(attempt.result, ErrorCode::client_gone);
        EXPECT_EQ(row.attempts.size(), leaves > 1s ? 2u : 1u);
        expect_balanced(f);
        expect_all_well(f);
    }
}

TEST(Hedge, nobody_waits_for_a_connection_that_hangs) {
    JourneyFixture f(hedging());
    f.network.set_link({"10.0.0.1", 80}, {.connect = sim::ConnectFault::hang});
    f.provider(2).next = {chat_stream({"quick"}, 200ms)};
    const Reply reply = f.ask(streamed, chat, as("ci"));
    EXPECT_TRUE(says(reply, "quick"));
    EXPECT_LT(reply.last_byte - Instant{}, 1500ms);
    const auto row = f.row();
    EXPECT_EQ(row.attempts.at(0).result, ErrorCode::overtaken);
    EXPECT_EQ(row.cost, answer_cost) << "the other was never asked";
    EXPECT_LT(row.total_us, 1'500'000);
    expect_balanced(f);
    expect_all_well(f);
}

TEST(Hedge, the_budget_bounds_them) {
    JourneyFixture f(hedging(0.05));
    int hedged = 0;
    for (int i = 0; i < 100; ++i) {
        f.provider(1).next = {chat_stream({"slow"}, 2s)};
        f.provider(2).next = {chat_stream({"quick"}, 100ms)};
        const auto reply = f.send(streamed, chat, as("ci"));
        f.loop.run_for(5s);
        hedged += reply->header("x-signalbox-hedged") == "won";
    }
    EXPECT_EQ(hedged, 5);
    expect_balanced(f);
}

TEST(Hedge, no_second_attempt_where_nothing_would_simply_serve) {
    core::Config config = hedging();
    config.models[0].deployments[1].max_in_flight = 1;
    config.models.push_back(config.models[0]);  // a neighbour that fills the place
    config.models.back().name = "other";
    config.models.back().deployments.erase(config.models.back().deployments.begin());
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow"}, 10s)};
    f.provider(2).next = {Script{{}, hang}};
    (void)f.send(R"({"model":"other","messages":[],"stream":true})", chat, as("ci"));
    f.loop.run_for(10ms);
    EXPECT_TRUE(says(f.ask(streamed, chat, as("ci")), "slow"));
    EXPECT_EQ(f.row(f.rows() - 1).requested_model, "other");
    for (std::size_t i = 0; i < f.rows(); ++i) {
        for (const auto& attempt : f.row(i).attempts) EXPECT_FALSE(attempt.hedge);
    }
    expect_balanced(f);
}

TEST(Hedge, an_open_breaker_is_no_second_target) {
    JourneyFixture f(hedging());
    for (const core::Deployment& deployment : f.router.rules().table->deployments()) {
        if (deployment.name != "p2/m") continue;
        for (const core::Lane& lane : deployment.lanes) {
            f.router.act(lane.id, BreakerAct::hold_open, f.loop.now() + 1h, f.loop.now());
        }
    }
    f.provider(1).next = {chat_stream({"slow"}, 10s)};
    EXPECT_TRUE(says(f.ask(streamed, chat, as("ci")), "slow"));
    EXPECT_EQ(f.provider(2).connections, 0);
}

TEST(Hedge, who_cannot_pay_twice_is_not_hedged) {
    core::Config config = hedging();
    config.models[0].deployments[1].price = core::Price{{1'000'000'000'000}, {1'000'000'000'000}, {0}};
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow"}, 10s)};
    EXPECT_TRUE(says(f.ask(streamed, chat, as("ci")), "slow"));
    EXPECT_EQ(f.provider(2).connections, 0);
    expect_balanced(f);
}

TEST(Hedge, late_is_later_than_such_attempts_usually_are) {
    core::Config config = hedging();
    config.models[0].hedge.after = "p90";
    JourneyFixture f(config);
    const auto ask = [&f](Nanos first_token) {
        f.provider(1).next = {chat_stream({"word"}, first_token)};
        f.provider(2).next = {chat_stream({"quick"}, 50ms)};
        const auto reply = f.send(streamed, chat, as("ci"));
        f.loop.run_for(1min);
        return *reply;
    };
    EXPECT_EQ(ask(20s).header("x-signalbox-hedged"), "") << "nothing is usual yet";
    for (int i = 0; i < 300; ++i) (void)ask(300ms + (i % 10) * 10ms);
    const Reply late = ask(20s);
    EXPECT_EQ(late.header("x-signalbox-hedged"), "won");
    const auto& attempts = f.row().attempts;
    EXPECT_GT(attempts.at(1).start_us, 300'000);
    EXPECT_LT(attempts.at(1).start_us, 600'000);
    expect_balanced(f);
}

TEST(Hedge, with_resume_each_has_a_transcript_of_its_own) {
    core::Config config = hedging();
    config.defaults.midstream = core::Midstream::resume;
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"one", "two", "three"}, 20s)};
    f.provider(2).next = {cut_after(chat_stream({"one", "two"}, 200ms), 3, reset)};
    const Reply reply = f.ask(streamed, chat, as("ci"));
    EXPECT_TRUE(says(reply, ": continued by p1/m")) << reply.body;
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(f.row().attempts.size(), 3u) << "what is resumed is not hedged";
    expect_balanced(f);
}

TEST(Hedge, with_hold_the_first_whole_answer_wins) {
    core::Config config = hedging();
    config.defaults.midstream = core::Midstream::hold;
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"a", "b", "c"}, 1200ms, 20s)};
    f.provider(2).next = {chat_stream({"quick"}, 500ms)};
    const Reply reply = f.ask(streamed, chat, as("ci"));
    EXPECT_TRUE(says(reply, "quick"));
    EXPECT_EQ(f.row().attempts.at(0).result, ErrorCode::overtaken);
    EXPECT_GT(f.row().cost.value, answer_cost.value + f.row().estimated_input_tokens) << "and it had written a word";
    expect_balanced(f);
}

TEST(Hedge, it_is_off_by_default) {
    core::Config config = hedging();
    config.models[0].hedge = {};
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow"}, 20s)};
    EXPECT_TRUE(says(f.ask(streamed, chat, as("ci")), "slow"));
    EXPECT_EQ(f.provider(2).connections, 0);
}

}  // namespace
}  // namespace signalbox::flow
