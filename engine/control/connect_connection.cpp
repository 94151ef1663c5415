#include "engine/control/connect_connection.h"

#include <optional>
#include <utility>

#include "engine/base/limits.h"
#include "engine/control/outbox.h"

namespace signalbox::control {

using ports::Task;

namespace {

constexpr std::string_view service_prefix = "/signalbox.v1.ControlService/";
constexpr std::string_view accepted_unary = "application/json, application/proto";
constexpr std::string_view accepted_stream = "application/connect+json, application/connect+proto";

HttpResponse text(int status, std::string_view type, std::string body) {
    return {.status = status, .content_type = std::string(type), .body = std::move(body)};
}

HttpResponse error_response(const api::Failure& failure) {
    HttpResponse response = text(connect_code(failure.code).status, "application/json", error_body(failure));
    if (failure.code == ErrorCode::unauthenticated) response.headers.emplace_back("www-authenticate", "Bearer");
    return response;
}

api::Failure to_failure(Error error) {
    return {error.code, std::move(error.detail)};
}

// What to tell a client whose request could not even be read; nullopt: nobody is there to be told.
std::optional<int> status_of_broken(ErrorCode code) {
    switch (code) {
        case ErrorCode::malformed_http:
            return 400;
        case ErrorCode::slow_client:
            return 408;
        case ErrorCode::body_too_large:
            return 413;
        case ErrorCode::header_too_large:
            return 431;
        default:
            return std::nullopt;
    }
}

// The one message a client sends to open a server stream.
Result<std::string> only_envelope(std::string_view body) {
    EnvelopeReader reader(limits::control_body_max);
    reader.feed(body);
    auto envelope = reader.next();
    if (!envelope) return std::unexpected(std::move(envelope.error()));
    if (!*envelope || !reader.empty() || (*envelope)->flags != 0) {
        return fail(ErrorCode::invalid_argument, "one enveloped message is expected");
    }
    return std::move((*envelope)->payload);
}

// The method a POST names and the form of its body, or what to answer instead.
std::expected<std::pair<const api::MethodInfo*, ContentType>, HttpResponse> find_call(const HttpRequest& request) {
    const auto* method = request.path.starts_with(service_prefix)
                             ? api::find_method(std::string_view(request.path).substr(service_prefix.size()))
                             : nullptr;
    if (method == nullptr) return std::unexpected(error_response({ErrorCode::unknown_path, "no such path"}));
    if (request.method != "POST") {
        auto response = text(405, "application/json", error_body({ErrorCode::method_not_allowed, "use POST"}));
        response.headers.emplace_back("allow", "POST");
        return std::unexpected(std::move(response));
    }
    const auto type = parse_content_type(request.content_type);
    const bool plain = request.content_encoding.empty() || request.content_encoding == "identity";
    if (!type || type->stream != method->streams || !plain) {
        auto response = text(415, "text/plain", "");
        response.headers.emplace_back("accept-post", method->streams ? accepted_stream : accepted_unary);
        return std::unexpected(std::move(response));
    }
    return std::pair{method, *type};
}

// Shared with the backend's reply, which may come after the connection has gone.
struct PendingAnswer {
    std::optional<api::Answer<api::AnyMessage>> answer;
};

}  // namespace

// Shared with the backend's sink.
struct StreamFeed {
    Outbox outbox;
    std::optional<api::Failure> ended;
};

struct Connection::Call {
    const api::MethodInfo& method;
    Encoding encoding;
    Caller caller;
};

Connection::Connection(std::shared_ptr<ServerState> state, ports::Stream stream)
    : state_(std::move(state)),
      stream_(std::move(stream)),
      http_(*stream_, state_->parts.clock),
      alarm_(state_->parts.clock.make_alarm()) {
    state_->connections.insert(this);
}

Connection::~Connection() {
    state_->connections.erase(this);
}

void Connection::stop() {
    gone_ = true;
    stream_->abort();
    alarm_->ring();
}

void Connection::peer_gone() {
    gone_ = true;
    alarm_->ring();
}

Task<void> Connection::serve(std::shared_ptr<Connection> self) {
    while (!self->gone_) {
        const auto request = co_await self->http_.next();
        if (!request) {
            const auto status = status_of_broken(request.error().code);
            if (!status) break;
            const HttpRequest unread;
            const auto body = error_body(to_failure(request.error()));
            const HttpResponse response = text(*status, "application/json", body);
            const auto told = co_await self->http_.answer(unread, response);
            static_cast<void>(told);
            break;
        }
        if (!*request) break;
        const auto done = co_await self->respond(**request);
        if (!done || !(*request)->keep_alive) break;
    }
}

Task<Result<void>> Connection::refuse(const HttpRequest& request, api::Failure failure) {
    const HttpResponse response = error_response(failure);
    const auto sent = co_await http_.answer(request, response);
    co_return sent;
}

Task<Result<void>> Connection::respond(const HttpRequest& request) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads && request.path == "/health/liveliness") {
        const HttpResponse alive = text(200, "text/plain; charset=utf-8", "ok\n");
        const auto sent = co_await http_.answer(request, alive);
        co_return sent;
    }
    auto caller = state_->access->identify(request.authorization, request.host);
    if (!caller) {
        const auto sent = co_await refuse(request, to_failure(std::move(caller.error())));
        co_return sent;
    }
    if (reads && request.path == "/metrics") {
        const HttpResponse metrics = text(200, "text/plain; version=0.0.4; charset=utf-8", state_->parts.metrics());
        const auto sent = co_await http_.answer(request, metrics);
        co_return sent;
    }
    const auto found = find_call(request);
    if (!found) {
        const auto sent = co_await http_.answer(request, found.error());
        co_return sent;
    }
    const auto [method, type] = *found;
    const Call call{*method, type.encoding, std::move(*caller)};
    if (type.stream) {
        const auto sent = co_await respond_stream(request, call);
        co_return sent;
    }
    const auto sent = co_await respond_unary(request, call);
    co_return sent;
}

