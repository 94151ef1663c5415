// signalbox: the console, with a gateway inside unless it is pointed at another one.
#include <QApplication>
#include <QIcon>
#include <QLocale>

#include <csignal>
#include <cstdio>

#include "app/console/command_line.h"
#include "app/console/embedded_gateway.h"
#include "ui/gateways/remote_gateway.h"
#include "ui/shell/main_window.h"
#include "ui/shell/translations.h"
#include "ui/widgets/empty_state.h"

namespace {

using namespace signalbox;
using namespace Qt::StringLiterals;

int print(const console::Ending& ending) {
    std::fputs(qPrintable(ending.text), ending.exitCode == 0 ? stdout : stderr);
    return ending.exitCode;
}

int run(std::unique_ptr<api::Gateway> gateway, const console::CommandLine& line, const ui::WindowOptions& options,
        ui::Theme& theme) {
    ui::SourceOptions watched;
    watched.gatewayHost = line.connect.host();
    ui::Source source(std::move(gateway), watched);
    ui::MainWindow window(source, theme, options);
    if (line.minimized)
        window.showMinimized();
    else
        window.show();
    source.start();
    // A link names an object; the objects come with the first snapshot.
    QObject::connect(
        &source, &ui::Source::snapshotChanged, &window, [&] { window.openLink(line.open); }, Qt::SingleShotConnection);
    return QApplication::exec();
}

int runRemote(const console::CommandLine& line, ui::Theme& theme) {
    ui::RemoteGatewayOptions remote;
    remote.base = line.connect;
    remote.token = line.token;
    ui::WindowOptions options;
    options.environment = ui::isThisMachine(line.connect.host()) ? ui::Environment::Local : ui::Environment::Remote;
    options.scope = line.connect.authority();
    return run(std::make_unique<ui::RemoteGateway>(remote), line, options, theme);
}

// Somebody who started the console from a menu sees no stderr.
int explainFailure(const host::StartFailure& failure) {
    QStringList lines;
    for (const auto& text : failure.lines) {
        std::fprintf(stderr, "%s\n", text.c_str());
        lines << QString::fromStdString(text);
    }
    ui::EmptyState window;
    window.setWindowTitle(QCoreApplication::translate("Console", "Signalbox"));
    window.say(QCoreApplication::translate("Console", "The gateway did not start"), lines.join(u'\n'));
    window.resize(720, 320);
    window.show();
    QApplication::exec();
    return failure.exit_code;
}

int runEmbedded(const console::CommandLine& line, ui::Theme& theme) {
    host::HostOptions wanted;
    if (line.config) wanted.config_path = line.config->toStdString();
    wanted.data_dir = line.dataDir.toStdString();
    wanted.demo = line.demo;
    console::EmbeddedGateway gateway(wanted);
    if (const auto started = gateway.startNow(); !started) return explainFailure(started.error());
    ui::WindowOptions options;
    options.local = &gateway;
    // When the window is gone the gateway drains: requests under way may finish.
    return run(gateway.gateway(), line, options, theme);
}

}  // namespace

int main(int argc, char** argv) {
    QStringList arguments;
    for (int at = 0; at < argc; ++at) arguments << QString::fromLocal8Bit(argv[at]);
    const auto line = console::readCommandLine(arguments);
    if (!line) return print(line.error());
    std::signal(SIGPIPE, SIG_IGN);
    QCoreApplication::setOrganizationName(u"signalbox"_s);
    QCoreApplication::setApplicationName(u"signalbox"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(SIGNALBOX_VERSION));
    QApplication app(argc, argv);
    QApplication::setWindowIcon(QIcon(u":/icons/signalbox.svg"_s));
    ui::installTranslations(QLocale());
    ui::Theme theme;
    return line->connect.isEmpty() ? runEmbedded(*line, theme) : runRemote(*line, theme);
}
