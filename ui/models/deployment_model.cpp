#include "ui/models/deployment_model.h"

#include <QDateTime>
#include <QHash>
#include <QSet>

#include <algorithm>

#include "ui/models/fleet_words.h"
#include "ui/models/stable_sort.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double gibibyte = 1024.0 * 1024 * 1024;
constexpr int retiresSoonDays = 30;
constexpr std::size_t breakerAt = 7;  // the column

std::vector<Column> columns() {
    using M = DeploymentModel;
    return {
        {u"slot"_s, M::tr("Slots are"), 104, false, true, M::tr("Whether the model is in memory there")},
        {u"deployment"_s, M::tr("Deployment"), 200, false, true, M::tr("Provider and upstream model")},
        {u"busy"_s, M::tr("Busy / slots"), 82, true, true, M::tr("Places taken, of those the server has")},
        {u"known"_s, M::tr("How known"), 92, false, true, M::tr("Where the state and the counts come from")},
        {u"kv"_s, M::tr("KV memory GiB"), 134, true, true,
         M::tr("Of our reservations: expected / at worst, of the budget; the bar shows both")},
        {u"flight"_s, M::tr("In flight"), 76, true, true, M::tr("Our calls under way, and their ceiling")},
        {u"queue"_s, M::tr("Queue"), 56, true, true, M::tr("Waiting at the provider")},
        {u"breaker"_s, M::tr("Breaker"), 100, false, true, M::tr("The worst of its keys")},
        {u"ttft"_s, M::tr("TTFT ms"), 70, true, true, M::tr("Time to first token, moving average")},
        {u"tps"_s, M::tr("Tokens/s"), 70, true, true, M::tr("Of one stream, moving average")},
        {u"headroom"_s, M::tr("Headroom %"), 96, true, true, M::tr("What its rate limits leave")},
        {u"price"_s, M::tr("$ in / out"), 100, true, true, M::tr("Dollars per million tokens of input / output")},
        {u"context"_s, M::tr("Context"), 66, true, true, M::tr("Tokens of input and output together")},
        {u"zone"_s, M::tr("Zone"), 100, false, true, M::tr("Near: in this gateway's own zone")},
        {u"retires"_s, M::tr("Retires"), 96},
        {u"model"_s, M::tr("Model"), 130, false, false, M::tr("The models it serves")},
        {u"source"_s, M::tr("Source"), 120, false, false},
        {u"weight"_s, M::tr("Weight"), 60, true, false},
        {u"order"_s, M::tr("Order"), 56, true, false},
    };
}

Cell unknownCell(const QString& why) {
    Cell cell{u"?"_s, Tone::Cold};
    cell.spoken = DeploymentModel::tr("Unknown");
    cell.tip = why;
    return cell;
}

// Why there is no figure, or how old it is.
QString sourceTip(const v1::Deployment& deployment, qint64 nowUs) {
    if (!deployment.has_slots()) return DeploymentModel::tr("Nobody told and nothing can be inferred");
    const auto& slots = deployment.slots();
    QStringList lines{look(figureOf(slots.provenance())).spoken};
    if (!slots.source().empty()) lines << DeploymentModel::tr("Source: %1").arg(text(slots.source()));
    if (slots.has_seen_unix_us())
        lines << DeploymentModel::tr("Last answer %1 ago").arg(format::age(nowUs - slots.seen_unix_us()));
    if (!slots.trouble().empty()) lines << DeploymentModel::tr("Trouble: %1").arg(text(slots.trouble()));
    return lines.join(u'\n');
}

Cell busyCell(const v1::Deployment& deployment, const QString& tip) {
    if (!knowsCounts(deployment)) return unknownCell(tip);
    const auto& slots = deployment.slots();
    Cell cell{busyText(deployment)};
    cell.tip = tip;
    cell.key = static_cast<qint64>(slots.busy());
    if (slots.total() <= 0) return cell;
    cell.bar = std::clamp(static_cast<double>(slots.busy()) / static_cast<double>(slots.total()), 0.0, 1.0);
    if (slots.busy() >= slots.total()) cell.tone = Tone::Warn;
    return cell;
}

