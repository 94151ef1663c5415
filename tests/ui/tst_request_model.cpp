// The window on the history, and the feed that fills it, against a gateway that holds the truth.
#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

#include <map>

#include "tests/ui/history_gateway.h"
#include "ui/models/request_feed.h"
#include "ui/models/row_model.h"

namespace signalbox::ui {
namespace {

std::vector<v1::Request> requests(qint64 from, qint64 to) {
    std::vector<v1::Request> result;
    for (qint64 at = from; at < to; ++at) result.push_back(numberedRequest(at));
    return result;
}

QStringList ids(const RequestModel& model) {
    QStringList result;
    for (int row = 0; row < model.rowCount(); ++row) result << QString::fromStdString(model.at(row).id());
    return result;
}

bool isNewestFirst(const RequestModel& model) {
    const QStringList all = ids(model);
    return std::is_sorted(all.rbegin(), all.rend()) && QSet<QString>(all.begin(), all.end()).size() == all.size();
}

}  // namespace

class TestRequestModel : public QObject {
    Q_OBJECT

    HistoryGateway* m_gateway = nullptr;
    std::unique_ptr<Source> m_source;
    std::unique_ptr<RequestModel> m_model;
    std::unique_ptr<RequestFeed> m_feed;

    // Not where pages are counted: the tester fetches more by itself.
    void watchTheRules() {
        new QAbstractItemModelTester(m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest,
                                     m_model.get());
    }
    void fill(qint64 to) {
        for (qint64 at = 0; at < to; ++at) m_gateway->add(at);
    }

  private Q_SLOTS:
    void init() {
        auto gateway = std::make_unique<HistoryGateway>();
        m_gateway = gateway.get();
        m_source = std::make_unique<Source>(std::move(gateway));
        m_model = std::make_unique<RequestModel>();
        m_feed = std::make_unique<RequestFeed>(*m_source, *m_model);
    }
    void cleanup() {
        m_feed.reset();
        m_model.reset();
        m_source.reset();
    }

    void mergePutsEachAtItsPlaceOnce() {
        watchTheRules();
        QCOMPARE(m_model->merge({numberedRequest(5), numberedRequest(1), numberedRequest(9), numberedRequest(5)},
                                RequestModel::Evict::Oldest),
                 3);
        QSignalSpy inserted(m_model.get(), &QAbstractItemModel::rowsInserted);
        QCOMPARE(m_model->merge({numberedRequest(7), numberedRequest(6), numberedRequest(10), numberedRequest(0),
                                 numberedRequest(9)},
                                RequestModel::Evict::Oldest),
                 4);
        QVERIFY(isNewestFirst(*m_model));
        QCOMPARE(m_model->rowCount(), 7);
        QCOMPARE(inserted.count(), 3);  // 10 on top; 7 and 6 together; 0 at the end
    }

    void aRequestThatChangedIsUpdatedInPlace() {
        watchTheRules();
        m_model->merge(requests(0, 3), RequestModel::Evict::Oldest);
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        m_model->merge({numberedRequest(1)}, RequestModel::Evict::Oldest);
        QCOMPARE(changed.count(), 0);
        m_model->merge({numberedRequest(1, "failed")}, RequestModel::Evict::Oldest);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(changed.first().first().toModelIndex().row(), 1);
        QCOMPARE(m_model->at(1).outcome(), "failed");
    }

    void theWindowIsBounded() {
        m_model->merge(requests(0, RequestModel::capacity), RequestModel::Evict::Oldest);
        QSignalSpy evicted(m_model.get(), &RequestModel::evicted);
        m_model->merge({numberedRequest(RequestModel::capacity)}, RequestModel::Evict::Oldest);
        QCOMPARE(m_model->rowCount(), RequestModel::capacity);
        QCOMPARE(m_model->rowOf(QStringLiteral("R000000000")), -1);
        QCOMPARE(evicted.count(), 1);
        m_model->merge({numberedRequest(-1)}, RequestModel::Evict::Newest);
        QCOMPARE(m_model->rowCount(), RequestModel::capacity);
        QCOMPARE(evicted.count(), 2);
        // What was evicted may come back.
        QCOMPARE(m_model->merge({numberedRequest(RequestModel::capacity)}, RequestModel::Evict::Oldest), 1);
    }

