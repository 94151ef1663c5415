#include "engine/flow/upstream.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/core/config/quantities.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {
namespace {

// Asking the kernel whether a connection still lives costs a system call; right after its last answer it does.
constexpr Nanos surely_alive = 100ms;

std::string host_header(const core::BaseUrl& url) {
    std::string host = url.host.contains(':') ? "[" + url.host + "]" : url.host;
    if (url.port != (url.tls ? 443 : 80)) host += ":" + std::to_string(url.port);
    return host;
}

// The version of its API whose shapes we speak.
constexpr std::string_view anthropic_version = "2023-06-01";

void write_key(protocol::HeadWriter& head, core::ProviderKind kind, const std::string& secret) {
    if (kind == core::ProviderKind::azure) {
        head.header("api-key", secret);
    } else if (kind == core::ProviderKind::anthropic) {
        head.header("x-api-key", secret);
    } else if (kind == core::ProviderKind::bfl) {
        head.header("x-key", secret);
    } else {
        head.header("authorization", "Bearer " + secret);
    }
}

// These are named by their address alone; their API is under /v1.
bool serves_under_v1(core::ProviderKind kind) {
    switch (kind) {
        case core::ProviderKind::anthropic:
        case core::ProviderKind::bfl:
        case core::ProviderKind::ollama:
        case core::ProviderKind::llamacpp:
        case core::ProviderKind::vllm:
        case core::ProviderKind::sglang:
        case core::ProviderKind::lmstudio:
            return true;
        default:
            return false;
    }
}

// The last version of the classic API that is not a preview; its successor has no versions.
constexpr std::string_view classic_api_version = "2024-10-21";

void set_azure_paths(const core::ProviderConfig& provider, UpstreamAddress& address) {
    constexpr std::string_view api = "/openai";
    const bool classic = is_classic_azure(provider);
    address.model_in_path = classic;
    if (classic && !address.path_prefix.ends_with(api)) address.path_prefix += api;
    const bool said = !provider.api_version.empty();
    if (classic || said) {
        address.query = "?api-version=";
        address.query += said ? std::string_view(provider.api_version) : classic_api_version;
    }
}

// A model's name may come from a client: nothing in it gets out of its place in the path.
void append_escaped(std::string& out, std::string_view segment) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : segment) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '~' ||
            (c == '.' && segment != "." && segment != "..")) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
}

}  // namespace

bool is_classic_azure(const core::ProviderConfig& provider) {
    std::string_view url = provider.base_url;
    while (url.ends_with('/')) url.remove_suffix(1);
    return provider.kind == core::ProviderKind::azure && !url.ends_with("/openai/v1");
}

std::string UpstreamAddress::target(protocol::Endpoint of, std::string_view model) const {
    std::string out = path_prefix;
    if (model_in_path && of != protocol::Endpoint::models) {
        out += "/deployments/";
        append_escaped(out, model);
    }
    out += protocol::upstream_path(of);
    out += query;
    return out;
}

UpstreamAddress address_of(const core::ProviderConfig& provider, int key) {
    const Result<core::BaseUrl> parsed = core::parse_base_url(provider.base_url);
    SB_CHECK(parsed.has_value());
    return address_of(provider, key, *parsed);
}

UpstreamAddress address_of(const core::ProviderConfig& provider, int key, const core::BaseUrl& url) {
    UpstreamAddress address;
    address.endpoint = {{url.host, url.port}, url.tls, provider.proxy};
    address.path_prefix = url.path.empty() && serves_under_v1(provider.kind) ? "/v1" : url.path;
    if (provider.kind == core::ProviderKind::azure) set_azure_paths(provider, address);
    protocol::HeadWriter head(address.fixed_headers);
    head.header("host", host_header(url));
    if (key >= 0) write_key(head, provider.kind, provider.keys[static_cast<std::size_t>(key)].value);
    if (provider.kind == core::ProviderKind::anthropic) head.header("anthropic-version", anthropic_version);
    for (const auto& [name, value] : provider.headers) head.header(name, value);
    return address;
}

bool UpstreamPool::EndpointOrder::operator()(const ports::Endpoint& a, const ports::Endpoint& b) const {
    return std::tie(a.address.port, a.address.host, a.tls, a.proxy) <
           std::tie(b.address.port, b.address.host, b.tls, b.proxy);
}

std::unique_ptr<Upstream> UpstreamPool::take(const ports::Endpoint& endpoint, Instant now) {
    const auto row = idle_.find(endpoint);
    if (row == idle_.end()) return nullptr;
    while (!row->second.empty()) {
        std::unique_ptr<Upstream> upstream = std::move(row->second.back());  // the warmest one
        row->second.pop_back();
        const Nanos idle = now - upstream->idle_since;
        if (idle < surely_alive || (idle < limits::upstream_idle_max && upstream->stream->reusable())) return upstream;
    }
    return nullptr;
}

void UpstreamPool::give_back(const ports::Endpoint& endpoint, std::unique_ptr<Upstream> upstream, Instant now) {
    auto& idle = idle_[endpoint];
    if (idle.size() >= limits::upstream_idle_per_target || !upstream->in.data().empty()) return;
    upstream->reused = true;
    upstream->idle_since = now;
    upstream->stream->expire_at(never);
    idle.push_back(std::move(upstream));
}

void UpstreamPool::close_idle(Instant now) {
    for (auto& [endpoint, idle] : idle_) {
        // In the order they fell idle.
        const auto young = std::ranges::find_if(
            idle, [now](const auto& upstream) { return now - upstream->idle_since < limits::upstream_idle_max; });
        idle.erase(idle.begin(), young);
    }
    std::erase_if(idle_, [](const auto& row) { return row.second.empty(); });
}

std::shared_ptr<const UpstreamAddress> UpstreamPool::address(const core::RoutingTablePtr& table, int provider,
                                                             int key) {
    if (addresses_of_ != table) {
        addresses_.clear();
        addresses_of_ = table;
    }
    const auto [row, added] = addresses_.try_emplace({provider, key});
    if (added) {
        const core::ProviderConfig& config = table->config().providers[static_cast<std::size_t>(provider)];
        row->second = std::make_shared<const UpstreamAddress>(address_of(config, key));
    }
    return row->second;
}

}  // namespace signalbox::flow
