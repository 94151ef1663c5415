#include <string>

#include "engine/base/check.h"
#include "engine/protocol/http/body_reader.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using protocol::BodyReader;

struct Outcome {
    std::string payload;
    std::size_t consumed = 0;
    bool done = false;
    ErrorCode code = ErrorCode::ok;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void feed(BodyReader& reader, std::string_view part, Outcome& out) {
    while (!part.empty() && !out.done && out.code == ErrorCode::ok) {
        const auto step = reader.next(part);
        if (!step) {
            out.code = step.error().code;
            out.consumed = 0;  // how far a broken body was read before does depend on the cuts
            return;
        }
        SB_CHECK(step->done || step->consumed > 0);
        SB_CHECK(step->consumed <= part.size() && step->data.size() <= step->consumed);
        out.payload += step->data;
        out.consumed += step->consumed;
        out.done = step->done;
        part.remove_prefix(step->consumed);
    }
}

}  // namespace

void body(std::string_view input) {
    if (input.empty()) return;
    const auto choice = static_cast<unsigned char>(input[0]);
    input.remove_prefix(1);
    protocol::ResponseHead head;
    head.status = 200;
    head.chunked = choice % 4 != 0;
    if (choice % 8 == 0) head.content_length = choice;
    BodyReader at_once = BodyReader::for_response(head);
    BodyReader cut = at_once;
    Outcome whole, parts;
    feed(at_once, input, whole);
    in_parts(input, choice, [&](std::string_view part) { feed(cut, part, parts); });
    SB_CHECK(whole == parts);
    SB_CHECK(at_once.done() == cut.done());
    SB_CHECK(at_once.finish_at_eof().has_value() == cut.finish_at_eof().has_value());
}

}  // namespace signalbox::fuzz
