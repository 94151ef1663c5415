#include "ui/shell/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QSettings>
#include <QUrlQuery>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/models/override_commands.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr QSize smallest{1024, 680};
constexpr QSize usual{1440, 900};
const auto geometryKey = u"window/geometry"_s;
const auto themeKey = u"appearance/theme"_s;
const auto welcomeKey = u"welcome/demoDismissed"_s;

}  // namespace

MainWindow::MainWindow(Source& source, Theme& theme, WindowOptions options, QWidget* parent)
    : QMainWindow(parent),
      m_source(source),
      m_theme(theme),
      m_options(std::move(options)),
      m_actions(this),
      m_dock(new InspectorDock(this)),
      m_sheet(new RedirectSheet(source, this)),
      m_actSheet(new ActSheet(source, this)),
      m_status(new StatusLine(source, this)) {
    setMinimumSize(smallest);
    resize(usual);
    restoreGeometry(QSettings().value(geometryKey).toByteArray());
    setContextMenuPolicy(Qt::NoContextMenu);
    setCentralWidget(buildCentre());
    setStatusBar(m_status);
    m_sheet->hide();
    m_actSheet->hide();
    buildPages();
    buildTheme();
    connectActions();
    connect(&source, &Source::snapshotChanged, this, &MainWindow::refresh);
    connect(&source, &Source::infoChanged, this, &MainWindow::showEnvironment);
    connect(&source, &Source::infoChanged, this, &MainWindow::showWelcome);
    if (m_options.local) {
        // A gateway that was started again is new to everybody: do not wait for the backoff.
        connect(m_options.local, &LocalGatewayControl::stateChanged, &source, &Source::retryNow);
    }
    showEnvironment();
    goTo(m_slots.front().entry.id);
}

QWidget* MainWindow::buildCentre() {
    auto* centre = new QWidget;
    m_band = new EnvBand(this);
    setMenuWidget(m_band);  // spans the window, above the inspector too
    m_rail = new Rail(centre);
    m_bar = new ContextBar(m_source, m_actions, centre);
    m_strip = new OverrideStrip(m_source, centre);
    m_welcome = new Notice(centre);
    m_trouble = new Notice(centre);
    m_pages = new QStackedWidget(centre);
    auto* notices = new QVBoxLayout;
    notices->setContentsMargins(16, 6, 16, 0);
    notices->addWidget(m_welcome);
    notices->addWidget(m_trouble);
    auto* right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_bar);
    right->addWidget(m_strip);
    right->addLayout(notices);
    right->addWidget(m_pages, 1);
    auto* line = new QHBoxLayout(centre);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(0);
    line->addWidget(m_rail);
    line->addLayout(right, 1);
    return new Desk(centre, m_pages, m_dock, this);
}

void MainWindow::buildPages() {
    for (auto& entry : pageList(m_options.local)) {
        auto* action = m_actions.addPage(entry.title, entry.icon, entry.digit);
        connect(action, &QAction::triggered, this, [this, id = entry.id] { goTo(id); });
        m_slots.push_back({std::move(entry), action, m_rail->addPage(action)});
    }
}

void MainWindow::buildTheme() {
    const auto show = [this] {
        for (auto* action : m_actions.themes->actions()) {
            action->setChecked(action->data().toInt() == static_cast<int>(m_theme.mode()));
        }
    };
    const int saved = std::clamp(QSettings().value(themeKey, 0).toInt(), 0, static_cast<int>(ThemeMode::Dark));
    if (saved != 0) m_theme.setMode(static_cast<ThemeMode>(saved));
    show();
    connect(&m_theme, &Theme::modeChanged, this, show);
    connect(m_actions.themes, &QActionGroup::triggered, this, [this](QAction* action) {
        m_theme.setMode(static_cast<ThemeMode>(action->data().toInt()));
        QSettings().setValue(themeKey, action->data());
    });
}

