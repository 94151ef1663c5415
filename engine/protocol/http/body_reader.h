// Takes the framing off a message body as the bytes come, without copying any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/result.h"
#include "engine/protocol/http/request_head.h"
#include "engine/protocol/http/response_head.h"

namespace signalbox::protocol {

inline constexpr std::size_t chunk_size_max = 32;         // digits of one chunk's size, zeros in front included
inline constexpr std::size_t chunk_extension_max = 1024;  // bytes after one chunk's size
inline constexpr std::size_t trailer_max = 16 * 1024;     // bytes of all trailer fields together

class BodyReader {
  public:
    // Errors carry malformed_http for a request, upstream_malformed for a response.
    [[nodiscard]] static BodyReader for_request(const RequestHead& head);
    [[nodiscard]] static BodyReader for_response(const ResponseHead& head);

    // `data` is payload inside `in`; `consumed` counts payload and framing. Call again with the rest until the rest
    // is empty or `done`; every call that is not done consumes at least one byte of a non-empty input.
    // What follows a done body is left alone.
    struct Step {
        std::string_view data;
        std::size_t consumed = 0;
        bool done = false;
    };
    [[nodiscard]] Result<Step> next(std::string_view in);

    // The peer closed: fine for a body that ends with the connection, stream_cut for one that was not done.
    [[nodiscard]] Result<void> finish_at_eof();

    [[nodiscard]] bool done() const { return state_ == State::done; }
    // Payload bytes still to come when the length is known, else 0. For reserving once.
    [[nodiscard]] std::uint64_t remaining() const { return state_ == State::sized ? left_ : 0; }

  private:
    enum class State : std::uint8_t {
        sized,
        until_close,
        chunk_size_first,  // at least one digit must come
        chunk_size,
        chunk_size_blank,  // white space is tolerated behind the size, but nothing that another reader could take for
                           // it
        chunk_extension,
        chunk_size_lf,
        chunk_data,
        chunk_data_cr,
        chunk_data_lf,
        trailer_start,  // at the start of a trailer line, or of the blank line that ends them
        trailer_line,
        trailer_line_lf,
        trailer_end_lf,
        done,
    };

    BodyReader(State state, std::uint64_t left, ErrorCode malformed)
        : state_(state), malformed_(malformed), left_(left) {}
    [[nodiscard]] bool in_payload() const;
    std::string_view take_payload(std::string_view in);
    [[nodiscard]] bool take_framing(char c);
    [[nodiscard]] bool take_size_digit(char c);
    [[nodiscard]] bool take_after_size(char c);
    [[nodiscard]] bool take_line_byte(char c, State after_cr, std::size_t max);
    [[nodiscard]] bool move_if(bool expected, State next);

    State state_;
    ErrorCode malformed_;
    std::uint64_t left_;          // payload bytes of this body or chunk
    std::size_t line_bytes_ = 0;  // bytes of this chunk's size or of what follows it, or of all trailers
};

}  // namespace signalbox::protocol
