// `midstream`: what becomes of an answer whose provider fails after it had begun to answer.
#include <gtest/gtest.h>

#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

core::Config with(core::Midstream mode) {
    core::Config config = JourneyFixture::base_config();
    config.defaults.midstream = mode;
    return config;
}

class Hold : public testing::TestWithParam<std::pair<const char*, Script>> {};

TEST_P(Hold, an_answer_that_breaks_off_is_never_begun) {
    JourneyFixture f(with(core::Midstream::hold));
    f.provider(1).next = {GetParam().second};
    f.provider(2).next = {chat_stream({"all", "of", "it"}, 100ms, 2s)};
    const Reply reply = f.ask(streamed);
    EXPECT_FALSE(reply.closed);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body.find("one"), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find("it"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    if (reply.body.starts_with(": waiting")) {
        EXPECT_NE(reply.body.find(": served by p2/s\n\n"), std::string::npos);
    } else {
        EXPECT_EQ(reply.header("x-signalbox-midstream"), "hold");
        EXPECT_EQ(reply.header("x-signalbox-deployment"), "p2/s");
    }
    const auto row = f.row();
    EXPECT_EQ(row.outcome, Outcome::served_fallback);
    EXPECT_NE(row.why, ErrorCode::ok);
    EXPECT_LE(row.attempts.size(), 3u);
    EXPECT_EQ(row.usage, (Usage{10, 5, -1}));
    // What the broken ones had produced is paid as well.
    const auto broken = static_cast<std::int64_t>(row.attempts.size()) - 1;
    EXPECT_GE(row.cost.value, 10 + 2 * 5 + broken * (row.estimated_input_tokens + 2));
    EXPECT_EQ(f.in_flight(), 0);
}

INSTANTIATE_TEST_SUITE_P(Faults, Hold,
                         testing::Values(std::pair{"aborted", cut_stream(reset)},
                                         std::pair{"closed", cut_stream(close_end)},
                                         std::pair{"stall", cut_stream(hang)},
                                         std::pair{"error_event", stream_with(crashed)},
                                         std::pair{"malformed", stream_with("{not json")}),
                         [](const auto& info) { return std::string(info.param.first); });

TEST(Midstream, a_held_answer_comes_at_once_and_slow_ones_are_let_finish) {
    JourneyFixture f(with(core::Midstream::hold));
    f.provider(1).next = {chat_stream({"a", "b", "c"}, 20s, 20s)};  // longer than any one deadline but the total
    const Reply reply = f.ask(streamed);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(f.row().attempts.size(), 1u);
    EXPECT_GE(f.row().first_token_us, 60'000'000);
    EXPECT_LT(f.row().attempts[0].first_token_us, 21'000'000);
}

TEST(Midstream, what_is_too_large_to_hold_is_sent_as_it_comes) {
    JourneyFixture f(with(core::Midstream::hold));
    const std::string megabyte(1 << 20, 'x');
    f.provider(1).next = {raw_stream({content_event(megabyte), content_event(megabyte), content_event(megabyte),
                                      content_event(megabyte), content_event(megabyte), content_event("end")},
                                     close_end, 1s)};
    const Reply reply = f.ask(streamed);
    EXPECT_EQ(reply.header("x-signalbox-midstream"), "");
    EXPECT_TRUE(reply.closed);
    EXPECT_GT(reply.body.size(), 5u << 20);
    EXPECT_EQ(f.row().error, ErrorCode::stream_cut);
    EXPECT_EQ(f.in_flight(), 0);
}

// What the client has put together of all events.
std::string text_of(const std::string& body) {
    std::string text;
    const std::string begin = R"("content":")";
    for (std::size_t at = body.find(begin); at != std::string::npos; at = body.find(begin, at)) {
        at += begin.size();
        text += body.substr(at, body.find('"', at) - at);
    }
    return text;
}

class Resume : public testing::TestWithParam<std::pair<const char*, Script>> {};

