// The gateway inside this program, as the page Local starts, stops and reads it. Whoever holds the host implements it.
#pragma once

#include <QObject>
#include <QString>

#include <vector>

#include "engine/base/log.h"

namespace signalbox::ui {

struct LocalGatewayState {
    enum class Phase : unsigned char { Stopped, Starting, Running, Stopping, Failed };
    Phase phase = Phase::Stopped;
    int port = 8080;     // of the data plane: the one it listens on, or would
    QString configPath;  // empty: the built-in demo
    QString failure;     // Failed: why, for people

    bool operator==(const LocalGatewayState&) const = default;
};

struct LogLine {
    LogLevel level = LogLevel::info;
    QString text;  // one line
};

// UI thread. Nothing here blocks: what takes time shows as a phase.
class LocalGatewayControl : public QObject {
    Q_OBJECT
  public:
    using QObject::QObject;

    virtual LocalGatewayState state() const = 0;
    // On `port` of the address it is configured for; while it runs: stops it first. Ends in Running or Failed.
    virtual void start(int port) = 0;
    // Drains first. Ends in Stopped.
    virtual void stop() = 0;
    // The last lines of the log, oldest first; a few hundred at most.
    virtual std::vector<LogLine> log() const = 0;

  Q_SIGNALS:
    void stateChanged();
    void logged(const signalbox::ui::LogLine& line);
};

}  // namespace signalbox::ui
