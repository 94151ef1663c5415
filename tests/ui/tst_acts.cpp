// What an operator may order of a breaker or a deployment: few acts, nothing by accident, always a trace.
#include <QLineEdit>
#include <QSignalSpy>

#include "tests/ui/stage.h"
#include "tests/ui/watchdog.h"
#include "ui/dialogs/act_sheet.h"

using namespace signalbox::ui;
using namespace Qt::StringLiterals;

class TestActs : public QObject {
    Q_OBJECT
    OwnSettings m_settings;

    const QString openTarget = u"openai/gpt-4o#main"_s;

    static ActSheet* sheet(const ConsoleStage& stage) { return stage.window.findChild<ActSheet*>(); }
    static LiveTableView* table(const ConsoleStage& stage) {
        return qobject_cast<LiveTableView*>(stage.window.currentPage()->focusTarget());
    }
    static void select(ConsoleStage& stage, const QString& page, const QString& id) {
        stage.window.goTo(page);
        stage.window.currentPage()->open(id);
        QVERIFY(stage.window.currentPage()->inspector());
    }
    static void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
        QTest::keyClick(QApplication::focusWidget(), key, modifiers);
    }
    static bool says(const ConsoleStage& stage, const QString& words) {
        for (auto* label : stage.window.findChildren<QLabel*>()) {
            if (label->isVisible() && label->text().contains(words)) return true;
        }
        return false;
    }

  private Q_SLOTS:
    void threeClicksHoldASelectedBreakerOpen() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Hold open"_s));
        QTRY_VERIFY(sheet(stage)->isVisible());
        click(stage.button(u"Bad output"_s));
        click(stage.button(u"Hold openai/gpt-4o#main open, 30 min"_s));
        QTRY_COMPARE(stage.gateway->acted.size(), 1U);
        const auto& sent = stage.gateway->acted.front();
        QCOMPARE(sent.target(), "openai/gpt-4o#main");
        QCOMPARE(sent.act(), "hold_open");
        QCOMPARE(sent.ttl_seconds(), 1800);
        QCOMPARE(sent.reason(), "Bad output");
        QCOMPARE(sent.actor(), "ana");
        QCOMPARE(sent.source(), "console");
        stage.publish();
        QTRY_VERIFY(says(stage, u"Held open"_s));
    }

    void threeKeysHoldTheWorst() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        key(Qt::Key_H);
        QTRY_VERIFY(sheet(stage)->isVisible());
        key(Qt::Key_1);
        key(Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->acted.size(), 1U);
        QCOMPARE(stage.gateway->acted.front().target(), "openai/gpt-4o#main");
        QCOMPARE(stage.gateway->acted.front().reason(), "Outage");
    }

    void everyActOfABreaker_data() {
        QTest::addColumn<int>("key");
        QTest::addColumn<bool>("shift");
        QTest::addColumn<QString>("act");
        QTest::addColumn<int>("ttl");
        QTest::newRow("hold open") << int(Qt::Key_H) << false << u"hold_open"_s << 1800;
        QTest::newRow("hold closed") << int(Qt::Key_H) << true << u"hold_closed"_s << 1800;
        QTest::newRow("reset") << int(Qt::Key_X) << false << u"reset"_s << 0;
        QTest::newRow("probe") << int(Qt::Key_P) << false << u"probe"_s << 0;
    }
    void everyActOfABreaker() {
        QFETCH(int, key);
        QFETCH(bool, shift);
        QFETCH(QString, act);
        QFETCH(int, ttl);
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        QTest::keyClick(table(stage), static_cast<Qt::Key>(key), shift ? Qt::ShiftModifier : Qt::NoModifier);
        QTRY_VERIFY(sheet(stage)->isVisible());
        this->key(Qt::Key_4);
        this->key(Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->acted.size(), 1U);
        QCOMPARE(QString::fromStdString(stage.gateway->acted.front().act()), act);
        QCOMPARE(stage.gateway->acted.front().ttl_seconds(), ttl);
        QCOMPARE(stage.gateway->acted.front().reason(), "Repaired");
        QTRY_VERIFY(stage.button(u"Close"_s));
        QCOMPARE(stage.button(u"Undo"_s) != nullptr, ttl > 0);
    }

    void aHoldLastsAsLongAsChosenAndNoLonger() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Hold closed"_s));
        for (const auto& words : {u"15 min"_s, u"1 h"_s, u"4 h"_s, u"8 h"_s, u"24 h"_s}) {
            QVERIFY(stage.button(words));
        }
        click(stage.button(u"24 h"_s));
        sheet(stage)->findChild<QLineEdit*>()->setText(u"  the check lies  "_s);
        click(stage.button(u"Hold openai/gpt-4o#main closed, 24 h"_s));
        QTRY_COMPARE(stage.gateway->acted.size(), 1U);
        QCOMPARE(stage.gateway->acted.front().ttl_seconds(), 86400);
        QCOMPARE(stage.gateway->acted.front().reason(), "the check lies");
    }

    void withoutAReasonNothingIsSent() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Reset"_s));
        click(stage.button(u"Pick a reason"_s));
        key(Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(stage.gateway->callsOf("ActOnBreaker"), 0);
        QVERIFY(says(stage, u"Pick a reason, or write one"_s));
    }

    void aDoubleClickSendsOnce() {
        ConsoleStage stage;
        stage.gateway->stall("ActOnBreaker");
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Reset"_s));
        click(stage.button(u"Repaired"_s));
        auto* apply = stage.button(u"Reset openai"_s);
        QTest::mouseClick(apply, Qt::LeftButton);
        QTest::mouseDClick(apply, Qt::LeftButton);
        QTRY_COMPARE(stage.gateway->acted.size(), 1U);
        stage.gateway->release("ActOnBreaker");
        QTRY_VERIFY(stage.button(u"Close"_s));
        QCOMPARE(stage.gateway->callsOf("ActOnBreaker"), 1);
    }

    void undoEndsTheHold() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        QTest::keyClick(table(stage), Qt::Key_H);
        key(Qt::Key_6);
        key(Qt::Key_Return, Qt::ControlModifier);
        QTRY_VERIFY(stage.button(u"Undo: end the hold"_s));
        key(Qt::Key_Z, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->acted.size(), 2U);
        QCOMPARE(stage.gateway->acted.back().act(), "end_hold");
        QVERIFY(!stage.gateway->acted.back().reason().empty());
        QTRY_VERIFY(says(stage, u"is ended"_s));
        QVERIFY(!stage.button(u"Undo"_s)->isEnabled());
    }

    void aHeldBreakerOffersToEndTheHold() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        QVERIFY(!stage.button(u"End hold"_s));
        select(stage, u"breakers"_s, u"azure/gpt-4o#main"_s);
        QVERIFY(!stage.button(u"Probe now"_s));
        QTest::keyClick(table(stage), Qt::Key_E);
        key(Qt::Key_4);
        key(Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->acted.size(), 1U);
        QCOMPARE(stage.gateway->acted.front().act(), "end_hold");
        QCOMPARE(stage.gateway->acted.front().target(), "azure/gpt-4o#main");
    }

    void aRefusalStaysInTheSheet() {
        ConsoleStage stage;
        stage.gateway->refuse("ActOnBreaker",
                              {signalbox::ErrorCode::unavailable, "this gateway cannot do that yet", 0});
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Probe now"_s));
        click(stage.button(u"Repaired"_s));
        click(stage.button(u"Probe openai"_s));
        QTRY_VERIFY(says(stage, u"this gateway cannot do that yet"_s));
        stage.gateway->accept("ActOnBreaker");
        QTRY_VERIFY(stage.button(u"Probe openai"_s)->isEnabled());
        click(stage.button(u"Probe openai"_s));
        QTRY_VERIFY(stage.button(u"Close"_s));
    }

    void aLateAnswerDoesNotTouchTheNextSheet() {
        ConsoleStage stage;
        stage.gateway->stall("ActOnBreaker");
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Reset"_s));
        click(stage.button(u"Repaired"_s));
        click(stage.button(u"Reset openai"_s));
        QTRY_COMPARE(stage.gateway->acted.size(), 1U);
        QTest::keyClick(&stage.window, Qt::Key_Escape);
        select(stage, u"breakers"_s, u"azure/gpt-4o#main"_s);
        click(stage.button(u"Reset"_s));
        stage.gateway->release("ActOnBreaker");
        QTRY_VERIFY(says(stage, u"openai/gpt-4o#main is reset"_s));
        QVERIFY(stage.button(u"Pick a reason"_s));
    }

    void drainAndTakeBack() {
        ConsoleStage stage;
        select(stage, u"models"_s, u"local/qwen-32b"_s);
        QVERIFY(!stage.button(u"Take back"_s));
        QTest::keyClick(table(stage), Qt::Key_D);
        key(Qt::Key_3);
        key(Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->drained.size(), 1U);
        QCOMPARE(stage.gateway->drained.front().target(), "local/qwen-32b");
        QVERIFY(!stage.gateway->drained.front().end());
        QCOMPARE(stage.gateway->drained.front().reason(), "Maintenance");
        QCOMPARE(stage.gateway->drained.front().actor(), "ana");
        QTRY_VERIFY(stage.button(u"Close"_s));
        stage.publish();
        QVERIFY(says(stage, u"▽ Draining"_s));
        click(stage.button(u"Close"_s));
        QVERIFY(!stage.button(u"Drain"_s));
        QTest::keyClick(table(stage), Qt::Key_D);
        key(Qt::Key_Return, Qt::ControlModifier);  // needs no reason
        QTRY_COMPARE(stage.gateway->drained.size(), 2U);
        QVERIFY(stage.gateway->drained.back().end());
    }

    void onlyColdOnesAreWarmed() {
        ConsoleStage stage;
        select(stage, u"models"_s, u"local/qwen-32b"_s);
        QVERIFY(!stage.button(u"Warm"_s)->isEnabled());
        QCOMPARE(stage.button(u"Warm"_s)->toolTip(), u"It is in memory already"_s);
        stage.window.currentPage()->open(u"edge/qwen-32b"_s);
        QTest::keyClick(table(stage), Qt::Key_W);
        key(Qt::Key_6);
        key(Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->warmed.size(), 1U);
        QCOMPARE(stage.gateway->warmed.front().target(), "edge/qwen-32b");
        QCOMPARE(stage.gateway->warmed.front().reason(), "Test");
    }

    void aViewerMayNotAndIsToldWhy() {
        auto fake = std::make_unique<FakeGateway>();
        fake->info.set_role("viewer");
        ConsoleStage stage(std::move(fake));
        select(stage, u"breakers"_s, openTarget);
        for (const auto& words : {u"Hold open"_s, u"Hold closed"_s, u"Reset"_s, u"Probe now"_s}) {
            auto* button = stage.button(words);
            QVERIFY(!button->isEnabled());
            QVERIFY2(button->toolTip().contains(u"operator"_s), qPrintable(button->toolTip()));
        }
        for (const auto key : {Qt::Key_H, Qt::Key_X, Qt::Key_P}) QTest::keyClick(table(stage), key);
        QVERIFY(!sheet(stage)->isVisible());
        select(stage, u"models"_s, u"edge/qwen-32b"_s);
        QVERIFY(!stage.button(u"Drain"_s)->isEnabled());
        QVERIFY(!stage.button(u"Warm"_s)->isEnabled());
        QTest::keyClick(table(stage), Qt::Key_D);
        QVERIFY(!sheet(stage)->isVisible());
        QTest::keyClick(table(stage), Qt::Key_R);
        key(Qt::Key_1);
        auto* apply = stage.button(u"Redirect qwen-32b →"_s);
        QVERIFY(!apply->isEnabled());
        QVERIFY(apply->toolTip().contains(u"operator"_s));
        key(Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(stage.gateway->callsOf("CreateOverride"), 0);
    }

    void whatMakesNoSenseIsDisabled() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, u"local/qwen-32b#main"_s);
        QVERIFY(!stage.button(u"Probe now"_s)->isEnabled());
        QCOMPARE(stage.button(u"Probe now"_s)->toolTip(), u"Only an open breaker is probed"_s);
        QVERIFY(stage.button(u"Hold open"_s)->isEnabled());
        QCOMPARE(stage.button(u"Hold open"_s)->accessibleName(), u"Hold local/qwen-32b#main open"_s);
    }

    void aStaleScreenActsBlindAndSaysSo() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Reset"_s));
        click(stage.button(u"Repaired"_s));
        stage.gateway->hangUp("connection refused");
        QTRY_VERIFY(stage.button(u"Apply blind: Reset"_s));
    }

    void lettersInAFieldAreLetters() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        auto* filter = stage.window.currentPage()->findChild<QLineEdit*>();
        filter->setFocus();
        QTest::keyClicks(filter, u"hxp"_s);
        QCOMPARE(filter->text(), u"hxp"_s);
        QVERIFY(!sheet(stage)->isVisible());
    }

    void theSheetFitsTheNarrowestInspector() {
        ConsoleStage stage;
        select(stage, u"breakers"_s, openTarget);
        click(stage.button(u"Hold open"_s));
        QVERIFY(sheet(stage)->findChild<ActForm*>()->minimumSizeHint().width() <= InspectorDock::smallestWidth);
    }

    void nothingIsSlow() {
        ConsoleStage stage;
        auto* app = qobject_cast<WatchedApplication*>(qApp);
        stage.window.goTo(u"models"_s);
        app->takeSlow();
        select(stage, u"models"_s, u"edge/qwen-32b"_s);
        QTest::keyClick(table(stage), Qt::Key_D);
        key(Qt::Key_1);
        key(Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->drained.size(), 1U);
        QCOMPARE(app->takeSlow(), QStringList());
    }
};

int main(int argc, char** argv) {
    WatchedApplication app(argc, argv);
    TestActs test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_acts.moc"
