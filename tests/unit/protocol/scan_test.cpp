#include "engine/protocol/json/scan.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/base/limits.h"
#include "tests/unit/protocol/padded.h"

namespace signalbox::protocol {
namespace {

BodyScan scanned(std::string_view text) {
    const auto scan = Padded(text).scan();
    EXPECT_TRUE(scan) << text << ": " << (scan ? "" : scan.error().detail);
    return scan.value_or(BodyScan{});
}

ErrorCode refused(std::string_view text) {
    const auto scan = Padded(text).scan();
    return scan ? ErrorCode::ok : scan.error().code;
}

TEST(Scan, ReadsAChatRequest) {
    const std::string body = R"({ "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
        "model" : "gpt-4o", "stream":true,"stream_options":{"include_usage":true},"max_tokens":100,
        "temperature":0.5,"tools":[{"type":"function"}],"fallbacks":["a","b"]})";
    const BodyScan scan = scanned(body);
    EXPECT_EQ(scan.model, "gpt-4o");
    EXPECT_EQ(body.substr(scan.model_begin, scan.model_end - scan.model_begin), "\"gpt-4o\"");
    EXPECT_TRUE(scan.stream);
    EXPECT_TRUE(scan.include_usage);
    EXPECT_EQ(scan.max_tokens, 100);
    EXPECT_TRUE(scan.has_tools);
    EXPECT_FALSE(scan.has_images);
    EXPECT_FALSE(scan.prefill);
    EXPECT_EQ(scan.fallbacks, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(scan.text_bytes, 11 + static_cast<std::int64_t>(std::string_view(R"([{"type":"function"}])").size()));
}

TEST(Scan, TheSmallestRequest) {
    const BodyScan scan = scanned(R"({"model":"m"})");
    EXPECT_EQ(scan.model, "m");
    EXPECT_FALSE(scan.stream);
    EXPECT_FALSE(scan.max_tokens);
    EXPECT_EQ(scan.fallbacks_begin, scan.fallbacks_end);
    EXPECT_EQ(scan.text_bytes, 0);
}

TEST(Scan, SeesWhatGoesOnFromAStateKeptElsewhere) {
    EXPECT_FALSE(scanned(R"({"model":"m"})").kept_state);
    for (const char* nothing : {R"("previous_response_id":null)", R"("conversation":null)", R"("background":false)"}) {
        EXPECT_FALSE(scanned(R"({"model":"m",)" + std::string(nothing) + "}").kept_state) << nothing;
    }
    for (const char* state : {R"("previous_response_id":"resp_\u0031")", R"("previous_response_id":7)",
                              R"("conversation":{"id":"c"})", R"("conversation":"c")", R"("background":true)"}) {
        EXPECT_TRUE(scanned(R"({"model":"m",)" + std::string(state) + R"(,"stream":true})").kept_state) << state;
    }
    EXPECT_EQ(scanned(R"({"previous_response_id":"resp_\u0031","model":"m"})").previous_response, "resp_1");
    EXPECT_EQ(scanned(R"({"previous_response_id":["resp"],"model":"m"})").previous_response, "");
    const std::string longest(limits::response_id_max, 'x');
    EXPECT_EQ(scanned(R"({"model":"m","previous_response_id":")" + longest + "\"}").previous_response, longest);
    EXPECT_EQ(scanned(R"({"model":"m","previous_response_id":"y)" + longest + "\"}").previous_response, "");
    EXPECT_EQ(refused(R"({"model":"m","previous_response_id":"a","previous_response_id":"b"})"),
              ErrorCode::invalid_parameter);
}

