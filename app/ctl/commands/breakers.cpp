// breakers: what is cut off, why, until when; and breaker …: the acts on one.
#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

QString cause(const v1::Breaker& breaker) {
    if (breaker.has_hold()) {
        return QStringLiteral("%1: %2").arg(printable(breaker.hold().actor()), printable(breaker.hold().reason()));
    }
    return printable(breaker.cause_text().empty() ? breaker.cause() : breaker.cause_text());
}

void print_table(Session& session, const v1::SnapshotResponse& snapshot) {
    Table table({{QStringLiteral("STATE")},
                 {QStringLiteral("TARGET"), false, 0, true},
                 {QStringLiteral("SINCE"), true},
                 {QStringLiteral("NEXT"), false, 0, true},
                 {QStringLiteral("HEALTH")},
                 {QStringLiteral("CAUSE")},
                 {QStringLiteral("SERVED BY")},
                 {QStringLiteral("WASTED"), true}});
    const qint64 now = snapshot.now_unix_us();
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        if (breaker.state() == v1::BREAKER_STATE_CLOSED && !session.has("all")) continue;
        const qint64 since = breaker.since_unix_us();
        table.add({breaker_word(breaker.state()), printable(breaker.target()),
                   since > 0 ? format::duration(now - since) : format::dash(), next_words(breaker, now),
                   health_words(breaker), cause(breaker), printable(breaker.served_by()),
                   QString::number(breaker.wasted())});
    }
    if (table.empty()) {
        session.out() << "No breaker is open.\n";
    } else {
        table.print(session.out(), session.arguments().width);
    }
}

void print_evidence(Session& session, const v1::Breaker& breaker) {
    if (breaker.evidence().empty()) return;
    Table table({{QStringLiteral("AT (UTC)")},
                 {QStringLiteral("HTTP"), true},
                 {QStringLiteral("CODE")},
                 {QStringLiteral("REQUEST"), false, 0, true}});
    for (const v1::Evidence& evidence : breaker.evidence()) {
        table.add({format::clock(evidence.at_unix_us()),
                   evidence.status() > 0 ? QString::number(evidence.status()) : format::dash(),
                   printable(evidence.code()), printable(evidence.request_id())});
    }
    session.out() << '\n';
    table.print(session.out(), session.arguments().width);
}

void print_breaker(Session& session, const v1::Breaker& breaker, qint64 now) {
    QTextStream& out = session.out();
    out << printable(breaker.target()) << "  " << breaker_word(breaker.state());
    if (breaker.since_unix_us() > 0) out << " for " << format::duration(now - breaker.since_unix_us());
    out << "\nhealth     " << health_words(breaker) << "; " << counted(breaker.samples(), "outcome") << ", failed "
        << format::percent(SIGNALBOX_FIELD(breaker, failure_percent)) << ", opens at "
        << format::percent(breaker.threshold_percent()) << '\n';
    if (const QString why = cause(breaker); !why.isEmpty()) out << "cause      " << why << '\n';
    if (breaker.of_key()) out << "           the key is refused everywhere, not this target\n";
    out << "next       " << next_words(breaker, now) << '\n';
    if (breaker.has_free_check()) {
        const v1::FreeCheck& check = breaker.free_check();
        out << "free check " << printable(check.verdict()) << " at " << format::clock(check.at_unix_us()) << " UTC  "
            << printable(check.text()) << '\n';
    }
    out << "in flight  " << flight_words(breaker.in_flight(), breaker.in_flight_ceiling()) << "; "
        << counted(breaker.wasted(), "call") << " wasted, " << breaker.diverted() << " diverted";
    if (!breaker.served_by().empty()) out << " to " << printable(breaker.served_by());
    out << '\n';
    print_evidence(session, breaker);
}

// Of one target, or of all keys of one deployment.
void print_matching(Session& session, const v1::SnapshotResponse& snapshot) {
    const std::string wanted = session.word(0).toStdString();
    bool found = false;
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        if (breaker.target() != wanted && breaker.deployment() != wanted) continue;
        if (found) session.out() << '\n';
        found = true;
        print_breaker(session, breaker, snapshot.now_unix_us());
    }
    if (!found) session.out() << "There is no breaker " << printable(wanted) << "; see signalboxctl breakers --all\n";
}

void act(Session& session, const char* act, bool lease) {
    v1::ActOnBreakerRequest request;
    request.set_target(session.word(0).toStdString());
    request.set_act(act);
    if (lease) {
        const auto ttl = session.seconds("for");
        if (!ttl) return;
        request.set_ttl_seconds(*ttl);
    }
    const auto reason = session.reason();
    if (!reason) return;
    request.set_reason(*reason);
    session.sign(request);
    session.show(request, [&session, lease](const v1::ActOnBreakerResponse& answer) {
        for (const v1::Breaker& breaker : answer.breakers()) {
            session.out() << printable(breaker.target()) << "  " << breaker_word(breaker.state());
            if (breaker.has_hold()) {
                session.out() << " until " << format::clock(breaker.hold().expires_unix_us()) << " UTC";
            }
            session.out() << '\n';
        }
        if (lease) session.out() << "undo: signalboxctl breaker end-hold " << session.word(0) << " --reason …\n";
    });
}

}  // namespace

void run_breakers(Session& session) {
    session.show(v1::SnapshotRequest{}, [&session](const v1::SnapshotResponse& snapshot) {
        session.word(0).isEmpty() ? print_table(session, snapshot) : print_matching(session, snapshot);
    });
}

void run_hold_open(Session& session) {
    act(session, "hold_open", true);
}

void run_hold_closed(Session& session) {
    act(session, "hold_closed", true);
}

void run_end_hold(Session& session) {
    act(session, "end_hold", false);
}

void run_reset(Session& session) {
    act(session, "reset", false);
}

void run_probe(Session& session) {
    act(session, "probe", false);
}

}  // namespace signalbox::ctl
