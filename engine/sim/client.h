// A client of an OpenAI-compatible server, over any Network: sends one request and tells everything that came back.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/clock.h"
#include "engine/ports/network.h"

namespace signalbox::sim {

struct ClientRequest {
    ports::Endpoint to{};
    std::string method = "POST";
    std::string path = "/v1/chat/completions";
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    Nanos patience = 600s;             // for everything together; afterwards it leaves
    std::optional<Nanos> vanish_at{};  // resets the connection so long after the start
    Nanos read_pause = 0ns;            // a slow reader waits so long before each read
};

// How the exchange ended.
enum class ClientEnd : std::uint8_t {
    complete,  // the whole answer, properly framed
    not_connected,
    cut,        // the connection ended or broke inside the answer
    impatient,  // `patience` was over
    vanished,   // `vanish_at` came
    malformed,  // the answer was not HTTP
};

struct ClientAnswer {
    ClientEnd end = ClientEnd::not_connected;
    int status = 0;                                              // 0: no head came
    std::vector<std::pair<std::string, std::string>> headers{};  // names in lower case
    std::string body{};                                          // without its framing, as far as it came
    std::vector<std::string> events{};                           // data of the server-sent events in it
    Nanos first_byte{-1};                                        // of the body, since the start; -1: none
    Nanos first_event{-1};
    Nanos total{};

    [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;  // empty: absent
    [[nodiscard]] bool done() const { return !events.empty() && events.back() == "[DONE]"; }
    // The `content` of all events together, in order.
    [[nodiscard]] std::string text() const;
};

// One connection for one request. The ports outlive the exchange. `request` is kept by the coroutine.
[[nodiscard]] ports::Task<ClientAnswer> ask(ports::Network& network, ports::Clock& clock, ClientRequest request);

// A chat body with one message of the user.
[[nodiscard]] std::string chat_body(std::string_view model, bool stream, std::string_view text = "Hello");

}  // namespace signalbox::sim
