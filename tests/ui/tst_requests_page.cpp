// The requests page as a person uses it.
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTest>

#include "tests/ui/history_gateway.h"
#include "ui/pages/requests/requests_page.h"

namespace signalbox::ui {
namespace {

// What GetRequest knows and the list does not.
v1::Request withDecision(qint64 number) {
    v1::Request request = numberedRequest(number, "served_fallback");
    request.set_requested_model("gpt-4o");
    request.set_endpoint("/v1/chat/completions");
    request.set_why("upstream_rate_limited");
    request.set_override_id(41);
    request.set_total_us(2'000'000);
    auto* candidate = request.add_candidates();
    candidate->set_deployment("openai/gpt-4o");
    candidate->set_verdict("breaker_open");
    auto* attempt = request.add_attempts();
    attempt->set_model("sonnet");
    attempt->set_deployment("anthropic/sonnet");
    attempt->set_result("ok");
    attempt->set_total_us(2'000'000);
    request.set_fleet_json(R"({"in_flight":3})");
    return request;
}

}  // namespace

class TestRequestsPage : public QObject {
    Q_OBJECT

    HistoryGateway* m_gateway = nullptr;
    std::unique_ptr<Source> m_source;
    std::unique_ptr<RequestsPage> m_page;

    template <class W>
    W* part() const {
        return m_page->findChild<W*>();
    }
    LiveTableView* table() const {
        for (auto* found : m_page->findChildren<LiveTableView*>()) {
            if (found->accessibleName() == u"Requests") return found;
        }
        return nullptr;
    }
    QPushButton* button(const QString& words) const {
        for (auto* found : m_page->findChildren<QPushButton*>()) {
            if (found->text() == words) return found;
        }
        return nullptr;
    }
    std::size_t asked() const { return m_gateway->questions.size(); }
    const v1::RequestFilter& lastFilter() const { return m_gateway->questions.back().filter(); }

  private Q_SLOTS:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        QSettings().clear();
    }
    void init() {
        auto gateway = std::make_unique<HistoryGateway>();
        m_gateway = gateway.get();
        for (qint64 at = 0; at < 500; ++at) m_gateway->add(at);
        m_source = std::make_unique<Source>(std::move(gateway));
        m_page = std::make_unique<RequestsPage>(*m_source);
        m_page->resize(1200, 700);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    }
    void cleanup() {
        m_page.reset();
        m_source.reset();
    }

    void showsTheNewestPage() {
        QCOMPARE(table()->model()->rowCount(), 200);
        QCOMPARE(asked(), 1U);
        QVERIFY(part<RequestInspector>()->isHidden());
    }

    void scrollingToTheEndAsksForMore() {
        table()->scrollToBottom();
        QTRY_COMPARE(table()->model()->rowCount(), 400);
        QCOMPARE(asked(), 2U);
    }

    void typingIsDebouncedAndInvalidTextKeepsTheLastFilter() {
        auto* line = part<FilterLine>();
        QTest::keyClicks(line, QStringLiteral("status:5xx"));
        QCOMPARE(asked(), 1U);
        QTRY_COMPARE(asked(), 2U);
        QCOMPARE(lastFilter().statuses(0), 5);
        QTest::keyClicks(line, QStringLiteral(" colour:red"));
        QTRY_VERIFY(line->fault().contains(u"colour:red"));
        QCOMPARE(asked(), 2U);
        QVERIFY(!line->accessibleDescription().isEmpty());
        line->apply(QStringLiteral("status:5xx"));
        QVERIFY(line->fault().isEmpty());
        QCOMPARE(asked(), 2U);  // the same question is not asked twice
    }

    void savedViews() {
        for (const auto& [words, filter] : {std::pair{"Fallbacks", "fallback:yes"},
                                            {"Failures", "outcome:failed"},
                                            {"Shed", "outcome:shed"},
                                            {"Slow", "total:>10s"},
                                            {"Touched by an override", "override:any"},
                                            {"All", ""}}) {
            auto* chip = button(QLatin1String(words));
            QVERIFY2(chip, words);
            chip->click();
            QCOMPARE(part<FilterLine>()->text(), QLatin1String(filter));
            QVERIFY(chip->isChecked());
        }
        QCOMPARE(asked(), 7U);
        part<FilterLine>()->apply(QStringLiteral("stream:no"));
        QVERIFY(!button(QStringLiteral("All"))->isChecked());
    }

