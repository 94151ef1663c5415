// The command line of signalboxctl, read.
#pragma once

#include <QByteArray>
#include <QStringList>
#include <QUrl>
#include <expected>

#include "app/ctl/commands/commands.h"

namespace signalbox::ctl {

struct Invocation {
    const Command* command = nullptr;
    Arguments arguments;
    QUrl gateway;
    QByteArray token;  // empty: none
};

// Nothing to run: what to print, and the exit code that goes with it.
struct Notice {
    int exit_code = exit_usage;
    QString text;
};

// `line` without the program's name. Reads $SIGNALBOX_GATEWAY and the variable that --token-env names.
[[nodiscard]] std::expected<Invocation, Notice> read_command_line(const QStringList& line);

}  // namespace signalbox::ctl
