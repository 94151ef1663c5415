#include "engine/sim/message_answer.h"

#include <fmt/core.h>

#include "engine/protocol/json/escape.h"

namespace signalbox::sim {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    protocol::append_json_string(out, text);
    return out;
}

std::string message(const AnswerFacts& facts, std::string_view content, std::string_view stop_reason, int output) {
    return fmt::format(R"({{"id":{},"type":"message","role":"assistant","model":{},"content":[{}],)"
                       R"("stop_reason":{},"stop_sequence":null,)"
                       R"("usage":{{"input_tokens":{},"cache_creation_input_tokens":0,"cache_read_input_tokens":0,)"
                       R"("output_tokens":{}}}}})",
                       quoted(facts.id), quoted(facts.model), content, stop_reason, facts.input_tokens, output);
}

// The error object's words, out of a body we wrote ourselves.
std::string_view words_of(std::string_view openai_body) {
    constexpr std::string_view before = R"("message":)";
    constexpr std::string_view behind = R"(,"type")";
    const std::size_t begin = openai_body.find(before);
    const std::size_t end = openai_body.find(behind);
    if (begin == std::string_view::npos || end == std::string_view::npos) return R"("")";
    return openai_body.substr(begin + before.size(), end - begin - before.size());
}

std::string_view error_type(int status) {
    switch (status) {
        case 401:
            return "authentication_error";
        case 404:
            return "not_found_error";
        case 429:
            return "rate_limit_error";
        case 503:
        case 529:
            return "overloaded_error";
        default:
            return status >= 500 ? "api_error" : "invalid_request_error";
    }
}

}  // namespace

std::vector<std::string> message_opening(const AnswerFacts& facts) {
    return {R"({"type":"message_start","message":)" + message(facts, "", "null", 1) + "}",
            R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
            R"({"type":"ping"})"};
}

std::string message_token(int index) {
    return fmt::format(R"({{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":{}}}}})",
                       quoted(answer_token(index)));
}

std::vector<std::string> message_closing(const AnswerFacts& facts) {
    return {R"({"type":"content_block_stop","index":0})",
            fmt::format(R"({{"type":"message_delta","delta":{{"stop_reason":"end_turn","stop_sequence":null}},)"
                        R"("usage":{{"output_tokens":{}}}}})",
                        facts.output_tokens),
            R"({"type":"message_stop"})"};
}

std::string message_body(const AnswerFacts& facts) {
    std::string text;
    for (int i = 0; i < facts.output_tokens; ++i) text += answer_token(i);
    const std::string block = fmt::format(R"({{"type":"text","text":{}}})", quoted(text));
    return message(facts, facts.output_tokens > 0 ? block : "", R"("end_turn")", facts.output_tokens);
}

std::string message_error(int status, std::string_view openai_body) {
    return fmt::format(R"({{"type":"error","error":{{"type":"{}","message":{}}}}})", error_type(status),
                       words_of(openai_body));
}

std::string_view event_name(std::string_view payload) {
    constexpr std::string_view begin = R"({"type":")";
    if (!payload.starts_with(begin)) return {};
    payload.remove_prefix(begin.size());
    return payload.substr(0, payload.find('"'));
}

}  // namespace signalbox::sim
