// requests: the history, filtered; with --follow, what is added to it.
#include <QDateTime>
#include <ranges>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "ui/models/filter_language.h"
#include "ui/models/request_text.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

constexpr qint64 default_limit = 50;

Table request_table() {
    return Table({{QStringLiteral("TIME"), false, 8},
                  {QStringLiteral("ID"), false, 26, true},
                  {QStringLiteral("OUTCOME"), false, 15},
                  {QStringLiteral("HTTP"), true},
                  {QStringLiteral("ROUTE"), false, 24},
                  {QStringLiteral("WHY"), false, 16},
                  {QStringLiteral("TTFT"), true, 7},
                  {QStringLiteral("TOTAL"), true, 7}});
}

void add_row(Table& table, const v1::Request& request) {
    table.add({format::clock(request.time_unix_us()), QString::fromStdString(request.id()),
               QString::fromStdString(request.outcome()), QString::number(request.status()), ui::routeText(request),
               ui::whyText(request), format::latency(SIGNALBOX_FIELD(request, first_token_us)),
               format::latency(request.total_us())});
}

// Oldest first, so that the newest stands next to the prompt.
void print_page(Session& session, const v1::QueryRequestsResponse& page) {
    Table table = request_table();
    for (const v1::Request& request : std::views::reverse(page.requests())) add_row(table, request);
    table.print(session.out(), session.arguments().width);
    if (!page.next_cursor().empty()) session.err() << "… and older ones; see --limit\n";
}

void print_live(Session& session, const v1::TailRequestsResponse& live) {
    if (live.dropped() > 0) session.err() << "… " << live.dropped() << " missed, too many at once\n";
    session.err().flush();
    for (const v1::Request& request : live.requests()) {
        if (session.arguments().json) {
            session.print_json(request, true);
            continue;
        }
        Table row = request_table();
        add_row(row, request);
        row.print_rows(session.out(), session.arguments().width);
    }
    session.out().flush();
}

void follow(Session& session, const v1::RequestFilter& filter) {
    v1::TailRequestsRequest request;
    *request.mutable_filter() = filter;
    if (!session.arguments().json) request_table().print(session.out(), session.arguments().width);
    session.out().flush();
    session.follow(*api::find_method("TailRequests"), request, [&session](const google::protobuf::Message& message) {
        print_live(session, static_cast<const v1::TailRequestsResponse&>(message));
    });
}

}  // namespace

void run_requests(Session& session) {
    const QString text = session.arguments().words.join(u' ');
    const auto filter = ui::parseFilter(text, QDateTime::currentMSecsSinceEpoch() * 1000);
    if (!filter) {
        const auto& fault = filter.error();
        return session.misuse(QStringLiteral("%1: %2").arg(text.mid(fault.start, fault.length), fault.why));
    }
    if (session.has("follow") && session.has("limit")) {
        return session.misuse(QStringLiteral("--follow has no --limit: it goes on until it is stopped"));
    }
    if (session.has("follow")) return follow(session, *filter);
    const auto limit = session.number("limit", default_limit);
    if (!limit) return;
    v1::QueryRequestsRequest request;
    *request.mutable_filter() = *filter;
    request.set_limit(static_cast<int>(std::min<qint64>(*limit, 1000)));
    session.show(request, [&session](const v1::QueryRequestsResponse& page) { print_page(session, page); });
}

}  // namespace signalbox::ctl
