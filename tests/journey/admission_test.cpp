// What an account may use: rates, refunds, debt, retries.
#include "engine/base/limits.h"
#include "tests/journey/accounts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

bool says(const Reply& reply, const std::string& words) {
    return reply.body.find(words) != std::string::npos;
}

core::AccountConfig slow(std::optional<std::int64_t> output_burst = {}) {
    core::AccountConfig slow = account("ci");
    slow.output_tpm = 60;  // one per second: nothing comes back while a test runs
    slow.output_burst = output_burst;
    return slow;
}

TEST(Admission, too_many_requests_are_told_when_to_come_back_and_that_the_fleet_was_idle) {
    core::AccountConfig few = account("ci");
    few.rpm = 2;
    JourneyFixture f(with_account(few));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(f.send(plain, "/v1/chat/completions", as("ci"))->status, 0);
    const auto third = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(1s);

    EXPECT_EQ(third->status, 429);
    EXPECT_TRUE(says(*third, R"("code":"rate_limited")")) << third->body;
    EXPECT_TRUE(says(*third, R"("stage":"rate")"));
    EXPECT_TRUE(says(*third, "requests per minute"));
    EXPECT_TRUE(says(*third, R"("target":"p1/m#only")")) << third->body;
    EXPECT_TRUE(says(*third, R"("shed_while_idle":true)"));
    EXPECT_EQ(third->header("retry-after"), "30");
    EXPECT_EQ(third->header("x-should-retry"), "");
    EXPECT_EQ(f.provider(1).seen.size(), 2u);

    const AccountView view = view_of(f, "ci");
    EXPECT_EQ(view.figures.counts.refused, 1);
    EXPECT_EQ(view.figures.counts.shed_while_idle, 1);
    EXPECT_EQ(view.figures.counts.requests, 3);
    const auto shed = f.store.get(third->header("x-signalbox-request-id"));
    ASSERT_TRUE(shed);
    EXPECT_EQ(shed->outcome, Outcome::shed);
    EXPECT_EQ(shed->error, ErrorCode::rate_limited);
    EXPECT_NE(shed->fleet.find("shed_while_idle"), std::string::npos);

    f.loop.run_for(30s);
    EXPECT_EQ(f.ask(plain, "/v1/chat/completions", as("ci")).status, 200);
}

TEST(Admission, other_accounts_and_callers_without_one_do_not_notice) {
    core::AccountConfig few = account("ci");
    few.rpm = 1;
    core::Config config = with_account(few);
    config.accounts.push_back(account("web"));
    JourneyFixture f(config);
    for (int i = 0; i < 3; ++i) (void)f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(1s);
    EXPECT_EQ(f.provider(1).seen.size(), 1u);
    const auto of_web = f.send(plain, "/v1/chat/completions", as("web"));
    const auto of_nobody = f.send(plain);
    f.loop.run_for(1s);
    EXPECT_EQ(of_web->status, 200);
    EXPECT_EQ(of_nobody->status, 200);
}

TEST(Admission, long_prompts_are_charged_and_the_time_to_wait_is_never_more_than_a_minute) {
    core::AccountConfig terse = account("ci");
    terse.input_tpm = 1000;
    JourneyFixture f(with_account(terse));
    const std::string big = R"({"model":"main","messages":[{"role":"user","content":")" + std::string(3600, 'a') +
                            R"("}],"max_tokens":10})";
    f.provider(1).next = {answer(200, R"({"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],)"
                                      R"("usage":{"prompt_tokens":900,"completion_tokens":1}})")};
    EXPECT_EQ(f.ask(big, "/v1/chat/completions", as("ci")).status, 200);
    const auto first = f.send(big, "/v1/chat/completions", as("ci"));
    const auto second = f.send(big, "/v1/chat/completions", as("ci"));
    f.loop.run_for(1s);
    EXPECT_EQ(first->status, 200);
    EXPECT_EQ(second->status, 429);
    EXPECT_TRUE(says(*second, "input tokens per minute")) << second->body;
    EXPECT_GT(std::stoi(second->header("retry-after")), 30);
    EXPECT_LE(std::stoi(second->header("retry-after")), 60);
}

