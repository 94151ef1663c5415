// config check, config diff, config show.
#include <QDir>
#include <QFile>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"

namespace signalbox::ctl {
namespace {

constexpr qint64 yaml_max = 4 * 1024 * 1024;  // bytes; what one control request may hold

// Where signalboxd would look; empty: nowhere.
QString usual_file() {
    const QString config_home = qEnvironmentVariable("XDG_CONFIG_HOME", QDir::homePath() + QStringLiteral("/.config"));
    for (const QString& path :
         {qEnvironmentVariable("SIGNALBOX_CONFIG"), config_home + QStringLiteral("/signalbox/signalbox.yaml"),
          QStringLiteral("/etc/signalbox/signalbox.yaml")}) {
        if (QFile::exists(path)) return path;
    }
    return {};
}

void print_faults(Session& session, const QString& name, const v1::CheckConfigResponse& answer) {
    for (const v1::ConfigFault& fault : answer.faults()) {
        session.out() << name << ':' << fault.line() << ": " << printable(fault.field()) << ": "
                      << printable(fault.problem());
        if (!fault.remedy().empty()) session.out() << "; " << printable(fault.remedy());
        session.out() << '\n';
    }
}

void print_check(Session& session, const QString& name, const v1::CheckConfigResponse& answer) {
    QTextStream& out = session.out();
    print_faults(session, name, answer);
    if (answer.faults().empty()) out << name << ": no faults\n";
    for (const std::string& change : answer.changes()) out << "  would change: " << printable(change) << '\n';
    for (const std::string& field : answer.restart_needed()) {
        out << "  would need a restart: " << printable(field) << '\n';
    }
    for (const std::string& field : answer.without_effect()) {
        out << "  has no effect in this version: " << printable(field) << '\n';
    }
}

void print_diff(Session& session, const QString& name, const v1::CheckConfigResponse& answer) {
    print_faults(session, name, answer);
    for (const std::string& change : answer.changes()) session.out() << printable(change) << '\n';
    if (answer.faults().empty() && answer.changes().empty()) session.out() << "no change\n";
}

using Print = void (*)(Session&, const QString&, const v1::CheckConfigResponse&);

// Asks the gateway what it would say of the file that was named, or of the usual one.
void ask(Session& session, Print print) {
    const QString path = session.arguments().words.value(0, usual_file());
    if (path.isEmpty()) return session.misuse(QStringLiteral("there is no signalbox.yaml in the usual places"));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return session.misuse(QStringLiteral("%1: %2").arg(path, file.errorString()));
    const QByteArray yaml = file.read(yaml_max + 1);
    if (yaml.size() > yaml_max) return session.misuse(QStringLiteral("%1 is larger than 4 MiB").arg(path));
    v1::CheckConfigRequest request;
    request.set_yaml(yaml.toStdString());
    session.call(request, [&session, path, print](const v1::CheckConfigResponse& answer) {
        if (session.arguments().json) {
            session.print_json(answer);
        } else {
            print(session, path, answer);
        }
        session.finish(answer.faults().empty() ? exit_ok : exit_refused);
    });
}

}  // namespace

void run_config_check(Session& session) {
    ask(session, print_check);
}

void run_config_diff(Session& session) {
    ask(session, print_diff);
}

void run_config_show(Session& session) {
    session.show(v1::GetConfigRequest{}, [&session](const v1::GetConfigResponse& config) {
        session.out() << QString::fromStdString(config.yaml());
    });
}

}  // namespace signalbox::ctl
