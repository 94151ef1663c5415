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
                                         std::pair{"closed", cut_stream(close_end)}, std::pair{"stall", cut_stream(hang)},
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

}  // namespace
}  // namespace signalbox::flow
