// One small HTTP exchange with a provider, outside the data plane: its state, or a question that costs nothing.
#pragma once

#include <string>
#include <string_view>

#include "engine/flow/http_call.h"
#include "engine/flow/upstream.h"
#include "engine/ports/network.h"

namespace signalbox::control {

struct ProbeRequest {
    std::string_view method = "GET";  // static text
    std::string target;               // path and query
    std::string body;                 // JSON; empty: none is sent
};

using ProbeAnswer = flow::HttpAnswer;  // its body is of at most limits::slot_state_max bytes

// A connection of its own, with TLS, proxy, key and headers as the data plane calls the provider; closed afterwards.
// Errors: those of Network::connect, io_* while reading or writing, upstream_malformed, body_too_large.
[[nodiscard]] ports::Task<Result<ProbeAnswer>> http_probe(ports::Network& network, flow::UpstreamAddress address,
                                                          ProbeRequest request, Instant deadline);

// "host:port/v1" is where the OpenAI-compatible API lives; a server's own API stands beside it.
[[nodiscard]] std::string server_root(const flow::UpstreamAddress& address);

}  // namespace signalbox::control
