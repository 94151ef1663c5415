// The log on stderr: text for a person at a terminal, one JSON object a line for everything else. One write per line,
// so lines of several threads never mix. A reader that has stopped reading stops nobody here: lines it has no room for
// are dropped, and the next one that finds room says how many.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "engine/base/log.h"

namespace signalbox::adapters {

class StderrLog final : public Log {
  public:
    // `descriptor` stays the caller's.
    explicit StderrLog(LogLevel least = LogLevel::info, int descriptor = 2);
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

  private:
    [[nodiscard]] bool has_room() const;

    const LogLevel least_;
    const int descriptor_;
    const bool terminal_;
    std::atomic<std::int64_t> dropped_{0};
};

// The line without its end; control bytes are escaped. For the console's own log view as well.
[[nodiscard]] std::string log_line_text(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
[[nodiscard]] std::string log_line_json(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

}  // namespace signalbox::adapters
