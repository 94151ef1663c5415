#include "engine/sim/provider_answer.h"

#include <array>

#include <fmt/core.h>

#include "engine/protocol/json/escape.h"

namespace signalbox::sim {

namespace {

constexpr auto tokens = std::to_array<std::string_view>({
    " A",       " signal", " box",    " stands", " beside", " the",   " track", ".",      " From",  " its",
    " windows", " one",    " person", " sees",   " every",  " train", ",",      " hears", " every", " bell",
    ",",        " and",    " throws", " the",    " levers", " that",  " keep",  " them",  " apart", ".",
});

// A grey pixel.
constexpr std::string_view pixel_png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

std::string quoted(std::string_view text) {
    std::string out;
    protocol::append_json_string(out, text);
    return out;
}

std::string head_of(const AnswerFacts& facts, std::string_view object) {
    return fmt::format(R"({{"id":{},"object":"{}","created":{},"model":{},)", quoted(facts.id), object, facts.created,
                       quoted(facts.model));
}

std::string usage_of(const AnswerFacts& facts) {
    return fmt::format(R"("usage":{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})", facts.input_tokens,
                       facts.output_tokens, facts.input_tokens + facts.output_tokens);
}

std::string chunk(const AnswerFacts& facts, std::string_view delta, std::string_view text, bool finished) {
    const std::string_view finish = finished ? R"("stop")" : "null";
    const auto choice = facts.chat ? fmt::format(R"({{"index":0,"delta":{},"finish_reason":{}}})", delta, finish)
                                   : fmt::format(R"({{"index":0,"text":{},"finish_reason":{}}})", quoted(text), finish);
    return head_of(facts, facts.chat ? "chat.completion.chunk" : "text_completion") + R"("choices":[)" + choice + "]}";
}

std::string whole_text(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += answer_token(i);
    return text;
}

}  // namespace

std::string_view answer_token(int index) {
    const auto token = tokens[static_cast<std::size_t>(index) % tokens.size()];
    return index == 0 ? token.substr(1) : token;
}

std::string role_chunk(const AnswerFacts& facts) {
    return chunk(facts, R"({"role":"assistant","content":""})", "", false);
}

std::string token_chunk(const AnswerFacts& facts, int index) {
    const auto token = answer_token(index);
    return chunk(facts, R"({"content":)" + quoted(token) + "}", token, false);
}

std::string finish_chunk(const AnswerFacts& facts) {
    return chunk(facts, "{}", "", true);
}

std::string usage_chunk(const AnswerFacts& facts) {
    const std::string_view object = facts.chat ? "chat.completion.chunk" : "text_completion";
    return head_of(facts, object) + R"("choices":[],)" + usage_of(facts) + "}";
}

std::string completion_body(const AnswerFacts& facts) {
    const auto text = quoted(whole_text(facts.output_tokens));
    const auto choice =
        facts.chat
            ? fmt::format(R"({{"index":0,"message":{{"role":"assistant","content":{}}},"finish_reason":"stop"}})", text)
            : fmt::format(R"({{"index":0,"text":{},"finish_reason":"stop"}})", text);
    return head_of(facts, facts.chat ? "chat.completion" : "text_completion") + R"("choices":[)" +
           (facts.output_tokens > 0 ? choice : "") + "]," + usage_of(facts) + "}";
}

// The body is valid JSON: the scan has read it.
int count_inputs(std::string_view body) {
    const auto name = body.find(R"("input")");
    const auto open = name == std::string_view::npos ? name : body.find_first_not_of(" \t\r\n:", name + 7);
    if (open == std::string_view::npos || body[open] != '[') return 1;
    const auto first = body.find_first_not_of(" \t\r\n", open + 1);
    const bool texts = first != std::string_view::npos && (body[first] == '"' || body[first] == '[');
    if (!texts) return 1;
    int depth = 0, count = 1;
    bool quoted_text = false;
    for (std::size_t i = open; i < body.size(); ++i) {
        const char c = body[i];
        if (quoted_text && c == '\\') ++i;
        if (c == '"') quoted_text = !quoted_text;
        if (quoted_text) continue;
        depth += (c == '[') - (c == ']');
        count += c == ',' && depth == 1;
        if (depth == 0) break;
    }
    return count;
}

std::string embedding_body(const AnswerFacts& facts) {
    std::string data;
    for (int i = 0; facts.output_tokens > 0 && i < facts.inputs; ++i)
        data += fmt::format(R"({}{{"object":"embedding","index":{},"embedding":[0.5,-0.5,0.5,-0.5]}})",
                            i > 0 ? "," : "", i);
    return fmt::format(R"({{"object":"list","data":[{}],"model":{},"usage":{{"prompt_tokens":{},"total_tokens":{}}}}})",
                       data, quoted(facts.model), facts.input_tokens, facts.input_tokens);
}

std::string image_body(const AnswerFacts& facts) {
    const auto data = facts.output_tokens > 0 ? fmt::format(R"({{"b64_json":"{}"}})", pixel_png) : std::string();
    return fmt::format(R"({{"created":{},"data":[{}]}})", facts.created, data);
}

std::string error_body(std::string_view type, std::string_view code, std::string_view message) {
    return fmt::format(R"({{"error":{{"message":{},"type":{},"param":null,"code":{}}}}})", quoted(message),
                       quoted(type), quoted(code));
}

HttpError http_error(const ProviderScript& script) {
    if (script.fault == ProviderFault::status) {
        return {script.status, error_body("server_error", "scripted", "The script says so")};
    }
    const core::FaultAnswer answer = core::answer_of(script.fault);
    if (answer.status == 0) return {0, {}};
    return {answer.status, error_body(answer.type, answer.code, answer.words)};
}

}  // namespace signalbox::sim
