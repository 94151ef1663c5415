#include "engine/flow/task_place.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/text.h"
#include "engine/core/config/quantities.h"
#include "engine/protocol/http/header.h"

namespace signalbox::flow {
namespace {

constexpr std::string_view bfl_domain = "bfl.ai";
constexpr std::string_view bfl_store = "blob.core.windows.net";

// The domain itself or a name in it.
bool is_below(std::string_view host, std::string_view domain) {
    if (host.size() <= domain.size()) return protocol::equal_ignoring_case(host, domain);
    const std::size_t at = host.size() - domain.size();
    return host[at - 1] == '.' && protocol::equal_ignoring_case(host.substr(at), domain);
}

bool same_place(const core::BaseUrl& a, const core::BaseUrl& b) {
    return a.tls == b.tls && a.port == b.port && protocol::equal_ignoring_case(a.host, b.host);
}

bool may_call(const core::BaseUrl& base, const core::BaseUrl& url, TaskUse use) {
    if (same_place(base, url)) return true;
    if (!url.tls || url.port != 443) return false;
    if (use == TaskUse::fetch) return is_below(url.host, bfl_domain) || is_below(url.host, bfl_store);
    return base.tls && is_below(base.host, bfl_domain) && is_below(url.host, bfl_domain);
}

// "/path?query"; empty where a byte of it could not stand in a request line.
std::string target_of(std::string_view rest) {
    rest = rest.substr(0, rest.find('#'));
    const bool clean = std::ranges::all_of(rest, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (!clean) return {};
    return rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
}

}  // namespace

Result<UpstreamAddress> task_place(const core::ProviderConfig& provider, int key, std::string_view url, TaskUse use) {
    constexpr std::size_t host_shown = 100;  // bytes
    const std::size_t scheme = url.find("://");
    const std::size_t authority_ends =
        scheme == std::string_view::npos ? url.size() : std::min(url.find_first_of("/?#", scheme + 3), url.size());
    const std::string_view origin = url.substr(0, authority_ends);
    const Result<core::BaseUrl> parsed = core::parse_base_url(origin);
    const std::string target = target_of(url.substr(authority_ends));
    // Who puts a user's name into it wants it to look like another host's.
    if (!parsed || target.empty() || origin.find_first_of("@\\%") != std::string_view::npos) {
        return fail(ErrorCode::upstream_malformed, "the provider's answer leads to no address");
    }
    const Result<core::BaseUrl> base = core::parse_base_url(provider.base_url);
    SB_CHECK(base.has_value());
    if (!may_call(*base, *parsed, use)) {
        return fail(ErrorCode::upstream_malformed,
                    "the provider's answer leads elsewhere: " + printable_excerpt(parsed->host, host_shown));
    }
    UpstreamAddress address = use == TaskUse::poll ? address_of(provider, key, *parsed) : address_of({}, -1, *parsed);
    address.endpoint.proxy = provider.proxy;
    address.path_prefix = target;
    return address;
}

}  // namespace signalbox::flow
