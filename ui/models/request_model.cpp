#include "ui/models/request_model.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "ui/models/request_text.h"
#include "ui/models/row_model.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

using M = RequestModel;

struct RequestColumn {
    Column column;
    Cell (*cell)(const v1::Request&);
};

Cell timeCell(const v1::Request& r) {
    Cell cell{timeText(r.time_unix_us())};
    cell.tip = M::tr("%1 UTC").arg(format::dayAndClock(r.time_unix_us()));
    return cell;
}

Cell statusCell(const v1::Request& r) {
    if (r.status() == 0) return {format::dash(), Tone::Muted};
    return {QString::number(r.status()), r.status() >= 500   ? Tone::Critical
                                         : r.status() >= 400 ? Tone::Warn
                                                             : Tone::Plain};
}

Cell routeCell(const v1::Request& r) {
    Cell cell{routeText(r), r.attempts().empty() ? Tone::Muted : Tone::Plain};
    cell.spoken = M::tr("Route: %1").arg(spokenRoute(r));
    return cell;
}

Cell whyCell(const v1::Request& r) {
    const QString why = whyText(r);
    if (why.isEmpty()) return {format::dash(), Tone::Muted};
    Cell cell{why};
    cell.tip = text(r.why_detail());
    return cell;
}

Cell tokensCell(const v1::Request& r) {
    Cell cell{tokensText(r), r.has_input_tokens() || r.has_output_tokens() ? Tone::Plain : Tone::Muted};
    cell.spoken = M::tr("Tokens in and out: %1").arg(cell.text);
    return cell;
}

Cell costCell(const v1::Request& r) {
    if (r.cost_microusd() == 0) return {format::dash(), Tone::Muted};
    return {format::money(r.cost_microusd())};
}

Cell yesNoCell(bool yes) {
    return yes ? Cell{M::tr("yes")} : Cell{M::tr("no"), Tone::Muted};
}

// Made once, after the translators are in place.
const std::vector<RequestColumn>& columns() {
    using R = v1::Request;
    static const std::vector<RequestColumn> all{
        {{u"time"_s, M::tr("Time"), 90, false, true, M::tr("When it arrived, gateway time, UTC")}, timeCell},
        {{u"outcome"_s, M::tr("Outcome"), 90}, [](const R& r) { return stateCell(stateOfOutcome(r.outcome())); }},
        {{u"status"_s, M::tr("HTTP"), 46, true}, statusCell},
        {{u"requested"_s, M::tr("Requested"), 120}, [](const R& r) { return textCell(r.requested_model()); }},
        {{u"route"_s, M::tr("Route"), 194, false, true, M::tr("What was tried, in order")}, routeCell},
        {{u"why"_s, M::tr("Why"), 160, false, true, M::tr("The first cause that moved it off its first choice")},
         whyCell},
        {{u"caller"_s, M::tr("Caller"), 78}, [](const R& r) { return textCell(r.account()); }},
        {{u"queue"_s, M::tr("Queue ms"), 74, true}, [](const R& r) { return millisecondsCell(r.queue_us()); }},
        {{u"ttft"_s, M::tr("TTFT ms"), 68, true, true, M::tr("To the first token")},
         [](const R& r) { return millisecondsCell(SIGNALBOX_OPTIONAL(r, first_token_us)); }},
        {{u"total"_s, M::tr("Total ms"), 68, true}, [](const R& r) { return millisecondsCell(r.total_us()); }},
        {{u"tokens"_s, M::tr("Tokens"), 74, true, true, M::tr("In + out")}, tokensCell},
        {{u"cost"_s, M::tr("Cost"), 84, true}, costCell},
        {{u"id"_s, M::tr("Request id"), 220, false, false}, [](const R& r) { return textCell(r.id()); }},
        {{u"attempts"_s, M::tr("Attempts"), 64, true, false}, [](const R& r) { return countCell(r.attempts_size()); }},
        {{u"served"_s, M::tr("Served model"), 130, false, false},
         [](const R& r) { return textCell(r.served_model()); }},
        {{u"deployment"_s, M::tr("Deployment"), 160, false, false},
         [](const R& r) { return textCell(r.served_deployment()); }},
        {{u"stream"_s, M::tr("Stream"), 56, false, false}, [](const R& r) { return yesNoCell(r.streamed()); }},
        {{u"error"_s, M::tr("Error"), 140, false, false},
         [](const R& r) { return textCell(r.error() == "ok" ? std::string() : r.error()); }},
        {{u"endpoint"_s, M::tr("Endpoint"), 160, false, false}, [](const R& r) { return textCell(r.endpoint()); }},
        {{u"client"_s, M::tr("Client"), 130, false, false}, [](const R& r) { return textCell(r.client()); }},
        {{u"agent"_s, M::tr("User agent"), 160, false, false}, [](const R& r) { return textCell(r.user_agent()); }},
        {{u"tags"_s, M::tr("Tags"), 140, false, false}, [](const R& r) { return textCell(r.tags()); }},
        {{u"override"_s, M::tr("Override"), 64, true, false}, [](const R& r) { return countCell(r.override_id()); }},
        {{u"revision"_s, M::tr("Config rev"), 70, true, false},
         [](const R& r) { return countCell(r.config_revision()); }},
        {{u"in"_s, M::tr("Bytes in"), 76, true, false}, [](const R& r) { return countCell(r.bytes_in()); }},
        {{u"out"_s, M::tr("Bytes out"), 76, true, false}, [](const R& r) { return countCell(r.bytes_out()); }},
    };
    return all;
}