    void aRowOpensItsDecision() {
        m_gateway->put(499, withDecision(499));
        table()->setCurrentIndex(table()->model()->index(0, 0));
        auto* inspector = part<RequestInspector>();
        QVERIFY(!inspector->isHidden());
        QTRY_COMPARE(m_gateway->gets, 1);
        QTRY_COMPARE(inspector->request().candidates_size(), 1);
        QVERIFY(inspector->findChild<TimelineWidget*>()->accessibleDescription().contains(u"anthropic/sonnet"));
        QSignalSpy redirect(m_page.get(), &Page::redirectWanted);
        button(QStringLiteral("Redirect gpt-4o…"))->click();
        QCOMPARE(redirect.first().first().toString(), QStringLiteral("gpt-4o"));
        QCOMPARE(m_page->redirectModel(), QStringLiteral("gpt-4o"));
        QSignalSpy override(m_page.get(), &Page::openOverride);
        button(QStringLiteral("Override #41"))->click();
        QCOMPARE(override.count(), 1);
        button(QStringLiteral("Copy id"))->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("R000000499"));
        m_page->clearSelection();
        QVERIFY(inspector->isHidden());
    }

    void passingBySelectionsAskNothing() {
        for (int row = 0; row < 20; ++row) table()->setCurrentIndex(table()->model()->index(row, 0));
        QTRY_COMPARE(m_gateway->gets, 1);
    }

    void theSelectionSurvivesLiveRowsAndAFilter() {
        table()->selectId(QStringLiteral("R000000490"));
        for (qint64 at = 500; at < 520; ++at) m_gateway->finish(at);
        QTRY_COMPARE(table()->model()->rowCount(), 220);
        QCOMPARE(table()->selectedId(), QStringLiteral("R000000490"));
        part<FilterLine>()->apply(QStringLiteral("stream:no"));
        QCOMPARE(table()->selectedId(), QStringLiteral("R000000490"));
        QVERIFY(!part<RequestInspector>()->isHidden());
    }

    void aReaderBelowIsNotMoved() {
        table()->verticalScrollBar()->setValue(50 * LiveTableView::rowHeight);
        const auto shown = table()->model()->index(table()->rowAt(0), 0).data(IdRole).toString();
        for (qint64 at = 500; at < 537; ++at) m_gateway->finish(at);
        QTRY_COMPARE(table()->model()->rowCount(), 237);
        QCOMPARE(table()->model()->index(table()->rowAt(0), 0).data(IdRole).toString(), shown);
        auto* pill = button(QStringLiteral("▲ 37 new"));
        QVERIFY(pill && !pill->isHidden());
        pill->click();
        QCOMPARE(table()->verticalScrollBar()->value(), 0);
        QVERIFY(pill->isHidden());
    }

    void pausedCountsAndHomeFollows() {
        m_source->setPaused(true);
        for (qint64 at = 500; at < 505; ++at) m_gateway->finish(at);
        QTRY_VERIFY(button(QStringLiteral("▲ 5 new")));
        QCOMPARE(table()->model()->rowCount(), 200);
        table()->setFocus();
        QTest::keyClick(table(), Qt::Key_Home);
        QCOMPARE(table()->model()->rowCount(), 205);
        QVERIFY(!m_source->isPaused());
    }

    void openFindsARequestOutsideTheWindow() {
        m_page->open(QStringLiteral("R000000007"));
        QCOMPARE(lastFilter().id_prefix(), "R000000007");
        QTRY_COMPARE(table()->selectedId(), QStringLiteral("R000000007"));
        QVERIFY(!part<RequestInspector>()->isHidden());
        m_page->open(QStringLiteral("no-such"));
        QCOMPARE(table()->model()->rowCount(), 0);
    }

    void failuresAreSaidInline() {
        m_gateway->failing = true;
        part<FilterLine>()->apply(QStringLiteral("stream:no"));
        auto* notice = part<Notice>();
        QVERIFY(!notice->isHidden());
        QVERIFY(notice->sentence().contains(u"disk"));
        QCOMPARE(table()->model()->rowCount(), 200);
        m_gateway->failing = false;
        Q_EMIT notice->actionClicked();
        QVERIFY(notice->isHidden());
        m_gateway->history.clear();
        table()->selectId(QStringLiteral("R000000499"));
        QTRY_VERIFY(m_gateway->gets == 1);
        for (auto* label : part<RequestInspector>()->findChildren<QLabel*>()) {
            if (label->text().contains(u"gone")) return;
        }
        QFAIL("the inspector does not say that the details are gone");
    }

    void aHiddenPageDoesNoWork() {
        m_page->hide();
        QVERIFY(m_gateway->tail.next);
        m_page->show();
        QTRY_COMPARE(asked(), 2U);
    }

    void everyCellCanBeHeard() {
        auto* model = table()->model();
        for (int column = 0; column < model->columnCount(); ++column) {
            QVERIFY(!model->index(0, column).data(Qt::AccessibleTextRole).toString().isEmpty());
            QVERIFY(!model->headerData(column, Qt::Horizontal).toString().isEmpty());
        }
        table()->selectId(QStringLiteral("R000000499"));
        for (auto* found : m_page->findChildren<QPushButton*>()) {
            if (found->isHidden()) continue;
            QVERIFY(!found->text().isEmpty() || !found->accessibleName().isEmpty());
        }
    }
};

}  // namespace signalbox::ui

QTEST_MAIN(signalbox::ui::TestRequestsPage)
#include "tst_requests_page.moc"