TEST(Scan, CountsTextAsTheModelWillReadIt) {
    const auto bytes = [](std::string_view content) {
        return scanned(R"({"model":"m","messages":[{"role":"user","content":)" + std::string(content) + "}]}")
            .text_bytes;
    };
    EXPECT_EQ(bytes(R"("")"), 0);
    EXPECT_EQ(bytes(R"("caf\u00e9")"), 5);
    EXPECT_EQ(bytes(R"("\u4f60")"), 3);
    EXPECT_EQ(bytes(R"("\ud83d\ude00")"), 4);
    EXPECT_EQ(bytes(R"("\u0041\n\"\\")"), 4);
    EXPECT_EQ(bytes(R"("caf\\u00e9")"), 9);
    EXPECT_EQ(bytes("null"), 0);
    EXPECT_EQ(bytes(R"([{"type":"text","text":"abc"},{"type":"text","text":"de"}])"), 5);
}

TEST(Scan, ImagesAndSoundsAreNoText) {
    const BodyScan scan = scanned(R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"what?"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAA"}},
        {"type":"input_audio","input_audio":{"data":"AAAAAAAAAAAAAAAAAAAA","format":"wav"}}]}]})");
    EXPECT_EQ(scan.text_bytes, 5);
    EXPECT_TRUE(scan.has_images);
}

TEST(Scan, PromptsAndInputs) {
    EXPECT_EQ(scanned(R"({"model":"m","prompt":"abc"})").text_bytes, 3);
    EXPECT_EQ(scanned(R"({"model":"m","prompt":["abc","de"]})").text_bytes, 5);
    EXPECT_EQ(scanned(R"({"model":"m","prompt":[1,2,3]})").text_bytes, 12);
    EXPECT_EQ(scanned(R"({"model":"m","input":[[1],[2,3]]})").text_bytes, 12);
    EXPECT_EQ(scanned(R"({"model":"m","instructions":"ab","input":[{"role":"user","content":"abc"}]})").text_bytes, 5);
}

TEST(Scan, PrefillIsALastAssistantMessage) {
    EXPECT_TRUE(
        scanned(R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})")
            .prefill);
    EXPECT_FALSE(scanned(R"({"model":"m","messages":[{"role":"assistant","content":"b"},{"content":"a"}]})").prefill);
    EXPECT_FALSE(scanned(R"({"model":"m","messages":[]})").prefill);
}

TEST(Scan, TheLargestTokenLimitCounts) {
    EXPECT_EQ(scanned(R"({"model":"m","max_tokens":5,"max_completion_tokens":7})").max_tokens, 7);
    EXPECT_EQ(scanned(R"({"model":"m","max_completion_tokens":7,"max_tokens":null})").max_tokens, 7);
    EXPECT_EQ(scanned(R"({"model":"m","max_tokens":0})").max_tokens, 0);
}

TEST(Scan, NullMeansAbsent) {
    const BodyScan scan =
        scanned(R"({"model":"m","stream":null,"max_tokens":null,"tools":null,"stream_options":null,"fallbacks":null})");
    EXPECT_FALSE(scan.stream);
    EXPECT_FALSE(scan.has_tools);
    EXPECT_TRUE(scan.fallbacks.empty());
    EXPECT_LT(scan.fallbacks_begin, scan.fallbacks_end);
}

TEST(Scan, EscapedNamesAreTheSameNames) {
    EXPECT_EQ(scanned(R"({"\u006dodel":"\u0061b"})").model, "ab");
    EXPECT_EQ(refused(R"({"\u006dodel":"a","model":"b"})"), ErrorCode::invalid_parameter);
}

// A server written in Go would take the last of them, and an account's list of models would have judged the first.
TEST(Scan, RefusesNamesThatPassForOneAnother) {
    for (const std::string_view text :
         {R"({"model":"a","Model":"b"})", R"({"MODEL":"b","model":"a"})", R"({"Model":"b"})",
          R"({"model":"a","mo\u0044el":"b"})", R"({"model":"a","Max_Tokens":1})",
          R"({"model":"a","max_to\u212aens":1})", R"({"model":"a","\u017Ftream":true})",
          "{\"model\":\"a\",\"\xC5\xBFtream\":true}", R"({"model":"a","stream_options":{"Include_Usage":false}})"}) {
        EXPECT_EQ(refused(text), ErrorCode::invalid_parameter) << text;
    }
    for (const std::string_view text :
         {R"({"model":"a","models":"b"})", R"({"model":"a","mode":"b"})", R"({"model":"a","\u017F":"b"})",
          R"({"model":"a","":"b","stream_":1})", R"({"model":"a","metadata":{"Model":"b"}})"}) {
        EXPECT_EQ(refused(text), ErrorCode::ok) << text;
    }
}

