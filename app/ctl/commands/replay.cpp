// replay: a scenario played in virtual time, here; no gateway is asked.
#include <QFile>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "engine/replay/experiment.h"
#include "engine/replay/shipped.h"

namespace signalbox::ctl {
namespace {

constexpr qint64 scenario_max = 1024 * 1024;  // bytes of a file

void list_scenarios(Session& session) {
    Table table({{QStringLiteral("SCENARIO")}, {QStringLiteral("WHAT IT SHOWS")}});
    for (const replay::ShippedScenario& scenario : replay::shipped_scenarios()) {
        table.add({QString::fromUtf8(scenario.name.data(), qsizetype(scenario.name.size())),
                   QString::fromStdString(replay::description_of(scenario.text))});
    }
    table.print(session.out(), session.arguments().width);
    session.finish(exit_ok);
}

// A shipped scenario by name, else a file.
std::optional<std::string> text_of(Session& session, const QString& wanted) {
    for (const replay::ShippedScenario& scenario : replay::shipped_scenarios()) {
        if (wanted.toStdString() == scenario.name) return std::string(scenario.text);
    }
    QFile file(wanted);
    if (!file.open(QIODevice::ReadOnly)) {
        session.misuse(QStringLiteral("%1 is neither a shipped scenario nor a file that can be read").arg(wanted));
        return std::nullopt;
    }
    return file.read(scenario_max).toStdString();
}

}  // namespace

void run_replay(Session& session) {
    if (session.arguments().words.isEmpty()) return list_scenarios(session);
    const std::optional<qint64> seed = session.number("seed", 1);
    if (!seed) return;
    const std::optional<std::string> text = text_of(session, session.word(0));
    if (!text) return;
    replay::RunOptions options;
    options.seed = static_cast<std::uint64_t>(*seed);
    options.quick = session.has("quick");
    options.only = session.option("only").toStdString();
    options.begins = [&](const std::string& cell) {
        if (session.arguments().width > 0 && !cell.empty()) session.err() << QString::fromStdString(cell) << Qt::endl;
    };
    const Result<replay::ExperimentResult> result = replay::run_experiment(*text, options);
    if (!result) return session.misuse(QString::fromStdString(result.error().detail));
    const bool json = session.arguments().json;
    session.out() << QString::fromStdString(json ? replay::as_json(*result) : replay::as_table(*result));
    session.finish(result->passed() ? exit_ok : exit_refused);
}

}  // namespace signalbox::ctl
