#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/protocol/sse/decoder.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using protocol::SseDecoder;
using protocol::SseEvent;

constexpr std::size_t event_max = 96;

struct Seen {
    std::string event, data, raw;
    bool comment_only = false;
    friend bool operator==(const Seen&, const Seen&) = default;
};

struct Outcome {
    std::vector<Seen> events;
    bool failed = false;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void keep(const SseEvent& event, Outcome& out) {
    SB_CHECK(event.raw.size() <= event_max);
    out.events.push_back(
        {std::string(event.event), std::string(event.data), std::string(event.raw), event.comment_only});
}

void feed(SseDecoder& decoder, std::string_view part, Outcome& out) {
    while (!out.failed) {
        const auto event = decoder.next(part);
        out.failed = !event;
        if (!event || !*event) return;
        keep(**event, out);
    }
}

void finish(SseDecoder& decoder, Outcome& out) {
    if (out.failed) return;
    if (const auto last = decoder.finish_at_eof()) keep(*last, out);
}

}  // namespace

void sse(std::string_view input) {
    if (input.empty()) return;
    const auto seed = static_cast<unsigned char>(input[0]);
    input.remove_prefix(1);
    SseDecoder at_once(event_max), cut(event_max);
    Outcome whole, parts;
    feed(at_once, input, whole);
    finish(at_once, whole);
    in_parts(input, seed, [&](std::string_view part) { feed(cut, part, parts); });
    finish(cut, parts);
    SB_CHECK(whole == parts);
    std::string raw;
    for (const Seen& seen : whole.events) raw += seen.raw;
    // A byte order mark at the very beginning is not forwarded.
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    SB_CHECK(input.starts_with(raw) || (input.starts_with(mark) && input.substr(mark.size()).starts_with(raw)));

    // What we write is read back: the same data with every end of line as LF.
    std::string wire;
    protocol::append_sse(wire, "", input.substr(0, 40));
    SseDecoder reader;
    std::string_view rest = wire;
    const auto event = reader.next(rest);
    SB_CHECK(event && *event && rest.empty() && !(*event)->comment_only);
}

}  // namespace signalbox::fuzz
