#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>

#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/json/escape.h"

namespace signalbox::protocol {
namespace {

using enum ErrorCode;

ErrorCode classified(int status, std::string_view body) {
    std::string detail;
    return classify_error(status, body, detail);
}

TEST(ClassifyError, ByStatusWhenTheBodyIsNoHelp) {
    const std::pair<int, ErrorCode> cases[] = {
        {400, upstream_bad_request},  {401, upstream_unauthorized}, {402, upstream_quota_exhausted},
        {403, upstream_unauthorized}, {404, upstream_not_found},    {408, upstream_server_error},
        {410, upstream_not_found},    {413, upstream_bad_request},  {422, upstream_bad_request},
        {429, upstream_rate_limited}, {500, upstream_server_error}, {502, upstream_server_error},
        {503, upstream_server_error}, {529, upstream_overloaded},   {302, upstream_malformed},
    };
    for (const auto& [status, code] : cases)
        for (const std::string_view body : {"", "<html>oops</html>", "{}", "{\"error\":", "[]", "\xff\xfe"})
            EXPECT_EQ(classified(status, body), code) << status << body;
}

TEST(ClassifyError, ByTheProvidersWords) {
    struct Case {
        int status;
        std::string_view body;
        ErrorCode code;
    };
    const Case cases[] = {
        {429, R"({"error":{"message":"Quota exceeded","type":"insufficient_quota","code":"insufficient_quota"}})",
         upstream_quota_exhausted},
        {429,
         R"([{"error":{"code":429,"message":"Current quota exceeded, check billing","status":"RESOURCE_EXHAUSTED"}}])",
         upstream_rate_limited},
        {400, R"({"error":{"message":"Billing hard limit has been reached","code":"billing_hard_limit_reached"}})",
         upstream_quota_exhausted},
        {400, R"({"error":{"message":"x","code":"context_length_exceeded"}})", upstream_context_too_long},
        {400, R"({"error":{"message":"This model's maximum context length is 4096 tokens"}})",
         upstream_context_too_long},
        {400, R"({"object":"error","message":"maximum context length is 8192","code":400})", upstream_context_too_long},
        {400, R"({"error":{"message":"filtered","code":"content_filter"}})", upstream_content_filter},
        {400, R"({"error":{"message":"rejected","code":"content_policy_violation"}})", upstream_content_filter},
        {400, R"({"error":{"message":"The model `x` does not exist","code":null}})", upstream_not_found},
        {400, R"({"code":"invalid","error":"Model not found: grok-9"})", upstream_not_found},
        {403, R"({"error":{"message":"Project has no access","code":"model_not_found"}})", upstream_not_found},
        {404, R"({"error":{"code":"DeploymentNotFound","message":"x"}})", upstream_not_found},
        {400, R"({"error":{"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}})",
         upstream_unauthorized},
        {400, R"({"error":{"message":"temperature is not a number","type":"invalid_request_error"}})",
         upstream_bad_request},
        {400, R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model."}})",
         upstream_bad_request},
        {400, R"({"error":{"message":"x/y is not a valid model ID","code":400}})", upstream_not_found},
        {503, R"({"error":{"message":"The model is overloaded. Please try again later."}})", upstream_overloaded},
        {503, "upstream at capacity", upstream_overloaded},
        {500, R"({"error":{"type":"overloaded_error","message":"Overloaded"}})", upstream_overloaded},
        {500, R"({"error":{"message":"context length cache failed"}})", upstream_server_error},
        {429, R"({"error":{"message":"Rate limit reached for requests","type":"tokens","code":"rate_limit_exceeded"}})",
         upstream_rate_limited},
        // llama.cpp, LM Studio, Gemini and Anthropic have words of their own.
        {400,
         R"({"error":{"code":400,"message":"request (9412 tokens) exceeds n_ctx","type":"exceed_context_size_error"}})",
         upstream_context_too_long},
        {400, R"({"error":"Context size has been exceeded."})", upstream_context_too_long},
        {400,
         R"([{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens )"
         R"(allowed (1048576).","status":"INVALID_ARGUMENT"}}])",
         upstream_context_too_long},
        {503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", upstream_overloaded},
        {400, R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}})",
         upstream_quota_exhausted},
        {400,
         R"({"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering )"
         R"(policy"}})",
         upstream_content_filter},
    };
    for (const Case& c : cases) EXPECT_EQ(classified(c.status, c.body), c.code) << c.status << " " << c.body;
}

TEST(ClassifyError, KeepsTheProvidersWordsBoundedAndPrintable) {
    std::string detail;
    std::ignore = classify_error(500, R"({"error":{"message":"line one\nline \u00e9","code":"c"}})", detail);
    EXPECT_EQ(detail, "line one line \xC3\xA9");
    std::ignore = classify_error(500, "plain \xff text", detail);
    EXPECT_EQ(detail, "plain  text");
    std::ignore = classify_error(500, R"({"error":{"code":"only_code"}})", detail);
    EXPECT_EQ(detail, "only_code");
    std::string euros;
    for (int i = 0; i < 200; ++i) euros += "\xE2\x82\xAC";
    std::ignore = classify_error(500, "x" + euros, detail);
    EXPECT_LE(detail.size(), error_detail_max);
    EXPECT_GT(detail.size(), error_detail_max - 3);
    EXPECT_TRUE(is_valid_utf8(detail));
}

std::optional<Nanos> wait(std::string_view name, std::string_view value) {
    ResponseHead head;
    EXPECT_TRUE(head.add({name, value}));
    return retry_after(head, WallTime{784'111'777'000'000});  // Sun, 06 Nov 1994 08:49:37 GMT
}

TEST(RetryAfter, SecondsMillisecondsAndDates) {
    EXPECT_EQ(wait("Retry-After", "7"), 7s);
    EXPECT_EQ(wait("retry-after", "1.5"), 1500ms);
    EXPECT_EQ(wait("retry-after-ms", "250"), 250ms);
    EXPECT_EQ(wait("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), 30s);
    EXPECT_EQ(wait("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"), 0s);
    EXPECT_EQ(wait("retry-after", "Sun, 06 Nov 0000 08:00:00 GMT"), 0s);
    EXPECT_EQ(wait("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"), 24h);
    EXPECT_EQ(wait("retry-after", "1e300"), 24h);
    ResponseHead both;
    EXPECT_TRUE(both.add({"Retry-After", "9"}) && both.add({"Retry-After-Ms", "10"}));
    EXPECT_EQ(retry_after(both, {}), 10ms);
}

TEST(RetryAfter, NonsenseSaysNothing) {
    for (const std::string_view value :
         {"", "soon", "-1", "nan", "inf", "7s", " ", "Sun, 31 Feb 1994 08:50:07 GMT", "Sun, 06 Nov 1994 25:50:07 GMT",
          "Sun, 06 Xxx 1994 08:50:07 GMT", "Sun, 06 Nov 1994 08:50:07 UTC"})
        EXPECT_FALSE(wait("retry-after", value)) << value;
}

}  // namespace
}  // namespace signalbox::protocol
