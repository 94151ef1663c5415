// status: how the gateway is doing, on one screen.
#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

QString state_word(v1::GatewayState state) {
    switch (state) {
        case v1::GATEWAY_STATE_HEALTHY:
            return QStringLiteral("healthy");
        case v1::GATEWAY_STATE_DEGRADED:
            return QStringLiteral("degraded");
        case v1::GATEWAY_STATE_DOWN:
            return QStringLiteral("down");
        case v1::GATEWAY_STATE_DRAINING:
            return QStringLiteral("draining");
        default:
            return QStringLiteral("unknown");
    }
}

void print_line(Session& session, const char* name, const QStringList& facts) {
    session.out() << QLatin1String(name).toString().leftJustified(12) << facts.join(QStringLiteral(" · ")) << '\n';
}

QStringList traffic(const v1::Totals& totals) {
    return {format::rate(totals.requests_per_second()) + QStringLiteral(" requests/s"),
            QStringLiteral("served ") + format::percent(SIGNALBOX_FIELD(totals, served_percent)),
            QStringLiteral("by fallback ") + format::percent(SIGNALBOX_FIELD(totals, fallback_percent)),
            QStringLiteral("shed %1/s").arg(format::rate(totals.shed_per_second()))};
}

QStringList latency(const v1::Totals& totals) {
    return {QStringLiteral("first token p95 ") + format::latency(SIGNALBOX_FIELD(totals, first_token_p95_us)),
            QStringLiteral("total p50 ") + format::latency(SIGNALBOX_FIELD(totals, total_p50_us)),
            QStringLiteral("p95 ") + format::latency(SIGNALBOX_FIELD(totals, total_p95_us)),
            QStringLiteral("p99 ") + format::latency(SIGNALBOX_FIELD(totals, total_p99_us))};
}

void print_status(Session& session, const v1::InfoResponse& info, const v1::SnapshotResponse& snapshot) {
    const v1::Totals& totals = snapshot.totals();
    QStringList who{printable(info.name()), state_word(snapshot.state())};
    if (!snapshot.state_reason().empty()) who.append(printable(snapshot.state_reason()));
    if (snapshot.demo()) who.append(QStringLiteral("DEMO"));
    print_line(session, "Gateway", who);
    print_line(session, "Version",
               {printable(info.version()),
                QStringLiteral("up ") + format::duration(info.now_unix_us() - info.started_unix_us()),
                QStringLiteral("configuration %1").arg(snapshot.config_revision())});
    print_line(session, "Serves at", {printable(info.data_url())});
    print_line(session, "Last 60 s", traffic(totals));
    print_line(session, "Latency", latency(totals));
    print_line(
        session, "Now",
        {QStringLiteral("%1 in flight").arg(totals.in_flight()), QStringLiteral("%1 queued").arg(totals.queued()),
         QStringLiteral("%1 open, %2 half-open")
             .arg(counted(totals.open_breakers(), "breaker"))
             .arg(totals.half_open_breakers()),
         counted(snapshot.overrides_size(), "override")});
    if (const v1::Cache& cache = snapshot.cache(); cache.enabled()) {
        print_line(session, "Cache",
                   {QStringLiteral("%1 hits, %2 misses").arg(cache.hits_total()).arg(cache.misses_total()),
                    counted(cache.entries(), "answer"),
                    QStringLiteral("%1 of %2 MiB").arg(cache.bytes() >> 20).arg(cache.max_bytes() >> 20)});
    }
    for (const v1::Problem& problem : snapshot.problems()) {
        print_line(session, "Problem",
                   {printable(problem.severity()), printable(problem.object()), printable(problem.text())});
    }
}

}  // namespace

void run_status(Session& session) {
    session.call(v1::InfoRequest{}, [&session](const v1::InfoResponse& info) {
        session.call(v1::SnapshotRequest{}, [&session, info](const v1::SnapshotResponse& snapshot) {
            if (session.arguments().json) {
                session.out() << "{\"info\":" << json_of(info) << ",\"snapshot\":" << json_of(snapshot) << "}\n";
            } else {
                print_status(session, info, snapshot);
            }
            session.finish(exit_ok);
        });
    });
}

}  // namespace signalbox::ctl
