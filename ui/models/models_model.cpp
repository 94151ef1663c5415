#include "ui/models/models_model.h"

#include <algorithm>

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
        {u"targets"_s, M::tr("Targets"), 150, false, true,
         M::tr("Deployments whose breaker lets traffic through, of all")},
        {u"action"_s, M::tr("Action"), 92},
        {u"rps"_s, M::tr("Req/s"), 64, true},
        {u"served"_s, M::tr("Served %"), 78, true},
        {u"fallback"_s, M::tr("Fallback %"), 82, true},
        {u"ttft"_s, M::tr("TTFT p95 ms"), 92, true},
        {u"queue"_s, M::tr("Queue"), 84, true, true, M::tr("Waiting / limit")},
        {u"fallbacks"_s, M::tr("Falls back to"), 190},
        {u"redirected"_s, M::tr("Redirected to"), 150},
        {u"shape"_s, M::tr("Kind"), 90, false, false},
        {u"aliases"_s, M::tr("Aliases"), 140, false, false},
    };
}

Cell targetsCell(const v1::Model& model) {
    const auto& deployments = model.deployments();
    const auto open = std::ranges::count_if(deployments, [](const auto& d) { return isClosed(d.breaker()); });
    QStringList lines;
    auto worst = State::BreakerClosed;
    for (const auto& deployment : deployments) {
        const auto state = stateOf(deployment.breaker());
        if (look(state).severity > look(worst).severity) worst = state;
        lines << ModelsModel::tr("%1: %2").arg(text(deployment.name()), look(state).text());
    }
    const auto shown = look(worst);
    const bool none = !deployments.empty() && std::ranges::all_of(deployments, [](const auto& d) {
        return d.breaker() == v1::BREAKER_STATE_OPEN || d.breaker() == v1::BREAKER_STATE_HELD_OPEN;
    });
    Cell cell{ModelsModel::tr("%1 %2 of %3 up").arg(shown.glyph).arg(open).arg(deployments.size())};
    cell.tone = none ? Tone::Critical : shown.severity > 0 ? Tone::Warn : Tone::Ok;
    cell.key = none ? -1000.0 : -static_cast<double>(shown.severity);
    cell.tip = lines.join(u'\n');
    cell.spoken = ModelsModel::tr("%1 of %2 targets take traffic").arg(open).arg(deployments.size());
    return cell;
}

Cell queueCell(const v1::Model& model) {
    Cell cell{model.queue_limit() > 0 ? ModelsModel::tr("%1 / %2").arg(model.queued()).arg(model.queue_limit())
                                      : format::count(model.queued())};
    cell.key = static_cast<qint64>(model.queued());
    cell.tone = model.queued() > 0 ? Tone::Warn : Tone::Muted;
    return cell;
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
            {textCell(model.name()), targetsCell(model), action, numberCell(model.requests_per_second(), 1),
             numberCell(SIGNALBOX_OPTIONAL(model, served_percent), 1),
             numberCell(SIGNALBOX_OPTIONAL(model, fallback_percent), 1),
             millisecondsCell(SIGNALBOX_OPTIONAL(model, first_token_p95_us)), queueCell(model),
             listCell(model.fallbacks()), redirected, textCell(model.shape()), listCell(model.aliases())}};
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
