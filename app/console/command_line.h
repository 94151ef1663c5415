// The console's command line; read before there is an application, so that --help and --version need no display.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QUrl>

#include <expected>
#include <optional>

namespace signalbox::console {

struct CommandLine {
    QUrl connect;      // a remote gateway; empty: one inside this process
    QByteArray token;  // for it: --token-file, else $SIGNALBOX_TOKEN
    std::optional<QString> config;
    QString dataDir;
    bool demo = false;
    bool minimized = false;
    QUrl open;  // console://<profile>/<page>?id=…
};

// What to print instead of going on, and the exit code: 0 for --help and --version, 2 for a mistake.
struct Ending {
    int exitCode = 0;
    QString text;
};

std::expected<CommandLine, Ending> readCommandLine(const QStringList& arguments);

}  // namespace signalbox::console
