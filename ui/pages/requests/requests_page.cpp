#include "ui/pages/requests/requests_page.h"

#include <QClipboard>
#include <QDateTime>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QScrollBar>
#include <QShortcut>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <array>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int dwellMs = 120;
constexpr int listHeight = 460;  // px, where both are shown; the rest is shared in the same proportion
constexpr int inspectorHeight = 340;

struct SavedView {
    const char* name;
    const char* filter;
};
constexpr std::array<SavedView, 6> views{{
    {QT_TRANSLATE_NOOP("signalbox::ui::RequestsPage", "All"), ""},
    {QT_TRANSLATE_NOOP("signalbox::ui::RequestsPage", "Fallbacks"), "fallback:yes"},
    {QT_TRANSLATE_NOOP("signalbox::ui::RequestsPage", "Failures"), "outcome:failed"},
    {QT_TRANSLATE_NOOP("signalbox::ui::RequestsPage", "Shed"), "outcome:shed"},
    {QT_TRANSLATE_NOOP("signalbox::ui::RequestsPage", "Slow"), "total:>10s"},
    {QT_TRANSLATE_NOOP("signalbox::ui::RequestsPage", "Touched by an override"), "override:any"},
}};

// The filter that keeps only rows with this cell; empty: the column cannot be asked for.
QString onlyThis(const QString& columnId, const v1::Request& request) {
    if (columnId == u"outcome") return u"outcome:"_s + text(request.outcome());
    if (columnId == u"status" && request.status() >= 100) return u"status:%1"_s.arg(request.status());
    if (columnId == u"requested" && !request.requested_model().empty())
        return u"requested:"_s + text(request.requested_model());
    if (columnId == u"served" && !request.served_model().empty()) return u"served:"_s + text(request.served_model());
    if (columnId == u"caller" && !request.account().empty()) return u"caller:"_s + text(request.account());
    if (columnId == u"why" && !request.why().empty()) return u"why:"_s + text(request.why());
    if (columnId == u"override" && request.override_id() != 0) return u"override:#%1"_s.arg(request.override_id());
    return {};
}

}  // namespace

RequestsPage::RequestsPage(Source& source, QWidget* parent) : Page(source, parent), m_feed(source, m_model) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addLayout(buildBar());
    m_inspector = new RequestInspector(this);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(buildList());
    splitter->addWidget(m_inspector);
    splitter->setSizes({listHeight, inspectorHeight});
    column->addWidget(splitter, 1);
    m_inspector->hide();
    m_dwell.setSingleShot(true);
    m_dwell.setInterval(dwellMs);
    connectAll();
    showView();
    showFeed();
}

QLayout* RequestsPage::buildBar() {
    m_views = new ChipRow(tr("View"), static_cast<int>(views.size()), this);
    for (int at = 0; at < static_cast<int>(views.size()); ++at) {
        const SavedView& view = views.at(static_cast<std::size_t>(at));
        m_views->addChip(at, tr(view.name), QLatin1String(view.filter));
    }
    m_line = new FilterLine(
        [this] {
            const qint64 gateway = source().gatewayNowUs();
            return gateway > 0 ? gateway : QDateTime::currentMSecsSinceEpoch() * 1000;
        },
        this);
    m_fault = new ToneLabel(Tone::Critical, this);
    m_fault->setWordWrap(true);
    m_fault->hide();
    m_state = new ToneLabel(Tone::Muted, this);
    m_new = new QPushButton(this);
    m_new->setToolTip(tr("Show the newest (Home)"));
    m_new->hide();
    auto* top = new QHBoxLayout;
    top->addWidget(m_views);
    top->addStretch();
    top->addWidget(m_new);
    top->addWidget(m_state);
    auto* bar = new QVBoxLayout;
    bar->setSpacing(6);
    bar->addLayout(top);
    bar->addWidget(m_line);
    bar->addWidget(m_fault);
    return bar;
}

QWidget* RequestsPage::buildList() {
    auto* list = new QWidget(this);
    m_trouble = new Notice(list);
    m_trouble->setAction(tr("Retry"));
    m_trouble->setDismissable(false);
    m_table = new LiveTableView(tr("Requests"), u"requests"_s, list);
    m_table->setModel(&m_model);
    m_table->horizontalHeader()->setSectionsClickable(false);  // the history has one order
    m_table->horizontalHeader()->setSortIndicatorShown(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_empty = new EmptyState(list);
    m_stack = new QStackedLayout;
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_trouble);
    column->addLayout(m_stack, 1);
    return list;
}

void RequestsPage::connectAll() {
    connect(m_views, &ChipRow::chosenChanged, this, [this](int view) {
        if (view >= 0) m_line->apply(QLatin1String(views.at(static_cast<std::size_t>(view)).filter));
    });
    connect(m_line, &QLineEdit::textChanged, this, &RequestsPage::showView);
    connect(m_line, &FilterLine::filterChanged, &m_feed, &RequestFeed::setFilter);
    connect(m_line, &FilterLine::faultChanged, this, [this] {
        m_fault->setText(m_line->fault());
        m_fault->setVisible(!m_line->fault().isEmpty());
    });
    connect(&m_feed, &RequestFeed::changed, this, &RequestsPage::showFeed);
    connect(&m_feed, &RequestFeed::arrived, this, [this](int rows) {
        if (m_table->verticalScrollBar()->value() > 0) m_unseen += rows;
    });
    connect(m_trouble, &Notice::actionClicked, &m_feed, &RequestFeed::retry);
    connect(m_new, &QPushButton::clicked, this, &RequestsPage::follow);
    connect(new QShortcut(Qt::Key_Home, m_table, nullptr, nullptr, Qt::WidgetShortcut), &QShortcut::activated, this,
            &RequestsPage::follow);
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
        if (value == 0 && std::exchange(m_unseen, 0) > 0) showFeed();
    });
    connect(m_table, &LiveTableView::selectedIdChanged, this, &RequestsPage::select);
    connect(m_table, &LiveTableView::pauseToggled, this, [this] { source().setPaused(!source().isPaused()); });
    connect(m_table, &QWidget::customContextMenuRequested, this, &RequestsPage::showCellMenu);
    connect(&m_dwell, &QTimer::timeout, this, &RequestsPage::fetchDetails);
    connect(m_inspector, &RequestInspector::redirectWanted, this, &Page::redirectWanted);
    connect(m_inspector, &RequestInspector::overrideWanted, this, &Page::openOverride);
    connect(m_inspector, &RequestInspector::told, this, &Page::told);
    connect(m_inspector, &RequestInspector::closeWanted, this, &RequestsPage::clearSelection);
}

void RequestsPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_feed.setActive(true);
}

void RequestsPage::hideEvent(QHideEvent* event) {
    m_feed.setActive(false);
    Page::hideEvent(event);
}

// The chip of the view whose filter stands in the line, if one does.
void RequestsPage::showView() {
    const QString now = m_line->text().trimmed();
    const auto* found =
        std::ranges::find_if(views, [&](const SavedView& view) { return now == QLatin1String(view.filter); });
    const QSignalBlocker quiet(m_views);
    if (found == views.end()) {
        m_views->clear();
    } else {
        m_views->choose(static_cast<int>(found - views.begin()));
    }
}

void RequestsPage::showFeed() {
    m_trouble->say(Tone::Warn,
                   m_feed.failure().isEmpty() ? QString() : tr("The history cannot be read: %1").arg(m_feed.failure()));
    const qint64 fresh = m_feed.waiting() + m_unseen;
    const bool held = source().isPaused() || m_feed.isDetached() || m_unseen > 0;
    m_new->setText(tr("▲ %1 new").arg(format::count(fresh)));
    m_new->setVisible(held && (fresh > 0 || m_feed.isDetached()));
    const QString live = source().isPaused() ? tr("Paused") : m_feed.isDetached() ? tr("Older requests") : tr("● live");
    m_state->setText(m_feed.isLoading() ? tr("Loading…")
                                        : tr("%1 · %2 shown").arg(live, format::count(m_model.rowCount())));
    showEmpty();
    restoreSelection();
}

void RequestsPage::showEmpty() {
    const bool none = m_model.isEmpty() && !m_feed.isLoading();
    m_stack->setCurrentIndex(none ? 1 : 0);
    if (!none) return;
    if (!m_line->text().trimmed().isEmpty()) {
        m_empty->say(tr("No request matches the filter"), tr("New ones that match will appear here by themselves."));
    } else {
        m_empty->say(tr("No request yet"), tr("Send one on the page Local, or point a client at the gateway."));
    }
}

// A filter starts the table over; a request that is in it again is selected again.
void RequestsPage::restoreSelection() {
    if (m_selected.isEmpty() || m_table->selectedId() == m_selected || m_model.rowOf(m_selected) < 0) return;
    m_table->selectId(m_selected);
}

void RequestsPage::clearSelection() {
    m_selected.clear();
    m_table->clearSelectedId();
    m_inspector->hide();
}

QString RequestsPage::redirectModel() const {
    return m_selected.isEmpty() ? QString() : text(m_inspector->request().requested_model());
}

void RequestsPage::open(const QString& id) {
    m_selected = id;
    const int row = m_model.rowOf(id);
    if (row < 0) {
        m_line->apply(u"id:"_s + id);
    } else {
        m_table->selectId(id);
    }
}

void RequestsPage::select(const QString& id) {
    if (id.isEmpty()) return;  // a filter took it away: what is read stays until it is closed
    m_selected = id;
    const int row = m_model.rowOf(id);
    if (row < 0) return;
    m_inspector->setDataUrl(source().dataAddress().url);
    m_inspector->show(m_model.at(row));
    m_inspector->QWidget::show();
    QTimer::singleShot(0, m_table, [this] { m_table->scrollTo(m_table->currentIndex()); });  // the list got lower
    m_dwell.start();
}

void RequestsPage::fetchDetails() {
    v1::GetRequestRequest request;
    request.set_id(m_selected.toStdString());
    source().call(request, this, [this, id = m_selected](api::Answer<v1::GetRequestResponse> answer) {
        if (id != m_selected) return;
        if (answer) {
            m_inspector->show(answer->request());
        } else {
            m_inspector->setFailure(failureText(answer.error()));
        }
    });
}

void RequestsPage::follow() {
    m_unseen = 0;
    source().setPaused(false);
    m_feed.toNewest();
    m_table->scrollToTop();
    showFeed();
}

void RequestsPage::showCellMenu(const QPoint& at) {
    const auto index = m_table->indexAt(at);
    if (!index.isValid()) return;
    const QString column = m_model.headerData(index.column(), Qt::Horizontal, ColumnIdRole).toString();
    const QString only = onlyThis(column, m_model.at(index.row()));
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (!only.isEmpty()) menu->addAction(tr("Only %1").arg(only), this, [this, only] { m_line->apply(only); });
    menu->addAction(tr("Copy “%1”").arg(index.data().toString()), this,
                    [value = index.data().toString()] { QGuiApplication::clipboard()->setText(value); });
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

}  // namespace signalbox::ui
