// The frame: rail, context bar, override strip, pages, inspector, status line. It owns no model and knows no message
// but through its pages; what happens on a page is the page's.
#pragma once

#include <QMainWindow>
#include <QStackedWidget>
#include <QUrl>

#include <vector>

#include "ui/dialogs/act_sheet.h"
#include "ui/dialogs/redirect_sheet.h"
#include "ui/models/source.h"
#include "ui/shell/actions.h"
#include "ui/shell/context_bar.h"
#include "ui/shell/desk.h"
#include "ui/shell/inspector_dock.h"
#include "ui/shell/page_list.h"
#include "ui/shell/rail.h"
#include "ui/shell/status_line.h"
#include "ui/theme/theme.h"
#include "ui/widgets/notice.h"
#include "ui/widgets/override_strip.h"

namespace signalbox::ui {

struct WindowOptions {
    Environment environment = Environment::Local;  // Demo takes over when the gateway says so
    LocalGatewayControl* local = nullptr;          // the gateway of this program; outlives the window
    QString scope;                                 // host of a remote gateway; empty: the gateway's own name
};

class MainWindow : public QMainWindow {
    Q_OBJECT
  public:
    // `source` and `theme` must outlive the window.
    MainWindow(Source& source, Theme& theme, WindowOptions options, QWidget* parent = nullptr);

    void goTo(const QString& pageId);
    // console://<profile>/<page>?id=<object>; anything else is ignored.
    void openLink(const QUrl& link);
    Page* currentPage() const;
    Source& source() const { return m_source; }

  protected:
    void closeEvent(QCloseEvent* event) override;

  private:
    struct Slot {
        PageEntry entry;
        QAction* action;
        RailButton* button;
        Page* page = nullptr;  // made when first shown
    };

    QWidget* buildCentre();
    void buildPages();
    void buildTheme();
    void connectActions();
    void connectPage(Page* page);
    Slot* find(const QString& pageId);
    void open(const QString& pageId, const QString& object);
    void showSheet(const QString& model);
    void showAct(Act act, const QString& target);
    void showInspector();
    void closeInspector();
    void focusZone(int step);
    void refresh();
    void showEnvironment();
    void showWelcome();
    void changeOverride(qint64 id, bool end);

    Source& m_source;
    Theme& m_theme;
    WindowOptions m_options;
    Actions m_actions;
    EnvBand* m_band;
    Rail* m_rail;
    ContextBar* m_bar;
    OverrideStrip* m_strip;
    Notice* m_welcome;
    Notice* m_trouble;
    QStackedWidget* m_pages;
    InspectorDock* m_dock;
    RedirectSheet* m_sheet;
    ActSheet* m_actSheet;
    StatusLine* m_status;
    std::vector<Slot> m_slots;
    bool m_sheetOpen = false;  // one of the two
};

}  // namespace signalbox::ui
