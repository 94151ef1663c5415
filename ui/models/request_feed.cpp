#include "ui/models/request_feed.h"

#include <algorithm>
#include <iterator>

#include "ui/models/words.h"

namespace signalbox::ui {

namespace {

constexpr int applyEveryMs = 250;
constexpr int retryTicks = 5;      // seconds between attempts to have the stream or an answer back
constexpr int catchUpSize = 1000;  // rows; the largest page a gateway gives

}  // namespace

RequestFeed::RequestFeed(Source& source, RequestModel& model, QObject* parent)
    : QObject(parent), m_source(source), m_model(model) {
    m_apply.setSingleShot(true);
    m_apply.setInterval(applyEveryMs);
    connect(&m_apply, &QTimer::timeout, this, &RequestFeed::apply);
    connect(&source, &Source::pausedChanged, this, &RequestFeed::apply);
    connect(&source, &Source::ticked, this, &RequestFeed::tick);
    connect(&model, &RequestModel::moreWanted, this, &RequestFeed::fetchOlder);
    connect(&model, &RequestModel::evicted, this, &RequestFeed::leave);
}

void RequestFeed::setFilter(const v1::RequestFilter& filter) {
    if (filter.SerializeAsString() == m_filter.SerializeAsString() && m_loaded) return;
    m_filter = filter;
    m_loaded = false;
    if (m_active) load();
}

void RequestFeed::setActive(bool active) {
    if (active == m_active) return;
    m_active = active;
    if (!active) {
        m_tail.reset();
        m_apply.stop();
    } else if (!m_loaded) {
        load();
    } else {
        openTail();
        catchUp();
    }
}

void RequestFeed::toNewest() {
    if (m_detached) return load();
    if (!m_loading) applyWaiting();
}

// The stream is opened first, so that nothing falls between the page and it.
void RequestFeed::load() {
    ++m_generation;
    m_loading = true;
    m_live.clear();
    m_waiting = 0;
    setOlder({});
    openTail();
    v1::QueryRequestsRequest request;
    *request.mutable_filter() = m_filter;
    request.set_limit(pageSize);
    ask(std::move(request), [this](Rows rows, const std::string& cursor) {
        m_loaded = true;
        m_detached = false;
        m_missed = false;
        m_model.replace(std::move(rows));
        m_olderUntilUs = 0;
        setOlder(cursor);
        applyWaiting();
    });
}

void RequestFeed::catchUp() {
    m_missed = m_source.isPaused();
    if (m_missed) return;
    ++m_generation;
    m_loading = true;
    v1::QueryRequestsRequest request;
    *request.mutable_filter() = m_filter;
    request.set_limit(catchUpSize);
    ask(std::move(request), [this](Rows rows, const std::string& cursor) {
        const bool overlaps =
            std::ranges::any_of(rows, [this](const v1::Request& row) { return m_model.rowOf(text(row.id())) >= 0; });
        if (!overlaps && !cursor.empty()) {  // more was missed than one page holds
            m_model.replace(std::move(rows));
            m_olderUntilUs = 0;
            setOlder(cursor);
        } else {
            show(std::move(rows));
        }
        m_detached = false;
        applyWaiting();
    });
}

void RequestFeed::fetchOlder() {
    v1::QueryRequestsRequest request;
    *request.mutable_filter() = m_filter;
    const bool narrower =
        m_olderUntilUs > 0 && (!m_filter.has_until_unix_us() || m_olderUntilUs < m_filter.until_unix_us());
    if (narrower) request.mutable_filter()->set_until_unix_us(m_olderUntilUs);
    request.set_cursor(m_olderCursor);
    request.set_limit(pageSize);
    m_loading = true;
    ask(std::move(request), [this](Rows rows, const std::string& cursor) {
        m_model.merge(std::move(rows), RequestModel::Evict::Newest);
        setOlder(cursor);
    });
}

void RequestFeed::ask(v1::QueryRequestsRequest request, OnPage onPage) {
    Q_EMIT changed();
    const auto generation = m_generation;
    m_source.call(
        request, this, [this, generation, onPage = std::move(onPage)](api::Answer<v1::QueryRequestsResponse> answer) {
            if (generation != m_generation) return;
            m_loading = false;
            m_failure = answer ? QString() : failureText(answer.error());
            if (answer) {
                auto* requests = answer->mutable_requests();
                onPage(Rows(std::make_move_iterator(requests->begin()), std::make_move_iterator(requests->end())),
                       answer->next_cursor());
            } else {
                m_missed = true;
                m_model.setMore(m_hasOlder);  // scrolling on asks again
            }
            if (!m_live.empty()) m_apply.start();
            Q_EMIT changed();
        });
}

void RequestFeed::openTail() {
    m_tailLost = false;
    m_ticksLost = 0;
    v1::TailRequestsRequest request;
    *request.mutable_filter() = m_filter;
    api::AnySink sink;
    sink.next = [this](const google::protobuf::Message& message) {
        take(static_cast<const v1::TailRequestsResponse&>(message));
    };
    sink.ended = [this](const api::Failure&) { m_tailLost = true; };
    m_tail.reset();
    m_tail = m_source.gateway().subscribe_any(*api::find_method("TailRequests"), request, std::move(sink));
}

void RequestFeed::take(const v1::TailRequestsResponse& live) {
    m_waiting += live.requests_size() + live.dropped();
    m_missed |= live.dropped() > 0;
    if (static_cast<int>(m_live.size()) + live.requests_size() > waitingMax) {
        m_live.clear();
        m_missed = true;
    } else {
        m_live.insert(m_live.end(), live.requests().begin(), live.requests().end());
    }
    if (!m_apply.isActive()) m_apply.start();
}

void RequestFeed::apply() {
    if (!m_active) return;
    if (!m_source.isPaused() && !m_loading && !m_detached) applyWaiting();
    Q_EMIT changed();
}

void RequestFeed::applyWaiting() {
    if (!m_failure.isEmpty()) return;  // tick() asks again
    if (m_missed) return catchUp();    // before what came after the hole
    m_waiting = 0;
    show(std::exchange(m_live,
                       {}));  // also what began long ago: pages are in the order of the ends, so none would bring it
    Q_EMIT changed();
}

void RequestFeed::show(Rows rows) {
    const int added = m_model.merge(std::move(rows), RequestModel::Evict::Oldest);
    if (added > 0) Q_EMIT arrived(added);
}

void RequestFeed::leave(RequestModel::Evict end) {
    if (end == RequestModel::Evict::Newest) {
        m_detached = true;
        return;
    }
    // The cursor at hand would leave a hole: the next page is asked for from here, by time.
    m_olderUntilUs = m_model.at(m_model.rowCount() - 1).time_unix_us() + 1;
    setOlder({});
    m_hasOlder = true;
    m_model.setMore(true);
}

void RequestFeed::setOlder(const std::string& cursor) {
    m_olderCursor = cursor;
    m_hasOlder = !cursor.empty();
    m_model.setMore(m_hasOlder);
}

void RequestFeed::tick() {
    const bool lost = m_tailLost || !m_failure.isEmpty();
    if (!m_active || !lost || m_source.freshness().level != Freshness::Level::Live) return;
    if (++m_ticksLost < retryTicks) return;
    openTail();
    if (m_loaded) {
        catchUp();
    } else {
        load();
    }
}

}  // namespace signalbox::ui
