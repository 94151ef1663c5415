// The whole life of a request.
#pragma once

#include "engine/flow/exchange.h"

namespace signalbox::flow {

// Serves one request of the connection. False: the connection must be closed (or was).
Task<bool> serve_request(Services& s, Connection& connection);

}  // namespace signalbox::flow
