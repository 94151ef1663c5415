// Shows the real window over a FakeGateway (or the gateway at SIGNALBOX_URL) and writes what an operator would see,
// light and dark, to the folder named on the command line, in the size that follows it (1280x800). Not a test: pictures
// for people.
#include <QApplication>
#include <QDir>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

#include "tests/ui/fake_gateway.h"
#include "ui/gateways/remote_gateway.h"
#include "ui/shell/main_window.h"
#include "ui/shell/translations.h"
#include "ui/widgets/live_table_view.h"

using namespace signalbox::ui;
using namespace Qt::StringLiterals;

namespace {

constexpr int breakerOpensMs = 120'000;  // somewhere in the demo, by then

QString folder;

// A real gateway is given three snapshots to fill a page; the script answers within the events already waiting.
void settle(Source& source) {
    for (int round = 0; round < 10; ++round) QCoreApplication::processEvents();
    if (qEnvironmentVariableIsEmpty("SIGNALBOX_URL")) return;
    const auto wanted = source.snapshot()->sequence() + 3;
    if (!QTest::qWaitFor([&] { return source.snapshot()->sequence() >= wanted; })) qWarning() << "no news";
}

void shoot(MainWindow& window, const QString& name) {
    settle(window.source());
    window.grab().save(QDir(folder).filePath(name + u".png"_s));
}

QPushButton* button(QWidget& window, const QString& words) {
    for (auto* candidate : window.findChildren<QPushButton*>()) {
        if (candidate->isVisible() && candidate->text().startsWith(words)) return candidate;
    }
    return nullptr;
}

void press(QWidget& window, const QString& words) {
    if (auto* found = button(window, words))
        QTest::mouseClick(found, Qt::LeftButton);
    else
        qWarning() << "no button" << words;
}

LiveTableView& tableOf(MainWindow& window, const QString& name) {
    const auto tables = window.currentPage()->findChildren<LiveTableView*>();
    return **std::ranges::find(tables, name, [](auto* table) { return table->accessibleName(); });
}

// The newest request that needed more than one attempt; false: there is none.
bool selectFallback(LiveTableView& table) {
    const auto& model = *table.model();
    for (int row = 0; row < model.rowCount(); ++row) {
        QString words;
        for (int column = 0; column < model.columnCount(); ++column)
            words += model.index(row, column).data().toString();
        if (!words.contains(u"Fallback"_s) || !words.contains(u"→"_s)) continue;
        table.selectRow(row);
        return true;
    }
    return false;
}

// An open breaker of a model that has somewhere to go; empty: none.
QString divertible(const Source& source) {
    const auto& snapshot = *source.snapshot();
    for (const auto& breaker : snapshot.breakers()) {
        if (breaker.state() != v1::BREAKER_STATE_OPEN) continue;
        for (const auto& model : snapshot.models()) {
            if (model.name() == breaker.model() && !model.fallbacks().empty())
                return QString::fromStdString(breaker.target());
        }
    }
    return {};
}

void targets(MainWindow& window, const QString& prefix) {
    window.goTo(u"models"_s);
    shoot(window, prefix + u"models"_s);
    auto& models = tableOf(window, u"Models"_s);
    models.selectRow(0);
    shoot(window, prefix + u"models-model"_s);
    models.clearSelectedId();
    auto& table = tableOf(window, u"Deployments"_s);
    table.selectRow(table.model()->rowCount() - 1);
    shoot(window, prefix + u"models-deployment"_s);
    QTest::keyClick(&table, Qt::Key_D);
    press(window, u"Maintenance"_s);
    shoot(window, prefix + u"drain"_s);
    if (qEnvironmentVariableIsEmpty("SIGNALBOX_URL")) {  // a real gateway is only looked at
        press(window, u"Drain"_s);
        if (!QTest::qWaitFor([&] { return button(window, u"Undo"_s); })) qWarning() << "no receipt";
        shoot(window, prefix + u"drain-receipt"_s);
    }
    QTest::keyClick(&window, Qt::Key_Escape);
    window.currentPage()->clearSelection();
}

void pages(MainWindow& window, const QString& prefix) {
    window.goTo(u"fleet"_s);
    shoot(window, prefix + u"fleet"_s);
    window.findChild<LiveTableView*>()->selectRow(0);
    shoot(window, prefix + u"fleet-inspector"_s);
    window.currentPage()->clearSelection();
    window.goTo(u"requests"_s);
    shoot(window, prefix + u"requests"_s);
    if (selectFallback(tableOf(window, u"Requests"_s)))
        shoot(window, prefix + u"requests-inspector"_s);
    else
        qWarning() << "no fallback";
    window.goTo(u"local"_s);
    shoot(window, prefix + u"local"_s);
    if (!QTest::qWaitFor([&] { return !divertible(window.source()).isEmpty(); }, breakerOpensMs))
        qWarning() << "no open breaker";
    targets(window, prefix);
    window.goTo(u"breakers"_s);
    shoot(window, prefix + u"breakers"_s);
    press(window, u"All"_s);
    shoot(window, prefix + u"breakers-all"_s);
    auto& table = tableOf(window, u"Breakers"_s);
    table.selectRow(1);
    shoot(window, prefix + u"breakers-second"_s);
    table.selectId(divertible(window.source()));
    shoot(window, prefix + u"breakers-inspector"_s);
    QTest::keyClick(&table, Qt::Key_H);
    shoot(window, prefix + u"hold"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    table.setFocus();
    QTest::keyClick(&table, Qt::Key_R);
    shoot(window, prefix + u"sheet"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_1);
    shoot(window, prefix + u"sheet-ready"_s);
}

void stages(MainWindow& window, FakeGateway& gateway, const QString& prefix) {
    pages(window, prefix);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    settle(window.source());
    gateway.publish();
    const auto shown = [&] { return window.source().snapshot()->overrides_size() == 1; };
    if (!QTest::qWaitFor(shown)) qWarning() << "no override";
    shoot(window, prefix + u"receipt"_s);
    window.goTo(u"overrides"_s);
    press(window, u"Close"_s);
    shoot(window, prefix + u"overrides"_s);
    gateway.hangUp("connection refused");
    window.goTo(u"fleet"_s);
    shoot(window, prefix + u"stale"_s);
}

}  // namespace

int main(int argc, char** argv) {
    QTemporaryDir settings;
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings.path());
    QApplication app(argc, argv);
    QApplication::setOrganizationName(u"signalbox-screenshots"_s);
    folder = argc > 1 ? QString::fromLocal8Bit(argv[1]) : u"screenshots"_s;
    QDir().mkpath(folder);
    installTranslations(QLocale(QLocale::English));
    Theme theme;
    const auto size = argc > 2 ? QString::fromLocal8Bit(argv[2]).split(u'x') : QStringList{u"1280"_s, u"800"_s};
    const auto url = qEnvironmentVariable("SIGNALBOX_URL");
    for (const auto mode : {ThemeMode::Light, ThemeMode::Dark}) {
        const auto prefix = mode == ThemeMode::Light ? u"light-"_s : u"dark-"_s;
        theme.setMode(mode);
        auto fake = std::make_unique<FakeGateway>();
        auto* script = fake.get();
        script->info.set_demo(mode == ThemeMode::Dark);
        std::unique_ptr<signalbox::api::Gateway> gateway = std::move(fake);
        if (!url.isEmpty()) {
            RemoteGatewayOptions options;
            options.base = QUrl(url);
            options.token = qgetenv("SIGNALBOX_TOKEN");
            gateway = std::make_unique<RemoteGateway>(options);
        }
        Source source(std::move(gateway));
        MainWindow window(source, theme, {});
        window.resize(size.value(0).toInt(), size.value(1).toInt());
        window.show();
        window.grab().save(QDir(folder).filePath(prefix + u"connecting.png"_s));
        source.start();
        if (!QTest::qWaitFor([&] { return source.hasSnapshot(); })) qWarning() << "no snapshot";
        settle(source);
        if (url.isEmpty())
            stages(window, *script, prefix);
        else
            pages(window, prefix);
    }
    return 0;
}
