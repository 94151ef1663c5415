#include "engine/flow/accept.h"

#include <array>

#include "engine/base/scope_exit.h"
#include "engine/flow/journey.h"
#include "engine/protocol/dialect/error_body.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {

namespace {

std::string too_many_connections() {
    protocol::ErrorAnswer answer;
    answer.code = ErrorCode::too_many_connections;
    answer.message = "This gateway has as many connections as gateway.limits.connections allows.";
    answer.stage = stage_of(answer.code);
    answer.retry_after = 1s;
    const std::string body = protocol::openai_error_body(answer);
    std::string out;
    protocol::HeadWriter head(out);
    head.status(protocol::http_status(answer.code)).header("content-type", "application/json");
    head.header("retry-after", "1").header("connection", "close").content_length(body.size()).end();
    return out + body;
}

Task<void> turn_away(ports::ByteStream& stream, Instant deadline) {
    const std::string refusal = too_many_connections();
    const std::array<std::string_view, 1> pieces = {refusal};
    stream.expire_at(deadline);
    (void)co_await stream.write(pieces);
    std::array<char, 4096> space;  // closing on unread bytes would reset the connection and lose the answer
    (void)co_await stream.read_some(space);
}

}  // namespace

Acceptor::Acceptor(Services& services, std::unique_ptr<ports::Listener> listener)
    : s_(services), listener_(std::move(listener)) {}

void Acceptor::start() {
    s_.spawner.spawn("accept", accept_loop());
}

void Acceptor::drain() {
    listener_->close();
    for (Connection* connection : open_) {
        if (!connection->busy) connection->stream->abort();
    }
}

Task<void> Acceptor::accept_loop() {
    for (;;) {
        Result<ports::Stream> stream = co_await listener_->accept();
        if (!stream) {
            if (stream.error().code == ErrorCode::io_cancelled) co_return;
            continue;  // that one client is gone already
        }
        s_.spawner.spawn("connection", serve(std::move(*stream)));
    }
}

Task<void> Acceptor::serve(ports::Stream stream) {
    const std::int64_t open = s_.gauges.connections.fetch_add(1, std::memory_order_relaxed) + 1;
    const ScopeExit closed([this] { s_.gauges.connections.fetch_sub(1, std::memory_order_relaxed); });
    if (open > s_.router.rules().table->config().gateway.connections_max) {
        co_await turn_away(*stream, after(s_.clock.now(), 1s));
        co_return;
    }
    Connection connection;
    connection.stream = std::move(stream);
    open_.insert(&connection);
    const ScopeExit forgotten([this, &connection] { open_.erase(&connection); });
    for (bool open_still = true; open_still;) {
        connection.busy = false;
        if (connection.in.data().empty()) {
            // A new connection that says nothing is no better than a slow one; one that has been served may rest.
            const Nanos patience = connection.fresh ? limits::client_header_max : limits::client_keep_alive_max;
            connection.stream->expire_at(after(s_.clock.now(), patience));
            co_await connection.stream->until_readable();
        }
        open_still = co_await serve_request(s_, connection);
        if (connection.in.allocated() && connection.in.data().empty()) {
            s_.buffers.give_back(std::move(connection.in));
            connection.in = {};
        }
    }
}

}  // namespace signalbox::flow
