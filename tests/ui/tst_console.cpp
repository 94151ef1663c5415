// The frame and its pages: nothing slow, everything named, everything by keyboard.
#include <QAccessible>
#include <QHeaderView>
#include <QLabel>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSignalSpy>

#include "tests/ui/stage.h"
#include "tests/ui/watchdog.h"
#include "ui/models/words.h"
#include "ui/shell/translations.h"

using namespace signalbox::ui;
using namespace Qt::StringLiterals;

namespace {

class FakeControl : public LocalGatewayControl {
  public:
    LocalGatewayState state() const override { return {LocalGatewayState::Phase::Running, 8080, {}, {}}; }
    void start(int) override {}
    void stop() override {}
    std::vector<LogLine> log() const override { return {}; }
};

}  // namespace

class TestConsole : public QObject {
    Q_OBJECT
    OwnSettings m_settings;

    static QStringList nameless(const QWidget& window) {
        QStringList found;
        for (auto* widget : window.findChildren<QWidget*>()) {
            const bool inner = widget->objectName().startsWith(u"qt_"_s);  // parts of Qt's own widgets
            if (!widget->isVisible() || inner || !(widget->focusPolicy() & Qt::TabFocus)) continue;
            auto* interface = QAccessible::queryAccessibleInterface(widget);
            if (interface && !interface->text(QAccessible::Name).isEmpty()) continue;
            found << QString::fromUtf8(widget->metaObject()->className()) + u' ' + widget->objectName();
        }
        return found;
    }

  private Q_SLOTS:
    void everyFocusableWidgetHasAName() {
        ConsoleStage stage;
        for (const auto& entry : pageList()) {
            stage.window.goTo(entry.id);
            QCOMPARE(nameless(stage.window), QStringList());
        }
        stage.window.goTo(u"breakers"_s);
        QTest::keyClick(stage.window.currentPage()->focusTarget(), Qt::Key_R);
        QTRY_VERIFY(stage.sheet()->isVisible());
        QCOMPARE(nameless(stage.window), QStringList());
        QTest::keyClick(&stage.window, Qt::Key_Escape);
        for (const auto& [page, id] : {std::pair{u"breakers"_s, u"azure/gpt-4o#main"_s},
                                       std::pair{u"models"_s, u"edge-2/qwen-32b"_s},
                                       {u"models"_s, u"gpt-4o"_s}}) {
            stage.window.goTo(page);
            stage.window.currentPage()->open(id);
            QCOMPARE(nameless(stage.window), QStringList());
        }
        click(stage.button(u"Redirect gpt-4o"_s));
        QTest::keyClick(&stage.window, Qt::Key_Escape);
        stage.window.goTo(u"breakers"_s);
        QTest::keyClick(stage.window.currentPage()->focusTarget(), Qt::Key_H);
        QCOMPARE(nameless(stage.window), QStringList());
    }

    void aStormStaysSmooth() {
        ConsoleStage stage;
        auto* app = qobject_cast<WatchedApplication*>(qApp);
        for (int at = 0; at < 300; ++at) {
            const auto n = QString::number(at).toStdString();
            auto& breaker = *stage.gateway->fleet.add_breakers();
            breaker = stage.gateway->fleet.breakers(0);
            breaker.set_target("provider/model#" + n);
        }
        app->takeSlow();
        stage.window.goTo(u"breakers"_s);
        for (int round = 0; round < 200; ++round) {
            stage.gateway->fleet.mutable_breakers()->SwapElements(round % 300, (round * 7) % 300);
            stage.gateway->publish();
            QCoreApplication::processEvents();
        }
        QTRY_COMPARE(stage.source.snapshot()->sequence(), 200);
        for (const auto& entry : pageList()) stage.window.goTo(entry.id);
        QCoreApplication::processEvents();
        QCOMPARE(app->takeSlow(), QStringList());
    }

    void theUsualColumnsFitALaptop() {
        FakeControl local;
        WindowOptions options;
        options.local = &local;
        ConsoleStage stage(std::make_unique<FakeGateway>(), options);
        for (const auto& [page, name] : {std::pair{u"requests"_s, u"Requests"_s}, {u"local"_s, u"Recent requests"_s}}) {
            stage.window.goTo(page);
            for (auto* table : stage.window.currentPage()->findChildren<LiveTableView*>()) {
                if (table->accessibleName() != name) continue;
                const auto room = [&] { return table->width() - table->verticalScrollBar()->sizeHint().width(); };
                QTRY_VERIFY2(table->horizontalHeader()->length() <= room(), qPrintable(name));
            }
        }
    }

    void pagesOpenByKey() {
        ConsoleStage stage;
        for (const auto& entry : pageList()) {
            QTest::keyClick(&stage.window, static_cast<Qt::Key>(Qt::Key_0 + entry.digit), Qt::ControlModifier);
            QCOMPARE(stage.window.currentPage()->isVisible(), true);
            QVERIFY(stage.window.currentPage()->focusTarget()->hasFocus());
        }
    }