    void randomMerges() {
        watchTheRules();
        QRandomGenerator random(11);
        std::map<qint64, bool> truth;
        for (int round = 0; round < 200; ++round) {
            std::vector<v1::Request> batch;
            for (int i = 0; i < 1 + static_cast<int>(random.bounded(8)); ++i) {
                const qint64 number = random.bounded(200);
                batch.push_back(numberedRequest(number, random.bounded(2) == 0 ? "served" : "failed"));
                truth[number] = true;
            }
            m_model->merge(std::move(batch), RequestModel::Evict::Oldest);
            QCOMPARE(m_model->rowCount(), static_cast<int>(truth.size()));
        }
        QVERIFY(isNewestFirst(*m_model));
    }

    void cellsSayWhatIsMissing() {
        watchTheRules();
        v1::Request bare = numberedRequest(1, "shed");
        m_model->merge({bare}, RequestModel::Evict::Oldest);
        for (int column = 0; column < m_model->columnCount(); ++column) {
            const auto index = m_model->index(0, column);
            QVERIFY(!index.data().toString().isEmpty());
            QVERIFY(!index.data(Qt::AccessibleTextRole).toString().isEmpty());
            const auto id = m_model->headerData(column, Qt::Horizontal, ColumnIdRole).toString();
            if (id == u"ttft" || id == u"why" || id == u"route" || id == u"cost") {
                QCOMPARE(index.data().toString(), QStringLiteral("–"));
            }
        }
    }

    void theNewestPageThenOlderOnesOnScroll() {
        fill(450);
        m_feed->setActive(true);
        QCOMPARE(m_model->rowCount(), 200);
        QCOMPARE(m_model->at(0).id(), numberedRequest(449).id());
        QVERIFY(m_model->canFetchMore({}));
        m_model->fetchMore({});
        m_model->fetchMore({});
        QCOMPARE(m_model->rowCount(), 450);
        QVERIFY(!m_model->canFetchMore({}));
        QVERIFY(isNewestFirst(*m_model));
        QCOMPARE(m_gateway->questions.size(), 3U);
    }

    void liveRowsAreInsertedNeverReset() {
        fill(300);
        m_feed->setActive(true);
        QSignalSpy reset(m_model.get(), &QAbstractItemModel::modelReset);
        QSignalSpy arrived(m_feed.get(), &RequestFeed::arrived);
        for (qint64 at = 300; at < 310; ++at) m_gateway->finish(at);
        m_gateway->finish(305);  // said twice
        m_gateway->finish(50);   // began long ago
        QTRY_COMPARE(m_model->rowCount(), 211);
        QCOMPARE(arrived.first().first().toInt(), 11);
        QCOMPARE(reset.count(), 0);
        QVERIFY(isNewestFirst(*m_model));
    }

    void aPauseHoldsAndCounts() {
        watchTheRules();
        fill(3);
        m_feed->setActive(true);
        m_source->setPaused(true);
        QSignalSpy changed(m_feed.get(), &RequestFeed::changed);
        for (qint64 at = 3; at < 8; ++at) m_gateway->finish(at);
        QTRY_VERIFY(changed.count() > 0);
        QCOMPARE(m_feed->waiting(), 5);
        QCOMPARE(m_model->rowCount(), 3);
        m_source->setPaused(false);
        QCOMPARE(m_model->rowCount(), 8);
        QCOMPARE(m_feed->waiting(), 0);
    }

    void aFloodInAPauseIsFetchedAgain() {
        fill(3);
        m_feed->setActive(true);
        m_source->setPaused(true);
        for (qint64 at = 3; at < RequestFeed::waitingMax + 2000; ++at) m_gateway->finish(at);
        QVERIFY(m_feed->waiting() > RequestFeed::waitingMax);
        m_source->setPaused(false);
        QTRY_COMPARE(m_model->at(0).id(), numberedRequest(RequestFeed::waitingMax + 1999).id());
        QVERIFY(isNewestFirst(*m_model));
        // No hole: scrolling down reaches the first one.
        while (m_model->canFetchMore({})) m_model->fetchMore({});
        QCOMPARE(m_model->rowCount(), RequestFeed::waitingMax + 2000);
    }

    void droppedRowsAreFetched() {
        fill(10);
        m_feed->setActive(true);
        m_gateway->add(10);
        m_gateway->finish(11, 1);
        QTRY_COMPARE(m_model->rowCount(), 12);
    }

