#include "engine/adapters/system/stderr_log.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <ctime>

#include "engine/base/text.h"

namespace signalbox::adapters {
namespace {

constexpr std::size_t line_max = PIPE_BUF;  // bytes: what a pipe that has room takes without waiting
constexpr std::array<std::string_view, 4> level_words = {"debug", "info", "warn", "error"};

// 2026-11-20T14:03:07.123Z
std::string timestamp() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    const std::time_t seconds = ms / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000);
}

// As the inside of a JSON string. Nothing in it can end the line, the value, or what a terminal makes of them.
void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const Character next = first_character(text);
        if (next.length == 0) {
            out += "\\ufffd";
        } else if (next.code == '"' || next.code == '\\') {
            out += '\\';
            out += text.front();
        } else if (is_hidden(next.code)) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(next.code));
        } else {
            out += text.substr(0, next.length);
        }
        text.remove_prefix(std::max<std::size_t>(next.length, 1));
    }
}

}  // namespace

std::string log_line_text(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    std::string line = fmt::format("{} {:5} {}", timestamp(), level_words[static_cast<std::size_t>(level)], event);
    for (const auto& [name, value] : fields) {
        // Quoted where a blank or an equals sign could pass for a further field.
        const std::string_view quote = value.find_first_of(" =\"") == std::string::npos ? "" : "\"";
        line += fmt::format(" {}={}", name, quote);
        append_escaped(line, value);
        line += quote;
    }
    return line;
}

std::string log_line_json(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", timestamp(),
                                   level_words[static_cast<std::size_t>(level)], event);
    for (const auto& [name, value] : fields) {
        line += fmt::format(",\"{}\":\"", name);
        append_escaped(line, value);
        line += '"';
    }
    return line + "}";
}

StderrLog::StderrLog(LogLevel least, int descriptor)
    : least_(least), descriptor_(descriptor), terminal_(isatty(descriptor) == 1) {}

// A pipe says so only while it takes PIPE_BUF bytes at once; a file always does.
bool StderrLog::has_room() const {
    pollfd asked{descriptor_, POLLOUT, 0};
    return ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLOUT) != 0;
}

void StderrLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < least_) return;
    if (!has_room()) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const auto line = terminal_ ? log_line_text : log_line_json;
    std::string text;
    if (const std::int64_t dropped = dropped_.exchange(0, std::memory_order_relaxed); dropped > 0) {
        text = line(LogLevel::warn, "log_lines_dropped", {{"count", std::to_string(dropped)}}) + "\n";
    }
    text += line(level, event, fields) + "\n";
    if (text.size() > line_max) {
        text.resize(line_max - 1);
        text += '\n';
    }
    // A log that cannot be written must not stop the gateway.
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, text.data(), text.size());
}

}  // namespace signalbox::adapters
