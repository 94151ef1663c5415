#include "ui/models/fleet_model.h"

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 fewSamples = 20;

std::vector<Column> columns() {
    using M = FleetModel;
    return {
        {u"state"_s, M::tr("State"), 108},
        {u"gateway"_s, M::tr("Gateway"), 150},
        {u"region"_s, M::tr("Region"), 80},
        {u"rps"_s, M::tr("Req/s"), 64, true, true, M::tr("Requests per second, last minute")},
        {u"served"_s, M::tr("Served %"), 78, true, true, M::tr("Answered well, after retry and fallback, last minute")},
        {u"fallback"_s, M::tr("Fallback %"), 82, true, true, M::tr("Served by another model than the first choice")},
        {u"ttft"_s, M::tr("TTFT p95 ms"), 92, true, true, M::tr("Time to first token, 95th percentile")},
        {u"inflight"_s, M::tr("In flight"), 70, true},
        {u"queue"_s, M::tr("Queue"), 60, true},
        {u"shed"_s, M::tr("Shed/s"), 60, true},
        {u"open"_s, M::tr("Open"), 60, true, true, M::tr("Open + half-open breakers (traffic cut + probing)")},
        {u"overrides"_s, M::tr("Overrides"), 76, true},
        {u"spark"_s, M::tr("15 min"), 110, false, true,
         M::tr("Requests per second, with a tick where requests failed")},
        {u"seen"_s, M::tr("Seen"), 60, true, true, M::tr("Age of these numbers")},
        {u"p50"_s, M::tr("Total p50 ms"), 92, true, false},
        {u"p99"_s, M::tr("Total p99 ms"), 92, true, false},
        {u"overhead"_s, M::tr("Overhead p99 ms"), 112, true, false},
        {u"cost"_s, M::tr("Cost"), 84, true, false, M::tr("Since the gateway started")},
        {u"version"_s, M::tr("Version"), 80, false, false},
        {u"revision"_s, M::tr("Config rev"), 80, true, false},
        {u"address"_s, M::tr("Address"), 190, false, false},
    };
}

// A share of few requests says little: it carries a hollow dot.
Cell shareCell(std::optional<double> value, qint64 samples, bool bar) {
    auto cell = numberCell(value, 1);
    if (!value) return cell;
    if (bar) cell.bar = *value / 100.0;
    cell.tip = FleetModel::tr("%1, of %n request(s) in the last minute", nullptr, static_cast<int>(samples))
                   .arg(format::percent(value));
    if (samples >= fewSamples) return cell;
    cell.text.prepend(QStringLiteral("◦ "));
    cell.tone = Tone::Muted;
    cell.tip += FleetModel::tr(" (low n)");
    return cell;
}

Cell openCell(const v1::Totals& totals) {
    auto cell = countCell(totals.open_breakers());
    if (totals.half_open_breakers() > 0) cell.text += QLatin1Char('+') + format::count(totals.half_open_breakers());
    cell.key = static_cast<qint64>(totals.open_breakers() * 1000 + totals.half_open_breakers());
    cell.tone = totals.open_breakers() > 0        ? Tone::Critical
                : totals.half_open_breakers() > 0 ? Tone::Warn
                                                  : Tone::Muted;
    cell.spoken = FleetModel::tr("%n breaker(s) open, %1 half-open", nullptr, static_cast<int>(totals.open_breakers()))
                      .arg(totals.half_open_breakers());
    return cell;
}

Cell sparkCell(const v1::Totals& totals) {
    Cell cell;
    cell.spark.line = QList<double>(totals.requests_per_second_15m().begin(), totals.requests_per_second_15m().end());
    cell.spark.marks = QList<double>(totals.errors_per_second_15m().begin(), totals.errors_per_second_15m().end());
    const auto& line = cell.spark.line;
    cell.spoken = line.isEmpty()
                      ? FleetModel::tr("No history yet")
                      : FleetModel::tr("Requests per second, last 15 minutes: now %1, highest %2")
                            .arg(format::rate(line.last()), format::rate(*std::max_element(line.begin(), line.end())));
    cell.tip = cell.spoken;
    return cell;
}

}  // namespace

FleetModel::FleetModel(QObject* parent) : RowModel(columns(), parent) {}

void FleetModel::update(const Source& source) {
    if (!source.hasSnapshot()) return setRows({});
    const auto& snapshot = *source.snapshot();
    const auto& info = source.info();
    const auto& totals = snapshot.totals();
    const auto samples = totals.window_samples();
    const bool stale = source.freshness().level == Freshness::Level::Stale;
    auto state = stateCell(stale ? State::GatewayUnreachable : stateOf(snapshot.state()));
    if (!stale && !snapshot.state_reason().empty()) {
        state.tip = state.spoken = tr("%1: %2").arg(state.spoken, text(snapshot.state_reason()));
    }
    auto shed = numberCell(totals.shed_per_second(), 1);
    shed.tone = totals.shed_per_second() > 0 ? Tone::Warn : Tone::Muted;
    Cell seen{stale ? format::age(source.freshness().ageMs * 1000) : tr("now"), stale ? Tone::Critical : Tone::Muted};
    Row row{
        text(snapshot.name()),
        {state,
         textCell(snapshot.name()),
         textCell(snapshot.region()),
         numberCell(totals.requests_per_second(), 1),
         shareCell(SIGNALBOX_OPTIONAL(totals, served_percent), samples, true),
         shareCell(SIGNALBOX_OPTIONAL(totals, fallback_percent), samples, false),
         millisecondsCell(SIGNALBOX_OPTIONAL(totals, first_token_p95_us)),
         countCell(totals.in_flight()),
         countCell(totals.queued()),
         shed,
         openCell(totals),
         countCell(snapshot.overrides_size()),
         sparkCell(totals),
         seen,
         millisecondsCell(SIGNALBOX_OPTIONAL(totals, total_p50_us)),
         millisecondsCell(SIGNALBOX_OPTIONAL(totals, total_p99_us)),
         numberCell(totals.has_overhead_p99_us() ? std::optional(static_cast<double>(totals.overhead_p99_us()) / 1000.0)
                                                 : std::nullopt,
                    2),
         Cell{format::money(totals.cost_microusd_total())},
         textCell(info.version()),
         countCell(snapshot.config_revision()),
         textCell(source.dataAddress().url.toStdString())}};
    std::vector<Row> rows;
    rows.push_back(std::move(row));
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
