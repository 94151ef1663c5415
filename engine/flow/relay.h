// A streamed answer on its way: the state between the provider's bytes and the client's.
#pragma once

#include <optional>

#include "engine/protocol/dialect/call_numbers.h"
#include "engine/protocol/dialect/translate.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox::flow {

struct Relay {
    protocol::BodyReader body;
    protocol::SseDecoder events;
    bool reusable = false;    // the provider keeps the connection open afterwards
    bool hide_usage = false;  // the usage event was asked for by us, not by the client
    bool content = false;     // something of the answer has come
    bool done = false;        // [DONE] came
    bool finished = false;    // a finish_reason came
    bool ended = false;       // the answer is whole: nothing follows
    std::int64_t pieces = 0;  // events with content: about one token each
    // Unless OpenAI's events go through as they are.
    std::optional<protocol::StreamTranslator> translator{};
    protocol::CallNumbers calls{};
};

// Is an answer that ends so without any content none at all? One cut short by max_tokens or by a filter is whole; one
// that claims to be complete, or to call tools, is not. The older completions may find nothing to fill in.
[[nodiscard]] bool lacks_content(std::string_view finish_reason, protocol::Endpoint endpoint);

}  // namespace signalbox::flow