void MainWindow::connectActions() {
    connect(m_actions.pause, &QAction::triggered, &m_source, &Source::togglePaused);
    connect(m_actions.retry, &QAction::triggered, &m_source, &Source::retryNow);
    connect(m_actions.redirect, &QAction::triggered, this, [this] {
        if (!m_sheetOpen) showSheet(currentPage()->redirectModel());
    });
    connect(m_actions.closeInspector, &QAction::triggered, this, &MainWindow::closeInspector);
    connect(m_actions.nextZone, &QAction::triggered, this, [this] { focusZone(1); });
    connect(m_actions.previousZone, &QAction::triggered, this, [this] { focusZone(-1); });
    connect(m_actions.fullScreen, &QAction::triggered, this,
            [this](bool on) { setWindowState(windowState().setFlag(Qt::WindowFullScreen, on)); });
    connect(m_actions.quit, &QAction::triggered, qApp, &QApplication::quit);
    connect(m_dock, &InspectorDock::closeWanted, this, &MainWindow::closeInspector);
    connect(m_sheet, &RedirectSheet::closeWanted, this, &MainWindow::closeInspector);
    connect(m_sheet, &RedirectSheet::told, m_status, &StatusLine::tell);
    connect(m_actSheet, &ActSheet::closeWanted, this, &MainWindow::closeInspector);
    connect(m_actSheet, &ActSheet::told, m_status, &StatusLine::tell);
    connect(m_strip, &OverrideStrip::extendWanted, this, [this](qint64 id) { changeOverride(id, false); });
    connect(m_strip, &OverrideStrip::endWanted, this, [this](qint64 id) { changeOverride(id, true); });
    connect(m_strip, &OverrideStrip::detailsWanted, this,
            [this](qint64 id) { open(u"overrides"_s, QString::number(id)); });
    connect(m_welcome, &Notice::dismissed, this, [] { QSettings().setValue(welcomeKey, true); });
}

void MainWindow::connectPage(Page* page) {
    connect(page, &Page::inspectorChanged, this, &MainWindow::showInspector);
    connect(page, &Page::redirectWanted, this, &MainWindow::showSheet);
    connect(page, &Page::actWanted, this, &MainWindow::showAct);
    connect(page, &Page::told, m_status, &StatusLine::tell);
    connect(page, &Page::openRequest, this, [this](const QString& id) { open(u"requests"_s, id); });
    connect(page, &Page::openBreaker, this, [this](const QString& target) { open(u"breakers"_s, target); });
    connect(page, &Page::openOverride, this, [this](qint64 id) { open(u"overrides"_s, QString::number(id)); });
}

MainWindow::Slot* MainWindow::find(const QString& pageId) {
    const auto found = std::ranges::find(m_slots, pageId, [](const Slot& slot) { return slot.entry.id; });
    return found == m_slots.end() ? nullptr : &*found;
}

Page* MainWindow::currentPage() const {
    return qobject_cast<Page*>(m_pages->currentWidget());
}

void MainWindow::goTo(const QString& pageId) {
    auto* slot = find(pageId);
    if (!slot) return;
    if (!slot->page) {
        slot->page = slot->entry.make(m_source, m_pages);
        m_pages->addWidget(slot->page);
        connectPage(slot->page);
    }
    slot->action->setChecked(true);
    m_pages->setCurrentWidget(slot->page);
    slot->page->focusTarget()->setFocus();
    showInspector();
}

void MainWindow::open(const QString& pageId, const QString& object) {
    if (!find(pageId)) return;
    goTo(pageId);
    if (!object.isEmpty()) currentPage()->open(object);
}

void MainWindow::openLink(const QUrl& link) {
    if (link.scheme() != u"console") return;
    open(link.path().mid(1), QUrlQuery(link).queryItemValue(u"id"_s, QUrl::FullyDecoded));
}

void MainWindow::showSheet(const QString& model) {
    m_sheetOpen = true;
    m_dock->present(m_sheet, tr("Redirect"));
    m_sheet->open(model);
}

void MainWindow::showAct(Act act, const QString& target) {
    m_sheetOpen = true;
    m_dock->present(m_actSheet, ActSheet::title(act));
    m_actSheet->open(act, target);
}

