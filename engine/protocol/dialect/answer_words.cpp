#include <algorithm>
#include <array>

#include "engine/base/limits.h"
#include "engine/protocol/dialect/chat_answer.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

struct StopRow {
    std::string_view word;
    Stop stop;
};

// The first word for a stop is the one we write.
constexpr auto openai_words = std::to_array<StopRow>({{"stop", Stop::end},
                                                      {"stop", Stop::stop_sequence},
                                                      {"length", Stop::length},
                                                      {"tool_calls", Stop::tool_call},
                                                      {"content_filter", Stop::refused},
                                                      {"function_call", Stop::tool_call}});
constexpr auto anthropic_words = std::to_array<StopRow>({{"end_turn", Stop::end},
                                                         {"stop_sequence", Stop::stop_sequence},
                                                         {"max_tokens", Stop::length},
                                                         {"tool_use", Stop::tool_call},
                                                         {"refusal", Stop::refused},
                                                         {"model_context_window_exceeded", Stop::length}});

template <class Rows>
Stop stop_from(const Rows& rows, std::string_view word) {
    if (word.empty()) return Stop::unset;
    const auto row = std::ranges::find(rows, word, &StopRow::word);
    return row == rows.end() ? Stop::end : row->stop;
}

template <class Rows>
std::string_view word_for(const Rows& rows, Stop stop) {
    const auto row = std::ranges::find(rows, stop, &StopRow::stop);
    return row == rows.end() ? rows.front().word : row->word;
}

void take(const Node& usage, std::string_view key, std::int64_t& into) {
    const auto count = integer_of(member(usage, key));
    if (count && *count >= 0) into = std::min(*count, limits::usage_tokens_max);
}

std::int64_t known(std::int64_t tokens) {
    return std::max<std::int64_t>(tokens, 0);
}

}  // namespace

std::string invented_id(std::string_view id, std::size_t ordinal) {
    constexpr std::size_t id_kept = 64;  // bytes
    return fmt::format("call_{}{}{}", id.substr(0, id_kept), id.empty() ? "" : "_", ordinal);
}

Stop stop_from_openai(std::string_view word) {
    return stop_from(openai_words, word);
}
Stop stop_from_anthropic(std::string_view word) {
    return stop_from(anthropic_words, word);
}
std::string_view openai_stop(Stop stop) {
    return word_for(openai_words, stop);
}
std::string_view anthropic_stop(Stop stop) {
    return word_for(anthropic_words, stop);
}

void read_openai_usage(const Node& usage, TokenCount& tokens) {
    take(usage, "prompt_tokens", tokens.input);
    take(usage, "completion_tokens", tokens.output);
    if (const auto details = member(usage, "prompt_tokens_details")) {
        take(*details, "cached_tokens", tokens.cache_read);
        take(*details, "cache_write_tokens", tokens.cache_write);
    }
    if (const auto details = member(usage, "completion_tokens_details")) {
        take(*details, "reasoning_tokens", tokens.reasoning);
    }
}

// Counts in this dialect are totals so far: they replace one another. Its input leaves out what the cache did.
void read_anthropic_usage(const Node& usage, TokenCount& tokens) {
    take(usage, "cache_read_input_tokens", tokens.cache_read);
    take(usage, "cache_creation_input_tokens", tokens.cache_write);
    take(usage, "output_tokens", tokens.output);
    std::int64_t fresh = -1;
    take(usage, "input_tokens", fresh);
    if (fresh >= 0) tokens.input = fresh + known(tokens.cache_read) + known(tokens.cache_write);
}

std::string openai_usage(const TokenCount& tokens) {
    const std::int64_t input = known(tokens.input);
    const std::int64_t output = known(tokens.output);
    std::string out;
    JsonWriter json(out);
    json.begin('{').key("prompt_tokens").number(input).key("completion_tokens").number(output);
    json.key("total_tokens").number(input + output);
    if (tokens.cache_read >= 0 || tokens.cache_write >= 0) {
        json.key("prompt_tokens_details").begin('{').key("cached_tokens").number(known(tokens.cache_read));
        if (tokens.cache_write > 0) json.key("cache_write_tokens").number(tokens.cache_write);
        json.end('}');
    }
    if (tokens.reasoning >= 0) {
        json.key("completion_tokens_details").begin('{').key("reasoning_tokens").number(tokens.reasoning).end('}');
    }
    json.end('}');
    return out;
}

std::string anthropic_usage(const TokenCount& tokens) {
    const std::int64_t cached = known(tokens.cache_read) + known(tokens.cache_write);
    std::string out;
    JsonWriter json(out);
    json.begin('{').key("input_tokens").number(known(tokens.input - cached));
    json.key("cache_creation_input_tokens").number(known(tokens.cache_write));
    json.key("cache_read_input_tokens").number(known(tokens.cache_read));
    json.key("output_tokens").number(known(tokens.output)).end('}');
    return out;
}

std::string responses_usage(const TokenCount& tokens) {
    const std::int64_t input = known(tokens.input);
    const std::int64_t output = known(tokens.output);
    std::string out;
    JsonWriter json(out);
    json.begin('{').key("input_tokens").number(input).key("input_tokens_details").begin('{');
    json.key("cached_tokens").number(known(tokens.cache_read)).end('}').key("output_tokens").number(output);
    json.key("output_tokens_details").begin('{').key("reasoning_tokens").number(known(tokens.reasoning)).end('}');
    json.key("total_tokens").number(input + output).end('}');
    return out;
}

Usage usage_of(const TokenCount& tokens) {
    return {tokens.input, tokens.output, tokens.cache_read};
}

}  // namespace signalbox::protocol::detail