// Newest first; the id breaks ties, so that every request has one place.
bool isNewer(const v1::Request& a, const v1::Request& b) {
    return std::tuple(a.time_unix_us(), std::string_view(a.id())) >
           std::tuple(b.time_unix_us(), std::string_view(b.id()));
}

}  // namespace

RequestModel::RequestModel(QObject* parent) : QAbstractTableModel(parent) {}

void RequestModel::replace(std::vector<v1::Request> requests) {
    beginResetModel();
    m_rows.clear();
    m_ids.clear();
    endResetModel();
    merge(std::move(requests), Evict::Oldest);
}

int RequestModel::merge(std::vector<v1::Request> requests, Evict evict) {
    std::ranges::sort(requests, isNewer);
    int added = 0;
    std::vector<v1::Request> run;  // neighbours that go to the same place: one insertion
    int runPlace = 0;
    const auto flush = [&] {
        if (!run.empty()) insert(runPlace, std::exchange(run, {}));
    };
    for (v1::Request& request : requests) {
        if (!m_ids.insert(request.id()).second) {
            flush();
            update(std::move(request));
            continue;
        }
        ++added;
        // What stands in the run already is newer, so it does not change where this one belongs.
        const int place = placeOf(request);
        if (place != runPlace) flush();
        runPlace = run.empty() ? placeOf(request) : runPlace;
        run.push_back(std::move(request));
    }
    flush();
    shrink(evict);
    return added;
}

int RequestModel::placeOf(const v1::Request& request) const {
    return static_cast<int>(std::ranges::lower_bound(m_rows, request, isNewer) - m_rows.begin());
}

void RequestModel::update(v1::Request request) {
    const auto place = static_cast<std::size_t>(placeOf(request));  // where it is, unless its time has changed
    const bool there = place < m_rows.size() && m_rows[place].id() == request.id();
    const int row = there ? static_cast<int>(place) : rowOf(text(request.id()));
    if (row < 0 || at(row).SerializeAsString() == request.SerializeAsString()) return;
    m_rows[static_cast<std::size_t>(row)] = std::move(request);
    Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
}

void RequestModel::insert(int row, std::vector<v1::Request> run) {
    beginInsertRows({}, row, row + static_cast<int>(run.size()) - 1);
    m_rows.insert(m_rows.begin() + row, std::make_move_iterator(run.begin()), std::make_move_iterator(run.end()));
    endInsertRows();
}

void RequestModel::shrink(Evict end) {
    const int surplus = rowCount() - capacity;
    if (surplus <= 0) return;
    const int first = end == Evict::Newest ? 0 : capacity;
    beginRemoveRows({}, first, first + surplus - 1);
    const auto begin = m_rows.begin() + first;
    for (auto row = begin; row != begin + surplus; ++row) m_ids.erase(row->id());
    m_rows.erase(begin, begin + surplus);
    endRemoveRows();
    Q_EMIT evicted(end);
}

int RequestModel::rowOf(const QString& id) const {
    const std::string wanted = id.toStdString();
    if (!m_ids.contains(wanted)) return -1;
    const auto found =
        std::ranges::find(m_rows, wanted, [](const v1::Request& r) -> const std::string& { return r.id(); });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

int RequestModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RequestModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns().size());
}

QVariant RequestModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const v1::Request& request = at(index.row());
    if (role == IdRole) return text(request.id());
    const RequestColumn& column = columns()[static_cast<std::size_t>(index.column())];
    return cellData(column.cell(request), column.column, role);
}

QVariant RequestModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    return headingData(columns()[static_cast<std::size_t>(section)].column, role);
}

bool RequestModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && m_more;
}

void RequestModel::fetchMore(const QModelIndex& parent) {
    if (!canFetchMore(parent)) return;
    m_more = false;  // until the feed says so again: the view asks with every scroll
    Q_EMIT moreWanted();
}

}  // namespace signalbox::ui
