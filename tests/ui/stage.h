// The whole console over a script, ready to be clicked.
#pragma once

#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include "tests/ui/fake_gateway.h"
#include "ui/shell/main_window.h"
#include "ui/widgets/live_table_view.h"

namespace signalbox::ui {

// First thing in main(): the developer's own settings stay untouched.
class OwnSettings {
  public:
    OwnSettings() {
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path());
        QCoreApplication::setOrganizationName(QStringLiteral("signalbox-test"));
    }

  private:
    QTemporaryDir m_folder;
};

struct ConsoleStage {
    FakeGateway* gateway;
    Source source;
    Theme theme;
    MainWindow window;

    explicit ConsoleStage(std::unique_ptr<FakeGateway> fake = std::make_unique<FakeGateway>(),
                          WindowOptions options = {})
        : gateway(fake.get()), source(std::move(fake)), window(source, theme, std::move(options)) {
        window.resize(1280, 800);
        window.show();
        source.start();
        [this] {
            QVERIFY(QTest::qWaitForWindowActive(&window));
            QTRY_VERIFY(source.hasSnapshot() && source.info().actor() == "ana");
        }();
    }

    // The visible button whose words start so; nullptr: none.
    QPushButton* button(const QString& words) const {
        for (auto* found : window.findChildren<QPushButton*>()) {
            if (found->isVisible() && found->text().startsWith(words)) return found;
        }
        return nullptr;
    }
    RedirectSheet* sheet() const { return window.findChild<RedirectSheet*>(); }
    void publish() {
        const auto next = gateway->fleet.sequence() + 1;
        gateway->publish();
        [&] { QTRY_COMPARE(source.snapshot()->sequence(), next); }();
    }
};

inline void click(QWidget* widget) {
    QVERIFY(widget);
    QTest::mouseClick(widget, Qt::LeftButton);
}

}  // namespace signalbox::ui
