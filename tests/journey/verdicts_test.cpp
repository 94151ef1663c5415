// Conduct in single cases: preambles, verdicts on the request, flapping, accounts, and what SDKs are told at the end.
#include <gtest/gtest.h>

#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

TEST(ConductOf, nothing_is_sent_before_the_first_content) {
    JourneyFixture f;
    f.provider(1).next = {odd_framing()};
    const Reply reply = f.ask(streamed);
    EXPECT_GE(reply.first_byte - Instant{}, 5s);  // four events and a comment came earlier
    EXPECT_GE(f.row().first_token_us, 5'000'000);
}

TEST(ConductOf, a_preamble_commits_to_nothing) {
    JourneyFixture f;
    Script script = odd_framing();
    script.parts.resize(5);
    script.end = reset;
    f.provider(1).next = {script};
    f.provider(2).next = {chat_stream({"rescued"})};
    const Reply reply = f.ask(streamed);
    EXPECT_NE(reply.body.find("rescued"), std::string::npos);
    EXPECT_EQ(reply.body.find("prompt_filter_results"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
}

TEST(ConductOf, keep_alives_of_the_provider_do_not_lengthen_the_wait_for_the_first_token) {
    JourneyFixture f;
    f.provider(1).next = {raw_stream(std::vector<std::string>(60, ": PROCESSING\n\n"), hang, 1s)};
    f.provider(2).next = {chat_stream({"rescued"})};
    const Reply reply = f.ask(streamed);
    EXPECT_NE(reply.body.find("rescued"), std::string::npos);
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::first_token_timeout);
    EXPECT_LT(f.row().total_us, 40'000'000);
}

TEST(ConductOf, a_spent_quota_is_not_asked_twice) {
    JourneyFixture f;
    const Script spent = answer(429, error_json("insufficient_quota", "You exceeded your quota"));
    f.provider(1).next = {spent};
    f.provider(2).next = {spent};
    EXPECT_EQ(f.ask(plain).header("x-should-retry"), "false");
    EXPECT_EQ(f.provider(1).seen.size(), 1u);
    EXPECT_EQ(f.provider(2).seen.size(), 1u);
}

TEST(ConductOf, an_empty_completion_is_an_answer) {
    JourneyFixture f;
    f.provider(1).next = {answer(200, R"({"choices":[{"index":0,"text":"","finish_reason":"stop"}]})")};
    const Reply reply = f.ask(R"({"model":"main","prompt":"f("})", "/v1/completions");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(f.row().outcome, Outcome::served);  // there was nothing to fill in
}

TEST(ConductOf, a_filtered_answer_goes_elsewhere_only_where_the_operator_says_so) {
    core::Config config = JourneyFixture::base_config();
    config.defaults.content_filter_fallback = true;
    JourneyFixture f(config);
    f.provider(1).next = {answer(400, error_json("content_filter", "The prompt was filtered"))};
    f.provider(2).next = {chat_answer("rescued")};
    EXPECT_NE(f.ask(plain).body.find("rescued"), std::string::npos);
    EXPECT_EQ(f.row().attempts.size(), 2u);
}

TEST(ConductOf, a_long_prompt_goes_to_the_models_for_long_prompts_and_to_no_window_as_small) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].deployments[0].context = 8192;
    config.models[1].deployments[0].context = 4096;
    config.models[0].context_fallbacks = {"last"};
    JourneyFixture f(config);
    f.provider(1).next = {answer(400, error_json("context_length_exceeded", "maximum context length is 8192"))};
    f.provider(3).next = {chat_answer("long enough")};
    const Reply reply = f.ask(plain);
    EXPECT_NE(reply.body.find("long enough"), std::string::npos);
    EXPECT_EQ(reply.header("x-signalbox-fallback"), "context");
    EXPECT_EQ(f.provider(2).seen.size(), 0u);
    EXPECT_EQ(f.row().why, ErrorCode::upstream_context_too_long);
    EXPECT_EQ(f.router.view().lanes[0].health.samples(), 0);
}

TEST(ConductOf, a_prompt_too_long_for_everybody_is_told_in_the_first_providers_words) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].deployments[0].context = 8192;
    config.models[1].deployments[0].context = 4096;
    JourneyFixture f(config);
    f.provider(1).next = {answer(400, error_json("context_length_exceeded", "maximum context length is 8192"))};
    const Reply reply = f.ask(plain);
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find("maximum context length is 8192"), std::string::npos);
    EXPECT_EQ(reply.header("x-should-retry"), "false");
    EXPECT_EQ(f.row().error, ErrorCode::upstream_context_too_long);
    EXPECT_EQ(f.row().attempts.size(), 1u);
}

const std::string prefilled =
    R"({"model":"main","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"He"}]})";

