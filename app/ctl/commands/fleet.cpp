// models, breakers: the tables of the latest snapshot.
#include <algorithm>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

QString number(std::optional<double> value) {
    return format::fixed(value, 1);
}

QString state_word(v1::BreakerState state) {
    switch (state) {
        case v1::BREAKER_STATE_CLOSED:
            return QStringLiteral("closed");
        case v1::BREAKER_STATE_OPEN:
            return QStringLiteral("open");
        case v1::BREAKER_STATE_HALF_OPEN:
            return QStringLiteral("half-open");
        case v1::BREAKER_STATE_HELD_OPEN:
            return QStringLiteral("held open");
        case v1::BREAKER_STATE_HELD_CLOSED:
            return QStringLiteral("held closed");
        default:
            return QStringLiteral("unknown");
    }
}

QString in_flight(const v1::Deployment& deployment) {
    const QString now = QString::number(deployment.in_flight());
    return deployment.has_in_flight_limit() ? now + u'/' + QString::number(deployment.in_flight_limit()) : now;
}

void print_models(Session& session, const v1::SnapshotResponse& snapshot) {
    Table table({{QStringLiteral("MODEL")},
                 {QStringLiteral("DEPLOYMENT")},
                 {QStringLiteral("BREAKER")},
                 {QStringLiteral("IN FLIGHT"), true},
                 {QStringLiteral("REQ/S"), true},
                 {QStringLiteral("SERVED %"), true},
                 {QStringLiteral("TTFT p95"), true},
                 {QStringLiteral("REDIRECTED TO")}});
    for (const v1::Model& model : snapshot.models()) {
        QStringList head{printable(model.name())};
        QStringList tail{number(model.requests_per_second()), number(SIGNALBOX_FIELD(model, served_percent)),
                         format::latency(SIGNALBOX_FIELD(model, first_token_p95_us)), printable(model.redirected_to())};
        if (model.deployments().empty()) table.add(head + QStringList{format::dash(), {}, {}} + tail);
        for (const v1::Deployment& deployment : model.deployments()) {
            table.add(
                head +
                QStringList{printable(deployment.name()), state_word(deployment.breaker()), in_flight(deployment)} +
                tail);
            head = {QString()};  // the model's own numbers stand once
            tail = {{}, {}, {}, {}};
        }
    }
    table.print(session.out(), session.arguments().width);
}

QString since(const v1::Breaker& breaker, qint64 now_us) {
    return breaker.since_unix_us() > 0 ? format::duration(now_us - breaker.since_unix_us()) : format::dash();
}

QString next_step(const v1::Breaker& breaker, qint64 now_us) {
    if (!breaker.has_next_probe_unix_us()) return format::dash();
    return QStringLiteral("probe in ") + format::duration(std::max<qint64>(0, breaker.next_probe_unix_us() - now_us));
}

void print_breakers(Session& session, const v1::SnapshotResponse& snapshot) {
    Table table({{QStringLiteral("STATE")},
                 {QStringLiteral("TARGET")},
                 {QStringLiteral("SINCE"), true},
                 {QStringLiteral("CAUSE")},
                 {QStringLiteral("NEXT")},
                 {QStringLiteral("SERVED BY")},
                 {QStringLiteral("DIVERTED"), true}});
    for (const v1::Breaker& breaker : snapshot.breakers()) {
        if (breaker.state() == v1::BREAKER_STATE_CLOSED && !session.has("all")) continue;
        table.add({state_word(breaker.state()), printable(breaker.target()), since(breaker, snapshot.now_unix_us()),
                   printable(breaker.cause_text()), next_step(breaker, snapshot.now_unix_us()),
                   printable(breaker.served_by()), QString::number(breaker.diverted())});
    }
    if (table.empty()) {
        session.out() << "No breaker is open.\n";
    } else {
        table.print(session.out(), session.arguments().width);
    }
}

}  // namespace

void run_models(Session& session) {
    session.show(v1::SnapshotRequest{},
                 [&session](const v1::SnapshotResponse& snapshot) { print_models(session, snapshot); });
}

void run_breakers(Session& session) {
    session.show(v1::SnapshotRequest{},
                 [&session](const v1::SnapshotResponse& snapshot) { print_breakers(session, snapshot); });
}

}  // namespace signalbox::ctl
