#include "engine/control/http_probe.h"

#include "engine/base/limits.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::control {
namespace {

std::string request_bytes(const flow::UpstreamAddress& address, const ProbeRequest& request) {
    std::string bytes;
    protocol::HeadWriter head(bytes);
    head.request(request.method, request.target);
    bytes += address.fixed_headers;
    head.header("accept-encoding", "identity").header("connection", "close");
    if (!request.body.empty()) head.header("content-type", "application/json").content_length(request.body.size());
    head.end();
    return bytes + request.body;
}

}  // namespace

ports::Task<Result<ProbeAnswer>> http_probe(ports::Network& network, flow::UpstreamAddress address,
                                            ProbeRequest request, Instant deadline) {
    Result<ports::Stream> stream = co_await network.connect(address.endpoint, deadline);
    if (!stream) co_return std::unexpected(stream.error());
    (*stream)->expire_at(deadline);
    co_return co_await flow::http_call(**stream, request_bytes(address, request), limits::slot_state_max);
}

std::string server_root(const flow::UpstreamAddress& address) {
    constexpr std::string_view openai_api = "/v1";
    std::string_view root = address.path_prefix;
    if (root.ends_with(openai_api)) root.remove_suffix(openai_api.size());
    return std::string(root);
}

}  // namespace signalbox::control
