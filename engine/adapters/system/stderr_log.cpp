#include "engine/adapters/system/stderr_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>

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

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
}

}  // namespace

std::string log_line_text(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    std::string line = fmt::format("{} {:5} {}", timestamp(), level_words[static_cast<std::size_t>(level)], event);
    for (const auto& [name, value] : fields) {
        line += fmt::format(" {}=", name);
        append_escaped(line, value);
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
