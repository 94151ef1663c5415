#include "engine/control/http_probe.h"

#include <array>

#include "engine/base/limits.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/http/response_head.h"
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

// One answer, as it comes in.
class Answer {
  public:
    explicit Answer(ports::ByteStream& stream) : stream_(stream) {}

    ports::Task<Result<ProbeAnswer>> read() {
        Result<void> read = co_await read_head();
        if (read) read = co_await read_body();
        if (!read) co_return std::unexpected(read.error());
        co_return std::move(answer_);
    }

  private:
    ports::Task<Result<void>> read_head() {
        for (;;) {
            protocol::ResponseHead head;
            const protocol::HeadParse parsed = protocol::parse_response_head(in_, limits::upstream_header_max, head);
            if (parsed.status == protocol::HeadParse::Status::failed) co_return std::unexpected(parsed.error);
            if (parsed.status == protocol::HeadParse::Status::done) {
                answer_.status = head.status;
                if (!head.interim()) body_ = protocol::BodyReader::for_response(head);
                in_.erase(0, parsed.consumed);
                if (body_) co_return Result<void>();
                continue;
            }
            const Result<bool> more = co_await fill();
            if (!more) co_return std::unexpected(more.error());
            if (!*more) co_return fail(ErrorCode::io_closed, "closed without an answer");
        }
    }

    ports::Task<Result<void>> read_body() {
        while (!body_->done()) {
            Result<void> taken = take_body();
            if (!taken || body_->done()) co_return taken;
            const Result<bool> more = co_await fill();
            if (!more) co_return std::unexpected(more.error());
            if (!*more) co_return body_->finish_at_eof();
        }
        co_return Result<void>();
    }

    Result<void> take_body() {
        std::string_view rest = in_;
        while (!rest.empty() && !body_->done()) {
            const Result<protocol::BodyReader::Step> step = body_->next(rest);
            if (!step) return std::unexpected(step.error());
            answer_.body += step->data;
            rest.remove_prefix(step->consumed);
            if (answer_.body.size() > limits::slot_state_max) return fail(ErrorCode::body_too_large);
        }
        in_.clear();
        return {};
    }

    // False: the peer has ended its side.
    ports::Task<Result<bool>> fill() {
        std::array<char, 16 * 1024> chunk;
        const Result<std::size_t> got = co_await stream_.read_some(chunk);
        if (!got) co_return std::unexpected(got.error());
        in_.append(chunk.data(), *got);
        co_return *got > 0;
    }

    ports::ByteStream& stream_;
    std::string in_;  // read and not yet taken
    std::optional<protocol::BodyReader> body_;
    ProbeAnswer answer_;
};

}  // namespace

ports::Task<Result<ProbeAnswer>> http_probe(ports::Network& network, flow::UpstreamAddress address,
                                            ProbeRequest request, Instant deadline) {
    Result<ports::Stream> stream = co_await network.connect(address.endpoint, deadline);
    if (!stream) co_return std::unexpected(stream.error());
    (*stream)->expire_at(deadline);
    const std::string bytes = request_bytes(address, request);
    const std::string_view piece = bytes;
    Result<void> sent = co_await (*stream)->write({&piece, 1});
    if (!sent) co_return std::unexpected(sent.error());
    Answer answer(**stream);
    co_return co_await answer.read();
}

std::string server_root(const flow::UpstreamAddress& address) {
    constexpr std::string_view openai_api = "/v1";
    std::string_view root = address.path_prefix;
    if (root.ends_with(openai_api)) root.remove_suffix(openai_api.size());
    return std::string(root);
}

}  // namespace signalbox::control
