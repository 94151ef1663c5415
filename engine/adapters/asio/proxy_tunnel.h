// A tunnel through an HTTP proxy by CONNECT. Used for plain and TLS endpoints alike: the bytes after it are the
// endpoint's own, so nothing above the connection needs to know of the proxy.
#pragma once

#include <optional>
#include <string>

#include "engine/ports/network.h"

namespace signalbox::adapters {

struct Proxy {
    ports::Address address;
    std::string authorization;  // secret: value of Proxy-Authorization; empty: none
};

// "http://[user:pass@]host[:port]"; port 80 when missing. Error: invalid_argument.
[[nodiscard]] Result<Proxy> parse_proxy(std::string_view url);

// `stream` is connected to the proxy and afterwards to `target`. Error: connect_refused (the proxy said no), or the
// stream's own.
ports::Task<Result<void>> open_tunnel(ports::ByteStream& stream, const Proxy& proxy, const ports::Address& target);

}  // namespace signalbox::adapters
