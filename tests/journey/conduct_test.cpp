// How the gateway behaves on the day its provider does not: every fault, for whole answers and for streams, with what
// the client gets and what the history says. The first target always misbehaves as the table says; `spare` is healthy.
#include <gtest/gtest.h>

#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;
using namespace std::string_literals;
using Scripts = std::deque<Script>;

enum class End : std::uint8_t {
    served,   // the first target's own answer, at the first attempt
    retried,  // the first target's, at the second
    rescued,  // the fallback's
    told,     // the provider's own error
    broken,   // an honest end in the middle: an error event, no [DONE], no last chunk
};

struct Expected {
    End end = End::served;
    ErrorCode first = ErrorCode::ok;  // result of the first attempt
    std::size_t attempts = 1;
};

struct Fault {
    const char* name;
    Scripts whole, streamed;  // what the first target does, the last one again and again; whole may be without it
    Expected of_whole, of_stream;
};

// The same answer whatever was asked for.
Fault both(const char* name, Scripts scripts, Expected expected) {
    return {name, scripts, scripts, expected, expected};
}

Expected rescued(ErrorCode first, std::size_t attempts) {
    return {End::rescued, first, attempts};
}

Expected broken(ErrorCode code) {
    return {End::broken, code, 1};
}

const Expected served{End::served, ErrorCode::ok, 1};

std::vector<Fault> refusals() {
    using enum ErrorCode;
    const Expected told_filter{End::told, upstream_content_filter, 1};
    const Expected told_request{End::told, upstream_bad_request, 1};
    const Expected retried_500{End::retried, upstream_server_error, 2};
    return {
        both("rate_limited_with_hint", {answer(429, "{}", "retry-after: 2\r\n")}, rescued(upstream_rate_limited, 2)),
        both("rate_limited_mute", {answer(429, "{}")}, rescued(upstream_rate_limited, 2)),
        both("rate_limited_an_hour", {answer(429, "{}", "retry-after: 3600\r\n")}, rescued(upstream_rate_limited, 2)),
        both("quota_exhausted", {answer(429, error_json("insufficient_quota", "You exceeded your quota"))},
             rescued(upstream_quota_exhausted, 2)),
        {"server_error_once",
         {answer(500, "{}"), chat_answer("hello")},
         {answer(500, "{}"), chat_stream({"hello"})},
         retried_500,
         retried_500},
        both("server_error_always", {answer(500, "{}")}, rescued(upstream_server_error, 3)),
        both("unavailable", {answer(503, "{}")}, rescued(upstream_server_error, 3)),
        both("unavailable_and_busy", {answer(503, error_json("overloaded", "Overloaded"))},
             rescued(upstream_overloaded, 2)),
        both("overloaded", {answer(529, "{}")}, rescued(upstream_overloaded, 2)),
        both("unauthorized", {answer(401, "{}")}, rescued(upstream_unauthorized, 2)),
        both("forbidden", {answer(403, "{}")}, rescued(upstream_unauthorized, 2)),
        both("not_found", {answer(404, "{}")}, rescued(upstream_not_found, 2)),
        both("context_length", {answer(400, error_json("context_length_exceeded", "maximum context length is 8192"))},
             rescued(upstream_context_too_long, 2)),
        both("content_filter", {answer(400, error_json("content_filter", "The prompt was filtered"))}, told_filter),
        both("bad_request", {answer(400, error_json("invalid_value", "temperature must be below 2"))}, told_request),
        both("unprocessable", {answer(422, error_json("invalid_value", "tools is not a list"))}, told_request),
    };
}

std::vector<Fault> transport_faults() {
    using enum ErrorCode;
    Script broken_chunk = cut_stream(hang);
    broken_chunk.parts.push_back({1ms, "zz\r\n"});
    Script ended = cut_stream(close_end);
    ended.parts.push_back({1ms, "0\r\n\r\n"});
    const Expected retried_reset{End::retried, upstream_reset, 2};
    return {
        {"reset_once",
         {Script{{}, reset}, chat_answer("hello")},
         {Script{{}, reset}, chat_stream({"hello"})},
         retried_reset,
         retried_reset},
        both("reset_always", {Script{{}, reset}}, rescued(upstream_reset, 3)),
        both("closed_always", {Script{{}, close_end}}, rescued(upstream_reset, 3)),
        both("no_response", {Script{{}, hang}}, rescued(header_timeout, 2)),
        {"slow_first_token",
         {after_a_while(chat_answer("hello"), 45s)},
         {chat_stream({"hello"}, 45s)},
         served,
         rescued(first_token_timeout, 2)},
        {"cut_aborted",
         {half_a_body(reset)},
         {cut_stream(reset)},
         rescued(ErrorCode::stream_cut, 3),
         broken(ErrorCode::stream_cut)},
        {"cut_cleanly",
         {half_a_body(close_end)},
         {cut_stream(close_end)},
         rescued(ErrorCode::stream_cut, 3),
         broken(ErrorCode::stream_cut)},
        {"cut_before_content", {}, {cut_after(chat_stream({"one"}), 1, reset)}, {}, rescued(upstream_reset, 3)},
        {"ended_without_finish", {}, {ended}, {}, broken(ErrorCode::stream_cut)},
        {"ended_with_its_first_content",
         {},
         {raw_stream({content_event("one")})},
         {},
         rescued(ErrorCode::stream_cut, 3)},
        {"stall",
         {half_a_body(hang)},
         {cut_stream(hang)},
         rescued(stream_idle_timeout, 2),
         broken(stream_idle_timeout)},
        {"broken_first_chunk", {}, {Script{{{1ms, stream_head + "zz\r\n"}}, hang}}, {}, rescued(upstream_malformed, 3)},
        {"broken_chunk", {}, {broken_chunk}, {}, broken(ErrorCode::stream_cut)},
        both("garbage_head", {Script{{{1ms, "\x16\x03\x01 what"}}, close_end}}, rescued(upstream_malformed, 3)),
    };
}

