// Server-sent events out of a byte stream that may be cut anywhere, and back onto the wire.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace signalbox::protocol {

// Views into the input when the event lay inside it whole, else into the decoder. Several data lines are joined by LF.
struct SseEvent {
    std::string_view event;
    std::string_view data;
    bool comment_only = false;  // nothing but comments or a blank line: keep-alive, carries no event
    // The exact bytes with the blank line that ends them, for forwarding; without a byte order mark, which many clients
    // take for a part of the first line.
    std::string_view raw;
};

// Understands LF, CRLF and CR ends of line, a byte order mark, comments, and `data:` without a space. A field `error:`,
// with which older llama.cpp servers tell of a failure before they end as if nothing had happened, is an event `error`.
// The events do not depend on how the stream is cut.
class SseDecoder {
  public:
    explicit SseDecoder(std::size_t event_max = limits::sse_event_max) : event_max_(event_max) {}

    // Consumes from the front of `input` up to the end of one event; nullopt when all of it was taken and no event is
    // complete. The views hold until the next call (and as long as the input). upstream_malformed: event too large;
    // the decoder is of no use then.
    [[nodiscard]] Result<std::optional<SseEvent>> next(std::string_view& input);

    // The stream ended: the event that lacked only its blank line, if its last line was complete.
    [[nodiscard]] std::optional<SseEvent> finish_at_eof();

    // True when the bytes so far end between two events.
    [[nodiscard]] bool between_events() const { return pending_.empty() || pending_spent_; }

  private:
    [[nodiscard]] std::size_t find_end(std::string_view in);
    [[nodiscard]] SseEvent parse(std::string_view raw);
    void add_data(std::optional<std::string_view>& data, std::string_view line);

    std::size_t event_max_;
    std::string pending_;         // the bytes of an event that was cut
    bool pending_spent_ = false;  // pending_ was handed out and is to be dropped
    std::string joined_;          // data of an event with several data lines
    bool at_start_ = true;        // of the stream, where a byte order mark may stand
    bool line_empty_ = true;      // nothing on the current line yet
    bool after_cr_ = false;       // an LF here belongs to the CR before it
    bool blank_cr_ = false;       // that CR ended a blank line, so the event ends after its LF
};

// `event` may be empty. Line ends inside `data` become several data lines.
void append_sse(std::string& out, std::string_view event, std::string_view data);

}  // namespace signalbox::protocol
