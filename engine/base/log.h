// Structured log as an interface: a level, an event name from the code, and fields. There is no global logger.
// Secrets never reach it: callers pass names and fingerprints.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace signalbox {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

using LogField = std::pair<std::string_view, std::string>;

// Thread-safe; never blocks longer than one write to stderr.
class Log {
  public:
    virtual ~Log() = default;
    virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;
};

// Drops everything; for tests and tools that have nothing to say.
class NullLog final : public Log {
  public:
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace signalbox
