// There and back again, requests and answers keep their meaning; what cannot be said is named or refused.
#include <gtest/gtest.h>

#include <iterator>
#include <list>
#include <random>
#include <string>

#include "engine/protocol/dialect/anthropic_stream.h"
#include "engine/protocol/dialect/chat_answer.h"
#include "engine/protocol/dialect/chat_request.h"
#include "engine/protocol/dialect/openai_stream.h"

namespace signalbox::protocol {
namespace {

using detail::ChatAnswer;
using detail::ChatRequest;
using detail::Part;
using Kind = Part::Kind;

constexpr DialectPair to_anthropic{Dialect::openai, Dialect::anthropic};  // requests
constexpr DialectPair to_openai{Dialect::anthropic, Dialect::openai};
constexpr int rounds = 300;

// Texts live as long as the generator.
class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    bool maybe() { return below(2) == 0; }
    int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    std::string_view text() {
        static constexpr std::string_view words[] = {"a",  "\"",  "\\n",  "é",  "😀",    "\n",
                                                     "{}", " x ", "</s>", "\t", "data: "};
        std::string out = "w";
        for (int i = below(6); i > 0; --i) out += words[below(std::size(words))];
        return kept_.emplace_back(std::move(out));
    }
    Part part(Kind kind) {
        Part out;
        out.kind = kind;
        out.text = text();
        if (kind == Kind::image && maybe()) out.media_type = "image/png";
        if (kind == Kind::document) out.media_type = "application/pdf", out.name = text();
        return out;
    }
    Part call() {
        Part out;
        out.kind = Kind::tool_call;
        out.id = "id-" + std::to_string(++ids_);
        out.name = "tool";
        out.json = maybe() ? "{}" : R"({"a":[1,2.5,"\n\"x"],"b":null})";
        return out;
    }

    ChatRequest request();
    ChatAnswer answer();

  private:
    void add_turn(ChatRequest& out);

    std::mt19937 random_;
    std::list<std::string> kept_;
    int ids_ = 0;
};

// A user's turn and the assistant's, with the results of the tools it calls.
void Generator::add_turn(ChatRequest& out) {
    detail::Message user;
    if (!out.messages.empty()) {
        for (const Part& part : out.messages.back().parts) {
            if (part.kind != Kind::tool_call) continue;
            Part result;
            result.kind = Kind::tool_result;
            result.id = part.id;
            result.content.push_back(this->part(Kind::text));
            user.parts.push_back(std::move(result));
        }
    }
    user.parts.push_back(part(Kind::text));
    if (maybe()) user.parts.push_back(part(maybe() ? Kind::image : Kind::document));
    out.messages.push_back(std::move(user));
    detail::Message assistant{detail::Role::assistant, {}};
    const bool calls = maybe();
    if (!calls || maybe()) assistant.parts.push_back(part(Kind::text));
    for (int i = calls ? 1 + below(2) : 0; i > 0; --i) assistant.parts.push_back(call());
    out.messages.push_back(std::move(assistant));
}

ChatRequest Generator::request() {
    ChatRequest out;
    if (maybe()) out.system.push_back(part(Kind::text));
    for (int i = 1 + below(3); i > 0; --i) add_turn(out);
    out.max_tokens = 1 + below(5000);
    if (maybe()) out.temperature = below(10) / 8.0 > 1 ? 1 : below(8) / 8.0;
    if (maybe()) out.top_p = 0.25;
    if (maybe()) out.stops = {text()};
    if (maybe()) out.user = text();
    if (maybe()) out.tier = maybe() ? "auto" : "default";
    if (maybe()) out.schema = R"({"type":"object"})", out.schema_name = "answer", out.schema_strict = true;
    out.stream = maybe();
    if (!maybe()) return out;
    out.tools.push_back(
        {"tool", text(), R"({"type":"object","properties":{"a":{}}})", maybe() ? std::optional(true) : std::nullopt});
    out.choice = static_cast<detail::ToolChoice>(1 + below(4));
    if (out.choice == detail::ToolChoice::one) out.chosen_tool = "tool";
    out.parallel_tools = out.choice == detail::ToolChoice::none || maybe();
    return out;
}

