#include "ui/models/models_model.h"

#include <algorithm>

#include "ui/models/fleet_figures.h"
#include "ui/models/stable_sort.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

std::vector<Column> columns() {
    using M = ModelsModel;
    return {
        {u"model"_s, M::tr("Model"), 170},
        {u"targets"_s, M::tr("Targets"), 150, false, true, M::tr("Deployments that take traffic, of all")},
        {u"warm"_s, M::tr("Warm"), 96, false, false,
         M::tr("Deployments that have the model in memory and those that do not, as far as anybody told")},
        {u"action"_s, M::tr("Action"), 92},
        {u"rps"_s, M::tr("Req/s"), 64, true},
        {u"served"_s, M::tr("Served %"), 78, true},
        {u"fallback"_s, M::tr("Fallback %"), 82, true},
        {u"ttft"_s, M::tr("TTFT p95 ms"), 92, true},
        {u"queue"_s, M::tr("Queue"), 84, true, true, M::tr("Waiting / limit")},
        {u"fallbacks"_s, M::tr("Falls back to"), 190},
        {u"redirected"_s, M::tr("Redirected to"), 150},
        {u"bytes"_s, M::tr("Bytes/token"), 92, true, false, M::tr("Learned from what the providers charged")},
        {u"error"_s, M::tr("Estimate ± %"), 94, true, false, M::tr("Mean error of the estimate of input tokens")},
        {u"output"_s, M::tr("Exp. output"), 88, true, false,
         M::tr("Output tokens a request is expected to need, and is charged beforehand")},
        {u"shape"_s, M::tr("Kind"), 90, false, false},
        {u"aliases"_s, M::tr("Aliases"), 140, false, false},
    };
}

// Its breaker's state, or that it is being drained: whatever keeps traffic away first.
State stateOfTarget(const v1::Deployment& deployment) {
    const auto breaker = stateOf(deployment.breaker());
    const bool worse = look(State::SlotDraining).severity > look(breaker).severity;
    return deployment.draining() && worse ? State::SlotDraining : breaker;
}

Cell targetsCell(const v1::Model& model) {
    const auto& deployments = model.deployments();
    const auto up = std::ranges::count_if(deployments, takesTraffic);
    QStringList lines;
    auto worst = State::BreakerClosed;
    for (const auto& deployment : deployments) {
        const auto state = stateOfTarget(deployment);
        if (look(state).severity > look(worst).severity) worst = state;
        lines << ModelsModel::tr("%1: %2").arg(text(deployment.name()), look(state).text());
    }
    const auto shown = look(worst);
    const bool none = !deployments.empty() && std::ranges::all_of(deployments, [](const auto& d) {
        return !takesTraffic(d) && d.breaker() != v1::BREAKER_STATE_HALF_OPEN;
    });
    Cell cell{ModelsModel::tr("%1 %2 of %3 up").arg(shown.glyph).arg(up).arg(deployments.size())};
    cell.tone = none ? Tone::Critical : shown.severity > 0 ? Tone::Warn : Tone::Ok;
    cell.key = none ? -1000.0 : -static_cast<double>(shown.severity);
    cell.tip = lines.join(u'\n');
    cell.spoken = ModelsModel::tr("%1 of %2 targets take traffic").arg(up).arg(deployments.size());
    return cell;
}

Cell queueCell(const v1::Model& model) {
    Cell cell{model.queue_limit() > 0 ? ModelsModel::tr("%1 / %2").arg(model.queued()).arg(model.queue_limit())
                                      : format::count(model.queued())};
    cell.key = static_cast<qint64>(model.queued());
    cell.tone = model.queued() > 0 ? Tone::Warn : Tone::Muted;
    return cell;
}

Cell warmCell(const v1::Model& model) {
    const int warm = model.warm_deployments();
    const int cold = model.cold_deployments();
    const int unknown = std::max(0, model.deployments_size() - warm - cold);
    if (warm + cold == 0) {
        Cell cell{look(State::SlotUnknown).text(), Tone::Cold};
        cell.spoken = ModelsModel::tr("Nobody told whether it is in memory");
        cell.tip = cell.spoken;
        cell.key = -1;
        return cell;
    }
    Cell cell{ModelsModel::tr("%1 %2 of %3")
                  .arg(look(warm > 0 ? State::SlotWarmIdle : State::SlotCold).glyph)
                  .arg(warm)
                  .arg(model.deployments_size())};
    cell.tone = warm > 0 ? Tone::Ok : Tone::Warn;
    cell.tip = ModelsModel::tr("%1 warm, %2 cold, %3 unknown").arg(warm).arg(cold).arg(unknown);
    cell.spoken = ModelsModel::tr("Warm: %1").arg(cell.tip);
    cell.key = warm;
    return cell;
}

Cell outputCell(const v1::Model& model) {
    if (!model.has_expected_output_tokens()) return {format::dash(), Tone::Muted};
    return countCell(model.expected_output_tokens());
}

template <class Names>
Cell listCell(const Names& names) {
    QStringList list;
    for (const auto& name : names) list << text(name);
    return list.isEmpty() ? Cell{format::dash(), Tone::Muted} : Cell{list.join(u", "_s)};
}

Row makeRow(const v1::Model& model) {
    auto redirected = textCell(model.redirected_to());
    if (!model.redirected_to().empty()) {
        redirected.tone = Tone::Busy;
        redirected.text.prepend(look(State::OverrideActive).glyph + QLatin1Char(' '));
    }
    Cell action;
    action.action = ModelsModel::tr("Redirect…");
    action.spoken = ModelsModel::tr("Redirect %1").arg(text(model.name()));
    return {text(model.name()),
            {textCell(model.name()), targetsCell(model), warmCell(model), action,
             numberCell(model.requests_per_second(), 1), numberCell(SIGNALBOX_OPTIONAL(model, served_percent), 1),
             numberCell(SIGNALBOX_OPTIONAL(model, fallback_percent), 1),
             millisecondsCell(SIGNALBOX_OPTIONAL(model, first_token_p95_us)), queueCell(model),
             listCell(model.fallbacks()), redirected, numberCell(SIGNALBOX_OPTIONAL(model, bytes_per_token), 2),
             numberCell(SIGNALBOX_OPTIONAL(model, estimate_error_percent), 1), outputCell(model),
             textCell(model.shape()), listCell(model.aliases())}};
}

}  // namespace

ModelsModel::ModelsModel(QObject* parent) : RowModel(columns(), parent) {}

void ModelsModel::update(const Source& source) {
    std::vector<Row> rows;
    for (const auto& model : source.snapshot()->models()) rows.push_back(makeRow(model));
    stableSortBy(rows, [](const Row& row) { return row.cells[1].key.toDouble(); });
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