    void aFilterAsksAnewAndOldAnswersAreDropped() {
        watchTheRules();
        fill(5);
        m_feed->setActive(true);
        m_gateway->held = true;
        v1::RequestFilter first;
        first.add_requested("a");
        m_feed->setFilter(first);
        QVERIFY(m_feed->isLoading());
        QCOMPARE(m_model->rowCount(), 5);  // the old rows stay
        v1::RequestFilter second;
        second.add_requested("b");
        m_feed->setFilter(second);
        m_gateway->finish(99);
        m_gateway->history.clear();
        m_gateway->add(7);
        m_gateway->waiting[0]();
        QVERIFY(m_feed->isLoading());
        m_gateway->waiting[1]();
        QCOMPARE(ids(*m_model), (QStringList{QStringLiteral("R000000099"), QStringLiteral("R000000007")}));
        QCOMPARE(m_gateway->questions.back().filter().requested(0), "b");
        QCOMPARE(m_gateway->questions.size(), 3U);
        m_feed->setFilter(second);
        QCOMPARE(m_gateway->questions.size(), 3U);
    }

    void scrollingPastTheCapacityLeavesTheNewestEnd() {
        fill(RequestModel::capacity + 500);
        m_feed->setActive(true);
        while (!m_feed->isDetached()) m_model->fetchMore({});
        QCOMPARE(m_model->rowCount(), RequestModel::capacity);
        QVERIFY(isNewestFirst(*m_model));
        m_gateway->finish(RequestModel::capacity + 500);
        QTRY_COMPARE(m_feed->waiting(), 1);
        QVERIFY(m_model->rowOf(QStringLiteral("R000020500")) < 0);
        m_feed->toNewest();
        QVERIFY(!m_feed->isDetached());
        QCOMPARE(m_model->at(0).id(), numberedRequest(RequestModel::capacity + 500).id());
    }

    void liveEvictionDoesNotLeaveAHole() {
        fill(300);
        m_feed->setActive(true);
        for (qint64 at = 300; at < 300 + RequestModel::capacity; ++at) {
            m_gateway->finish(at);
            if (at % 4000 == 0) {
                const auto newest = QString::fromStdString(numberedRequest(at).id());
                QTRY_VERIFY(m_model->rowOf(newest) >= 0);
            }
        }
        QTRY_COMPARE(m_model->at(0).id(), numberedRequest(299 + RequestModel::capacity).id());
        QCOMPARE(m_model->rowCount(), RequestModel::capacity);
        const qint64 oldest = 300;
        QCOMPARE(m_model->at(m_model->rowCount() - 1).id(), numberedRequest(oldest).id());
        m_model->fetchMore({});
        QCOMPARE(m_model->at(m_model->rowCount() - 1).id(),
                 numberedRequest(oldest - 199).id());  // one row of the page was known
        QVERIFY(isNewestFirst(*m_model));
    }

    void aFailureIsSaidAndScrollingAsksAgain() {
        fill(300);
        m_feed->setActive(true);
        m_gateway->failing = true;
        m_model->fetchMore({});
        QCOMPARE(m_feed->failure(), QStringLiteral("disk"));
        QVERIFY(m_model->canFetchMore({}));
        m_gateway->failing = false;
        m_model->fetchMore({});
        QVERIFY(m_feed->failure().isEmpty());
        QCOMPARE(m_model->rowCount(), 300);
    }

    void aLostStreamComesBackAndTheGapIsFilled() {
        fill(10);
        m_source->start();
        m_feed->setActive(true);
        QTRY_VERIFY(m_gateway->watch.next);
        m_gateway->snapshot();
        QCOMPARE(m_gateway->tails, 1);
        m_gateway->tail.ended({ErrorCode::io_closed, "", 0});
        m_gateway->add(10);
        for (int i = 0; i < 5; ++i) {
            m_gateway->snapshot();
            Q_EMIT m_source->ticked();
        }
        QCOMPARE(m_gateway->tails, 2);
        QCOMPARE(m_model->rowCount(), 11);
    }

    void aHiddenPageCatchesUpWhenShown() {
        fill(10);
        m_feed->setActive(true);
        m_feed->setActive(false);
        for (qint64 at = 10; at < 2000; ++at) m_gateway->add(at);
        QSignalSpy reset(m_model.get(), &QAbstractItemModel::modelReset);
        m_feed->setActive(true);
        QCOMPARE(m_model->at(0).id(), numberedRequest(1999).id());
        while (m_model->canFetchMore({})) m_model->fetchMore({});
        QCOMPARE(m_model->rowCount(), 2000);
        QCOMPARE(reset.count(), 1);
    }
};

}  // namespace signalbox::ui

QTEST_GUILESS_MAIN(signalbox::ui::TestRequestModel)
#include "tst_request_model.moc"
