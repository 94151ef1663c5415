#include "tests/contract/store/records.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace signalbox::test {
namespace {

using ports::AttemptRecord;
using ports::CandidateRecord;
using ports::RequestRecord;

// Every field of an attempt, a candidate and a request as one line, so a difference shows where it is.
std::string line_of(const AttemptRecord& a) {
    return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", a.model, a.provider, a.deployment, a.key,
                       to_string(a.result), a.detail, a.status, a.start_us, a.connect_us, a.headers_us,
                       a.first_token_us, a.total_us, a.breaker_bypassed, a.probe, a.hedge, a.drill);
}

std::string line_of(const CandidateRecord& c) {
    return fmt::format("{} {} {} {} {}", c.deployment, c.model, c.key, c.verdict, c.score);
}

std::string line_of(const RequestRecord& r) {
    auto line = fmt::format("{} {} {} {} {} {} {} {}", r.id, r.time.unix_us, to_string(r.outcome), to_string(r.error),
                            to_string(r.why), r.why_detail, r.status, r.endpoint);
    line += fmt::format(" {} {} {} {} {} {} {}", r.requested_model, r.served_model, r.served_deployment, r.account,
                        r.tags, r.client, r.user_agent);
    line += fmt::format(" {} {} {} {} {} {} {} {} {}", r.override_id, r.config_revision, r.streamed, r.client_retry,
                        r.estimated_input_tokens, r.usage.input_tokens, r.usage.output_tokens,
                        r.usage.cached_input_tokens, r.cost.value);
    line += fmt::format(" {} {} {} {} {} {} {} {}", r.queue_us, r.first_token_us, r.total_us, r.overhead_us, r.bytes_in,
                        r.bytes_out, r.cached, r.fleet);
    for (const auto& attempt : r.attempts) line += "\n  " + line_of(attempt);
    for (const auto& candidate : r.candidates) line += "\n  " + line_of(candidate);
    return line;
}

}  // namespace

std::string id_of(std::int64_t n) {
    return fmt::format("{:026}", n);
}

RequestRecord plain_record(std::int64_t n) {
    RequestRecord r;
    r.id = id_of(n);
    r.time.unix_us = n * 1'000'000;
    r.outcome = ports::Outcome::served;
    r.status = 200;
    r.requested_model = r.served_model = "gpt-5";
    return r;
}

RequestRecord full_record(std::int64_t n) {
    auto r = plain_record(n);
    r.outcome = ports::Outcome::served_fallback;
    r.error = ErrorCode::stream_cut;
    r.why = ErrorCode::upstream_overloaded;
    r.why_detail = "breaker open: openai/gpt-5 \xe2\x80\x94 \"'\n";
    r.status = 502;
    r.endpoint = "/v1/chat/completions";
    r.served_model = "claude";
    r.served_deployment = "anthropic/claude";
    r.account = "team-a";
    r.tags = "team=ci,pool=ruby";
    r.client = "[::1]:4000";
    r.user_agent = "OpenAI/JS 5.0";
    r.override_id = 12;
    r.config_revision = 34;
    r.streamed = true;
    r.cached = true;
    r.client_retry = 2;
    r.estimated_input_tokens = 1'001;
    r.usage = {1'002, 1'003, -1};
    r.cost.value = -7;
    r.queue_us = 1'004;
    r.first_token_us = 1'005;
    r.total_us = INT64_MAX;
    r.overhead_us = 1'006;
    r.bytes_in = 1'007;
    r.bytes_out = 1'008;
    r.attempts.push_back({.model = "gpt-5",
                          .provider = "openai",
                          .deployment = "openai/gpt-5",
                          .key = "main",
                          .result = ErrorCode::upstream_overloaded,
                          .detail = std::string(300, 'x'),
                          .status = 529,
                          .start_us = 11,
                          .connect_us = 0,
                          .headers_us = 12,
                          .first_token_us = -1,
                          .total_us = 13,
                          .breaker_bypassed = true,
                          .probe = false,
                          .hedge = true,
                          .drill = "server_error"});
    r.attempts.push_back({.model = "claude",
                          .provider = "anthropic",
                          .deployment = "anthropic/claude",
                          .key = "",
                          .status = 200,
                          .start_us = INT64_MAX,
                          .connect_us = INT64_MIN,
                          .probe = true});
    r.candidates.push_back({"openai/gpt-5", "gpt-5", "main", "breaker_open", 0});
    r.candidates.push_back({"anthropic/claude", "claude", "", "chosen", -0.125});
    r.fleet = R"({"targets":[]})";
    return r;
}

void expect_same(const RequestRecord& got, const RequestRecord& wanted) {
    EXPECT_EQ(line_of(got), line_of(wanted));
}

std::vector<std::string> ids(const std::vector<RequestRecord>& rows) {
    std::vector<std::string> out;
    for (const auto& row : rows) out.push_back(row.id);
    return out;
}

}  // namespace signalbox::test