Cell knownCell(const v1::Deployment& deployment, const QString& tip, qint64 nowUs) {
    const auto& slots = deployment.slots();
    const auto shown = look(figureOf(deployment.has_slots() ? slots.provenance() : v1::PROVENANCE_UNKNOWN));
    Cell cell{shown.text(), shown.tone};
    cell.spoken = shown.spoken;
    cell.tip = tip;
    cell.key = shown.severity;
    if (!slots.trouble().empty()) cell.tone = Tone::Warn;
    if (!slots.stale() || !slots.has_seen_unix_us()) return cell;
    const auto stale = look(State::SlotStale);
    cell.text = DeploymentModel::tr("%1 %2 ago").arg(stale.glyph, format::age(nowUs - slots.seen_unix_us()));
    cell.spoken = stale.spoken;
    cell.tone = stale.tone;
    return cell;
}

Cell memoryCell(const v1::Deployment& deployment, const QString& tip) {
    if (!knowsMemory(deployment)) return unknownCell(tip);
    const auto& slots = deployment.slots();
    const auto gib = [](qint64 bytes) { return QString::number(static_cast<double>(bytes) / gibibyte, 'f', 1); };
    const auto share = [&](qint64 bytes) {
        return std::clamp(static_cast<double>(bytes) / static_cast<double>(slots.kv_budget_bytes()), 0.0, 1.0);
    };
    const auto expected = slots.kv_expected_bytes();
    const auto worst = slots.kv_worst_bytes();
    Cell cell{DeploymentModel::tr("%1 / %2 of %3").arg(gib(expected), gib(worst), gib(slots.kv_budget_bytes()))};
    cell.bar = share(expected);
    cell.mostBar = share(worst);
    if (worst > slots.kv_budget_bytes()) cell.tone = Tone::Warn;
    if (expected > slots.kv_budget_bytes()) cell.tone = Tone::Critical;
    cell.tip = DeploymentModel::tr("Expected %1, at worst %2, of %3 (%4)")
                   .arg(format::bytes(expected), format::bytes(worst), format::bytes(slots.kv_budget_bytes()),
                        look(figureOf(slots.kv_provenance())).word);
    cell.spoken = DeploymentModel::tr("KV memory: %1").arg(cell.tip);
    cell.key = cell.bar;
    return cell;
}

Cell flightCell(const v1::Deployment& deployment) {
    const auto ceiling = ceilingOf(deployment);
    Cell cell{flightText(deployment.in_flight(), ceiling)};
    cell.key = static_cast<qint64>(deployment.in_flight());
    if (ceiling <= 0) return cell;
    cell.bar = std::clamp(static_cast<double>(deployment.in_flight()) / static_cast<double>(ceiling), 0.0, 1.0);
    if (deployment.in_flight() >= ceiling) cell.tone = Tone::Warn;
    return cell;
}

Cell queueCell(const v1::Deployment& deployment) {
    const bool known = deployment.has_slots() && !deployment.slots().stale() && deployment.slots().has_queued();
    if (!known) return {format::dash(), Tone::Muted};
    auto cell = countCell(deployment.slots().queued());
    if (deployment.slots().queued() > 0) cell.tone = Tone::Warn;
    return cell;
}

Cell headroomCell(const v1::Deployment& deployment) {
    if (!deployment.has_headroom_percent()) {
        return {format::dash(), Tone::Muted, {}, DeploymentModel::tr("None of its rate limits are known")};
    }
    auto cell = numberCell(deployment.headroom_percent(), 0);
    cell.bar = std::clamp(deployment.headroom_percent() / 100, 0.0, 1.0);
    if (deployment.headroom_percent() < 10) cell.tone = Tone::Warn;
    return cell;
}

