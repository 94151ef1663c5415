#include "engine/protocol/http/body_reader.h"

#include <algorithm>
#include <limits>

namespace signalbox::protocol {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

BodyReader BodyReader::for_request(const RequestHead& head) {
    if (head.chunked) return {State::chunk_size_first, 0, ErrorCode::malformed_http};
    const std::uint64_t length = head.content_length.value_or(0);
    return {length == 0 ? State::done : State::sized, length, ErrorCode::malformed_http};
}

BodyReader BodyReader::for_response(const ResponseHead& head) {
    constexpr ErrorCode malformed = ErrorCode::upstream_malformed;
    if (head.without_body()) return {State::done, 0, malformed};
    if (head.chunked) return {State::chunk_size_first, 0, malformed};
    if (!head.content_length) return {State::until_close, 0, malformed};
    return {*head.content_length == 0 ? State::done : State::sized, *head.content_length, malformed};
}

bool BodyReader::in_payload() const {
    return state_ == State::sized || state_ == State::until_close || state_ == State::chunk_data;
}

std::string_view BodyReader::take_payload(std::string_view in) {
    if (state_ == State::until_close) return in;
    const std::string_view data = in.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size())));
    left_ -= data.size();
    if (left_ == 0) state_ = state_ == State::sized ? State::done : State::chunk_data_cr;
    return data;
}

bool BodyReader::move_if(bool expected, State next) {
    if (expected) state_ = next;
    return expected;
}

bool BodyReader::take_size_digit(char c) {
    const int digit = hex_digit(c);
    if (digit < 0 || left_ > (std::numeric_limits<std::uint64_t>::max() >> 8)) return false;
    if (++line_bytes_ > chunk_size_max) return false;
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    state_ = State::chunk_size;
    return true;
}

bool BodyReader::take_line_byte(char c, State after_cr, std::size_t max) {
    if (c == '\r') return move_if(true, after_cr);
    const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    return !control && ++line_bytes_ <= max;
}

bool BodyReader::take_after_size(char c) {
    if (c == '\r') return move_if(true, State::chunk_size_lf);
    if (c == ';') return move_if(true, State::chunk_extension);
    return move_if(c == ' ' || c == '\t', State::chunk_size_blank);
}

bool BodyReader::take_framing(char c) {
    switch (state_) {
        case State::chunk_size_first:
            return take_size_digit(c);
        case State::chunk_size:
            if (c != '\r' && c != ';' && c != ' ' && c != '\t') return take_size_digit(c);
            line_bytes_ = 0;
            return take_after_size(c);
        case State::chunk_size_blank:
            return ++line_bytes_ <= chunk_extension_max && take_after_size(c);
        case State::chunk_extension:
            return take_line_byte(c, State::chunk_size_lf, chunk_extension_max);
        case State::chunk_size_lf:
            line_bytes_ = 0;
            return move_if(c == '\n', left_ == 0 ? State::trailer_start : State::chunk_data);
        case State::chunk_data_cr:
            return move_if(c == '\r', State::chunk_data_lf);
        case State::chunk_data_lf:
            return move_if(c == '\n', State::chunk_size_first);
        case State::trailer_start:
            if (c == '\r') return move_if(true, State::trailer_end_lf);
            state_ = State::trailer_line;
            return take_line_byte(c, State::trailer_line_lf, trailer_max);
        case State::trailer_line:
            return take_line_byte(c, State::trailer_line_lf, trailer_max);
        case State::trailer_line_lf:
            return move_if(c == '\n', State::trailer_start);
        case State::trailer_end_lf:
            return move_if(c == '\n', State::done);
        default:
            return false;
    }
}

Result<BodyReader::Step> BodyReader::next(std::string_view in) {
    Step step;
    while (step.consumed < in.size() && state_ != State::done) {
        if (!in_payload()) {
            if (take_framing(in[step.consumed])) {
                ++step.consumed;
                continue;
            }
            if (!step.data.empty()) break;  // hand out what was good; the bad byte fails the next call
            return fail(malformed_, "malformed chunked body");
        }
        if (!step.data.empty()) break;  // one run of payload a step
        step.data = take_payload(in.substr(step.consumed));
        step.consumed += step.data.size();
    }
    step.done = state_ == State::done;
    return step;
}

Result<void> BodyReader::finish_at_eof() {
    if (state_ == State::until_close) state_ = State::done;
    if (state_ != State::done) return fail(ErrorCode::stream_cut, "the connection closed inside the body");
    return {};
}

}  // namespace signalbox::protocol
