// The emergency: from a red row to an active redirect in three clicks or four keys.
#include <QSignalSpy>

#include "tests/ui/stage.h"

using namespace signalbox::ui;
using namespace Qt::StringLiterals;

class TestRedirect : public QObject {
    Q_OBJECT
    OwnSettings m_settings;

    static void openSheet(ConsoleStage& stage) {
        stage.window.goTo(u"breakers"_s);
        QTest::keyClick(stage.window.currentPage()->focusTarget(), Qt::Key_R);
        QTRY_VERIFY(stage.sheet()->isVisible());
    }
    // In force before anything is done here.
    static void addOverride(ConsoleStage& stage, int id, const std::string& from) {
        auto& override = *stage.gateway->fleet.add_overrides();
        override.set_id(id);
        override.set_from(from);
        override.set_to("llama-70b");
        override.set_expires_unix_us(stage.gateway->fleet.now_unix_us() + 1'440'000'000);
        stage.publish();
    }
    static bool says(const QWidget* widget, const QString& words) {
        for (auto* label : widget->findChildren<QLabel*>()) {
            if (label->isVisible() && label->text().contains(words)) return true;
        }
        return false;
    }

  private Q_SLOTS:
    void threeClicksFromTheProblem() {
        ConsoleStage stage;
        click(stage.window.findChild<QPushButton*>(u"redirect"_s));
        click(stage.button(u"Outage"_s));
        click(stage.button(u"Redirect gpt-4o → claude-sonnet"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 1U);
        const auto& request = stage.gateway->created.front();
        QCOMPARE(request.from(), "gpt-4o");
        QCOMPARE(request.to(), "claude-sonnet");
        QCOMPARE(request.ttl_seconds(), 1800);
        QCOMPARE(request.share_percent(), 100);
        QVERIFY(!request.reason().empty());
        QVERIFY(!request.idempotency_key().empty());
        QCOMPARE(request.actor(), "ana");
        QTRY_VERIFY(stage.button(u"Undo"_s));
    }

    void threeClicksFromTheBreakerRow() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        auto* table = qobject_cast<LiveTableView*>(stage.window.currentPage()->focusTarget());
        int column = 0;
        while (!table->model()->index(0, column).data(ActionRole).isValid()) ++column;
        const auto cell = table->visualRect(table->model()->index(0, column));
        QVERIFY2(table->viewport()->rect().contains(cell.center()), "the button is off screen");
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, cell.center());
        click(stage.button(u"Rate limit"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 1U);
    }

    void fourKeys() {
        ConsoleStage stage;
        openSheet(stage);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_1);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->created.size(), 1U);
        QCOMPARE(stage.gateway->created.front().reason(), "Outage");
        QCOMPARE(stage.gateway->created.front().ttl_seconds(), 1800);
    }

    void theFormFitsTheDock() {
        ConsoleStage stage;
        openSheet(stage);
        auto* form = stage.sheet()->findChild<RedirectForm*>();
        QTRY_VERIFY(form->width() <= form->parentWidget()->width());
        QVERIFY(form->minimumSizeHint().width() <= 320);  // as narrow as the dock can be
    }

    void aDoubleClickSendsOnce() {
        ConsoleStage stage;
        openSheet(stage);
        click(stage.button(u"Slow"_s));
        auto* apply = stage.button(u"Redirect gpt-4o →"_s);
        QVERIFY(apply);
        QTest::mouseClick(apply, Qt::LeftButton);
        QTest::mouseDClick(apply, Qt::LeftButton);
        QTRY_VERIFY(stage.button(u"Undo"_s));
        QCOMPARE(stage.gateway->created.size(), 1U);
    }

    void aFailedSendTriesAgainWithTheSameKey() {
        ConsoleStage stage;
        stage.gateway->refuse("CreateOverride", {signalbox::ErrorCode::unavailable, "gateway restarting", 0});
        openSheet(stage);
        click(stage.button(u"Slow"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 1U);
        stage.gateway->accept("CreateOverride");
        QTRY_VERIFY(stage.button(u"Redirect gpt-4o →"_s) && stage.button(u"Redirect gpt-4o →"_s)->isEnabled());
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 2U);
        QCOMPARE(stage.gateway->created[0].idempotency_key(), stage.gateway->created[1].idempotency_key());
    }

    void anotherWishGetsAnotherKey() {
        ConsoleStage stage;
        stage.gateway->refuse("CreateOverride", {signalbox::ErrorCode::unavailable, "gateway restarting", 0});
        openSheet(stage);
        click(stage.button(u"Slow"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_VERIFY(stage.gateway->created.size() == 1 && stage.button(u"Redirect gpt-4o →"_s));
        click(stage.button(u"1 h"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 2U);
        QVERIFY(stage.gateway->created[0].idempotency_key() != stage.gateway->created[1].idempotency_key());
    }

    void aMissingReasonIsAskedFor() {
        ConsoleStage stage;
        openSheet(stage);
        auto* apply = stage.button(u"Pick a reason"_s);
        click(apply);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(stage.gateway->callsOf("CreateOverride"), 0);
        bool asked = false;
        for (auto* label : stage.sheet()->findChildren<ToneLabel*>()) {
            asked = asked || (label->isVisible() && label->text().contains(u"Pick a reason"_s));
        }
        QVERIFY(asked);
    }

    void freeWordsAreAReason() {
        ConsoleStage stage;
        openSheet(stage);
        for (auto* edit : stage.sheet()->findChildren<QLineEdit*>()) {
            if (edit->accessibleName() == u"Reason in words"_s) QTest::keyClicks(edit, u"1 provider is 2 slow"_s);
        }
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 1U);
        QCOMPARE(stage.gateway->created.front().reason(), "1 provider is 2 slow");
    }

    void aStalledPreviewDoesNotBlock() {
        auto fake = std::make_unique<FakeGateway>();
        fake->stall("PreviewOverride");
        ConsoleStage stage(std::move(fake));
        openSheet(stage);
        click(stage.button(u"Outage"_s));
        auto* apply = stage.button(u"Redirect gpt-4o → claude-sonnet"_s);
        QVERIFY(apply && apply->isEnabled());
        const auto says = [&stage] {
            for (auto* label : stage.sheet()->findChildren<ToneLabel*>()) {
                if (label->text().startsWith(u"Preview not ready"_s)) return true;
            }
            return false;
        };
        QTRY_VERIFY(says());
        click(apply);
        QTRY_COMPARE(stage.gateway->created.size(), 1U);
        QCOMPARE(stage.gateway->created.front().to(), "claude-sonnet");
    }

    void aConflictOffersToReplace() {
        ConsoleStage stage;
        stage.gateway->refuse("CreateOverride", {signalbox::ErrorCode::conflict, "", 7});
        addOverride(stage, 7, "gpt-4o");
        openSheet(stage);
        click(stage.button(u"Cost"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_VERIFY(stage.button(u"Replace it"_s));
        stage.gateway->accept("CreateOverride");
        click(stage.button(u"Replace it"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 2U);
        QCOMPARE(stage.gateway->ended.size(), 1U);
        QCOMPARE(stage.gateway->ended.front().id(), 7);
        QTRY_VERIFY(stage.button(u"Undo"_s));
    }

    void aConflictWithAnotherModelIsOnlyTold() {
        ConsoleStage stage;
        stage.gateway->refuse("CreateOverride", {signalbox::ErrorCode::conflict, "it would make a circle with #7", 7});
        addOverride(stage, 7, "claude-sonnet");
        openSheet(stage);
        click(stage.button(u"Cost"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_VERIFY(says(stage.sheet(), u"it would make a circle with #7"_s));
        QVERIFY(!stage.button(u"Replace it"_s));
    }

    void aRefusalAfterReplacingSaysWhatIsGone() {
        ConsoleStage stage;
        stage.gateway->refuse("CreateOverride", {signalbox::ErrorCode::conflict, "", 7});
        addOverride(stage, 7, "gpt-4o");
        openSheet(stage);
        click(stage.button(u"Cost"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_VERIFY(stage.button(u"Replace it"_s));
        stage.gateway->refuse("CreateOverride", {signalbox::ErrorCode::unavailable, "disk full", 0});
        click(stage.button(u"Replace it"_s));
        QTRY_VERIFY(says(stage.sheet(), u"disk full"_s));
        QVERIFY(says(stage.sheet(), u"#7 was ended"_s));
        QVERIFY(!stage.button(u"Replace it"_s));
    }

    void noTargetsMeansNone() {
        ConsoleStage stage;
        stage.gateway->hasTargets = false;
        openSheet(stage);
        QTRY_VERIFY(stage.button(u"Nowhere to redirect to"_s));
        QVERIFY(!stage.button(u"Nowhere to redirect to"_s)->isEnabled());
    }

    void aLateAnswerIsToldAndTouchesNothing() {
        ConsoleStage stage;
        stage.gateway->stall("CreateOverride");
        openSheet(stage);
        click(stage.button(u"Outage"_s));
        click(stage.button(u"Redirect gpt-4o →"_s));
        QTRY_COMPARE(stage.gateway->created.size(), 1U);
        QTest::keyClick(&stage.window, Qt::Key_Escape);
        QVERIFY(!stage.sheet()->isVisible());
        openSheet(stage);
        click(stage.button(u"Slow"_s));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(stage.gateway->callsOf("CreateOverride"), 1);
        stage.gateway->release("CreateOverride");
        QVERIFY(says(&stage.window, u"Redirected gpt-4o → claude-sonnet"_s));
        QVERIFY(!stage.button(u"Undo"_s));
        QTRY_VERIFY(stage.button(u"Redirect gpt-4o →"_s) && stage.button(u"Redirect gpt-4o →"_s)->isEnabled());
    }

    void undoEndsIt() {
        ConsoleStage stage;
        openSheet(stage);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_6);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
        QTRY_VERIFY(stage.button(u"Undo"_s));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Z, Qt::ControlModifier);
        QTRY_COMPARE(stage.gateway->ended.size(), 1U);
        QCOMPARE(stage.gateway->ended.front().id(), 41);
        QTRY_VERIFY(!stage.button(u"Undo"_s));
    }

    void aPickedTargetSurvivesTheRanking() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        QTest::keyClick(stage.window.currentPage()->focusTarget(), Qt::Key_R);
        auto* list = stage.sheet()->findChild<TargetList*>();
        QCOMPARE(list->chosen(), u"claude-sonnet"_s);
        for (auto* radio : list->findChildren<QAbstractButton*>()) {
            if (radio->text() == u"qwen-32b"_s) radio->click();
        }
        const auto ranked = [&stage] {
            for (auto* label : stage.sheet()->findChildren<ToneLabel*>()) {
                if (label->text().contains(u"requests/min"_s)) return true;
            }
            return false;
        };
        QTRY_VERIFY(ranked());
        QCOMPARE(list->chosen(), u"qwen-32b"_s);
    }

    void onStaleDataTheButtonSaysSo() {
        ConsoleStage stage;
        openSheet(stage);
        click(stage.button(u"Outage"_s));
        stage.gateway->hangUp("connection refused");
        QTRY_VERIFY(stage.button(u"Apply blind"_s));
    }
};

QTEST_MAIN(TestRedirect)
#include "tst_redirect.moc"