TEST_P(Resume, the_rest_of_the_same_words_comes_from_the_next_target) {
    JourneyFixture f(with(core::Midstream::resume));
    f.provider(1).next = {GetParam().second};
    f.provider(2).next = {chat_stream({"on", "e", "twothr", "ee", " four"})};  // cut into other pieces
    const Reply reply = f.ask(streamed);
    EXPECT_FALSE(reply.closed);
    EXPECT_EQ(text_of(reply.body), "onetwothree four") << reply.body;
    EXPECT_NE(reply.body.find(": continued by p2/s\n\n"), std::string::npos);
    EXPECT_EQ(reply.body.find("\"role\"", reply.body.find("\"role\"") + 1), std::string::npos);
    EXPECT_EQ(reply.body.find("error"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(reply.header("x-signalbox-deployment"), "p1/m");  // who began
    const auto row = f.row();
    EXPECT_EQ(row.outcome, Outcome::served_fallback);
    EXPECT_EQ(row.error, ErrorCode::ok);
    ASSERT_EQ(row.attempts.size(), 2u);
    EXPECT_EQ(row.attempts[0].result, row.why) << to_string(row.why);
    EXPECT_EQ(row.attempts[1].result, ErrorCode::ok);
    EXPECT_EQ(row.served_model, "spare");
    EXPECT_EQ(row.usage, (Usage{10, 5, -1}));
    EXPECT_GT(row.cost.value, 10 + 2 * 5);
    EXPECT_LT(row.first_token_us, 1'000'000);                            // the first one's
    EXPECT_EQ(f.provider(2).seen[0].find("onetwo"), std::string::npos);  // nobody is asked to continue another's words
    EXPECT_EQ(f.in_flight(), 0);
}

Script begun(Script::End end) {
    Script script = cut_after(chat_stream({"one", "two", "three"}), 3, end);
    script.parts.push_back({10ms, ""});  // so that a reset takes nothing with it
    return script;
}

Script begun_with(const std::string& event) {
    Script script = begun(hang);
    script.parts.push_back({1ms, sse(event)});
    return script;
}

INSTANTIATE_TEST_SUITE_P(Faults, Resume,
                         testing::Values(std::pair{"aborted", begun(reset)}, std::pair{"closed", begun(close_end)},
                                         std::pair{"stall", begun(hang)}, std::pair{"error_event", begun_with(crashed)},
                                         std::pair{"malformed", begun_with("{not json")}),
                         [](const auto& info) { return std::string(info.param.first); });

TEST(Midstream, an_answer_that_differs_is_not_joined_and_the_first_failure_is_told) {
    JourneyFixture f(with(core::Midstream::resume));
    f.provider(1).next = {begun(close_end)};
    f.provider(2).next = {chat_stream({"one", "tree"})};
    const Reply reply = f.ask(streamed);
    EXPECT_TRUE(reply.closed);
    EXPECT_EQ(text_of(reply.body), "onetwo");
    EXPECT_NE(reply.body.find(R"("code":"stream_cut")"), std::string::npos) << reply.body;
    EXPECT_EQ(reply.body.find("[DONE]"), std::string::npos);
    ASSERT_EQ(f.row().attempts.size(), 2u);
    EXPECT_EQ(f.row().attempts[1].result, ErrorCode::conflict);
    EXPECT_EQ(f.row().error, ErrorCode::stream_cut);
    EXPECT_EQ(f.row().outcome, Outcome::failed);
    EXPECT_EQ(f.router.view().lanes[1].health.samples(), 0);  // it did nothing wrong
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Midstream, a_shorter_answer_differs_and_one_that_ends_there_does_not) {
    for (const bool same : {false, true}) {
        JourneyFixture f(with(core::Midstream::resume));
        f.provider(1).next = {begun(close_end)};
        f.provider(2).next = {same ? chat_stream({"one", "two"}) : chat_stream({"one"})};
        const Reply reply = f.ask(streamed);
        EXPECT_EQ(reply.closed, !same);
        EXPECT_EQ(text_of(reply.body), "onetwo");
        EXPECT_EQ(reply.body.find("\"stop\"") != std::string::npos, same);
    }
}

TEST(Midstream, the_last_words_and_the_end_in_one_event_are_cut_apart) {
    JourneyFixture f(with(core::Midstream::resume));
    f.provider(1).next = {begun(close_end)};
    f.provider(2).next = {raw_stream({content_event("onetwo", "\"stop\""), "data: [DONE]\n\n"})};
    const Reply reply = f.ask(streamed);
    EXPECT_FALSE(reply.closed);
    EXPECT_EQ(text_of(reply.body), "onetwo");
    EXPECT_NE(reply.body.find("\"stop\""), std::string::npos);
}

TEST(Midstream, a_resumed_answer_may_break_off_and_be_resumed_again_within_the_attempts) {
    core::Config config = with(core::Midstream::resume);
    config.models[0].fallbacks = {"spare", "last"};
    JourneyFixture f(config);
    f.provider(1).next = {begun(close_end)};
    f.provider(2).next = {cut_after(chat_stream({"one", "two", "three", "four"}), 4, close_end)};
    f.provider(3).next = {chat_stream({"onetwothree", "four", "five"})};
    const Reply reply = f.ask(streamed);
    EXPECT_FALSE(reply.closed);
    EXPECT_EQ(text_of(reply.body), "onetwothreefourfive");
    EXPECT_EQ(f.row().attempts.size(), 3u);
}

TEST(Midstream, without_another_target_the_end_is_the_honest_one) {
    core::Config config = with(core::Midstream::resume);
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {begun(close_end)};
    const Reply reply = f.ask(streamed);
    EXPECT_TRUE(reply.closed);
    EXPECT_NE(reply.body.find(R"("code":"stream_cut")"), std::string::npos);
    EXPECT_EQ(f.row().attempts.size(), 1u);
    EXPECT_EQ(f.row().error, ErrorCode::stream_cut);
    EXPECT_GT(f.row().cost.value, 0);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Midstream, tool_calls_and_reasoning_are_not_resumed) {
    for (const std::string member : {R"("tool_calls":[{"index":0,"id":"x"}])", R"("reasoning_content":"hm")"}) {
        JourneyFixture f(with(core::Midstream::resume));
        f.provider(1).next = {raw_stream(
            {"data: {\"choices\":[{\"index\":0,\"delta\":{" + member + "}}]}\n\n", content_event("one")}, close_end)};
        const Reply reply = f.ask(streamed);
        EXPECT_TRUE(reply.closed);
        EXPECT_EQ(f.provider(2).seen.size(), 0u);
        EXPECT_NE(reply.body.find("\"error\""), std::string::npos);
    }
}

TEST(Midstream, a_target_that_fails_while_it_catches_up_is_passed_over) {
    core::Config config = with(core::Midstream::resume);
    config.models[0].fallbacks = {"spare", "last"};
    JourneyFixture f(config);
    f.provider(1).next = {begun(close_end)};
    f.provider(2).next = {cut_after(chat_stream({"one", "two"}), 2, close_end)};
    f.provider(3).next = {chat_stream({"onetwo", "three"})};
    const Reply reply = f.ask(streamed);
    EXPECT_EQ(text_of(reply.body), "onetwothree");
    EXPECT_FALSE(reply.closed);
    EXPECT_EQ(f.row().attempts[1].result, ErrorCode::stream_cut);
}

TEST(Midstream, a_long_text_is_caught_up_with_within_the_idle_deadline_between_events_only) {
    JourneyFixture f(with(core::Midstream::resume));
    f.provider(1).next = {begun(close_end)};
    f.provider(2).next = {chat_stream({"o", "n", "e", "t", "w", "o", "!"}, 20s, 20s)};
    const Reply reply = f.ask(streamed);
    EXPECT_EQ(text_of(reply.body), "onetwo!");
    EXPECT_NE(reply.body.find(": waiting\n\n"), std::string::npos);  // the client knows that we are at it
    EXPECT_FALSE(reply.closed);
}

TEST(Midstream, without_a_word_in_the_configuration_nothing_is_resumed) {
    JourneyFixture f;
    f.provider(1).next = {begun(close_end)};
    EXPECT_TRUE(f.ask(streamed).closed);
    EXPECT_EQ(f.provider(2).seen.size(), 0u);
}

}  // namespace
}  // namespace signalbox::flow
