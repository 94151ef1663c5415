#include "engine/protocol/sse/decoder.h"

namespace signalbox::protocol {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += '\n';
}

}  // namespace

void append_sse(std::string& out, std::string_view event, std::string_view data) {
    if (!event.empty()) append_field(out, "event", event.substr(0, event.find_first_of("\r\n")));
    for (;;) {
        const std::size_t end = data.find_first_of("\r\n");
        append_field(out, "data", data.substr(0, end));
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out += '\n';
}

}  // namespace signalbox::protocol