ChatAnswer Generator::answer() {
    ChatAnswer out;
    out.id = text();
    out.model = text();
    if (maybe()) out.parts.push_back(part(Kind::thinking));
    if (maybe()) out.parts.push_back(part(Kind::text));
    for (int i = below(3); i > 0; --i) out.parts.push_back(call());
    const bool calls = !out.parts.empty() && out.parts.back().kind == Kind::tool_call;
    out.stop = calls ? detail::Stop::tool_call : maybe() ? detail::Stop::end : detail::Stop::length;
    out.tokens = {100 + below(100), below(100), below(100), -1, -1};
    return out;
}

std::string translated(const std::string& body, DialectPair pair) {
    RequestOptions options;
    options.model = "m";
    const auto out = translate_request(body, pair, options);
    EXPECT_TRUE(out.has_value()) << body;
    if (!out) return {};
    EXPECT_TRUE(out->dropped.empty()) << out->dropped.front() << "\n" << body;
    return out->body;
}

TEST(DialectMeaning, RequestsThereAndBack) {
    RequestOptions options;
    options.model = "m";
    for (int round = 0; round < rounds; ++round) {
        Generator generate(round);
        ChatRequest request = generate.request();
        const std::string openai = write_openai_request(request, options);
        EXPECT_EQ(translated(translated(openai, to_anthropic), to_openai), openai);
        const std::string anthropic = write_anthropic_request(request, options);
        EXPECT_EQ(translated(translated(anthropic, to_openai), to_anthropic), anthropic);
    }
}

TEST(DialectMeaning, WholeAnswersThereAndBack) {
    AnswerOptions options;
    options.created = 5;
    for (int round = 0; round < rounds; ++round) {
        Generator generate(round);
        const ChatAnswer answer = generate.answer();
        std::string openai, anthropic, back;
        write_openai_answer(openai, answer, options);
        const AnswerInfo first = translate_answer(openai, to_openai, options, anthropic);
        const AnswerInfo second = translate_answer(anthropic, to_anthropic, options, back);
        EXPECT_EQ(back, openai);
        EXPECT_TRUE(first.valid && second.valid);
        EXPECT_EQ(first.usage, second.usage);
        EXPECT_EQ(first.content, second.content);
        EXPECT_EQ(first.model, answer.model);
    }
}

// Feeds every event of `wire` and ends the stream.
std::string relayed(const std::string& wire, DialectPair pair, const AnswerOptions& options) {
    StreamTranslator translator(pair, options);
    SseDecoder decoder;
    std::string out;
    std::string_view rest = wire;
    for (;;) {
        const auto event = decoder.next(rest);
        if (!event || !*event) break;
        const ChunkInfo info = translator.event(**event, out);
        EXPECT_FALSE(info.error || info.malformed);
    }
    translator.finish(out);
    return out;
}

TEST(DialectMeaning, StreamsThereAndBack) {
    AnswerOptions options;
    options.include_usage = true;
    for (int round = 0; round < rounds; ++round) {
        Generator generate(round);
        const ChatAnswer answer = generate.answer();
        detail::OpenAiWriter writer(options);
        std::string openai;
        writer.start(openai, answer.id, answer.model);
        for (const Part& part : answer.parts) {
            for (int i = 1 + generate.below(3); i > 0 && part.kind == Kind::thinking; --i)
                writer.thinking(openai, part.text);
            for (int i = 1 + generate.below(3); i > 0 && part.kind == Kind::text; --i) writer.text(openai, part.text);
            if (part.kind != Kind::tool_call) continue;
            writer.tool_call(openai, part.id, part.name);
            writer.arguments(openai, part.json);
        }
        writer.end(openai, answer.stop, {}, answer.tokens);
        EXPECT_EQ(relayed(relayed(openai, to_openai, options), to_anthropic, options), openai);
    }
}

