// signalboxctl: the control API on the command line. Reads the line, connects, runs one command.
#include <sys/ioctl.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QTimer>

#include "app/ctl/command_line.h"
#include "ui/gateways/remote_gateway.h"

namespace {

int terminal_width() {
    winsize size{};
    if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace signalbox;
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationVersion(QStringLiteral(SIGNALBOX_VERSION));
    QTextStream out(stdout);
    QTextStream err(stderr);

    auto invocation = ctl::read_command_line(QCoreApplication::arguments().mid(1));
    if (!invocation) {
        (invocation.error().exit_code == ctl::exit_ok ? out : err) << invocation.error().text;
        return invocation.error().exit_code;
    }
    invocation->arguments.width = terminal_width();
    ui::RemoteGatewayOptions options;
    options.base = invocation->gateway;
    options.token = invocation->token;
    ui::RemoteGateway gateway(options);
    ctl::Session session(gateway, std::move(invocation->arguments), {out, err}, &QCoreApplication::exit);
    QTimer::singleShot(0, &app, [&] { invocation->command->run(session); });
    return QCoreApplication::exec();
}
