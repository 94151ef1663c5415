#include "ui/models/breaker_model.h"

#include <algorithm>

#include "ui/models/stable_sort.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

std::vector<Column> columns() {
    using M = BreakerModel;
    return {
        {u"state"_s, M::tr("State"), 104},
        {u"target"_s, M::tr("Target"), 190, false, true, M::tr("Provider, upstream model and key")},
        {u"model"_s, M::tr("Model"), 120},
        {u"action"_s, M::tr("Action"), 92},
        {u"since"_s, M::tr("Since"), 70, true, true, M::tr("How long it has been in this state")},
        {u"cause"_s, M::tr("Cause"), 210},
        {u"failed"_s, M::tr("Failed / limit %"), 100, true, true,
         M::tr("Failed outcomes in the window, and where it opens")},
        {u"samples"_s, M::tr("Samples"), 66, true},
        {u"next"_s, M::tr("Next"), 90},
        {u"served"_s, M::tr("Served by"), 120, false, true, M::tr("Where its traffic goes now")},
        {u"diverted"_s, M::tr("Diverted"), 72, true, true, M::tr("Requests sent elsewhere since it opened")},
        {u"trips"_s, M::tr("Trips"), 60, true, false, M::tr("Since the gateway started")},
        {u"health"_s, M::tr("Health"), 80, false, false},
        {u"key"_s, M::tr("Key"), 90, false, false},
    };
}

Cell failedCell(const v1::Breaker& breaker) {
    const auto failed = SIGNALBOX_OPTIONAL(breaker, failure_percent);
    Cell cell{BreakerModel::tr("%1 / %2").arg(failed ? format::fixed(failed, 0) : format::dash(),
                                              format::fixed(breaker.threshold_percent(), 0))};
    if (failed) cell.key = *failed;
    if (!failed)
        cell.tone = Tone::Muted;
    else if (*failed >= breaker.threshold_percent())
        cell.tone = Tone::Critical;
    return cell;
}

Cell causeCell(const v1::Breaker& breaker) {
    auto cell = textCell(breaker.cause_text().empty() ? breaker.cause() : breaker.cause_text());
    if (isClosed(breaker.state())) cell.tone = Tone::Muted;
    return cell;
}

Cell sinceCell(const v1::Breaker& breaker, qint64 nowUs) {
    if (breaker.since_unix_us() <= 0) return {format::dash(), Tone::Muted};
    Cell cell{format::duration(nowUs - breaker.since_unix_us())};
    cell.tip = BreakerModel::tr("Since %1 UTC").arg(format::dayAndClock(breaker.since_unix_us()));
    cell.key = -static_cast<double>(breaker.since_unix_us());
    return cell;
}

Cell servedCell(const v1::Breaker& breaker) {
    if (!breaker.served_by().empty()) return textCell(breaker.served_by());
    if (isClosed(breaker.state())) return {format::dash(), Tone::Muted};
    return {BreakerModel::tr("✕ nowhere"), Tone::Critical, BreakerModel::tr("Its traffic has nowhere to go")};
}

Row makeRow(const v1::Breaker& breaker, qint64 nowUs) {
    Cell action;
    if (!breaker.model().empty()) {
        action.action = BreakerModel::tr("Redirect…");
        action.spoken = BreakerModel::tr("Redirect %1").arg(text(breaker.model()));
    }
    const auto next = nextText(breaker, nowUs);
    return {text(breaker.target()),
            {stateCell(stateOf(breaker.state()), format::clock(breaker.since_unix_us())), textCell(breaker.target()),
             textCell(breaker.model()), action, sinceCell(breaker, nowUs), causeCell(breaker), failedCell(breaker),
             countCell(breaker.samples()), Cell{next, next == format::dash() ? Tone::Muted : Tone::Plain},
             servedCell(breaker), countCell(breaker.diverted()), countCell(breaker.trips()), textCell(breaker.health()),
             textCell(breaker.key())}};
}

}  // namespace

QString nextText(const v1::Breaker& breaker, qint64 nowUs) {
    if (breaker.state() == v1::BREAKER_STATE_HALF_OPEN) return BreakerModel::tr("probing");
    if (!breaker.has_next_probe_unix_us() || breaker.state() != v1::BREAKER_STATE_OPEN) return format::dash();
    if (breaker.next_probe_unix_us() <= nowUs) return BreakerModel::tr("probe due");
    return BreakerModel::tr("probe %1").arg(format::duration(breaker.next_probe_unix_us() - nowUs));
}

const v1::Breaker* findBreaker(const v1::SnapshotResponse& snapshot, const QString& target) {
    const auto wanted = target.toStdString();
    const auto found = std::ranges::find(snapshot.breakers(), wanted, [](const auto& b) { return b.target(); });
    return found == snapshot.breakers().end() ? nullptr : &*found;
}

BreakerModel::BreakerModel(QObject* parent) : RowModel(columns(), parent) {}

void BreakerModel::setFilter(bool notClosedOnly, const QString& filter) {
    m_notClosedOnly = notClosedOnly;
    m_filter = filter.trimmed();
}

bool BreakerModel::accepts(const v1::Breaker& breaker) const {
    if (m_notClosedOnly && breaker.state() == v1::BREAKER_STATE_CLOSED) return false;
    if (m_filter.isEmpty()) return true;
    const auto has = [this](const std::string& bytes) { return text(bytes).contains(m_filter, Qt::CaseInsensitive); };
    return has(breaker.target()) || has(breaker.model()) || has(breaker.cause()) || has(breaker.cause_text());
}

void BreakerModel::update(const Source& source) {
    const auto& breakers = source.snapshot()->breakers();
    m_total = breakers.size();
    m_notClosed = static_cast<int>(
        std::ranges::count_if(breakers, [](const auto& b) { return b.state() != v1::BREAKER_STATE_CLOSED; }));
    std::vector<Row> rows;
    for (const auto& breaker : breakers) {
        if (accepts(breaker)) rows.push_back(makeRow(breaker, source.gatewayNowUs()));
    }
    stableSortBy(rows, [](const Row& row) { return row.cells[0].key.toInt(); });
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
