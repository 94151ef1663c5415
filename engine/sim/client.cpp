#include "engine/sim/client.h"

#include <array>

#include <fmt/core.h>

#include "engine/base/limits.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/http/writer.h"
#include "engine/protocol/json/escape.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox::sim {

namespace {

class Exchange {
  public:
    Exchange(ports::Clock& clock, const ClientRequest& request)
        : clock_(clock), request_(request), start_(clock.now()), leaves_(after(start_, request.patience)) {
        if (request.vanish_at) leaves_ = std::min(leaves_, after(start_, *request.vanish_at));
    }

    ports::Task<ClientAnswer> run(ports::Network& network) {
        auto connected = co_await network.connect(request_.to, leaves_);
        if (connected) {
            stream_ = *std::move(connected);
            stream_->expire_at(leaves_);
            answer_.end = co_await talk();
        }
        if (stream_ && answer_.end == ClientEnd::vanished) stream_->abort();
        answer_.total = clock_.now() - start_;
        co_return std::move(answer_);
    }

  private:
    ports::Task<ClientEnd> talk() {
        const std::string bytes = request_bytes();
        const std::string_view piece = bytes;
        auto sent = co_await stream_->write({&piece, 1});
        if (!sent) co_return end_of(sent.error());
        protocol::ResponseHead head;
        for (;;) {
            const auto parsed = protocol::parse_response_head(buffer_, limits::upstream_header_max, head);
            if (parsed.status == protocol::HeadParse::Status::failed) co_return ClientEnd::malformed;
            if (parsed.status == protocol::HeadParse::Status::need_more) {
                const auto end = co_await fill();
                if (end) co_return *end;
                continue;
            }
            keep_head(head);
            auto body = protocol::BodyReader::for_response(head);
            const bool interim = head.interim();
            buffer_.erase(0, parsed.consumed);
            if (!interim) co_return co_await read_body(body);
        }
    }

    ports::Task<ClientEnd> read_body(protocol::BodyReader body) {
        while (!body.done()) {
            while (!buffer_.empty() && !body.done()) {
                const auto step = body.next(buffer_);
                if (!step) co_return ClientEnd::malformed;
                if (!keep_body(step->data)) co_return ClientEnd::malformed;
                buffer_.erase(0, step->consumed);
            }
            if (body.done()) break;
            const auto end = co_await fill();
            if (!end) continue;
            const bool ended_by_close = *end == ClientEnd::cut && closed_ && body.finish_at_eof();
            co_return ended_by_close ? ClientEnd::complete : *end;
        }
        co_return ClientEnd::complete;
    }

    // nullopt: more bytes are in the buffer.
    ports::Task<std::optional<ClientEnd>> fill() {
        if (request_.read_pause > 0ns) {
            const auto alarm = clock_.make_alarm();
            co_await alarm->wait_until(std::min(clock_.now() + request_.read_pause, leaves_));
        }
        std::array<char, 16 * 1024> chunk;
        const auto got = co_await stream_->read_some(chunk);
        if (!got) co_return end_of(got.error());
        closed_ = *got == 0;
        if (closed_) co_return ClientEnd::cut;
        buffer_.append(chunk.data(), *got);
        co_return std::nullopt;
    }

    [[nodiscard]] std::string request_bytes() const {
        std::string bytes;
        protocol::HeadWriter writer(bytes);
        writer.request(request_.method, request_.path);
        writer.header("host", fmt::format("{}:{}", request_.to.address.host, request_.to.address.port));
        for (const auto& [name, value] : request_.headers) writer.header(name, value);
        if (!request_.body.empty())
            writer.header("content-type", "application/json").content_length(request_.body.size());
        writer.end();
        return bytes + request_.body;
    }

    void keep_head(const protocol::ResponseHead& head) {
        answer_.status = head.status;
        answer_.headers.clear();
        for (const auto& field : head.headers()) {
            std::string name(field.name);
            for (char& c : name) c = protocol::ascii_lower(c);
            answer_.headers.emplace_back(std::move(name), field.value);
        }
    }

    // False: not server-sent events, though it said so.
    bool keep_body(std::string_view data) {
        if (data.empty()) return true;
        if (answer_.body.empty()) answer_.first_byte = clock_.now() - start_;
        answer_.body += data;
        if (!answer_.header("content-type").starts_with("text/event-stream")) return true;
        while (!data.empty()) {
            const auto event = events_.next(data);
            if (!event) return false;
            if (!*event || (*event)->comment_only) continue;
            if (answer_.events.empty()) answer_.first_event = clock_.now() - start_;
            answer_.events.emplace_back((*event)->data);
        }
        return true;
    }

    [[nodiscard]] ClientEnd end_of(const Error& error) const {
        if (error.code != ErrorCode::io_timeout) return ClientEnd::cut;
        const bool vanishes = request_.vanish_at && *request_.vanish_at <= request_.patience;
        return vanishes ? ClientEnd::vanished : ClientEnd::impatient;
    }

    ports::Clock& clock_;
    const ClientRequest& request_;
    const Instant start_;
    Instant leaves_;
    ports::Stream stream_;
    std::string buffer_;  // received and not yet consumed
    protocol::SseDecoder events_;
    bool closed_ = false;
    ClientAnswer answer_;
};

constexpr std::string_view content_member = R"("content":")";

}  // namespace

std::string_view ClientAnswer::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
        if (name == lower_case_name) return value;
    return {};
}

// Good for the plain text our providers speak: no escapes inside.
std::string ClientAnswer::text() const {
    std::string all;
    for (const std::string_view event : events) {
        const auto begin = event.find(content_member);
        if (begin == std::string_view::npos) continue;
        const auto value = event.substr(begin + content_member.size());
        all += value.substr(0, value.find('"'));
    }
    return all;
}

ports::Task<ClientAnswer> ask(ports::Network& network, ports::Clock& clock, ClientRequest request) {
    Exchange exchange(clock, request);
    co_return co_await exchange.run(network);
}

std::string chat_body(std::string_view model, bool stream, std::string_view text) {
    std::string body = R"({"model":)";
    protocol::append_json_string(body, model);
    body += stream ? R"(,"stream":true)" : "";
    body += R"(,"messages":[{"role":"user","content":)";
    protocol::append_json_string(body, text);
    return body + "}]}";
}

}  // namespace signalbox::sim