ErrorCode refusal(std::string_view body, DialectPair pair, bool drop_params = true) {
    RequestOptions options;
    options.model = "m";
    options.drop_params = drop_params;
    const auto out = translate_request(body, pair, options);
    return out ? ErrorCode::ok : out.error().code;
}

TEST(DialectMeaning, WhatCannotBeSaidIsRefusedWhereDroppingIsOff) {
    constexpr std::string_view seeded = R"({"model":"a","messages":[{"role":"user","content":"x"}],"seed":1})";
    EXPECT_EQ(refusal(seeded, to_anthropic), ErrorCode::ok);
    EXPECT_EQ(refusal(seeded, to_anthropic, false), ErrorCode::invalid_parameter);
    constexpr std::string_view plain =
        R"({"model":"a","messages":[{"role":"user","content":"x"}],"seed":null,"n":1,"logprobs":false,"stop":[]})";
    EXPECT_EQ(refusal(plain, to_anthropic, false), ErrorCode::ok);
}

TEST(DialectMeaning, ContentNobodyUnderstandsIsRefused) {
    const auto content = [](std::string_view part) {
        return R"({"model":"a","messages":[{"role":"user","content":[)" + std::string(part) + "]}]}";
    };
    EXPECT_EQ(refusal(content(R"({"type":"input_audio","input_audio":{"data":"","format":"wav"}})"), to_anthropic),
              ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(content(R"({"type":"file","file":{"file_id":"f"}})"), to_anthropic),
              ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(content(R"({"type":"image_url"})"), to_anthropic), ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(content(R"({"type":"image","source":{"type":"file","file_id":"f"}})"), to_openai),
              ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(R"({"model":"a","messages":[{"role":"narrator","content":"x"}]})", to_anthropic),
              ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(R"({"model":"a","messages":[{"role":"user","content":7}]})", to_openai),
              ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(R"({"model":)", to_openai), ErrorCode::malformed_json);
}

TEST(DialectMeaning, WhatAnotherProviderKeepsIsRefused) {
    constexpr DialectPair stateless{Dialect::responses, Dialect::openai};
    EXPECT_EQ(refusal(R"({"input":"x","previous_response_id":"r"})", stateless), ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(R"({"input":[{"type":"item_reference","id":"i"}]})", stateless), ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(R"({"input":"x","background":true})", stateless), ErrorCode::invalid_parameter);
    EXPECT_EQ(refusal(R"({"input":"x","previous_response_id":null,"background":false})", stateless), ErrorCode::ok);
}

TEST(DialectMeaning, DroppedNamesAreFewAndPrintable) {
    std::string body = R"({"model":"a","messages":[])";
    for (int i = 0; i < 100; ++i) body += ",\"x\\n\\u00e9" + std::to_string(i) + std::string(100, 'y') + "\":1";
    RequestOptions options;
    const auto out = translate_request(body + "}", to_anthropic, options);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->dropped.size(), dropped_max);
    EXPECT_TRUE(out->dropped.front().starts_with("x???0yy"));
    EXPECT_EQ(out->dropped.front().size(), 64U);
}

TEST(DialectMeaning, TheLimitOfTheAnswerFitsTheTarget) {
    const auto limit = [](std::string_view member, std::optional<std::int64_t> most) {
        RequestOptions options;
        options.max_output = most;
        const std::string body = R"({"messages":[])" + std::string(member) + "}";
        const std::string out = translate_request(body, to_anthropic, options)->body;
        return detail::integer_of(detail::member(detail::parse_tree(out).value_unsafe(), "max_tokens"));
    };
    EXPECT_EQ(limit("", {}), max_tokens_default);
    EXPECT_EQ(limit("", 100), 100);
    EXPECT_EQ(limit(R"(,"max_tokens":50)", 100), 50);
    EXPECT_EQ(limit(R"(,"max_tokens":500)", 100), 100);
    EXPECT_EQ(limit(R"(,"max_tokens":0)", {}), 1);
}

}  // namespace
}  // namespace signalbox::protocol