Cell priceCell(const v1::Deployment& deployment) {
    Cell cell{priceText(deployment)};
    if (cell.text == format::dash())
        cell.tone = Tone::Muted;
    else
        cell.key = static_cast<qint64>(deployment.price_input_microusd() + deployment.price_output_microusd());
    return cell;
}

Cell zoneCell(const v1::Deployment& deployment) {
    return {zoneText(deployment), deployment.near() ? Tone::Plain : Tone::Muted};
}

Cell retiresCell(const v1::Deployment& deployment, qint64 nowUs) {
    auto cell = textCell(deployment.retires());
    const auto date = QDate::fromString(text(deployment.retires()), Qt::ISODate);
    if (!date.isValid()) return cell;
    const auto today = QDateTime::fromMSecsSinceEpoch(nowUs / 1000, Qt::UTC).date();
    const auto left = today.daysTo(date);
    cell.key = left;
    if (left > retiresSoonDays) return cell;
    cell.text.prepend(u"▲ "_s);
    cell.tone = left < 0 ? Tone::Critical : Tone::Warn;
    cell.tip = left < 0 ? DeploymentModel::tr("It was to be retired on %1").arg(text(deployment.retires()))
                        : DeploymentModel::tr("The provider retires it in %n day(s)", nullptr, static_cast<int>(left));
    return cell;
}

Row makeRow(const v1::Deployment& deployment, const QStringList& models, qint64 nowUs) {
    const auto tip = sourceTip(deployment, nowUs);
    auto slot = stateCell(slotOf(deployment));
    slot.tip += u'\n' + tip;
    const auto context = SIGNALBOX_OPTIONAL(deployment, context);
    return {text(deployment.name()),
            {slot, textCell(deployment.name()), busyCell(deployment, tip), knownCell(deployment, tip, nowUs),
             memoryCell(deployment, tip), flightCell(deployment), queueCell(deployment),
             stateCell(stateOf(deployment.breaker())),
             millisecondsCell(SIGNALBOX_OPTIONAL(deployment, first_token_ewma_us)),
             numberCell(SIGNALBOX_OPTIONAL(deployment, tokens_per_second), 1), headroomCell(deployment),
             priceCell(deployment), context ? countCell(*context) : Cell{format::dash(), Tone::Muted},
             zoneCell(deployment), retiresCell(deployment, nowUs), Cell{models.join(u", "_s)},
             textCell(deployment.slots().source()), numberCell(deployment.weight(), 1), countCell(deployment.order())}};
}

}  // namespace

DeploymentModel::DeploymentModel(QObject* parent) : RowModel(columns(), parent) {}

void DeploymentModel::update(const Source& source) {
    m_counts.clear();
    QHash<QString, QStringList> models;
    for (const auto& model : source.snapshot()->models()) {
        for (const auto& deployment : model.deployments()) models[text(deployment.name())] << text(model.name());
    }
    QSet<QString> seen;
    std::vector<Row> rows;
    for (const auto& model : source.snapshot()->models()) {
        if (!m_serving.isEmpty() && text(model.name()) != m_serving) continue;
        for (const auto& deployment : model.deployments()) {
            const auto name = text(deployment.name());
            const auto names = models.value(name);
            const bool wanted = m_filter.isEmpty() || name.contains(m_filter, Qt::CaseInsensitive) ||
                                names.join(u' ').contains(m_filter, Qt::CaseInsensitive);
            if (!wanted || seen.contains(name)) continue;
            seen.insert(name);
            rows.push_back(makeRow(deployment, names, source.gatewayNowUs()));
            ++m_counts[slotOf(deployment)];
        }
    }
    stableSortBy(rows,
                 [](const Row& row) { return std::min(row.cells[0].key.toInt(), row.cells[breakerAt].key.toInt()); });
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
