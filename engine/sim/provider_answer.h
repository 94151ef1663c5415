// The bytes of a simulated provider's answers, OpenAI-shaped. Pure: no time, no chance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/sim/provider_script.h"

namespace signalbox::sim {

// What is answered, and as what.
struct AnswerFacts {
    std::string id;  // "chatcmpl-…"
    std::string model;
    std::int64_t created = 0;  // seconds since 1970
    std::int64_t input_tokens = 0;
    int output_tokens = 0;
    int inputs = 1;        // of an embedding
    bool chat = true;      // false: the older completions shape
    bool message = false;  // Anthropic's shape
};

// How many texts an embedding request brings: the elements of its `input`, a list of token ids counting as one text.
[[nodiscard]] int count_inputs(std::string_view body);

// The i-th token of every answer, with the space before it.
[[nodiscard]] std::string_view answer_token(int index);

// Payloads of one stream, without "data: ".
[[nodiscard]] std::string role_chunk(const AnswerFacts& facts);
[[nodiscard]] std::string token_chunk(const AnswerFacts& facts, int index);
[[nodiscard]] std::string finish_chunk(const AnswerFacts& facts);
[[nodiscard]] std::string usage_chunk(const AnswerFacts& facts);

// Whole bodies. A body without content has output_tokens 0.
[[nodiscard]] std::string completion_body(const AnswerFacts& facts);
[[nodiscard]] std::string embedding_body(const AnswerFacts& facts);
[[nodiscard]] std::string image_body(const AnswerFacts& facts);

struct HttpError {
    int status = 500;
    std::string body;
};
// What the provider says for a fault that is an HTTP answer; status 0: the fault is something else.
[[nodiscard]] HttpError http_error(const ProviderScript& script);
// The same shape inside a 200.
[[nodiscard]] std::string error_body(std::string_view type, std::string_view code, std::string_view message);

}  // namespace signalbox::sim
