// redirect, overrides, end, extend: the emergency acts.
#include <QUuid>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

QString scope(const v1::Override& override_) {
    if (!override_.scope_account().empty()) return QStringLiteral("account ") + printable(override_.scope_account());
    if (!override_.scope_tag().empty()) return QStringLiteral("tag ") + printable(override_.scope_tag());
    return QStringLiteral("everyone");
}

void print_override(Session& session, const v1::Override& override_) {
    session.out() << '#' << override_.id() << ' ' << printable(override_.state()) << ": " << printable(override_.from())
                  << " → " << printable(override_.to()) << ", " << scope(override_) << ", " << override_.share_percent()
                  << " %, until " << format::clock(override_.expires_unix_us()) << " UTC\n";
}

bool read_scope(Session& session, v1::CreateOverrideRequest& request) {
    if (!session.has("scope")) return true;
    const QString scope = session.option("scope");
    const QString value = scope.section(u':', 1);
    if (scope.startsWith(u"account:") && !value.isEmpty()) {
        request.set_scope_account(value.toStdString());
    } else if (scope.startsWith(u"tag:") && value.indexOf(u'=') > 0) {
        request.set_scope_tag(value.toStdString());
    } else {
        session.misuse(QStringLiteral("--scope takes account:NAME or tag:KEY=VALUE"));
        return false;
    }
    return true;
}

void print_overrides(Session& session, const v1::ListOverridesResponse& list) {
    if (list.overrides().empty()) {
        session.out() << "No override is in force.\n";
        return;
    }
    Table table({{QStringLiteral("ID"), true},
                 {QStringLiteral("STATE")},
                 {QStringLiteral("FROM")},
                 {QStringLiteral("TO")},
                 {QStringLiteral("SCOPE")},
                 {QStringLiteral("SHARE"), true},
                 {QStringLiteral("ENDS (UTC)")},
                 {QStringLiteral("DIVERTED"), true},
                 {QStringLiteral("BY")},
                 {QStringLiteral("REASON")}});
    for (const v1::Override& row : list.overrides()) {
        const qint64 ends = row.has_ended_unix_us() ? row.ended_unix_us() : row.expires_unix_us();
        table.add({QString::number(row.id()), printable(row.state()), printable(row.from()), printable(row.to()),
                   scope(row), QStringLiteral("%1 %").arg(row.share_percent()), format::clock(ends),
                   QString::number(row.diverted()), printable(row.actor()), printable(row.reason())});
    }
    table.print(session.out(), session.arguments().width);
}

}  // namespace

void run_redirect(Session& session) {
    const auto ttl = session.seconds("for");
    if (!ttl) return;
    const auto reason = session.reason();
    if (!reason) return;
    const auto share = session.number("share", 100);
    if (!share) return;
    if (*share > 100) return session.misuse(QStringLiteral("--share is a percentage, 1 to 100"));
    v1::CreateOverrideRequest request;
    if (!read_scope(session, request)) return;
    request.set_from(session.word(0).toStdString());
    request.set_to(session.word(1).toStdString());
    request.set_ttl_seconds(*ttl);
    request.set_reason(*reason);
    request.set_share_percent(static_cast<int>(*share));
    request.set_idempotency_key(QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString());
    session.sign(request);
    session.show(request, [&session](const v1::CreateOverrideResponse& answer) {
        print_override(session, answer.override());
        session.out() << "undo: signalboxctl end " << answer.override().id() << '\n';
    });
}

void run_overrides(Session& session) {
    v1::ListOverridesRequest request;
    request.set_active_only(!session.has("all"));
    session.show(request, [&session](const v1::ListOverridesResponse& list) { print_overrides(session, list); });
}

void run_end(Session& session) {
    const auto id = session.id("an override's ID is a number; see signalboxctl overrides");
    if (!id) return;
    v1::EndOverrideRequest request;
    request.set_id(*id);
    session.sign(request);
    session.show(request,
                 [&session](const v1::EndOverrideResponse& answer) { print_override(session, answer.override()); });
}

void run_extend(Session& session) {
    const auto id = session.id("an override's ID is a number; see signalboxctl overrides");
    if (!id) return;
    const auto by = session.seconds("by");
    if (!by) return;
    v1::ExtendOverrideRequest request;
    request.set_id(*id);
    request.set_by_seconds(*by);
    session.sign(request);
    session.show(request,
                 [&session](const v1::ExtendOverrideResponse& answer) { print_override(session, answer.override()); });
}

}  // namespace signalbox::ctl
