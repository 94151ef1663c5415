// models: what each is like, and below it what every deployment holds and can take.
#include <algorithm>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"
#include "ui/models/fleet_figures.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

QString number(std::optional<double> value, int decimals = 1) {
    return format::fixed(value, decimals);
}

QString tokens(std::optional<std::int64_t> value) {
    return value ? format::count(*value) : format::dash();
}

void print_models(Session& session, const v1::SnapshotResponse& snapshot) {
    Table table({{QStringLiteral("MODEL"), false, 0, true},
                 {QStringLiteral("UP"), true},
                 {QStringLiteral("WARM"), true},
                 {QStringLiteral("REQ/S"), true},
                 {QStringLiteral("SERVED %"), true},
                 {QStringLiteral("TTFT p95"), true},
                 {QStringLiteral("QUEUE"), true},
                 {QStringLiteral("B/TOKEN"), true},
                 {QStringLiteral("ERROR %"), true},
                 {QStringLiteral("EXP. OUT"), true},
                 {QStringLiteral("GOES TO")}});
    for (const v1::Model& model : snapshot.models()) {
        const auto up = std::ranges::count_if(model.deployments(), ui::takesTraffic);
        const bool told = model.warm_deployments() + model.cold_deployments() > 0;
        table.add({printable(model.name()), QStringLiteral("%1/%2").arg(up).arg(model.deployments_size()),
                   told ? QString::number(model.warm_deployments()) : QStringLiteral("?"),
                   number(model.requests_per_second()), number(SIGNALBOX_FIELD(model, served_percent)),
                   format::latency(SIGNALBOX_FIELD(model, first_token_p95_us)), QString::number(model.queued()),
                   number(SIGNALBOX_FIELD(model, bytes_per_token), 2),
                   number(SIGNALBOX_FIELD(model, estimate_error_percent)),
                   tokens(SIGNALBOX_FIELD(model, expected_output_tokens)), printable(model.redirected_to())});
    }
    table.print(session.out(), session.arguments().width);
}

// A deployment of several models is one line.
void print_deployments(Session& session, const v1::SnapshotResponse& snapshot) {
    Table table({{QStringLiteral("DEPLOYMENT"), false, 0, true},
                 {QStringLiteral("BREAKER")},
                 {QStringLiteral("SLOTS")},
                 {QStringLiteral("BUSY"), true},
                 {QStringLiteral("KNOWN")},
                 {QStringLiteral("KV GiB"), true},
                 {QStringLiteral("FLIGHT"), true},
                 {QStringLiteral("TTFT"), true},
                 {QStringLiteral("TOK/S"), true},
                 {QStringLiteral("LEFT %"), true}});
    QStringList seen;
    for (const v1::Model& model : snapshot.models()) {
        for (const v1::Deployment& deployment : model.deployments()) {
            const QString name = printable(deployment.name());
            if (seen.contains(name)) continue;
            seen.append(name);
            table.add({name, breaker_word(deployment.breaker()), slot_word(deployment), busy_words(deployment),
                       known_words(deployment, snapshot.now_unix_us()), memory_words(deployment),
                       flight_words(deployment.in_flight(), ui::ceilingOf(deployment)),
                       format::latency(SIGNALBOX_FIELD(deployment, first_token_ewma_us)),
                       number(SIGNALBOX_FIELD(deployment, tokens_per_second)),
                       number(SIGNALBOX_FIELD(deployment, headroom_percent), 0)});
        }
    }
    if (table.empty()) return;
    session.out() << '\n';
    table.print(session.out(), session.arguments().width);
}

}  // namespace

void run_models(Session& session) {
    session.show(v1::SnapshotRequest{}, [&session](const v1::SnapshotResponse& snapshot) {
        print_models(session, snapshot);
        print_deployments(session, snapshot);
    });
}

}  // namespace signalbox::ctl
