#include "ui/models/override_model.h"

#include <algorithm>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 soonUs = 5LL * 60 * 1'000'000;

std::vector<Column> columns() {
    using M = OverrideModel;
    return {
        {u"state"_s, M::tr("State"), 90},
        {u"kind"_s, M::tr("Kind"), 76},
        {u"from"_s, M::tr("From"), 140},
        {u"to"_s, M::tr("To"), 140},
        {u"scope"_s, M::tr("Scope"), 120},
        {u"share"_s, M::tr("Share %"), 66, true},
        {u"remaining"_s, M::tr("Remaining"), 96, true, true, M::tr("It ends by itself when this reaches 00:00")},
        {u"diverted"_s, M::tr("Diverted"), 76, true, true, M::tr("Requests it has moved")},
        {u"by"_s, M::tr("By"), 90},
        {u"reason"_s, M::tr("Reason"), 190},
        {u"started"_s, M::tr("Started"), 76, true, true, M::tr("Gateway time, UTC")},
        {u"ends"_s, M::tr("Ends"), 76, true, false},
        {u"source"_s, M::tr("Source"), 80, false, false},
        {u"id"_s, M::tr("Id"), 50, true, false},
    };
}

Cell remainingCell(const v1::Override& override, qint64 nowUs) {
    if (stateOf(override) != State::OverrideActive) {
        const auto ended = override.has_ended_unix_us() ? override.ended_unix_us() : override.expires_unix_us();
        Cell cell{OverrideModel::tr("at %1").arg(format::clock(ended)), Tone::Muted};
        cell.tip =
            override.ended_by().empty()
                ? OverrideModel::tr("Ended %1 UTC").arg(format::dayAndClock(ended))
                : OverrideModel::tr("Ended %1 UTC by %2").arg(format::dayAndClock(ended), text(override.ended_by()));
        cell.key = static_cast<qint64>(ended);
        return cell;
    }
    const auto left = override.expires_unix_us() - nowUs;
    const auto whole = override.expires_unix_us() - override.created_unix_us();
    Cell cell{format::duration(left), left < soonUs ? Tone::Warn : Tone::Plain};
    cell.bar = whole > 0 ? std::clamp(static_cast<double>(left) / static_cast<double>(whole), 0.0, 1.0) : -1;
    cell.tip = OverrideModel::tr("Ends %1 UTC").arg(format::dayAndClock(override.expires_unix_us()));
    cell.spoken = OverrideModel::tr("%1 left").arg(cell.text);
    cell.key = static_cast<qint64>(left);
    return cell;
}

Cell timeCell(qint64 unixUs) {
    Cell cell{format::clock(unixUs)};
    cell.tip = OverrideModel::tr("%1 UTC").arg(format::dayAndClock(unixUs));
    cell.key = unixUs;
    return cell;
}

Row makeRow(const v1::Override& override, qint64 nowUs) {
    Cell share{QString::number(override.share_percent())};
    share.key = override.share_percent();
    return {QString::number(override.id()),
            {stateCell(stateOf(override)),
             Cell{override.kind() == "redirect" || override.kind().empty() ? OverrideModel::tr("Redirect")
                                                                           : text(override.kind())},
             textCell(override.from()), textCell(override.to()), Cell{scopeText(override)}, share,
             remainingCell(override, nowUs), countCell(override.diverted()), textCell(override.actor()),
             textCell(override.reason()), timeCell(override.created_unix_us()), timeCell(override.expires_unix_us()),
             textCell(override.source()), countCell(override.id())}};
}

}  // namespace

OverrideModel::OverrideModel(QObject* parent) : RowModel(columns(), parent) {}

void OverrideModel::update(const std::vector<v1::Override>& overrides, qint64 nowUs) {
    std::vector<Row> rows;
    rows.reserve(overrides.size());
    for (const auto& override : overrides) rows.push_back(makeRow(override, nowUs));
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