TEST(ConductOf, a_fallback_that_rejects_prefill_is_passed_over) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].fallbacks = {"spare", "last"};
    JourneyFixture f(config);
    f.provider(1).next = {answer(404, "{}")};
    f.provider(2).next = {answer(400, error_json("invalid_value", "assistant prefill is not supported"))};
    f.provider(3).next = {chat_answer("rescued")};
    const Reply reply = f.ask(prefilled);
    EXPECT_NE(reply.body.find("rescued"), std::string::npos);
    ASSERT_EQ(f.row().attempts.size(), 3u);
    EXPECT_EQ(f.row().attempts[1].result, ErrorCode::upstream_bad_request);
    EXPECT_EQ(f.row().why, ErrorCode::upstream_not_found);
}

TEST(ConductOf, where_only_such_a_fallback_is_left_the_first_choices_failure_is_told) {
    JourneyFixture f;
    f.provider(1).next = {answer(503, R"({"error":{"message":"down for repairs"}})")};
    f.provider(2).next = {answer(400, error_json("invalid_value", "assistant prefill is not supported"))};
    const Reply reply = f.ask(prefilled);
    EXPECT_EQ(reply.status, 502);
    EXPECT_NE(reply.body.find("down for repairs"), std::string::npos);
    EXPECT_EQ(f.row().error, ErrorCode::upstream_server_error);
    EXPECT_EQ(f.row().attempts.size(), 3u);
}

TEST(ConductOf, a_flapping_provider_costs_its_users_nothing_and_little_is_sent_there) {
    JourneyFixture f;
    f.provider(2).next = {chat_answer("rescued")};
    std::size_t failing = 0;
    for (int second = 0; second < 1800; second += 3) {
        const bool down = second < 60;
        f.provider(1).next = {down ? answer(500, "{}") : chat_answer("hello")};
        const std::size_t before = f.provider(1).seen.size();
        const auto reply = f.send(plain);
        f.loop.run_for(3s);
        EXPECT_EQ(reply->status, 200) << second;
        EXPECT_LE(f.row().attempts.size(), 3u);
        if (down) failing += f.provider(1).seen.size() - before;
    }
    EXPECT_LE(failing, 9u);  // five to open the breaker, then probes with growing pauses
    EXPECT_EQ(f.row().served_model, "main");
}

TEST(ConductOf, the_one_that_answered_is_accounted) {
    core::Config config = JourneyFixture::base_config();
    config.models[1].deployments[0].price = core::Price{{5'000'000}, {7'000'000}, {0}};
    JourneyFixture f(config);
    for (const bool stream : {false, true}) {
        f.provider(1).next = {answer(500, R"({"usage":{"prompt_tokens":999,"completion_tokens":999}})")};
        f.provider(2).next = {stream ? chat_stream({"rescued"}) : chat_answer("rescued")};
        const Reply reply = f.ask(stream ? streamed : plain);
        const auto row = f.row();
        EXPECT_EQ(reply.header("x-signalbox-model"), "spare");
        EXPECT_EQ(row.served_model, "spare");
        EXPECT_EQ(row.served_deployment, "p2/s");
        EXPECT_EQ(row.usage, (Usage{10, 5, -1}));
        EXPECT_EQ(row.cost.value, 5 * 10 + 7 * 5);
    }
}

TEST(ConductOf, a_refusal_of_our_own_that_waiting_does_not_cure_is_final_too) {
    JourneyFixture f;
    EXPECT_EQ(f.ask(R"({"model":"mian","messages":[]})").header("x-should-retry"), "false");
    EXPECT_EQ(f.ask(R"({"model":"main","messages":[],"max_tokens":-1})").header("x-should-retry"), "false");
    EXPECT_EQ(f.ask(plain).header("x-should-retry"), "");
}

// Heads only: what an SDK does next depends on them.
struct Final {
    const char* name;
    Script script;
    const char* should_retry;
    const char* retry_after_ms;
};

class FinalErrors : public testing::TestWithParam<Final> {};

TEST_P(FinalErrors, tell_sdks_whether_and_when_to_come_back) {
    core::Config config = JourneyFixture::base_config();
    config.models[0].fallbacks.clear();
    config.defaults.queue.wait = 1s;
    JourneyFixture f(config);
    f.provider(1).next = {GetParam().script};
    const Reply reply = f.ask(plain);
    EXPECT_GE(reply.status, 400);
    EXPECT_EQ(reply.header("x-should-retry"), GetParam().should_retry);
    EXPECT_EQ(reply.header("retry-after-ms"), GetParam().retry_after_ms);
}

INSTANTIATE_TEST_SUITE_P(Sdks, FinalErrors,
                         testing::Values(Final{"server_error", answer(500, "{}"), "false", ""},
                                         Final{"not_found", answer(404, "{}"), "false", ""},
                                         Final{"unauthorized", answer(401, "{}"), "false", ""},
                                         Final{"bad_request", answer(400, "{}"), "false", ""},
                                         Final{"wait_a_little", answer(429, "{}", "retry-after: 30\r\n"), "", "30000"},
                                         Final{"wait_an_hour", answer(429, "{}", "retry-after: 3600\r\n"), "false", ""},
                                         Final{"quota", answer(429, error_json("insufficient_quota", "no money")),
                                               "false", ""}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace signalbox::flow
