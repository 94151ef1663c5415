#include "engine/adapters/system/stderr_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "engine/base/text.h"

namespace signalbox::adapters {
namespace {

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

StderrLog::StderrLog(LogLevel least) : least_(least), terminal_(isatty(STDERR_FILENO) == 1) {}

void StderrLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < least_) return;
    const std::string line =
        (terminal_ ? log_line_text(level, event, fields) : log_line_json(level, event, fields)) + "\n";
    // A log that cannot be written must not stop the gateway.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace signalbox::adapters
