// config check, config show.
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

void print_check(Session& session, const QString& name, const v1::CheckConfigResponse& answer) {
    QTextStream& out = session.out();
    for (const v1::ConfigFault& fault : answer.faults()) {
        out << name << ':' << fault.line() << ": " << printable(fault.field()) << ": " << printable(fault.problem());
        if (!fault.remedy().empty()) out << "; " << printable(fault.remedy());
        out << '\n';
    }
    if (answer.faults().empty()) out << name << ": no faults\n";
    for (const std::string& change : answer.changes()) out << "  would change: " << printable(change) << '\n';
    for (const std::string& field : answer.restart_needed()) {
        out << "  would need a restart: " << printable(field) << '\n';
    }
    for (const std::string& field : answer.without_effect()) {
        out << "  has no effect in this version: " << printable(field) << '\n';
    }
}

void check(Session& session, const QString& name, const std::string& yaml) {
    v1::CheckConfigRequest request;
    request.set_yaml(yaml);
    session.call(request, [&session, name](const v1::CheckConfigResponse& answer) {
        if (session.arguments().json) {
            session.print_json(answer);
        } else {
            print_check(session, name, answer);
        }
        session.finish(answer.faults().empty() ? exit_ok : exit_refused);
    });
}

}  // namespace

void run_config_check(Session& session) {
    const QString path = session.arguments().words.value(0, usual_file());
    if (path.isEmpty()) return session.misuse(QStringLiteral("there is no signalbox.yaml in the usual places"));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return session.misuse(QStringLiteral("%1: %2").arg(path, file.errorString()));
    const QByteArray yaml = file.read(yaml_max + 1);
    if (yaml.size() > yaml_max) return session.misuse(QStringLiteral("%1 is larger than 4 MiB").arg(path));
    check(session, path, yaml.toStdString());
}

void run_config_show(Session& session) {
    session.show(v1::GetConfigRequest{}, [&session](const v1::GetConfigResponse& config) {
        session.out() << QString::fromStdString(config.yaml());
    });
}

}  // namespace signalbox::ctl
