// Step 2: bytes → request head, body view, what the body asks for. Limits and slow senders are dealt with here.
#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/text.h"
#include "engine/flow/steps.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/json/scan.h"

namespace signalbox::flow {
namespace {

enum class Arrival : std::uint8_t { bytes, ended, expired };

Task<Arrival> read_more(Exchange& x) {
    Buffer& in = x.client.in;
    Result<std::size_t> got = co_await x.client.stream->read_some(in.space());
    if (!got) co_return got.error().code == ErrorCode::io_timeout ? Arrival::expired : Arrival::ended;
    in.filled(*got);
    co_return *got == 0 ? Arrival::ended : Arrival::bytes;
}

Error broken(Exchange& x, ErrorCode code, std::string detail) {
    x.must_close = true;
    return {code, std::move(detail)};
}

// Reads until the head is complete. False: the peer closed or kept silent with nothing begun.
Task<bool> read_head(Exchange& x) {
    Buffer& in = x.client.in;
    const auto header_max = static_cast<std::size_t>(x.config().gateway.header_max);
    bool begun = false;
    for (;;) {
        if (!in.data().empty()) {
            x.client.busy = true;
            protocol::HeadParse head = protocol::parse_request_head(in.data(), header_max, x.head);
            if (head.status == protocol::HeadParse::Status::done) {
                x.message_bytes = head.consumed;
                co_return true;
            }
            if (head.status == protocol::HeadParse::Status::failed) {
                x.parsed = std::unexpected(broken(x, head.error.code, std::move(head.error.detail)));
                co_return true;
            }
            if (!begun) {
                begun = true;
                x.client.stream->expire_at(after(x.s.clock.now(), limits::client_header_max));
            }
            if (in.space().empty()) in.reserve(std::min(in.data().size() * 2, header_max + 1));
        }
        const Arrival arrival = co_await read_more(x);
        if (arrival == Arrival::bytes) continue;
        if (!begun) co_return false;
        x.parsed = std::unexpected(
            arrival == Arrival::expired
                ? broken(x, ErrorCode::slow_client, "the request's head did not arrive in time")
                : broken(x, ErrorCode::malformed_http, "the connection closed in the middle of the request's head"));
        co_return true;
    }
}

Error body_interrupted(Exchange& x, Arrival arrival) {
    if (arrival == Arrival::expired) return broken(x, ErrorCode::slow_client, "the request's body stopped arriving");
    x.watch.mark_gone();
    return broken(x, ErrorCode::client_gone, "the client closed before its request was complete");
}

Task<bool> invite_body(Exchange& x) {
    static constexpr std::array<std::string_view, 1> go_on = {"HTTP/1.1 100 Continue\r\n\r\n"};
    Result<void> sent = co_await x.client.stream->write(go_on);
    co_return sent.has_value();
}

// When the next bytes of a body must come: a sender may pause, but not trickle for ever. `received` bytes of it have
// come since it `began`; what only wraps them earns no time.
Instant next_bytes_by(const Exchange& x, Instant began, std::size_t received) {
    const auto seconds = static_cast<std::int64_t>(received / limits::client_body_pace_min);
    const Nanos earned = limits::client_body_idle_max + std::chrono::seconds(seconds);
    return std::min(after(began, earned), after(x.s.clock.now(), limits::client_body_idle_max));
}

// Room in the connection's buffer for so many bytes. The views of the head move with it.
void make_room(Exchange& x, std::size_t bytes) {
    Buffer& in = x.client.in;
    const char* before = in.data().data();
    in.reserve(bytes);
    if (in.data().data() != before) (void)protocol::parse_request_head(in.data(), x.message_bytes, x.head);
}

// A length is a promise: more than this is set aside only as the bytes come.
constexpr std::size_t room_on_trust = 1024 * 1024;

// The body lies whole in the connection's buffer afterwards.
Task<Result<void>> read_sized_body(Exchange& x, std::size_t length) {
    Buffer& in = x.client.in;
    const std::size_t head_bytes = x.message_bytes;
    const std::size_t whole = head_bytes + length;
    const Instant began = x.s.clock.now();
    // With one byte to spare the read that ends the body comes back short, which says that nothing is behind it.
    make_room(x, std::min(whole + 1, room_on_trust));
    while (in.data().size() < whole) {
        if (in.space().empty()) make_room(x, std::min(whole + 1, 4 * in.data().size()));
        x.client.stream->expire_at(next_bytes_by(x, began, in.data().size() - head_bytes));
        const Arrival arrival = co_await read_more(x);
        if (arrival != Arrival::bytes) co_return std::unexpected(body_interrupted(x, arrival));
    }
    x.body = in.data().substr(head_bytes, length);
    x.message_bytes = whole;
    co_return Result<void>{};
}

// The payload of what has been read, to x.chunked_body. Only the head, and what follows the body, stay in the buffer.
Result<void> take_chunks(Exchange& x, protocol::BodyReader& reader, std::size_t body_max) {
    Buffer& in = x.client.in;
    const std::size_t begin = x.message_bytes;
    std::size_t at = begin;
    while (at < in.data().size() && !reader.done()) {
        Result<protocol::BodyReader::Step> step = reader.next(in.data().substr(at));
        if (!step) return std::unexpected(broken(x, step.error().code, std::move(step.error().detail)));
        if (x.chunked_body.size() + step->data.size() > body_max) {
            return std::unexpected(broken(x, ErrorCode::body_too_large, "the body exceeds limits.body"));
        }
        x.chunked_body.append(step->data);
        at += step->consumed;
    }
    in.erase(begin, at - begin);
    return {};
}

// Chunks are put together outside the buffer.
Task<Result<void>> read_chunked_body(Exchange& x) {
    const auto body_max = static_cast<std::size_t>(x.config().gateway.body_max);
    make_room(x, std::max(limits::read_buffer_initial, x.message_bytes + 4096));
    protocol::BodyReader reader = protocol::BodyReader::for_request(x.head);
    const Instant began = x.s.clock.now();
    for (;;) {
        Result<void> taken = take_chunks(x, reader, body_max);
        if (!taken) co_return taken;
        if (reader.done()) break;
        x.client.stream->expire_at(next_bytes_by(x, began, x.chunked_body.size()));
        const Arrival arrival = co_await read_more(x);
        if (arrival != Arrival::bytes) co_return std::unexpected(body_interrupted(x, arrival));
    }
    x.chunked_body.reserve(x.chunked_body.size() + protocol::json_padding);
    x.body = x.chunked_body;
    co_return Result<void>{};
}

Task<Result<void>> read_body(Exchange& x) {
    const std::uint64_t length = x.head.content_length.value_or(0);
    if (length > static_cast<std::uint64_t>(x.config().gateway.body_max)) {
        co_return std::unexpected(broken(x, ErrorCode::body_too_large,
                                         "the body has " + std::to_string(length) + " bytes; limits.body allows " +
                                             std::to_string(x.config().gateway.body_max)));
    }
    const bool waits_for_us = x.head.expect_continue && x.client.in.data().size() == x.message_bytes;
    if (waits_for_us && (length > 0 || x.head.chunked)) {
        const bool invited = co_await invite_body(x);
        if (!invited) co_return std::unexpected(body_interrupted(x, Arrival::ended));
    }
    if (x.head.chunked) co_return co_await read_chunked_body(x);
    co_return co_await read_sized_body(x, static_cast<std::size_t>(length));
}

Result<void> check_endpoint(Exchange& x) {
    x.endpoint = protocol::endpoint_of(x.head.path);
    const std::string_view method = protocol::method_of(x.endpoint);
    if (method.empty()) {
        return fail(ErrorCode::unknown_path, "There is nothing at " + std::string(x.head.path) +
                                                 ". The API is under /v1, for example POST /v1/chat/completions.");
    }
    if (x.head.method != method) {
        return fail(ErrorCode::method_not_allowed,
                    std::string(x.head.path) + " answers " + std::string(method) + " only.");
    }
    return {};
}

Result<void> scan_body(Exchange& x) {
    const std::size_t capacity =
        x.head.chunked ? x.chunked_body.capacity()
                       : x.client.in.readable() - static_cast<std::size_t>(x.body.data() - x.client.in.data().data());
    Result<protocol::BodyScan> scan = protocol::scan_request(x.body, capacity);
    if (!scan) return std::unexpected(std::move(scan.error()));

    x.scan = std::move(*scan);
    if (x.record.client_retry > 0) x.remember_intent();
    return {};
}

bool is_local(const Exchange& x) {
    return x.head.path.starts_with("/health/") || x.head.path == "/" || x.endpoint == protocol::Endpoint::models ||
           x.endpoint == protocol::Endpoint::model;
}

// As many as are kept; half a tag would be another one.
std::string_view whole_tags(std::string_view tags) {
    if (tags.size() <= limits::name_length_max) return tags;
    const std::size_t comma = tags.rfind(',', limits::name_length_max);
    return tags.substr(0, comma == std::string_view::npos ? 0 : comma);
}

void record_head(Exchange& x) {
    ports::RequestRecord& row = x.record;
    row.endpoint = printable_excerpt(x.head.path, limits::name_length_max);
    row.client = x.client.stream->peer();
    row.user_agent = printable_excerpt(x.head.find("user-agent"), limits::name_length_max);
    row.tags = printable_excerpt(whole_tags(x.head.find("x-signalbox-tags")), limits::name_length_max);

    const std::string_view retry = x.head.find("x-stainless-retry-count");
    std::from_chars(retry.data(), retry.data() + retry.size(), row.client_retry);
}

}  // namespace

Task<bool> parse(Exchange& x) {
    x.rules = x.s.router.rules();  // a request that begins now, by what is in force now
    if (!x.client.in.allocated()) x.client.in = x.s.buffers.take();
    const bool came = co_await read_head(x);
    if (!came) co_return false;
    x.client.fresh = false;
    x.arrived = x.s.clock.now();
    begin_record(x);
    if (!x.parsed) co_return true;
    x.keep_alive = x.head.keep_alive;
    record_head(x);
    x.parsed = co_await read_body(x);
    x.waited = x.since_arrival();
    x.record.bytes_in = static_cast<std::int64_t>(x.body.size());
    if (!x.parsed) co_return true;
    x.parsed = check_endpoint(x);
    if (is_local(x)) co_return true;
    if (x.parsed) x.parsed = scan_body(x);
    x.record.requested_model = x.scan.model;
    x.record.streamed = x.scan.stream;
    co_return true;
}

}  // namespace signalbox::flow