TEST(Admission, an_answer_is_charged_as_expected_and_the_rest_comes_back_at_its_end) {
    JourneyFixture f(with_account(slow(1000)));
    f.provider(1).next = {chat_stream({"a", "b"}, 1s), chat_answer("c")};
    const auto first = f.send(asking_for(4000, true), "/v1/chat/completions", as("ci"));
    f.loop.run_for(100ms);
    EXPECT_EQ(view_of(f, "ci").figures.output.remaining, 0);  // a quarter of the maximum
    const auto second = f.send(asking_for(4000), "/v1/chat/completions", as("ci"));
    f.loop.run_for(100ms);
    EXPECT_EQ(second->status, 429);
    EXPECT_TRUE(says(*second, "output tokens per minute")) << second->body;
    f.loop.run_for(5s);
    EXPECT_EQ(first->status, 200);
    EXPECT_GE(view_of(f, "ci").figures.output.remaining, 995);
    EXPECT_EQ(f.ask(asking_for(3000), "/v1/chat/completions", as("ci")).status, 200);
}

TEST(Admission, worst_case_maxima_of_ordinary_answers_refuse_nobody_cold_or_warm) {
    JourneyFixture f(with_account(account("ci")));
    f.provider(1).next = {tokens(600, 5ms)};
    for (int round = 0; round < 3; ++round) {
        std::vector<std::shared_ptr<Reply>> replies;
        for (int i = 0; i < 16; ++i)
            replies.push_back(f.send(asking_for(32'768, true), "/v1/chat/completions", as("ci")));
        f.loop.run_for(10s);
        for (const auto& reply : replies) EXPECT_EQ(reply->status, 200) << reply->body;
    }
    EXPECT_EQ(view_of(f, "ci").figures.counts.refused, 0);
}

TEST(Admission, answers_longer_than_expected_go_into_debt_and_the_next_is_told_when_it_is_paid) {
    core::AccountConfig wordy = account("ci");
    wordy.output_tpm = 60'000;  // 1,000 per second
    wordy.output_burst = 6400;
    JourneyFixture f(with_account(wordy));
    f.provider(1).next = {tokens(1200, 1ms)};
    std::vector<std::shared_ptr<Reply>> replies;
    for (int i = 0; i < 16; ++i) replies.push_back(f.send(asking_for(1200, true), "/v1/chat/completions", as("ci")));
    f.loop.run_for(1400ms);
    for (const auto& reply : replies) {
        EXPECT_EQ(reply->status, 200);
        EXPECT_TRUE(reply->body.ends_with("[DONE]\n\n"));
    }
    EXPECT_EQ(view_of(f, "ci").figures.output.remaining, -6400);  // the end of the debt
    const auto next = f.send(asking_for(1200), "/v1/chat/completions", as("ci"));
    f.loop.run_for(100ms);
    EXPECT_EQ(next->status, 429);
    // 6,400 of debt and the 300 it is charged, at 1,000 per second, less what came back since the last one ended.
    EXPECT_EQ(next->header("retry-after"), "7");
    f.loop.run_for(7s);
    EXPECT_EQ(f.ask(asking_for(1200), "/v1/chat/completions", as("ci")).status, 200);
}

TEST(Admission, a_stream_is_charged_while_it_grows) {
    JourneyFixture f(with_account(slow(2000)));
    f.provider(1).next = {tokens(1200, 1ms)};
    const auto reply = f.send(asking_for(1200, true), "/v1/chat/completions", as("ci"));
    f.loop.run_for(50ms);
    EXPECT_EQ(view_of(f, "ci").figures.output.remaining, 2000 - 300);
    f.loop.run_for(1s);
    EXPECT_LT(view_of(f, "ci").figures.output.remaining, 2000 - 600);
    EXPECT_GT(view_of(f, "ci").figures.output.remaining, 2000 - 1200);
    f.loop.run_for(10s);
    EXPECT_NEAR(static_cast<double>(view_of(f, "ci").figures.output.remaining), 2000 - 1200, 5);
}

// Of output tokens: level now, refills aside.
std::int64_t output_left(const JourneyFixture& f) {
    return view_of(f, "ci").figures.output.remaining;
}

TEST(Admission, a_failed_request_gives_its_tokens_back) {
    JourneyFixture f(with_account(slow(1000)));
    f.provider(1).next = f.provider(2).next = {answer(500, "{}")};
    const auto reply = f.send(asking_for(4000), "/v1/chat/completions", as("ci"));
    f.loop.run_for(5ms);
    EXPECT_EQ(output_left(f), 0);
    f.loop.run_for(10s);
    EXPECT_EQ(reply->status, 502);
    EXPECT_EQ(output_left(f), 1000);
}

TEST(Admission, a_request_that_waited_for_a_place_in_vain_gives_everything_back) {
    core::Config config = with_account(slow(1000));
    config.accounts[0].rpm = 1;
    config.models[0].deployments[0].max_in_flight = 1;
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {chat_stream({"slow"}, 20s)};
    (void)f.send(streamed);  // of nobody: takes the only place
    f.loop.run_for(100ms);
    const auto reply = f.send(asking_for(4000), "/v1/chat/completions", as("ci") + "x-signalbox-deadline-ms: 1000\r\n");
    f.loop.run_for(500ms);
    EXPECT_EQ(output_left(f), 0);
    f.loop.run_for(5s);
    EXPECT_EQ(reply->status, 429);
    EXPECT_EQ(output_left(f), 1000);
    EXPECT_EQ(view_of(f, "ci").figures.requests.remaining, 1);
    EXPECT_EQ(f.row().error, ErrorCode::queue_timeout);
}

TEST(Admission, who_leaves_early_pays_for_what_was_sent) {
    JourneyFixture f(with_account(slow(2000)));
    f.provider(1).next = {tokens(1000, 10ms)};
    const std::string body = asking_for(4000, true);
    const std::string head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n" + as("ci") +
                             "content-length: " + std::to_string(body.size()) + "\r\n\r\n";
    (void)f.send_raw(head + body, 50ms);  // before the first token
    f.loop.run_for(1s);
    EXPECT_EQ(f.row().error, ErrorCode::client_gone);
    EXPECT_EQ(output_left(f), 2000);
    (void)f.send_raw(head + body, 1s);
    f.loop.run_for(3s);
    EXPECT_EQ(f.row().error, ErrorCode::client_gone);
    EXPECT_NEAR(static_cast<double>(output_left(f)), 2000 - 90, 10);  // 100 ms to the first, then 10 ms each
}

TEST(Admission, answers_tell_what_is_left_as_openais_clients_read_it) {
    core::AccountConfig ci = account("ci");
    ci.rpm = 60;
    ci.output_tpm = 6000;
    ci.output_burst = 1000;
    JourneyFixture f(with_account(ci));
    const Reply reply = f.ask(asking_for(1200), "/v1/chat/completions", as("ci"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("x-ratelimit-limit-requests"), "60");
    EXPECT_EQ(reply.header("x-ratelimit-remaining-requests"), "59");
    EXPECT_EQ(reply.header("x-ratelimit-reset-requests"), "1s");
    EXPECT_EQ(reply.header("x-ratelimit-limit-tokens"), "6000");
    EXPECT_EQ(reply.header("x-ratelimit-remaining-tokens"), "700");  // less the 300 it is expected to have
    EXPECT_EQ(reply.header("x-ratelimit-reset-tokens"), "3s");
    EXPECT_EQ(f.ask(plain).header("x-ratelimit-limit-requests"), "");  // nobody's request has no limits
}

TEST(Admission, retries_and_fallbacks_count_against_the_account_and_its_amplification_is_known) {
    JourneyFixture f(with_account(account("ci")));
    f.provider(1).next = {answer(500, "{}")};
    EXPECT_EQ(f.ask(plain, "/v1/chat/completions", as("ci")).status, 200);
    EXPECT_EQ(f.row().attempts.size(), 3u);  // the same again, then the fallback
    const core::AccountFigures figures = view_of(f, "ci").figures;
    EXPECT_EQ(figures.counts.upstream_calls, 3);
    EXPECT_DOUBLE_EQ(figures.counts.amplification(), 3);
    EXPECT_EQ(figures.counts.double_retries, 0);
}

TEST(Admission, a_wish_that_client_and_gateway_both_repeat_is_a_double_retry) {
    JourneyFixture f(with_account(account("ci")));
    f.provider(1).next = f.provider(2).next = {answer(500, "{}")};
    const auto first = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(20s);
    EXPECT_EQ(first->status, 502);
    EXPECT_EQ(first->header("x-should-retry"), "false");
    f.provider(1).next = f.provider(2).next = {chat_answer("x")};
    const std::string again = as("ci") + "x-stainless-retry-count: 1\r\n";
    (void)f.send(asking_for(9), "/v1/chat/completions", again);  // another wish
    f.loop.run_for(1s);
    EXPECT_EQ(view_of(f, "ci").figures.counts.double_retries, 0);
    (void)f.send(plain, "/v1/chat/completions", again);
    f.loop.run_for(1s);
    const core::AccountCounts counts = view_of(f, "ci").figures.counts;
    EXPECT_EQ(counts.double_retries, 1);
    EXPECT_EQ(counts.client_retries, 2);
}

TEST(Admission, an_account_that_only_repeats_itself_gets_no_more_attempts_and_harms_nobody_else) {
    core::AccountConfig busy = account("ci");
    busy.tier = "service";
    core::Config config = with_account(busy);
    config.accounts.push_back(account("web"));
    JourneyFixture f(config);
    f.provider(1).next = {answer(400, R"({"error":{"message":"no"}})")};
    const std::string again = as("ci") + "x-stainless-retry-count: 2\r\n";
    for (int i = 0; i < 260; ++i) {
        (void)f.send(plain, "/v1/chat/completions", again);
        f.loop.run_for(50ms);
    }
    EXPECT_LT(view_of(f, "ci").figures.retry_budget, 0.01);
    f.provider(1).next = {answer(500, "{}")};
    const auto tired = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(5s);
    EXPECT_EQ(tired->status, 502);
    EXPECT_EQ(f.row().attempts.size(), 1u);
    const auto fresh = f.send(plain, "/v1/chat/completions", as("web"));
    f.loop.run_for(5s);
    EXPECT_EQ(fresh->status, 200);
    EXPECT_EQ(f.row().attempts.size(), 3u);
}

TEST(Admission, who_may_not_repeat_is_no_probe) {
    core::AccountConfig busy = account("ci");
    busy.tier = "service";
    core::Config config = with_account(busy);
    config.accounts.push_back(account("web"));
    JourneyFixture f(config);
    f.provider(1).next = {answer(400, R"({"error":{"message":"no"}})")};
    for (int i = 0; i < 260; ++i) {
        (void)f.send(plain, "/v1/chat/completions", as("ci") + "x-stainless-retry-count: 2\r\n");
        f.loop.run_for(50ms);
    }
    f.provider(1).next = {answer(500, "{}")};
    const auto gate = [&f] { return f.router.view().lanes[0].health.gate(f.loop.now()); };
    for (int i = 0; i < 20 && gate() != core::Health::Gate::closed; ++i) {
        (void)f.send(plain, "/v1/chat/completions", as("web"));
        f.loop.run_for(3s);
    }
    ASSERT_EQ(gate(), core::Health::Gate::closed);
    while (gate() == core::Health::Gate::closed) f.loop.run_for(1s);
    const std::size_t asked = f.provider(1).seen.size();
    const auto tired = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(3s);
    EXPECT_EQ(tired->status, 200);
    EXPECT_EQ(f.provider(1).seen.size(), asked);
    (void)f.send(plain, "/v1/chat/completions", as("web"));
    f.loop.run_for(3s);
    EXPECT_GT(f.provider(1).seen.size(), asked);
}

TEST(Admission, a_retry_that_finds_no_place_costs_nothing) {
    core::Config config = with_account(account("ci"));
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {answer(401, "{}")};
    const auto reply = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(5s);
    EXPECT_NE(reply->status, 200);
    EXPECT_EQ(f.row().attempts.size(), 1u);
    EXPECT_EQ(view_of(f, "ci").figures.retry_budget, 1);
}

TEST(Admission, what_a_broken_stream_had_produced_counts_where_nobody_resumes_it) {
    core::Config config = with_account(slow(1000));
    config.defaults.midstream = core::Midstream::resume;
    JourneyFixture f(config);
    f.provider(1).next = {cut_after(tokens(200, 1ms), 101, Script::End::close)};
    f.provider(2).next = {answer(400, R"({"error":{"message":"no"}})")};
    (void)f.send(asking_for(500, true), "/v1/chat/completions", as("ci"));
    f.loop.run_for(10s);
    EXPECT_NE(f.row().error, ErrorCode::ok);
    EXPECT_EQ(f.row().usage.output_tokens, 100);
    const std::int64_t left = view_of(f, "ci").figures.output.remaining;
    EXPECT_GE(left, 900);
    EXPECT_LE(left, 915);
}

TEST(Admission, a_refusal_after_attempts_shows_the_fleet_of_that_instant_and_is_none_of_the_accounts) {
    JourneyFixture f(with_account(account("ci")));
    f.provider(1).next = f.provider(2).next = {answer(500, "{}")};
    const auto reply = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(20s);
    EXPECT_EQ(reply->status, 502);
    EXPECT_TRUE(says(*reply, R"({"target":"p1/m#only","verdict":"already_failed","in_flight":0})")) << reply->body;
    EXPECT_FALSE(says(*reply, "shed_while_idle"));
    f.provider(1).next = {cut_after(tokens(200, 1ms), 101, Script::End::close)};
    (void)f.send(streamed, "/v1/chat/completions", as("ci"));
    f.loop.run_for(20s);
    EXPECT_EQ(f.row().error, ErrorCode::stream_cut);
    EXPECT_EQ(view_of(f, "ci").figures.counts.refused, 0);
}

TEST(Admission, whom_no_target_can_serve_in_time_is_told_when_the_first_will_be_ready) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {answer(429, "{}", "retry-after: 200\r\n")};
    (void)f.send(plain);
    f.loop.run_for(1s);
    const auto early = f.send(plain, "/v1/chat/completions", "x-signalbox-deadline-ms: 1000\r\n");
    f.loop.run_for(1s);
    EXPECT_EQ(f.row().error, ErrorCode::queue_timeout);
    EXPECT_EQ(f.row().attempts.size(), 0u);
    EXPECT_EQ(early->header("retry-after"), "60");
    f.loop.run_for(178s);
    const auto later = f.send(plain, "/v1/chat/completions", "x-signalbox-deadline-ms: 1000\r\n");
    f.loop.run_for(1s);
    EXPECT_GE(std::stoi(later->header("retry-after")), 18);
    EXPECT_LE(std::stoi(later->header("retry-after")), 22);
}

TEST(Admission, a_recent_view_is_shared_until_it_is_old_or_the_rules_change) {
    JourneyFixture f(with_account(account("ci")));
    const Instant now = f.loop.now();
    const auto first = f.router.recent_view(now);
    EXPECT_EQ(f.router.recent_view(now + Router::recent - 1ns), first);
    EXPECT_NE(f.router.recent_view(now + Router::recent), first);
    core::Config config = JourneyFixture::base_config();
    config.models[0].deployments[0].model = "other";
    f.router.apply(std::make_shared<const core::Config>(config), {now, {}});
    const auto next = f.router.recent_view(now + Router::recent);
    EXPECT_EQ(next->table, f.router.rules().table);
    EXPECT_EQ(next->lane_names.size(), first->lane_names.size() + 1);
    EXPECT_EQ(next->lane_names[0], first->lane_names[0]);
    EXPECT_EQ(next->lanes.size(), next->lane_names.size());
}

TEST(Admission, an_answer_that_breaks_off_shows_nobody_that_repeating_helps) {
    core::AccountConfig busy = account("ci");
    busy.tier = "service";
    JourneyFixture f(with_account(busy));
    f.provider(1).next = f.provider(2).next = {cut_after(chat_stream({"a", "b"}), 2, Script::End::close)};
    for (int i = 0; i < 260; ++i) {
        (void)f.send(streamed, "/v1/chat/completions", as("ci") + "x-stainless-retry-count: 1\r\n");
        f.loop.run_for(1s);
    }
    EXPECT_LT(view_of(f, "ci").figures.retry_budget, 0.01);
}

TEST(Admission, an_accounts_tags_join_those_of_the_request_which_go_first) {
    core::AccountConfig tagged = account("ci");
    tagged.tags = {{"pool", "none"}, {"team", "ci"}};
    JourneyFixture f(with_account(tagged));
    f.ask(plain, "/v1/chat/completions", as("ci") + "x-signalbox-tags: pool=ruby\r\n");
    EXPECT_EQ(f.row().tags, "pool=ruby,team=ci");
    f.ask(plain, "/v1/chat/completions", as("ci"));
    EXPECT_EQ(f.row().tags, "pool=none,team=ci");
    f.ask(plain, "/v1/chat/completions", "x-signalbox-tags: pool=ruby\r\n");
    EXPECT_EQ(f.row().tags, "pool=ruby");
}

TEST(Admission, too_many_tags_are_cut_between_two_of_them) {
    JourneyFixture f;
    const std::string most = "a=" + std::string(limits::name_length_max - 4, 'x') + ",b";  // "b=1" has no room
    f.ask(plain, "/v1/chat/completions", "x-signalbox-tags: " + most + "=1,c=2\r\n");
    EXPECT_EQ(f.row().tags, most.substr(0, most.size() - 2));
    const std::string fits = "a=" + std::string(limits::name_length_max - 2, 'x');
    f.ask(plain, "/v1/chat/completions", "x-signalbox-tags: " + fits + ",b=1\r\n");
    EXPECT_EQ(f.row().tags, fits);
    f.ask(plain, "/v1/chat/completions", "x-signalbox-tags: " + fits + "x\r\n");
    EXPECT_EQ(f.row().tags, "") << "no value is shown as another";
}

}  // namespace
}  // namespace signalbox::flow