std::vector<Fault> content_faults() {
    using enum ErrorCode;
    const std::string silent_choice = R"({"index":0,"message":{"content":null},"finish_reason":)";
    return {
        {"malformed_event",
         {answer(200, R"({"choices":[{"mess)")},
         {stream_with("{not json")},
         rescued(upstream_malformed, 3),
         broken(stream_error_event)},
        {"malformed_first_event", {}, {raw_stream({"data: {not json\n\n"}, hang)}, {}, rescued(upstream_malformed, 3)},
        // llama.cpp before autumn 2025: a field that is no event, and an end as if nothing had happened.
        {"error_field",
         {},
         {raw_stream(
             {content_event("one"), "error: {\"code\":500,\"message\":\"Compute error.\"}\n\n", "data: [DONE]\n\n"})},
         {},
         broken(stream_error_event)},
        {"missing_done", {}, {raw_stream({content_event("hello", "\"stop\"")})}, {}, served},
        {"error_event_first",
         {},
         {raw_stream({"data: " + crashed + "\n\n"}, hang)},
         {},
         rescued(upstream_server_error, 3)},
        {"error_event_mid", {}, {stream_with(crashed)}, {}, broken(stream_error_event)},
        both("error_in_200", {answer(200, crashed)}, rescued(upstream_server_error, 3)),
        both("garbage_200", {answer(200, "<html>502</html>")}, rescued(upstream_malformed, 3)),
        {"garbage_stream", {}, {raw_stream({"<html>502</html>\n\n"})}, {}, rescued(upstream_empty, 3)},
        both("empty_200", {answer(200, "")}, rescued(upstream_empty, 3)),
        {"empty_stream", {}, {raw_stream({})}, {}, rescued(upstream_empty, 3)},
        {"done_without_content", {}, {raw_stream({"data: [DONE]\n\n"})}, {}, rescued(upstream_empty, 3)},
        {"finish_without_content",
         {whole_with(silent_choice + "\"stop\"}")},
         {stream_that_only_ends("stop")},
         rescued(upstream_empty, 3),
         rescued(upstream_empty, 3)},
        {"tool_calls_without_any",
         {whole_with(silent_choice + "\"tool_calls\"}")},
         {stream_that_only_ends("tool_calls")},
         rescued(upstream_empty, 3),
         rescued(upstream_empty, 3)},
        {"cut_short_by_length",
         {whole_with(silent_choice + "\"length\"}")},
         {stream_that_only_ends("length")},
         served,
         served},
        {"filtered_in_200",
         {whole_with(silent_choice + "\"content_filter\"}")},
         {stream_that_only_ends("content_filter")},
         served,
         served},
        {"odd_framing", {}, {odd_framing()}, {}, served},
    };
}

struct Case {
    std::string name;
    Scripts scripts;
    Expected expected;
    bool streams = false;
};

std::vector<Case> cases_of(const std::vector<Fault>& faults) {
    std::vector<Case> cases;
    for (const Fault& fault : faults) {
        if (!fault.whole.empty()) cases.push_back({fault.name + "_whole"s, fault.whole, fault.of_whole, false});
        cases.push_back({fault.name + "_streamed"s, fault.streamed, fault.of_stream, true});
    }
    return cases;
}

class Conduct : public testing::TestWithParam<Case> {
  protected:
    [[nodiscard]] bool streams() const { return GetParam().streams; }
    [[nodiscard]] const Expected& expected() const { return GetParam().expected; }
    [[nodiscard]] const Scripts& scripts() const { return GetParam().scripts; }

    void expect_complete(const Reply& reply) const {
        EXPECT_EQ(reply.status, 200);
        EXPECT_FALSE(reply.closed);
        EXPECT_EQ(reply.body.find("\"error\""), std::string::npos) << reply.body;
        if (!streams()) return;
        const bool whole_body = !reply.header("content-length").empty();
        const bool done = reply.body.ends_with("data: [DONE]\n\n") || reply.body.ends_with("data:[DONE]\r\n\r\n");
        EXPECT_TRUE(whole_body || done) << reply.body;
        EXPECT_EQ(reply.body.find("\xEF\xBB\xBF"), std::string::npos);
    }

    void expect_story(const Reply& reply) const {
        const bool by_spare = expected().end == End::rescued;
        if (reply.body.starts_with(": waiting")) {  // the head had to go before there was anything to tell
            EXPECT_NE(reply.body.find(by_spare ? ": served by p2/s\n\n" : ": served by p1/m\n\n"), std::string::npos);
            return;
        }
        EXPECT_EQ(reply.header("x-signalbox-deployment"), by_spare ? "p2/s" : "p1/m");
        EXPECT_EQ(reply.header("x-signalbox-fallback"), by_spare ? "model_chain" : "");
        EXPECT_EQ(reply.header("x-signalbox-attempts"), std::to_string(expected().attempts));
    }

    void expect_told(const Reply& reply) const {
        EXPECT_EQ(reply.status, scripts().front().parts.front().bytes.starts_with("HTTP/1.1 422") ? 422 : 400);
        EXPECT_FALSE(reply.closed);
        EXPECT_EQ(reply.header("x-should-retry"), "false");
        EXPECT_NE(reply.body.find("\"code\":\"" + std::string(to_string(expected().first)) + "\""), std::string::npos)
            << reply.body;
    }

    void expect_broken(const Reply& reply) const {
        EXPECT_EQ(reply.status, 200);
        EXPECT_TRUE(reply.closed);
        EXPECT_NE(reply.body.find("one"), std::string::npos);
        EXPECT_NE(reply.body.find("data: {\"error\":"), std::string::npos);
        EXPECT_NE(reply.body.find("\"code\":\"" + std::string(to_string(expected().first)) + "\""), std::string::npos);
        EXPECT_EQ(reply.body.find("[DONE]"), std::string::npos);
    }

    void expect_row(const ports::RequestRecord& row) const {
        const bool answered = expected().end != End::told && expected().end != End::broken;
        const bool by_spare = expected().end == End::rescued;
        const Outcome outcome = expected().end == End::served    ? Outcome::served
                                : expected().end == End::retried ? Outcome::served_retry
                                : by_spare                       ? Outcome::served_fallback
                                                                 : Outcome::failed;
        EXPECT_EQ(row.outcome, outcome) << to_string(row.outcome);
        EXPECT_EQ(row.error, answered ? ErrorCode::ok : expected().first) << to_string(row.error);
        EXPECT_EQ(row.why, expected().first) << to_string(row.why);
        ASSERT_EQ(row.attempts.size(), expected().attempts);
        EXPECT_EQ(row.attempts.front().result, expected().first) << to_string(row.attempts.front().result);
        EXPECT_EQ(row.attempts.back().result == ErrorCode::ok, answered);
        for (const ports::AttemptRecord& attempt : row.attempts) {
            EXPECT_TRUE(attempt.result != ErrorCode::ok || attempt.detail.empty()) << attempt.detail;
        }
        if (row.attempts.size() > 1 || expected().end == End::told) {
            EXPECT_NE(row.why_detail.find("p1/m"), std::string::npos) << row.why_detail;
        }
        EXPECT_EQ(row.served_model, by_spare ? "spare" : expected().end == End::told ? "" : "main");
        if (answered) EXPECT_EQ(row.served_deployment, row.attempts.back().deployment);
        // Whoever produced something is paid, also for half an answer.
        EXPECT_EQ(row.cost.value > 0, expected().end != End::told);
        EXPECT_EQ(row.candidates.empty(), expected().attempts == 1);
        EXPECT_EQ(row.streamed, streams());
    }
};

TEST_P(Conduct, ends_in_a_complete_answer_or_an_honest_one) {
    JourneyFixture f;
    f.provider(1).next = scripts();
    f.provider(2).next = {streams() ? chat_stream({"rescued"}) : chat_answer("rescued")};
    const Reply reply = f.ask(streams() ? streamed : plain);
    const bool by_spare = expected().end == End::rescued;
    if (expected().end == End::told) {
        expect_told(reply);
    } else if (expected().end == End::broken) {
        expect_broken(reply);
    } else {
        expect_complete(reply);
        EXPECT_EQ(reply.body.find("rescued") != std::string::npos, by_spare);
        expect_story(reply);
    }
    EXPECT_EQ(f.provider(1).seen.size(), expected().attempts - (by_spare ? 1 : 0));
    EXPECT_EQ(f.provider(2).seen.size(), by_spare ? 1u : 0u);
    expect_row(f.row());
    EXPECT_EQ(f.row().status, reply.status);
    EXPECT_EQ(f.in_flight(), 0);
    EXPECT_EQ(f.gauges.in_flight, 0);
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Refusals, Conduct, testing::ValuesIn(cases_of(refusals())), case_name);
INSTANTIATE_TEST_SUITE_P(Transport, Conduct, testing::ValuesIn(cases_of(transport_faults())), case_name);
INSTANTIATE_TEST_SUITE_P(Content, Conduct, testing::ValuesIn(cases_of(content_faults())), case_name);

}  // namespace
}  // namespace signalbox::flow