void MainWindow::showInspector() {
    if (m_sheetOpen) return;
    auto* page = currentPage();
    m_dock->present(page->inspector(), page->inspectorTitle());
}

void MainWindow::closeInspector() {
    if (std::exchange(m_sheetOpen, false)) {
        showInspector();
    } else {
        currentPage()->clearSelection();
    }
    currentPage()->focusTarget()->setFocus();
}

void MainWindow::focusZone(int step) {
    std::vector<std::pair<QWidget*, QWidget*>> zones{
        {m_rail, m_rail->focusTarget()}, {m_bar, m_bar->focusTarget()}, {currentPage(), currentPage()->focusTarget()}};
    if (auto* content = m_dock->content()) {
        auto* first = content->nextInFocusChain();
        while (first != content && !(first->focusPolicy() & Qt::TabFocus && first->isVisible()))
            first = first->nextInFocusChain();
        zones.emplace_back(m_dock, first);
    }
    const auto count = static_cast<int>(zones.size());
    int now = step > 0 ? -1 : 0;
    for (int at = 0; at < count; ++at) {
        if (zones[static_cast<std::size_t>(at)].first->isAncestorOf(QApplication::focusWidget())) now = at;
    }
    zones[static_cast<std::size_t>((now + step + count) % count)].second->setFocus(Qt::TabFocusReason);
}

void MainWindow::refresh() {
    const auto& totals = m_source.snapshot()->totals();
    const auto open = static_cast<int>(totals.open_breakers() + totals.half_open_breakers());
    if (auto* breakers = find(u"breakers"_s))
        breakers->button->setBadge(open, totals.open_breakers() > 0 ? Tone::Critical : Tone::Warn,
                                   tr("%1 open").arg(open));
    const int active = m_source.snapshot()->overrides_size();
    if (auto* overrides = find(u"overrides"_s))
        overrides->button->setBadge(active, Tone::Busy, tr("%1 active").arg(active));
    if (m_options.scope.isEmpty()) showEnvironment();
}

void MainWindow::showEnvironment() {
    const auto environment = m_source.isDemo() ? Environment::Demo : m_options.environment;
    const auto scope = m_options.scope.isEmpty() ? text(m_source.snapshot()->name()) : m_options.scope;
    m_band->setEnvironment(environment);
    m_bar->setEnvironment(environment, scope);
    m_sheet->setEnvironment(environment);
    m_actSheet->setEnvironment(environment);
    setWindowTitle(scope.isEmpty() ? tr("Signalbox")
                                   : tr("%1 · %2 – Signalbox").arg(scope, environmentWord(environment)));
}

void MainWindow::showWelcome() {
    const auto url = m_source.dataAddress().url;
    if (!m_source.isDemo() || url.isEmpty() || QSettings().value(welcomeKey).toBool()) return;
    m_welcome->say(Tone::Busy,
                   tr("Demo data: simulated providers, nothing leaves this machine. To try it with your own "
                      "program, point any OpenAI SDK at it: OPENAI_BASE_URL=%1")
                       .arg(url));
}

void MainWindow::changeOverride(qint64 id, bool end) {
    const auto answered = [this, end](api::Answer<v1::Override> answer) {
        m_strip->answered();
        if (!answer) {
            return m_trouble->say(Tone::Critical, end ? tr("Not ended: %1").arg(failureText(answer.error()))
                                                      : tr("Not extended: %1").arg(failureText(answer.error())));
        }
        m_trouble->hide();
        m_status->tell(end ? tr("Ended the redirect %1").arg(redirectText(*answer))
                           : tr("Extended %1; it ends %2 UTC")
                                 .arg(redirectText(*answer), format::clock(answer->expires_unix_us())));
    };
    if (end) return endOverride(m_source, id, this, answered);
    extendOverride(m_source, id, OverrideStrip::extendSeconds, this, answered);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    QSettings().setValue(geometryKey, saveGeometry());
    QMainWindow::closeEvent(event);
}

}  // namespace signalbox::ui