    void selectionOpensTheInspectorAndEscClosesIt() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        auto* dock = stage.window.findChild<InspectorDock*>();
        QVERIFY(!dock->isVisible());
        QTest::keyClick(stage.window.currentPage()->focusTarget(), Qt::Key_J);
        QVERIFY(dock->isVisible());
        QTest::keyClick(&stage.window, Qt::Key_Escape);
        QVERIFY(!dock->isVisible());
    }

    void theSelectedRowMayVanish() {
        QTest::failOnWarning(QRegularExpression(u"QAbstractItemModel"_s));
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        auto* table = qobject_cast<LiveTableView*>(stage.window.currentPage()->focusTarget());
        QTest::keyClick(table, Qt::Key_J);
        QVERIFY(!table->selectedId().isEmpty());
        stage.gateway->fleet.clear_breakers();
        stage.publish();
        QCOMPARE(table->model()->rowCount(), 0);
        QVERIFY(table->selectedId().isEmpty());
    }

    void theSheetReturnsToTheSelection() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        auto* table = stage.window.currentPage()->focusTarget();
        QTest::keyClick(table, Qt::Key_J);
        QTest::keyClick(table, Qt::Key_R);
        QTRY_VERIFY(stage.sheet()->isVisible());
        QTest::keyClick(&stage.window, Qt::Key_Escape);
        QVERIFY(!stage.sheet()->isVisible());
        QVERIFY(stage.window.findChild<InspectorDock*>()->isVisible());
    }

    void f6VisitsEveryZone() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        QTest::keyClick(stage.window.currentPage()->focusTarget(), Qt::Key_J);
        QSet<QWidget*> visited;
        for (int at = 0; at < 4; ++at) {
            QTest::keyClick(&stage.window, Qt::Key_F6);
            visited.insert(QApplication::focusWidget());
        }
        QCOMPARE(visited.size(), 4);
        QVERIFY(stage.window.currentPage()->focusTarget()->hasFocus());
    }

    void evidenceLeadsToItsRequest() {
        ConsoleStage stage;
        stage.window.goTo(u"breakers"_s);
        auto* page = stage.window.currentPage();
        QSignalSpy wanted(page, &Page::openRequest);
        QTest::keyClick(page->focusTarget(), Qt::Key_J);
        auto* inspector = page->inspector();
        QVERIFY(inspector);
        QPushButton* link = nullptr;
        for (auto* button : inspector->findChildren<QPushButton*>()) {
            if (button->isFlat()) link = button;
        }
        click(link);
        QCOMPARE(wanted.size(), 1);
        QVERIFY(wanted.first().first().toString().startsWith(u"01JD3X"_s));
    }

    void linksOpenAnObject() {
        ConsoleStage stage;
        stage.window.openLink(QUrl(u"console://local/breakers?id=local%2Fqwen-32b%23main"_s));
        auto* table = qobject_cast<LiveTableView*>(stage.window.currentPage()->focusTarget());
        QCOMPARE(table->selectedId(), u"local/qwen-32b#main"_s);
        stage.window.openLink(QUrl(u"https://example.org/fleet"_s));
        stage.window.openLink(QUrl(u"console://local/nowhere?id=1"_s));
        QCOMPARE(table->selectedId(), u"local/qwen-32b#main"_s);
    }

    void theStripExtendsAndEnds() {
        ConsoleStage stage;
        auto* strip = stage.window.findChild<OverrideStrip*>();
        QVERIFY(!strip->isVisible());
        auto& override = *stage.gateway->fleet.add_overrides();
        override.set_id(9);
        override.set_from("gpt-4o");
        override.set_to("claude-sonnet");
        override.set_expires_unix_us(stage.gateway->fleet.now_unix_us() + 1'440'000'000);
        stage.publish();
        QVERIFY(strip->isVisible());
        QTRY_VERIFY(stage.button(u"Extend"_s)->isEnabled());
        click(stage.button(u"Extend"_s));
        QTRY_COMPARE(stage.gateway->extended.size(), 1U);
        QCOMPARE(stage.gateway->extended.front().by_seconds(), 900);
        QTRY_VERIFY(stage.button(u"End now"_s)->isEnabled());
        click(stage.button(u"End now"_s));
        QTRY_COMPARE(stage.gateway->ended.size(), 1U);
        stage.publish();
        QVERIFY(!strip->isVisible());
    }

    void aViewerSeesOverridesButChangesNone() {
        auto fake = std::make_unique<FakeGateway>();
        fake->info.set_role("viewer");
        auto& override = *fake->fleet.add_overrides();
        override.set_id(9);
        override.set_from("gpt-4o");
        override.set_to("claude-sonnet");
        override.set_expires_unix_us(fake->fleet.now_unix_us() + 1'440'000'000);
        ConsoleStage stage(std::move(fake));
        stage.window.goTo(u"overrides"_s);
        stage.window.currentPage()->open(u"9"_s);
        QVERIFY(stage.window.currentPage()->inspector());
        int seen = 0;
        for (const auto* button : stage.window.findChildren<QPushButton*>()) {
            if (!button->isVisible() || !(button->text() == u"End now"_s || button->text().startsWith(u"Extend"_s)))
                continue;
            ++seen;
            QVERIFY2(!button->isEnabled(), qPrintable(button->text()));
            QVERIFY2(button->toolTip().contains(u"operator"_s), qPrintable(button->toolTip()));
        }
        QCOMPARE(seen, 6);  // on the strip, on the page, in the inspector
        QCOMPARE(stage.gateway->callsOf("EndOverride"), 0);
    }

    void aSecondClickOnTheStripHitsNothingElse() {
        ConsoleStage stage;
        for (const int id : {9, 10}) {
            auto& override = *stage.gateway->fleet.add_overrides();
            override.set_id(id);
            override.set_from("gpt-4o");
            override.set_to("claude-sonnet");
            override.set_expires_unix_us(stage.gateway->fleet.now_unix_us() + id * 60'000'000);
        }
        stage.publish();
        auto* strip = stage.window.findChild<OverrideStrip*>();
        auto* end = stage.button(u"End now"_s);
        QVERIFY(!end->isEnabled());  // it has just come
        QTRY_VERIFY(end->isEnabled());
        stage.gateway->stall("EndOverride");
        click(end);
        QVERIFY(!end->isEnabled());
        QTRY_COMPARE(stage.gateway->ended.size(), 1U);
        stage.publish();
        QCOMPARE(strip->overrideId(), 10);
        stage.gateway->release("EndOverride");
        QVERIFY(!end->isEnabled());
        QTRY_VERIFY(end->isEnabled());
        QCOMPARE(stage.gateway->ended.size(), 1U);
    }

    void demoDataIsMarkedAndExplained() {
        auto fake = std::make_unique<FakeGateway>();
        fake->info.set_demo(true);
        ConsoleStage stage(std::move(fake));
        QTRY_VERIFY(stage.window.findChild<EnvChip*>()->accessibleName().contains(u"DEMO"_s));
        QVERIFY(stage.window.windowTitle().contains(u"DEMO"_s));
        Notice* welcome = nullptr;
        for (auto* notice : stage.window.findChildren<Notice*>()) {
            if (notice->isVisible()) welcome = notice;
        }
        QVERIFY(welcome && welcome->sentence().contains(u"http://127.0.0.1:8080/v1"_s));
    }

    void aLostGatewayLooksLost() {
        ConsoleStage stage;
        stage.gateway->hangUp("connection refused");
        QTRY_VERIFY(stage.button(u"Retry now"_s));
        const auto says = [&stage](const QString& words) {
            for (auto* label : stage.window.findChildren<QLabel*>()) {
                if (label->isVisible() && label->text().contains(words)) return true;
            }
            return false;
        };
        QVERIFY(says(u"stale"_s));
        QVERIFY(says(u"connection refused"_s));
        click(stage.button(u"Retry now"_s));
        QTRY_VERIFY(!stage.button(u"Retry now"_s));
    }

    void englishHasPlurals() {
        installTranslations(QLocale(QLocale::English));
        const auto strip = [](int n) { return OverrideStrip::tr("%1 %n override(s) active", nullptr, n).arg(u">"_s); };
        QCOMPARE(strip(1), u"> 1 override active"_s);
        QCOMPARE(strip(3), u"> 3 overrides active"_s);
        QCOMPARE(requestsText(0), u"0 requests"_s);
        QCOMPARE(requestsText(1), u"1 request"_s);
        QCOMPARE(requestsText(1812), u"1\u2009812 requests"_s);
        const auto badges = [&] {
            ConsoleStage stage;
            auto& override = *stage.gateway->fleet.add_overrides();
            override.set_id(9);
            stage.publish();
            QStringList names;
            for (auto* button : stage.window.findChildren<RailButton*>()) names << button->accessibleName();
            return names;
        }();
        QVERIFY(badges.contains(u"Breakers, 2 open"_s));
        QVERIFY(badges.contains(u"Overrides, 1 active"_s));
    }

    void themesSwitchEveryColour() {
        ConsoleStage stage;
        stage.theme.setMode(ThemeMode::Light);
        QTRY_VERIFY(!isDark(stage.window.palette()));
        stage.theme.setMode(ThemeMode::Dark);
        QTRY_VERIFY(isDark(stage.window.palette()));
        for (auto* badge : stage.window.findChildren<ToneLabel*>()) {
            const auto color = badge->palette().color(QPalette::WindowText);
            QVERIFY2(color.lightness() > 90, qPrintable(badge->text()));
        }
    }
};

int main(int argc, char** argv) {
    WatchedApplication app(argc, argv);
    TestConsole test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_console.moc"
