#include "ui/models/breaker_model.h"

#include <algorithm>

#include "ui/models/fleet_words.h"
#include "ui/models/stable_sort.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

std::vector<Column> columns() {
    using M = BreakerModel;
    return {
        {u"state"_s, M::tr("State"), 104},
        {u"target"_s, M::tr("Target"), 176, false, true, M::tr("Provider, upstream model and key")},
        {u"action"_s, M::tr("Action"), 92},
        {u"since"_s, M::tr("Since"), 70, true, true, M::tr("How long it has been in this state")},
        {u"cause"_s, M::tr("Cause"), 184},
        {u"health"_s, M::tr("Health"), 176, false, true,
         M::tr("What its outcomes say, and while it ramps up: which stage and which share of the traffic")},
        {u"next"_s, M::tr("Next"), 86, false, true, M::tr("The next probe or free check, or the end of a hold")},
        {u"served"_s, M::tr("Served by"), 110, false, true, M::tr("Where its traffic goes now")},
        {u"diverted"_s, M::tr("Diverted"), 70, true, true, M::tr("Requests sent elsewhere since it opened")},
        {u"wasted"_s, M::tr("Wasted"), 64, true, true, M::tr("Calls that failed here since the outage began")},
        {u"flight"_s, M::tr("In flight"), 72, true, true, M::tr("Calls under way, and the ceiling of the ramp")},
        {u"failed"_s, M::tr("Failed / limit %"), 100, true, true,
         M::tr("Failed outcomes in the window, and where it opens")},
        {u"samples"_s, M::tr("Samples"), 64, true},
        {u"model"_s, M::tr("Model"), 120},
        {u"trips"_s, M::tr("Trips"), 60, true, false, M::tr("Since the gateway started")},
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
    if (breaker.has_hold()) return {holdText(breaker.hold()), Tone::Busy};
    auto cell = textCell(breaker.cause_text().empty() ? breaker.cause() : breaker.cause_text());
    if (breaker.of_key()) cell.text = BreakerModel::tr("key refused everywhere: %1").arg(cell.text);
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

Cell healthCell(const v1::Breaker& breaker) {
    const auto state = healthOf(breaker);
    Cell cell{healthText(breaker), look(state).tone};
    cell.tip = look(state).spoken;
    if (breaker.insufficient_evidence()) {
        cell.tip += u'\n' + BreakerModel::tr("%n outcome(s): too few to call it good or bad", nullptr,
                                             static_cast<int>(breaker.samples()));
    }
    cell.key = -look(state).severity;
    return cell;
}

Cell nextCell(const v1::Breaker& breaker, qint64 nowUs) {
    Cell cell{nextText(breaker, nowUs)};
    if (cell.text == format::dash()) cell.tone = Tone::Muted;
    if (breaker.has_free_check()) cell.tip = BreakerModel::tr("Free check: %1").arg(checkText(breaker.free_check()));
    return cell;
}

Cell flightCell(const v1::Breaker& breaker) {
    Cell cell{flightText(breaker.in_flight(), breaker.in_flight_ceiling())};
    cell.key = static_cast<qint64>(breaker.in_flight());
    cell.tone = breaker.in_flight() == 0 ? Tone::Muted : Tone::Plain;
    return cell;
}

Row makeRow(const v1::Breaker& breaker, qint64 nowUs) {
    Cell action;
    if (!breaker.model().empty()) {
        action.action = BreakerModel::tr("Redirect…");
        action.spoken = BreakerModel::tr("Redirect %1").arg(text(breaker.model()));
    }
    return {text(breaker.target()),
            {stateCell(shownState(breaker), format::clock(breaker.since_unix_us())), textCell(breaker.target()), action,
             sinceCell(breaker, nowUs), causeCell(breaker), healthCell(breaker), nextCell(breaker, nowUs),
             servedCell(breaker), countCell(breaker.diverted()), countCell(breaker.wasted()), flightCell(breaker),
             failedCell(breaker), countCell(breaker.samples()), textCell(breaker.model()), countCell(breaker.trips()),
             textCell(breaker.key())}};
}

}  // namespace

QString nextText(const v1::Breaker& breaker, qint64 nowUs) {
    const auto next = nextStep(breaker, nowUs);
    switch (next.kind) {
        case NextStep::Kind::HoldEnds:
            return BreakerModel::tr("%1 left").arg(format::duration(next.inUs));
        case NextStep::Kind::Probing:
            return BreakerModel::tr("probing");
        case NextStep::Kind::Check:
            return BreakerModel::tr("check %1").arg(format::duration(next.inUs));
        case NextStep::Kind::Probe:
            if (next.inUs <= 0) return BreakerModel::tr("probe due");
            return BreakerModel::tr("probe %1").arg(format::duration(next.inUs));
        case NextStep::Kind::Nothing:
            break;
    }
    return format::dash();
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
    if (!m_kept.isEmpty() && text(breaker.target()) == m_kept) return true;
    if (m_notClosedOnly && breaker.state() == v1::BREAKER_STATE_CLOSED) return false;
    if (m_filter.isEmpty()) return true;
    const auto has = [this](const std::string& bytes) { return text(bytes).contains(m_filter, Qt::CaseInsensitive); };
    return has(breaker.target()) || has(breaker.model()) || has(breaker.cause()) || has(breaker.cause_text()) ||
           has(breaker.hold().actor());
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
