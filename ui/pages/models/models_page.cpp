#include "ui/pages/models/models_page.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "ui/models/fleet_words.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostModels = 8;

}  // namespace

ModelsPage::ModelsPage(Source& source, QWidget* parent)
    : Page(source, parent),
      m_modelTable(new LiveTableView(tr("Models"), u"modelsOfPage"_s, this)),
      m_table(new LiveTableView(tr("Deployments"), u"deployments"_s, this)),
      m_modelInspector(new ModelInspector(this)),
      m_inspector(new DeploymentInspector(source, this)) {
    m_modelInspector->hide();
    m_inspector->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    m_modelTable->setDefaultColumns({u"model"_s, u"targets"_s, u"warm"_s, u"action"_s, u"rps"_s, u"served"_s, u"ttft"_s,
                                     u"queue"_s, u"bytes"_s, u"error"_s, u"output"_s, u"redirected"_s});
    m_modelTable->setModel(&m_models);
    m_modelTable->fitTo(mostModels);
    m_table->setModel(&m_deployments);
    column->addLayout(buildBar());
    column->addWidget(m_modelTable);
    auto* line = new QHBoxLayout;
    m_which = mutedLabel({}, this);
    m_legend = mutedLabel({}, this);
    line->addWidget(m_which);
    line->addStretch();
    line->addWidget(m_legend);
    column->addLayout(line);
    column->addWidget(m_table, 1);
    connectTables();
}

QLayout* ModelsPage::buildBar() {
    m_filter = new QLineEdit(this);
    m_filter->setAccessibleName(tr("Filter deployments"));
    m_filter->setPlaceholderText(tr("Filter by deployment or model"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(320);
    connect(m_filter, &QLineEdit::textChanged, this, &ModelsPage::refresh);
    auto* bar = new QHBoxLayout;
    bar->addWidget(mutedLabel(tr("Models"), this));
    bar->addStretch();
    bar->addWidget(m_filter, 1);
    return bar;
}

void ModelsPage::connectTables() {
    connect(m_modelTable, &LiveTableView::selectedIdChanged, this, [this](const QString& model) {
        if (!model.isEmpty()) m_table->clearSelectedId();
        refresh();
        Q_EMIT inspectorChanged();
    });
    connect(m_table, &LiveTableView::selectedIdChanged, this, [this] {
        refresh();
        Q_EMIT inspectorChanged();
    });
    connect(m_modelTable, &LiveTableView::actionClicked, this, &Page::redirectWanted);
    connect(m_modelInspector, &ModelInspector::redirectWanted, this, &Page::redirectWanted);
    connect(m_inspector, &DeploymentInspector::breakersWanted, this, &ModelsPage::openBreakers);
    connect(m_inspector->acts(), &ActBar::wanted, this, &Page::actWanted);
    m_inspector->acts()->addKeys(this, [this] {
        if (m_table->selectedId().isEmpty()) m_table->selectId(m_deployments.idAt(0));
    });
    for (auto* table : {m_modelTable, m_table}) {
        connect(table, &LiveTableView::pauseToggled, &source(), &Source::togglePaused);
    }
}

// The breaker of its worst key.
void ModelsPage::openBreakers(const QString& deployment) {
    const v1::Breaker* worst = nullptr;
    for (const auto& breaker : source().snapshot()->breakers()) {
        if (text(breaker.deployment()) != deployment) continue;
        if (!worst || look(shownState(breaker)).severity > look(shownState(*worst)).severity) worst = &breaker;
    }
    if (worst) Q_EMIT openBreaker(text(worst->target()));
}

QWidget* ModelsPage::inspector() {
    if (!m_table->selectedId().isEmpty()) return m_inspector;
    return m_modelTable->selectedId().isEmpty() ? nullptr : m_modelInspector;
}

QString ModelsPage::inspectorTitle() const {
    const auto deployment = m_table->selectedId();
    return deployment.isEmpty() ? m_modelTable->selectedId() : deployment;
}

void ModelsPage::clearSelection() {
    auto* table = m_table->selectedId().isEmpty() ? m_modelTable : m_table;
    table->clearSelectedId();
}

QString ModelsPage::redirectModel() const {
    if (const auto model = m_modelTable->selectedId(); !model.isEmpty()) return model;
    const auto wanted = m_table->selectedId();
    for (const auto& model : source().snapshot()->models()) {
        for (const auto& deployment : model.deployments()) {
            if (text(deployment.name()) == wanted) return text(model.name());
        }
    }
    return m_models.idAt(0);
}

void ModelsPage::open(const QString& id) {
    m_filter->clear();
    if (findModel(*source().snapshot(), id)) return m_modelTable->selectId(id);
    if (!findDeployment(*source().snapshot(), id)) return;
    m_modelTable->clearSelectedId();
    m_table->selectId(id);
}

void ModelsPage::refresh() {
    m_models.update(source());
    const auto model = m_modelTable->selectedId();
    m_deployments.setServing(model);
    m_deployments.setFilter(m_filter->text());
    m_deployments.update(source());
    m_which->setText(model.isEmpty() ? tr("All deployments (%1)").arg(m_deployments.rowCount())
                                     : tr("Deployments of %1 (%2)").arg(model).arg(m_deployments.rowCount()));
    showLegend();
    const auto& snapshot = *source().snapshot();
    if (!model.isEmpty()) m_modelInspector->showModel(findModel(snapshot, model));
    if (const auto name = m_table->selectedId(); !name.isEmpty()) {
        m_inspector->showDeployment(findDeployment(snapshot, name), source().gatewayNowUs());
    }
}

// How many are in which state: ● 3 warm busy   · 1 cold
void ModelsPage::showLegend() {
    const auto& counts = m_deployments.counts();
    QStringList parts;
    for (auto at = counts.constBegin(); at != counts.constEnd(); ++at) {
        const auto shown = look(at.key());
        parts << tr("%1 %2 %3").arg(shown.glyph).arg(at.value()).arg(shown.word.toLower());
    }
    m_legend->setText(parts.join(u"   "_s));
}

}  // namespace signalbox::ui
