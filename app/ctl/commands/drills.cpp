// drill start, list, stop, faults: misbehaviour on purpose, in a gateway that runs.
#include <QUuid>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "engine/core/drill/fault.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

QString words(std::string_view text) {
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

QString whose(const v1::Drill& drill) {
    if (drill.header_only()) return QStringLiteral("x-signalbox-drill: %1").arg(printable(drill.fault()));
    return QStringLiteral("%1 % of the requests").arg(drill.share_percent());
}

qint64 ends(const v1::Drill& drill) {
    return drill.has_ended_unix_us() ? drill.ended_unix_us() : drill.expires_unix_us();
}

void print_drill(Session& session, const v1::Drill& drill) {
    const QString state = drill.has_ended_unix_us() ? QStringLiteral("ended by ") + printable(drill.ended_by())
                                                    : QStringLiteral("in force");
    session.out() << '#' << drill.id() << ' ' << state << ": " << printable(drill.fault()) << " at "
                  << printable(drill.target()) << ", " << whose(drill) << ", until " << format::clock(ends(drill))
                  << " UTC, " << counted(drill.struck(), "attempt") << " so far\n";
}

void print_drills(Session& session, const v1::ListDrillsResponse& list) {
    if (list.drills().empty()) {
        session.out() << "No drill is in force.\n";
        return;
    }
    Table table({{QStringLiteral("ID"), true},
                 {QStringLiteral("STATE")},
                 {QStringLiteral("FAULT")},
                 {QStringLiteral("TARGET")},
                 {QStringLiteral("WHOSE")},
                 {QStringLiteral("ENDS (UTC)")},
                 {QStringLiteral("ATTEMPTS"), true},
                 {QStringLiteral("BY")},
                 {QStringLiteral("REASON")}});
    for (const v1::Drill& drill : list.drills()) {
        table.add({QString::number(drill.id()),
                   drill.has_ended_unix_us() ? QStringLiteral("ended") : QStringLiteral("in force"),
                   printable(drill.fault()), printable(drill.target()), whose(drill), format::clock(ends(drill)),
                   QString::number(drill.struck()), printable(drill.actor()), printable(drill.reason())});
    }
    table.print(session.out(), session.arguments().width);
}

}  // namespace

void run_drill_start(Session& session) {
    v1::StartDrillRequest request;
    if (session.has("for")) {
        const auto ttl = session.seconds("for");
        if (!ttl) return;
        request.set_ttl_seconds(*ttl);
    }
    const auto reason = session.reason();
    if (!reason) return;
    request.set_header_only(session.has("header-only"));
    if (session.has("share")) {
        const auto share = session.number("share", 0);
        if (!share) return;
        if (*share > 100) return session.misuse(QStringLiteral("--share is a percentage, 1 to 100"));
        if (request.header_only())
            return session.misuse(QStringLiteral("--share and --header-only exclude each other"));
        request.set_share_percent(static_cast<int>(*share));
    }
    request.set_target(session.word(0).toStdString());
    request.set_fault(session.word(1).toStdString());
    request.set_reason(*reason);
    request.set_idempotency_key(QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString());
    session.sign(request);
    session.show(request, [&session](const v1::StartDrillResponse& answer) {
        print_drill(session, answer.drill());
        session.out() << "stop it: signalboxctl drill stop " << answer.drill().id() << '\n';
    });
}

void run_drill_list(Session& session) {
    v1::ListDrillsRequest request;
    request.set_active_only(!session.has("all"));
    session.show(request, [&session](const v1::ListDrillsResponse& list) { print_drills(session, list); });
}

void run_drill_stop(Session& session) {
    const auto id = session.id("a drill's ID is a number; see signalboxctl drill list");
    if (!id) return;
    v1::StopDrillRequest request;
    request.set_id(*id);
    session.sign(request);
    session.show(request, [&session](const v1::StopDrillResponse& answer) { print_drill(session, answer.drill()); });
}

void run_drill_faults(Session& session) {
    Table table({{QStringLiteral("FAULT")}, {QStringLiteral("WHAT HAPPENS")}});
    for (const core::FaultInfo& info : core::fault_catalogue()) table.add({words(info.word), words(info.what)});
    table.print(session.out(), session.arguments().width);
    session.finish(exit_ok);
}

}  // namespace signalbox::ctl
