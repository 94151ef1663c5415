#include "engine/control/http_exchange.h"

#include <array>

#include "engine/base/limits.h"
#include "engine/protocol/http/request_head.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::control {

using ports::Task;

namespace {

constexpr std::size_t read_piece = 4096;  // bytes

// What the peer did wrong by letting a deadline pass in the middle of a request.
Error in_request(Error error) {
    if (error.code == ErrorCode::io_timeout) return {ErrorCode::slow_client, "the request did not arrive in time"};
    return error;
}

void copy_head(const protocol::RequestHead& head, HttpRequest& out) {
    out.method = head.method;
    out.path = head.path;
    out.content_type = head.find("content-type");
    out.content_encoding = head.find("content-encoding");
    out.authorization = head.find("authorization");
    out.host = head.find("host");
    out.keep_alive = head.keep_alive;
}

void close_unless(bool keep_alive, protocol::HeadWriter& writer) {
    if (!keep_alive) writer.header("connection", "close");
}

}  // namespace

Task<Result<std::size_t>> HttpExchange::fill() {
    std::array<char, read_piece> piece;
    auto got = co_await stream_.read_some(piece);
    if (got) buffer_.append(piece.data(), *got);
    co_return got;
}

Task<Result<std::optional<protocol::BodyReader>>> HttpExchange::read_head(HttpRequest& request) {
    if (buffer_.empty()) {
        const Nanos patience = std::exchange(begun_, true) ? limits::client_keep_alive_max : limits::client_header_max;
        stream_.expire_at(after(clock_.now(), patience));
        const auto got = co_await fill();
        if (!got && got.error().code != ErrorCode::io_timeout) co_return std::unexpected(got.error());
        if (!got || *got == 0) co_return std::nullopt;
    }
    stream_.expire_at(after(clock_.now(), limits::client_header_max));
    for (;;) {
        protocol::RequestHead head;
        const auto parsed = protocol::parse_request_head(buffer_, limits::control_header_max, head);
        if (parsed.status == protocol::HeadParse::Status::failed) co_return std::unexpected(parsed.error);
        if (parsed.status == protocol::HeadParse::Status::done) {
            copy_head(head, request);
            if (head.content_length.value_or(0) > limits::control_body_max) {
                co_return fail(ErrorCode::body_too_large, "the body is too large");
            }
            expects_continue_ = head.expect_continue;
            auto reader = protocol::BodyReader::for_request(head);
            buffer_.erase(0, parsed.consumed);
            co_return reader;
        }
        const auto got = co_await fill();
        if (!got) co_return std::unexpected(in_request(got.error()));
        if (*got == 0) co_return fail(ErrorCode::io_closed, "closed in the middle of a head");
    }
}

Task<Result<void>> HttpExchange::read_body(HttpRequest& request, protocol::BodyReader reader) {
    if (expects_continue_ && !reader.done()) {
        std::string interim;
        protocol::HeadWriter(interim).status(100).end();
        const auto sent = co_await send(interim, {});
        if (!sent) co_return sent;
    }
    stream_.expire_at(after(clock_.now(), limits::client_body_idle_max));
    while (!reader.done()) {
        if (buffer_.empty()) {
            const auto got = co_await fill();
            if (!got) co_return std::unexpected(in_request(got.error()));
            if (*got == 0) co_return fail(ErrorCode::io_closed, "closed in the middle of a body");
        }
        const auto step = reader.next(buffer_);
        if (!step) co_return std::unexpected(step.error());
        request.body += step->data;
        buffer_.erase(0, step->consumed);
        if (request.body.size() > limits::control_body_max) {
            co_return fail(ErrorCode::body_too_large, "the body is too large");
        }
    }
    co_return Result<void>{};
}

Task<Result<std::optional<HttpRequest>>> HttpExchange::next() {
    HttpRequest request;
    const auto reader = co_await read_head(request);
    if (!reader) co_return std::unexpected(reader.error());
    if (!*reader) co_return std::nullopt;
    const auto done = co_await read_body(request, **reader);
    if (!done) co_return std::unexpected(done.error());
    co_return request;
}

Task<Result<void>> HttpExchange::send(std::string_view first, std::string_view second) {
    stream_.expire_at(after(clock_.now(), limits::client_write_max));
    const std::array<std::string_view, 2> pieces = {first, second};
    const auto sent = co_await stream_.write(pieces);
    co_return sent;
}

Task<Result<void>> HttpExchange::answer(const HttpRequest& request, const HttpResponse& response) {
    std::string head;
    protocol::HeadWriter writer(head);
    writer.status(response.status).header("content-type", response.content_type).content_length(response.body.size());
    for (const auto& [name, value] : response.headers) writer.header(name, value);
    close_unless(request.keep_alive, writer);
    writer.end();
    const bool without_body = request.method == "HEAD";
    const auto sent = co_await send(head, without_body ? std::string_view{} : std::string_view(response.body));
    co_return sent;
}

Task<Result<void>> HttpExchange::begin_stream(const HttpRequest& request, std::string_view content_type) {
    std::string head;
    protocol::HeadWriter writer(head);
    writer.status(200).header("content-type", content_type).chunked();
    close_unless(request.keep_alive, writer);
    writer.end();
    const auto sent = co_await send(head, {});
    co_return sent;
}

Task<Result<void>> HttpExchange::send_piece(std::string_view piece) {
    std::string chunk;
    chunk.reserve(piece.size() + 16);
    protocol::append_chunk_head(chunk, piece.size());
    chunk += piece;
    const auto sent = co_await send(chunk, protocol::chunk_tail);
    co_return sent;
}

Task<Result<void>> HttpExchange::finish_stream() {
    const auto sent = co_await send(protocol::last_chunk, {});
    co_return sent;
}

}  // namespace signalbox::control
