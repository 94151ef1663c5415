// Errors of our own as OpenAI clients expect them: status, JSON body, and the event inside a stream that broke.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/error_code.h"
#include "engine/base/time.h"
#include "engine/protocol/json/escape.h"

namespace signalbox::protocol {

// The HTTP status a client sees. Time ran out: 504; contended: 429; nothing can serve: 503; a provider misbehaved: 502.
[[nodiscard]] int http_status(ErrorCode code);

struct ErrorAnswer {
    ErrorCode code = ErrorCode::internal;
    std::string message{};  // for people; any bytes
    std::string param{};    // the request's member at fault; empty: null
    Stage stage = Stage::parse;
    std::string_view request_id{};
    int attempts = 0;
    std::optional<Nanos> retry_after{};  // absent: null
    std::string fleet_json{};            // JSON made by us, put in as it is; empty: left out
};

// {"error":{"message","type","code","param","signalbox":{"stage","request_id","attempts","retry_after_ms","fleet"}}}
[[nodiscard]] std::string openai_error_body(const ErrorAnswer& answer);

// The same object as one server-sent event. No [DONE] may follow it.
[[nodiscard]] std::string openai_error_event(const ErrorAnswer& answer);

}  // namespace signalbox::protocol
