// The log on stderr: text for a person at a terminal, one JSON object a line for everything else. One write per line,
// so lines of several threads never mix.
#pragma once

#include <atomic>
#include <functional>

#include "engine/base/log.h"

namespace signalbox::adapters {

class StderrLog final : public Log {
  public:
    explicit StderrLog(LogLevel least = LogLevel::info);
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

  private:
    const LogLevel least_;
    const bool terminal_;
};

// The line without its end; control bytes are escaped. For the console's own log view as well.
[[nodiscard]] std::string log_line_text(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
[[nodiscard]] std::string log_line_json(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

}  // namespace signalbox::adapters
