// doctor: what will be regretted. Asks the gateway about itself, or reads a file here, without one.
#include <QDateTime>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "engine/adapters/system/system_secrets.h"
#include "engine/adapters/yaml/load.h"
#include "engine/control/doctor.h"

namespace signalbox::ctl {
namespace {

QString where(const v1::Finding& finding, const QString& file) {
    if (finding.field().empty()) return {};
    QString place = printable(finding.field());
    if (finding.line() > 0) place = QStringLiteral("%1:%2: %3").arg(file).arg(finding.line()).arg(place);
    return QStringLiteral("   (%1)").arg(place);
}

QString totals(const v1::DoctorResponse& answer) {
    QStringList parts;
    for (const char* severity : {"error", "warning", "hint"}) {
        const auto count = std::ranges::count(answer.findings(), severity, &v1::Finding::severity);
        if (count > 0) parts.append(counted(count, severity));
    }
    return parts.isEmpty() ? QStringLiteral("nothing found") : parts.join(QStringLiteral(", "));
}

void finish_with(Session& session, const v1::DoctorResponse& answer, const QString& file = {}) {
    if (session.arguments().json) {
        session.print_json(answer);
    } else {
        for (const v1::Finding& finding : answer.findings()) {
            session.out() << printable(finding.severity()).leftJustified(9) << printable(finding.object()) << ": "
                          << printable(finding.problem()) << "  [" << printable(finding.rule()) << "]\n"
                          << QString(9, u' ') << "→ " << printable(finding.remedy()) << where(finding, file) << '\n';
        }
        session.out() << totals(answer) << '\n';
    }
    const bool only_hints =
        std::ranges::all_of(answer.findings(), [](const v1::Finding& one) { return one.severity() == "hint"; });
    session.finish(only_hints ? exit_ok : exit_refused);
}

// nullopt: it cannot be used, and the run is over.
std::optional<adapters::Loaded> load(Session& session, const QString& file) {
    auto loaded = adapters::load_config_file(file.toStdString(), adapters::SystemSecrets());
    if (loaded) return std::move(*loaded);
    for (const core::ConfigFault& fault : loaded.error()) {
        session.err() << "signalboxctl: " << printable(core::to_string(fault)) << '\n';
    }
    session.finish(exit_refused);
    return std::nullopt;
}

void examine_files(Session& session) {
    const QString file = session.option("config");
    const auto first = load(session, file);
    if (!first) return;
    const WallTime now{QDateTime::currentMSecsSinceEpoch() * 1000};
    core::Findings findings = core::examine(first->config, control::day_of(now));
    if (session.has("against")) {
        const auto second = load(session, session.option("against"));
        if (!second) return;
        core::Findings between = core::compare(first->config, second->config, session.option("against").toStdString());
        std::ranges::move(findings, std::back_inserter(between));
        findings = std::move(between);
    }
    v1::DoctorResponse answer;
    for (const core::Finding& one : findings) {
        *answer.add_findings() = control::to_message(one, adapters::line_of(first->lines, one.field));
    }
    finish_with(session, answer, file);
}

}  // namespace

void run_doctor(Session& session) {
    if (session.has("config")) return examine_files(session);
    if (session.has("against")) return session.misuse(QStringLiteral("--against goes with --config"));
    session.call(v1::DoctorRequest{}, [&session](const v1::DoctorResponse& answer) { finish_with(session, answer); });
}

}  // namespace signalbox::ctl
