#include <string>

#include "engine/base/check.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/json/escape.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using protocol::Endpoint;

void check_words(const std::string& words) {
    SB_CHECK(words.size() <= protocol::error_detail_max && protocol::is_valid_utf8(words));
}

template <class Info>
void check_info(const Info& info, std::string_view text) {
    check_words(info.error_text);
    SB_CHECK(info.error == (info.error_code != ErrorCode::ok));
    SB_CHECK(info.finish_reason.empty() ||
             (info.finish_reason.data() >= text.data() &&
              info.finish_reason.data() + info.finish_reason.size() <= text.data() + text.size()));
    SB_CHECK(info.usage.input_tokens >= -1 && info.usage.output_tokens >= -1);
}

}  // namespace

void answer(std::string_view input) {
    for (const Endpoint endpoint : {Endpoint::chat, Endpoint::responses, Endpoint::embeddings}) {
        const auto chunk = protocol::inspect_chunk(input, endpoint);
        check_info(chunk, input);
        SB_CHECK(!chunk.malformed || !(chunk.content || chunk.done || chunk.error));
        check_info(protocol::inspect_answer(input, endpoint), input);
    }
    for (const int status : {0, 200, 302, 400, 403, 429, 503}) {
        std::string words;
        SB_CHECK(protocol::classify_error(status, input, words) != ErrorCode::ok);
        check_words(words);
    }
    protocol::ResponseHead head;
    SB_CHECK(head.add({"Retry-After", input.substr(0, 40)}));
    if (const auto wait = protocol::retry_after(head, WallTime{1})) SB_CHECK(*wait >= 0s && *wait <= 24h);
}

}  // namespace signalbox::fuzz
