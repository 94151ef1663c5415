// Any request, answer and stream, in every direction: what comes out is well-formed in the other dialect, or nothing.
#include <string>

#include "engine/base/check.h"
#include "engine/protocol/dialect/bfl.h"
#include "engine/protocol/dialect/translate.h"
#include "engine/protocol/json/escape.h"
#include "engine/protocol/json/tree.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using protocol::Dialect;
using protocol::DialectPair;

constexpr DialectPair pairs[] = {{Dialect::openai, Dialect::anthropic},
                                 {Dialect::anthropic, Dialect::openai},
                                 {Dialect::anthropic, Dialect::anthropic},
                                 {Dialect::responses, Dialect::openai},
                                 {Dialect::responses, Dialect::anthropic}};

bool is_object(std::string_view text) {
    const auto node = protocol::detail::parse_tree(text);
    return !node.error() && node.value_unsafe().is_object();
}

// No byte of the input may become much more than itself; what we add to each part is bounded.
void check_size(std::size_t out, std::size_t in) {
    SB_CHECK(out <= 4096 + 256 * in);
}

void requests(std::string_view input, DialectPair pair) {
    if (pair.same()) return;
    protocol::RequestOptions options;
    options.model = "m";
    const auto out = protocol::translate_request(input, pair, options);
    if (!out) {
        SB_CHECK(out.error().detail.size() < 400 && protocol::is_valid_utf8(out.error().detail));
        return;
    }
    SB_CHECK(is_object(out->body));
    SB_CHECK(out->dropped.size() <= protocol::dropped_max);
    check_size(out->body.size(), input.size());
    // What we wrote ourselves is understood on the way back.
    const Dialect back = pair.provider == Dialect::openai ? Dialect::anthropic : Dialect::openai;
    SB_CHECK(protocol::translate_request(out->body, {pair.provider, back}, options).has_value());
}

void answers(std::string_view input, DialectPair pair) {
    std::string out;
    const protocol::AnswerInfo info = protocol::translate_answer(input, pair, {}, out);
    const bool written = info.valid && !info.error && !pair.same();
    SB_CHECK(written ? is_object(out) : out.empty());
    check_size(out.size(), input.size());
}

// Every event in `wire` is a comment or holds JSON or [DONE].
void check_events(std::string_view wire) {
    protocol::SseDecoder decoder;
    while (!wire.empty()) {
        const auto event = decoder.next(wire);
        SB_CHECK(event && *event);
        if ((*event)->comment_only) continue;
        SB_CHECK((*event)->data == "[DONE]" || is_object((*event)->data));
    }
}

void streams(std::string_view input, DialectPair pair) {
    protocol::AnswerOptions options;
    options.include_usage = true;
    protocol::StreamTranslator translator(pair, options);
    protocol::SseDecoder decoder;
    std::string out;
    for (std::string_view rest = input;;) {
        const auto event = decoder.next(rest);
        if (!event || !*event) break;
        const std::size_t before = out.size();
        const protocol::ChunkInfo info = translator.event(**event, out);
        SB_CHECK(!info.finish || !info.finish_reason.empty());
        SB_CHECK(!(info.error || info.malformed) || out.size() == before);
        if (info.error || info.malformed || info.done) break;
    }
    translator.finish(out);
    if (!pair.same()) check_events(out);
    check_size(out.size(), 4 * input.size());
}

// A request for a picture, and what is said of the task made of it.
void pictures(std::string_view input) {
    protocol::RequestOptions options;
    options.model = "m";
    if (const auto out = protocol::bfl_request(input, options)) {
        SB_CHECK(is_object(out->body));
        SB_CHECK(out->dropped.size() <= protocol::dropped_max);
        check_size(out->body.size(), input.size());
    }
    if (const auto task = protocol::read_bfl_task(input)) SB_CHECK(!task->polling_url.empty());
    const protocol::BflProgress progress = protocol::read_bfl_progress(input);
    SB_CHECK((progress.state == protocol::BflState::ready) == !progress.picture_url.empty());
    SB_CHECK(progress.words.size() <= protocol::error_detail_max && protocol::is_valid_utf8(progress.words));
    for (const auto form : {protocol::PictureForm::b64_json, protocol::PictureForm::url}) {
        SB_CHECK(is_object(protocol::picture_answer(form, input, progress.prompt, 0)));
    }
}

}  // namespace

void dialect(std::string_view input) {
    pictures(input);
    for (const DialectPair pair : pairs) {
        requests(input, pair);
        answers(input, pair);
        streams(input, pair);
    }
}

}  // namespace signalbox::fuzz
