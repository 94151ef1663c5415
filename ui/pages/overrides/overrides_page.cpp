#include "ui/pages/overrides/overrides_page.h"

#include <QHBoxLayout>
#include <QSplitter>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/models/override_commands.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/widgets/override_strip.h"

namespace signalbox::ui {

namespace {

constexpr int auditRows = 200;
constexpr int fetchEveryTicks = 5;

}  // namespace

OverridesPage::OverridesPage(Source& source, QWidget* parent)
    : Page(source, parent),
      m_notice(new Notice(this)),
      m_table(new LiveTableView(tr("Overrides"), QStringLiteral("overrides"), this)),
      m_audit(new LiveTableView(tr("Audit trail"), QStringLiteral("audit"), this)),
      m_empty(new EmptyState(this)),
      m_inspector(new OverrideInspector(this)) {
    m_inspector->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    column->addLayout(buildBar());
    column->addWidget(m_notice);
    column->addWidget(buildTables(), 1);
    m_table->setModel(&m_model);
    m_audit->setModel(&m_auditModel);
    connect(m_table, &LiveTableView::selectedIdChanged, this, [this] {
        refresh();
        Q_EMIT inspectorChanged();
    });
    for (auto* table : {m_table, m_audit}) {
        connect(table, &LiveTableView::pauseToggled, &source, &Source::togglePaused);
    }
    connect(m_inspector, &OverrideInspector::extendWanted, this, &OverridesPage::extend);
    connect(m_inspector, &OverrideInspector::endWanted, this, &OverridesPage::end);
}

QLayout* OverridesPage::buildBar() {
    m_which = new ChipRow(tr("Show"), 2, this);
    m_which->addChip(Active, {});
    m_which->addChip(Ended, {});
    m_which->choose(Active);
    connect(m_which, &ChipRow::chosenChanged, this, [this] {
        clearSelection();
        refresh();
    });
    m_extend = new QPushButton(tr("Extend +15 min"), this);
    m_end = new QPushButton(tr("End now"), this);
    auto* create = new QPushButton(tr("New redirect…"), this);
    connect(m_extend, &QPushButton::clicked, this, &OverridesPage::extend);
    connect(m_end, &QPushButton::clicked, this, &OverridesPage::end);
    connect(create, &QPushButton::clicked, this, [this] { Q_EMIT redirectWanted({}); });
    auto* bar = new QHBoxLayout;
    bar->addWidget(m_which);
    bar->addStretch();
    for (auto* button : {m_extend, m_end, create}) bar->addWidget(button);
    return bar;
}

QWidget* OverridesPage::buildTables() {
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    auto* upper = new QWidget(splitter);
    m_stack = new QStackedLayout(upper);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto* lower = new QWidget(splitter);
    auto* column = new QVBoxLayout(lower);
    column->setContentsMargins(0, 6, 0, 0);
    column->addWidget(mutedLabel(tr("Audit trail: every change, newest first"), lower));
    column->addWidget(m_audit, 1);
    splitter->addWidget(upper);
    splitter->addWidget(lower);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    return splitter;
}

QWidget* OverridesPage::inspector() {
    return selected() ? m_inspector : nullptr;
}

QWidget* OverridesPage::focusTarget() {
    if (!m_shown.empty()) return m_table;
    return m_which->chip(m_which->chosen());
}

QString OverridesPage::inspectorTitle() const {
    const auto* override = selected();
    return override ? tr("Override #%1").arg(override->id()) : QString();
}

void OverridesPage::open(const QString& id) {
    const auto inForce = active();
    const auto found = std::ranges::find(inForce, id.toLongLong(), [](const auto& o) { return o.id(); });
    m_which->choose(found == inForce.end() ? Ended : Active);
    m_table->selectId(id);
}

std::vector<v1::Override> OverridesPage::active() const {
    const auto& overrides = source().snapshot()->overrides();
    return {overrides.begin(), overrides.end()};
}

const v1::Override* OverridesPage::selected() const {
    const auto found =
        std::ranges::find(m_shown, m_table->selectedId().toLongLong(), [](const auto& o) { return o.id(); });
    return found == m_shown.end() ? nullptr : &*found;
}

void OverridesPage::tick() {
    if (++m_ticks % fetchEveryTicks == 0) fetch();
    refresh();
}

void OverridesPage::fetch() {
    source().call(v1::ListOverridesRequest{}, this, [this](api::Answer<v1::ListOverridesResponse> answer) {
        if (!answer) return;
        m_ended.clear();
        for (const auto& override : answer->overrides()) {
            if (stateOf(override) != State::OverrideActive) m_ended.push_back(override);
        }
        refresh();
    });
    fetchAudit();
}

void OverridesPage::fetchAudit() {
    v1::ListAuditRequest request;
    request.set_limit(auditRows);
    source().call(request, this, [this](api::Answer<v1::ListAuditResponse> answer) {
        if (answer) m_auditModel.update(*answer);
    });
}

void OverridesPage::refresh() {
    const auto inForce = active();
    if (static_cast<int>(inForce.size()) != std::exchange(m_inForce, static_cast<int>(inForce.size()))) fetch();
    const bool showsActive = m_which->chosen() == Active;
    m_shown = showsActive ? inForce : m_ended;
    m_model.update(m_shown, source().gatewayNowUs());
    m_which->chip(Active)->setText(tr("Active (%1)").arg(inForce.size()));
    m_which->chip(Ended)->setText(tr("Ended (%1)").arg(m_ended.size()));
    m_stack->setCurrentIndex(m_shown.empty() ? 1 : 0);
    m_empty->say(showsActive ? tr("No override is in force") : tr("No override has ended yet"),
                 showsActive ? tr("A redirect sends one model's requests to another for a limited time.\n"
                                  "Press “New redirect…”, or R on a breaker.")
                             : tr("Ended and undone overrides are kept here."));
    const auto* override = selected();
    const auto forbidden = source().forbidden();
    const bool isActive = override && stateOf(*override) == State::OverrideActive;
    const bool canAct = isActive && forbidden.isEmpty() && !m_acting;
    m_extend->setEnabled(canAct);
    m_end->setEnabled(canAct);
    const auto hint = !forbidden.isEmpty() ? forbidden : isActive ? QString() : tr("Select an active override first");
    m_extend->setToolTip(hint);
    m_end->setToolTip(hint);
    if (override) m_inspector->showOverride(*override, source().gatewayNowUs(), forbidden);
}

void OverridesPage::extend() {
    const auto* override = selected();
    if (!override || m_acting) return;
    m_acting = true;
    extendOverride(source(), override->id(), OverrideStrip::extendSeconds, this,
                   [this](api::Answer<v1::Override> answer) {
                       report(answer, answer ? tr("Extended %1; it ends %2 UTC")
                                                   .arg(redirectText(*answer), format::clock(answer->expires_unix_us()))
                                             : QString());
                   });
}

void OverridesPage::end() {
    const auto* override = selected();
    if (!override || m_acting) return;
    m_acting = true;
    endOverride(source(), override->id(), this, [this](api::Answer<v1::Override> answer) {
        report(answer, answer ? tr("Ended the redirect %1").arg(redirectText(*answer)) : QString());
    });
}

void OverridesPage::report(const api::Answer<v1::Override>& answer, const QString& done) {
    m_acting = false;
    if (answer) {
        m_notice->hide();
        Q_EMIT told(done);
    } else {
        m_notice->say(Tone::Critical, tr("Not changed: %1").arg(failureText(answer.error())));
    }
    fetch();
    refresh();
}

}  // namespace signalbox::ui
