#include "engine/protocol/sse/decoder.h"

#include <algorithm>
#include <utility>

namespace signalbox::protocol {
namespace {

constexpr auto npos = std::string_view::npos;

// memchr twice is several times faster than looking for either byte at once.
std::size_t find_line_end(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t cr = line.find('\r');
    return cr != npos ? cr : line.size();
}

// Cuts the first line off `text`, its end of line included.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = find_line_end(text);
    const std::string_view line = text.substr(0, end);
    const bool crlf = text.substr(end).starts_with("\r\n");
    text.remove_prefix(std::min(text.size(), end + (crlf ? 2 : 1)));
    return line;
}

}  // namespace

// The position after the blank line that ends the event, or npos. Remembers where it stands between two inputs.
std::size_t SseDecoder::find_end(std::string_view in) {
    std::size_t at = 0;
    while (at < in.size()) {
        if (std::exchange(after_cr_, false)) {
            if (in[at] == '\n') ++at;
            if (std::exchange(blank_cr_, false)) return at;
        } else if (in[at] == '\n') {
            ++at;
            if (std::exchange(line_empty_, true)) return at;
        } else if (in[at] == '\r') {
            ++at;
            after_cr_ = true;
            blank_cr_ = std::exchange(line_empty_, true);
        } else {
            line_empty_ = false;
            at += find_line_end(in.substr(at));
        }
    }
    return npos;
}

Result<std::optional<SseEvent>> SseDecoder::next(std::string_view& input) {
    if (std::exchange(pending_spent_, false)) pending_.clear();
    const std::size_t end = find_end(input);
    const std::string_view part = input.substr(0, end);
    input.remove_prefix(part.size());
    if (pending_.size() + part.size() > event_max_) {
        return fail(ErrorCode::upstream_malformed, "a server-sent event is too large");
    }
    if (end != npos && pending_.empty()) return parse(part);
    pending_ += part;
    if (end == npos) return std::nullopt;
    pending_spent_ = true;
    return parse(pending_);
}

std::optional<SseEvent> SseDecoder::finish_at_eof() {
    const bool line_complete = line_empty_ && !between_events();
    if (!line_complete) return std::nullopt;
    pending_spent_ = true;
    return parse(pending_);
}

void SseDecoder::add_data(std::optional<std::string_view>& data, std::string_view line) {
    if (!data) {
        data = line;
        return;
    }
    if (data->data() != joined_.data()) joined_ = *data;
    joined_ += '\n';
    joined_ += line;
    data = joined_;
}

SseEvent SseDecoder::parse(std::string_view raw) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    SseEvent out;
    if (std::exchange(at_start_, false) && raw.starts_with(byte_order_mark)) raw.remove_prefix(byte_order_mark.size());
    out.raw = raw;
    std::string_view rest = raw;
    std::optional<std::string_view> data;
    while (!rest.empty()) {
        const std::string_view line = take_line(rest);
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        std::string_view value = colon == npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (name == "data") add_data(data, value);
        if (name == "event") out.event = value;
        if (name == "error") {
            out.event = name;
            add_data(data, value);
        }
    }
    out.comment_only = !data && out.event.empty();
    out.data = data.value_or(std::string_view{});
    return out;
}

}  // namespace signalbox::protocol
