// audit, events: what people did, and what happened by itself.
#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

constexpr qint64 default_limit = 50;

void print_audit(Session& session, const v1::ListAuditResponse& list) {
    Table table({{QStringLiteral("TIME (UTC)")},
                 {QStringLiteral("BY")},
                 {QStringLiteral("ACTION")},
                 {QStringLiteral("OBJECT")},
                 {QStringLiteral("AFTER")},
                 {QStringLiteral("REASON")},
                 {QStringLiteral("RESULT")}});
    for (const v1::AuditEntry& entry : list.entries()) {
        table.add({format::dayAndClock(entry.time_unix_us()), printable(entry.actor()), printable(entry.action()),
                   printable(entry.object()), printable(entry.after()), printable(entry.reason()),
                   printable(entry.result())});
    }
    table.print(session.out(), session.arguments().width);
}

void print_events(Session& session, const v1::ListEventsResponse& list) {
    Table table({{QStringLiteral("TIME (UTC)")},
                 {QStringLiteral("SEVERITY")},
                 {QStringLiteral("KIND")},
                 {QStringLiteral("OBJECT")},
                 {QStringLiteral("WHAT")}});
    for (const v1::Event& event : list.events()) {
        table.add({format::dayAndClock(event.time_unix_us()), printable(event.severity()), printable(event.kind()),
                   printable(event.object()), printable(event.text())});
    }
    table.print(session.out(), session.arguments().width);
}

template <class Request>
void run_list(Session& session, void (*print)(Session&, const api::ResponseOf<Request>&)) {
    const auto limit = session.number("limit", default_limit);
    if (!limit) return;
    Request request;
    request.set_limit(static_cast<int>(std::min<qint64>(*limit, 1000)));
    session.show(request, [&session, print](const api::ResponseOf<Request>& response) { print(session, response); });
}

}  // namespace

void run_audit(Session& session) {
    run_list<v1::ListAuditRequest>(session, print_audit);
}

void run_events(Session& session) {
    run_list<v1::ListEventsRequest>(session, print_events);
}

}  // namespace signalbox::ctl
