// HTTP/1.1 for the slow path: whole requests in, whole answers or chunked streams out. Bodies are small and kept in
// memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/network.h"
#include "engine/protocol/http/body_reader.h"

namespace signalbox::control {

struct HttpRequest {
    std::string method, path;
    std::string content_type, content_encoding, authorization, host;  // empty where absent
    std::string body;
    bool keep_alive = false;
};

struct HttpResponse {
    int status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers = {};
};

// One connection's side of the wire; the stream and the clock outlive it. One operation at a time.
class HttpExchange {
  public:
    HttpExchange(ports::ByteStream& stream, const ports::Clock& clock) : stream_(stream), clock_(clock) {}

    // nullopt: the peer left, or was silent too long, before the first request or between two. A head and a body must
    // each arrive within one deadline, however they trickle. Errors: malformed_http, header_too_large, body_too_large,
    // slow_client, io_*.
    [[nodiscard]] ports::Task<Result<std::optional<HttpRequest>>> next();

    // The answer to `request`. A reader that takes nothing for limits::client_write_max is given up.
    [[nodiscard]] ports::Task<Result<void>> answer(const HttpRequest& request, const HttpResponse& response);

    // A chunked answer of unknown length: begin, any number of pieces, finish.
    [[nodiscard]] ports::Task<Result<void>> begin_stream(const HttpRequest& request, std::string_view content_type);
    [[nodiscard]] ports::Task<Result<void>> send_piece(std::string_view piece);
    [[nodiscard]] ports::Task<Result<void>> finish_stream();

  private:
    [[nodiscard]] ports::Task<Result<std::size_t>> fill();
    [[nodiscard]] ports::Task<Result<std::optional<protocol::BodyReader>>> read_head(HttpRequest& request);
    [[nodiscard]] ports::Task<Result<void>> read_body(HttpRequest& request, protocol::BodyReader reader);
    [[nodiscard]] ports::Task<Result<void>> send(std::string_view first, std::string_view second);

    ports::ByteStream& stream_;
    const ports::Clock& clock_;
    std::string buffer_;  // read and not used yet
    bool begun_ = false;  // a first request was waited for
    bool expects_continue_ = false;
};

}  // namespace signalbox::control