Task<Result<void>> Connection::respond_unary(const HttpRequest& request, const Call& call) {
    const auto message = call.method.new_request();
    auto ready = require_role(call.caller, call.method.access);
    if (ready) ready = decode(call.encoding, request.body, *message);
    if (!ready) {
        const auto sent = co_await refuse(request, to_failure(std::move(ready.error())));
        co_return sent;
    }
    const auto pending = std::make_shared<PendingAnswer>();
    state_->parts.backend.call_as(call.caller, call.method, *message,
                                  [pending, alarm = alarm_](api::Answer<api::AnyMessage> answer) {
                                      pending->answer = std::move(answer);
                                      alarm->ring();
                                  });
    while (!pending->answer) {
        const bool rung = co_await alarm_->wait_until(never);
        static_cast<void>(rung);
    }
    auto& answer = *pending->answer;
    if (!answer) {
        const auto sent = co_await refuse(request, std::move(answer.error()));
        co_return sent;
    }
    auto body = encode(call.encoding, **answer);
    if (!body) {
        const auto sent = co_await refuse(request, to_failure(std::move(body.error())));
        co_return sent;
    }
    const HttpResponse response = text(200, to_string({call.encoding, false}), std::move(*body));
    const auto sent = co_await http_.answer(request, response);
    co_return sent;
}

Task<Result<void>> Connection::respond_stream(const HttpRequest& request, const Call& call) {
    const auto feed = std::make_shared<StreamFeed>();
    const auto message = call.method.new_request();
    auto ready = require_role(call.caller, call.method.access);
    if (ready) {
        const auto payload = only_envelope(request.body);
        ready = payload ? decode(call.encoding, *payload, *message) : std::unexpected(payload.error());
    }
    std::unique_ptr<api::Subscription> subscription;
    if (!ready) {
        feed->ended = to_failure(std::move(ready.error()));
    } else {
        subscription =
            state_->parts.backend.subscribe_as(call.caller, call.method, *message,
                                               {.next =
                                                    [feed, alarm = alarm_](const google::protobuf::Message& next) {
                                                        feed->outbox.push(next);
                                                        alarm->ring();
                                                    },
                                                .ended =
                                                    [feed, alarm = alarm_](api::Failure failure) {
                                                        feed->ended = std::move(failure);
                                                        alarm->ring();
                                                    }});
    }
    const auto begun = co_await http_.begin_stream(request, to_string({call.encoding, true}));
    if (!begun) co_return begun;
    stream_->watch_peer(this);
    const auto pumped = co_await pump(*feed, call.encoding);
    stream_->watch_peer(nullptr);
    subscription.reset();
    co_return pumped;
}

Task<Result<void>> Connection::pump(StreamFeed& feed, Encoding encoding) {
    for (;;) {
        if (gone_) co_return fail(ErrorCode::io_closed);
        std::string bytes;
        if (const auto message = feed.outbox.take()) {
            auto payload = encode(encoding, *message);
            if (payload) {
                append_envelope(bytes, 0, *payload);
            } else {
                feed.ended = to_failure(std::move(payload.error()));
            }
        } else if (feed.ended) {
            append_end(bytes, feed.ended);
            const auto sent = co_await http_.send_piece(bytes);
            if (!sent) co_return sent;
            const auto finished = co_await http_.finish_stream();
            co_return finished;
        } else {
            const bool rung = co_await alarm_->wait_until(never);
            static_cast<void>(rung);
        }
        if (bytes.empty()) continue;
        const auto sent = co_await http_.send_piece(bytes);
        if (!sent) co_return sent;
    }
}

}  // namespace signalbox::control
