// Reads what the journey needs from an OpenAI-shaped request body, in one pass, without building the prompt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace signalbox::protocol {

// Readable bytes the reader needs behind the body.
inline constexpr std::size_t json_padding = 64;

struct BodyScan {
    std::string model;
    std::size_t model_begin = 0, model_end = 0;  // offsets of the JSON string in the body, quotes included
    bool stream = false;
    bool include_usage = false;              // stream_options.include_usage
    std::optional<std::int64_t> max_tokens;  // max_tokens, max_completion_tokens or max_output_tokens; the largest
    // Bytes of decoded message, prompt, input and tool text. Images and sounds count nothing, a token id four bytes.
    std::int64_t text_bytes = 0;
    bool has_tools = false;
    bool has_images = false;
    std::vector<std::string> fallbacks;
    std::size_t fallbacks_begin = 0, fallbacks_end = 0;  // the whole member with one comma, to cut; equal: absent
    bool prefill = false;                                // the last message is the assistant's
    bool kept_state = false;        // it goes on from what a provider keeps, or has it kept: never the same twice
    std::string previous_response;  // previous_response_id
    // Replacing [begin, end) by `text` makes stream_options.include_usage true; empty when it already is.
    struct UsagePatch {
        std::size_t begin = 0, end = 0;
        std::string_view text;  // static
    } usage_patch;
};

// `capacity` bytes from body.data() are readable, at least body.size() + json_padding; what stands in the padding does
// not matter. A member read here that appears twice, or in another case, is refused: the provider might read the other.
// malformed_json, invalid_utf8, missing_model, invalid_parameter; the detail names the field and the cure.
[[nodiscard]] Result<BodyScan> scan_request(std::string_view body, std::size_t capacity);

}  // namespace signalbox::protocol
