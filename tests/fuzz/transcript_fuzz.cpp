// `midstream: resume`: two answers of one request, joined.
#include <string>

#include "engine/base/check.h"
#include "engine/flow/transcript.h"
#include "engine/protocol/dialect/chunk_text.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

std::string text_of(std::string_view wire) {
    protocol::SseDecoder decoder;
    std::string text;
    for (;;) {
        const auto event = decoder.next(wire);
        if (!event || !*event) return text;
        if (!(*event)->comment_only) text += protocol::chunk_text((*event)->data).text;
    }
}

}  // namespace

// The first answer breaks off where the second begins: at the first byte 0xff.
void transcript(std::string_view input) {
    const std::size_t cut = std::min(input.find('\xff'), input.size());
    flow::Transcript transcript(protocol::Endpoint::chat);
    std::string first, second;
    const bool read = transcript.join(input.substr(0, cut), first);
    transcript.given();
    if (!read || !transcript.resumable() || !transcript.begun()) return;
    transcript.restart();
    const bool same = transcript.join(input.substr(std::min(cut + 1, input.size())), second);
    if (!same) return;
    const std::string given = text_of(first);
    SB_CHECK(transcript.catching_up() ? text_of(second).empty() : true);
    // All of it again, and nothing more, adds nothing.
    flow::Transcript twice(protocol::Endpoint::chat);
    std::string once, again;
    SB_CHECK(twice.join(input.substr(0, cut), once) && once == first);
    twice.given();
    twice.restart();
    SB_CHECK(twice.join(first, again) && text_of(again).empty() && !twice.catching_up());
    SB_CHECK(text_of(first) == given);
}

}  // namespace signalbox::fuzz