TEST(Scan, RefusesBodiesThatAreNotOneObject) {
    for (const std::string_view text :
         {"", " ", "[]", "null", "\"model\"", "1", "{", "}", "{\"model\":\"m\"", "{\"model\":\"m\"}}",
          "{\"model\":\"m\"} {}", "{\"model\":\"m\",}", "{\"model\":\"m\" \"stream\":true}", "{\"model\"}",
          "{model:\"m\"}", "{\"model\":\"m", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}",
          "{\"model\":\"m\",\"prompt\":[}", "\x01\x02"}) {
        EXPECT_EQ(refused(text), ErrorCode::malformed_json) << text;
    }
}

TEST(Scan, RefusesBytesThatAreNotUtf8) {
    EXPECT_EQ(refused("{\"model\":\"m\",\"prompt\":\"\xff\"}"), ErrorCode::invalid_utf8);
    EXPECT_EQ(refused("{\"model\":\"m\",\"prompt\":\"\xed\xa0\x80\"}"), ErrorCode::invalid_utf8);
}

TEST(Scan, RefusesWrongParameters) {
    for (const std::string_view member :
         {R"("model":5)",
          R"("model":"")",
          R"("model":["a"])",
          R"("model":"a\nb")",
          R"("model":"m","model":"n")",
          R"("model":"\ud800")",
          R"("model":"m","stream":"yes")",
          R"("model":"m","stream":1)",
          R"("model":"m","stream":true,"stream":false)",
          R"("model":"m","max_tokens":-1)",
          R"("model":"m","max_tokens":1.5)",
          R"("model":"m","max_tokens":"5")",
          R"("model":"m","max_tokens":99999999999999999999)",
          R"("model":"m","stream_options":5)",
          R"("model":"m","stream_options":{"include_usage":1})",
          R"("model":"m","stream_options":{"include_usage":true,"include_usage":false})",
          R"("model":"m","messages":"hi")",
          R"("model":"m","messages":["hi"])",
          R"("model":"m","fallbacks":"b")",
          R"("model":"m","fallbacks":[5])",
          R"("model":"m","fallbacks":[""])",
          R"("model":"m","tools":{})"}) {
        EXPECT_EQ(refused("{" + std::string(member) + "}"), ErrorCode::invalid_parameter) << member;
    }
    const std::string longest(limits::name_length_max, 'm');
    EXPECT_EQ(refused(R"({"model":")" + longest + "\"}"), ErrorCode::ok);
    EXPECT_EQ(refused(R"({"model":")" + longest + "m\"}"), ErrorCode::invalid_parameter);
}

TEST(Scan, TheDetailNamesTheField) {
    const auto scan = Padded(R"({"model":"m","max_tokens":-1})").scan();
    ASSERT_FALSE(scan);
    EXPECT_TRUE(scan.error().detail.starts_with("max_tokens"));
}

TEST(Scan, AModelMustBeNamed) {
    EXPECT_EQ(refused("{}"), ErrorCode::missing_model);
    EXPECT_EQ(refused(R"({"model":null})"), ErrorCode::missing_model);
    EXPECT_EQ(refused(R"({"messages":[{"model":"m"}]})"), ErrorCode::missing_model);
}

TEST(Scan, BoundsFallbacksAndDepth) {
    std::string names;
    for (std::size_t i = 0; i < limits::fallbacks_in_body_max; ++i) names += R"("f",)";
    EXPECT_EQ(refused(R"({"model":"m","fallbacks":[)" + names + R"("f"]})"), ErrorCode::invalid_parameter);
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_EQ(refused(R"({"model":"m","prompt":)" + deep + "}"), ErrorCode::malformed_json);
    EXPECT_EQ(refused(R"({"model":"m","metadata":)" + deep + "}"), ErrorCode::ok);
}

}  // namespace
}  // namespace signalbox::protocol
