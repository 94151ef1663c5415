// The parts of a provider's error, whatever shape it came in. Internal to dialect/.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error_code.h"
#include "engine/protocol/json/parser.h"

namespace signalbox::protocol::detail {

// Views into the thread's simdjson parser: use before the next document is opened.
struct ProviderError {
    std::string_view message, type, code;
    std::string_view inner;  // Azure's code within the code
    int status = 0;          // an HTTP status given inside the JSON
    bool present = false;    // there was an `error` that means one
    // Takes a top-level member if it belongs to an error:
    // {"error":{…}}, {"error":"…","code":"…"}, {"message":…}.
    simdjson::error_code read_member(std::string_view key, ondemand::value& value);

  private:
    simdjson::error_code read_error(ondemand::value& value);
    void read_field(std::string_view key, ondemand::value& value);
};

// `status` 0: the HTTP status was a success or is not known; the words decide.
[[nodiscard]] ErrorCode classify(int status, const ProviderError& error);
// The provider's own words, bounded and printable.
[[nodiscard]] std::string words_of(const ProviderError& error);

}  // namespace signalbox::protocol::detail
