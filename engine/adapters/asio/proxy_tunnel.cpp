#include "engine/adapters/asio/proxy_tunnel.h"

#include <array>
#include <charconv>

#include <fmt/core.h>

#include "engine/adapters/asio/host_port.h"
#include "engine/base/base64.h"

namespace signalbox::adapters {

namespace {

constexpr std::size_t head_max = 8 * 1024;  // bytes of a proxy's answer
constexpr std::string_view head_end = "\r\n\r\n";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        decoded += escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
        if (escape) i += 2;
    }
    return decoded;
}

// "HTTP/1.x 200 …": its status, or 0.
int status_of(std::string_view head) {
    int status = 0;
    if (!head.starts_with("HTTP/1.") || head.size() < 12) return 0;
    std::from_chars(head.data() + 9, head.data() + 12, status);
    return status;
}

}  // namespace

Result<Proxy> parse_proxy(std::string_view url) {
    const auto bad = [] { return fail(ErrorCode::invalid_argument, "proxy must be http://[user:pass@]host:port"); };
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return bad();
    url.remove_prefix(scheme.size());
    while (url.ends_with('/')) url.remove_suffix(1);
    Proxy proxy;
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        proxy.authorization = "Basic ";
        append_base64(proxy.authorization, percent_decoded(url.substr(0, at)));
        url.remove_prefix(at + 1);
    }
    proxy.address.port = 80;
    const auto colon = url.rfind(':');
    if (colon != std::string_view::npos && !url.ends_with(']')) {
        const auto digits = url.substr(colon + 1);
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), proxy.address.port);
        if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return bad();
        url = url.substr(0, colon);
    }
    if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
    proxy.address.host = url;
    if (url.empty() || proxy.address.port == 0) return bad();
    return proxy;
}

ports::Task<Result<void>> open_tunnel(ports::ByteStream& stream, const Proxy& proxy, const ports::Address& target) {
    const auto authority = host_port(target.host, target.port);
    std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", authority);
    if (!proxy.authorization.empty()) request += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization);
    request += "\r\n";
    const std::string_view piece = request;
    auto sent = co_await stream.write({&piece, 1});
    if (!sent) co_return sent;
    // The server speaks only when spoken to, so nothing can follow the proxy's head yet.
    std::string head;
    std::array<char, 1024> chunk;
    while (!head.ends_with(head_end)) {
        auto got = co_await stream.read_some(chunk);
        if (!got) co_return std::unexpected(got.error());
        if (*got == 0 || head.size() + *got > head_max) co_return fail(ErrorCode::connect_refused, "proxy ended early");
        head.append(chunk.data(), *got);
    }
    const int status = status_of(head);
    if (status / 100 != 2) co_return fail(ErrorCode::connect_refused, fmt::format("proxy answered {}", status));
    co_return Result<void>{};
}

}  // namespace signalbox::adapters
