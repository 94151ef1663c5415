// accounts: what each caller may still use, and what it costs.
#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

// "98/120" of what may be used at once; a debt is negative.
QString left_of(const v1::Rate& rate) {
    if (!rate.has_per_minute()) return QStringLiteral("no limit");
    const QString left = rate.has_available() ? format::count(rate.available()) : QStringLiteral("?");
    return left + u'/' + format::count(rate.has_burst() ? rate.burst() : rate.per_minute());
}

QString budget_words(const v1::Account& account) {
    if (!account.has_budget()) return QStringLiteral("none");
    const v1::Budget& budget = account.budget();
    return QStringLiteral("%1 of %2")
        .arg(format::money(budget.posted_microusd() + budget.held_microusd()), format::money(budget.limit_microusd()));
}

void print_accounts(Session& session, const v1::ListAccountsResponse& list) {
    if (list.accounts().empty()) {
        session.out() << "No account has called yet.\n";
        return;
    }
    Table table({{QStringLiteral("ACCOUNT")},
                 {QStringLiteral("TIER")},
                 {QStringLiteral("REQ/MIN"), true},
                 {QStringLiteral("REQUESTS"), true},
                 {QStringLiteral("INPUT"), true},
                 {QStringLiteral("OUTPUT"), true},
                 {QStringLiteral("BUDGET"), true},
                 {QStringLiteral("SPENT"), true},
                 {QStringLiteral("AMPL"), true},
                 {QStringLiteral("REFUSED"), true}});
    for (const v1::Account& account : list.accounts()) {
        table.add({account.name().empty() ? QStringLiteral("(no key)") : printable(account.name()),
                   printable(account.tier()), format::rate(account.requests_per_minute()), left_of(account.requests()),
                   left_of(account.input_tokens()), left_of(account.output_tokens()), budget_words(account),
                   format::money(account.spent_microusd_total()),
                   format::fixed(SIGNALBOX_FIELD(account, amplification), 2), QString::number(account.refused_15m())});
    }
    table.print(session.out(), session.arguments().width);
    session.out() << "requests, input and output tokens: left of the burst; refused: last 15 min\n";
}

}  // namespace

void run_accounts(Session& session) {
    session.show(v1::ListAccountsRequest{},
                 [&session](const v1::ListAccountsResponse& list) { print_accounts(session, list); });
}

}  // namespace signalbox::ctl
