#include "engine/flow/http_call.h"

#include <array>
#include <optional>

#include "engine/base/limits.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/http/response_head.h"

namespace signalbox::flow {
namespace {

using ports::Task;

// One answer, as it comes in.
class Answer {
  public:
    Answer(ports::ByteStream& stream, std::size_t body_max) : stream_(stream), body_max_(body_max) {}

    Task<Result<HttpAnswer>> read() {
        Result<void> read = co_await read_head();
        if (read) read = co_await read_body();
        if (!read) co_return std::unexpected(read.error());
        co_return std::move(answer_);
    }

  private:
    Task<Result<void>> read_head() {
        for (;;) {
            protocol::ResponseHead head;
            const protocol::HeadParse parsed = protocol::parse_response_head(in_, limits::upstream_header_max, head);
            if (parsed.status == protocol::HeadParse::Status::failed) co_return std::unexpected(parsed.error);
            if (parsed.status == protocol::HeadParse::Status::done) {
                answer_.status = head.status;
                if (!head.interim()) {
                    body_ = protocol::BodyReader::for_response(head);
                    answer_.keep_alive = head.keep_alive;
                }
                in_.erase(0, parsed.consumed);
                if (body_) co_return Result<void>();
                continue;
            }
            const Result<bool> more = co_await fill();
            if (!more) co_return std::unexpected(more.error());
            if (!*more) co_return fail(ErrorCode::io_closed, "closed without an answer");
        }
    }

    Task<Result<void>> read_body() {
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
            if (answer_.body.size() + step->data.size() > body_max_) return fail(ErrorCode::body_too_large);
            answer_.body += step->data;
            rest.remove_prefix(step->consumed);
        }
        if (!rest.empty()) answer_.keep_alive = false;  // it said more than was asked for
        in_.clear();
        return {};
    }

    // False: the peer has ended its side.
    Task<Result<bool>> fill() {
        std::array<char, 16 * 1024> chunk;
        const Result<std::size_t> got = co_await stream_.read_some(chunk);
        if (!got) co_return std::unexpected(got.error());
        in_.append(chunk.data(), *got);
        co_return *got > 0;
    }

    ports::ByteStream& stream_;
    const std::size_t body_max_;
    std::string in_;  // read and not yet taken
    std::optional<protocol::BodyReader> body_;
    HttpAnswer answer_;
};

}  // namespace

Task<Result<HttpAnswer>> http_call(ports::ByteStream& stream, std::string request, std::size_t body_max) {
    const std::string_view piece = request;
    Result<void> sent = co_await stream.write({&piece, 1});
    if (!sent) co_return std::unexpected(sent.error());
    Answer answer(stream, body_max);
    co_return co_await answer.read();
}

}  // namespace signalbox::flow
