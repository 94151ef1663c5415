// The control API's bytes: envelopes of a stream, and the messages of every method in both encodings.
#include <string>
#include <vector>

#include "engine/api/methods.h"
#include "engine/base/check.h"
#include "engine/control/connect_codec.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using control::Encoding;

constexpr std::size_t payload_max = 64;  // bytes

struct Outcome {
    std::vector<std::string> payloads;
    ErrorCode code = ErrorCode::ok;
    bool rest = false;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void take(control::EnvelopeReader& reader, Outcome& out) {
    while (out.code == ErrorCode::ok) {
        auto envelope = reader.next();
        if (!envelope) out.code = envelope.error().code;
        if (!envelope || !*envelope) return;
        SB_CHECK((*envelope)->payload.size() <= payload_max);
        out.payloads.push_back(std::move((*envelope)->payload));
    }
}

void envelopes(std::string_view input) {
    control::EnvelopeReader at_once(payload_max), cut(payload_max);
    Outcome whole, parts;
    at_once.feed(input);
    take(at_once, whole);
    in_parts(input, static_cast<unsigned>(input.size()), [&](std::string_view part) {
        cut.feed(part);
        take(cut, parts);
    });
    if (whole.code == ErrorCode::ok) whole.rest = !at_once.empty();
    if (parts.code == ErrorCode::ok) parts.rest = !cut.empty();
    SB_CHECK(whole == parts);
}

// What was understood can be said again in either encoding, and is then understood the same.
void message(const api::MethodInfo& method, Encoding encoding, std::string_view input) {
    const auto first = method.new_request();
    const auto read = control::decode(encoding, input, *first);
    if (!read) {
        SB_CHECK(read.error().code == ErrorCode::invalid_argument);
        return;
    }
    for (const Encoding other : {Encoding::json, Encoding::proto}) {
        const auto bytes = control::encode(other, *first);
        SB_CHECK(bytes.has_value());
        const auto second = method.new_request();
        SB_CHECK(control::decode(other, *bytes, *second).has_value());
        SB_CHECK(control::encode(other, *second) == *bytes);
    }
}

}  // namespace

// The first byte chooses the method.
void connect(std::string_view input) {
    envelopes(input);
    const auto type = control::parse_content_type(input.substr(0, 40));
    SB_CHECK(!type || control::parse_content_type(control::to_string(*type)) == type);
    if (input.empty()) return;
    const auto& method = api::methods()[static_cast<unsigned char>(input[0]) % api::methods().size()];
    for (const Encoding encoding : {Encoding::json, Encoding::proto}) message(method, encoding, input.substr(1));
}

}  // namespace signalbox::fuzz
