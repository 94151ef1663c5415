// How an address is written wherever a port follows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace signalbox::adapters {

// "host:port"; an IPv6 address is bracketed.
[[nodiscard]] inline std::string host_port(std::string_view host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace signalbox::adapters
