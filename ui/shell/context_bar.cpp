#include "ui/shell/context_bar.h"

#include <QHBoxLayout>
#include <QMenu>

#include "ui/theme/format.h"
#include "ui/theme/icon.h"

namespace signalbox::ui {

namespace {

constexpr int barHeight = 40;

}  // namespace

ContextBar::ContextBar(Source& source, const Actions& actions, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_chip(new EnvChip(this)),
      m_pause(new QPushButton(this)),
      m_theme(new QPushButton(this)) {
    setFixedHeight(barHeight);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(16, 0, 12, 0);
    line->setSpacing(12);
    line->addWidget(m_chip);
    line->addWidget(m_pause);
    line->addWidget(new FreshnessLabel(source, this));
    line->addStretch();
    line->addWidget(m_theme);
    m_pause->setCheckable(true);
    m_pause->setToolTip(tr("Holds the picture still; collecting goes on (Space in a table)"));
    connect(m_pause, &QPushButton::clicked, actions.pause, &QAction::trigger);
    connect(&source, &Source::pausedChanged, this, &ContextBar::showPause);
    auto* menu = new QMenu(m_theme);
    menu->addActions(actions.themes->actions());
    m_theme->setIcon(icon(QStringLiteral("theme")));
    m_theme->setText(tr("Theme"));
    m_theme->setFlat(true);
    m_theme->setMenu(menu);
    m_theme->setToolTip(tr("Light or dark"));
    showPause();
}

void ContextBar::setEnvironment(Environment environment, const QString& scope) {
    m_chip->setEnvironment(environment, scope);
}

void ContextBar::showPause() {
    const bool paused = m_source.isPaused();
    m_pause->setChecked(paused);
    m_pause->setIcon(icon(paused ? QStringLiteral("play") : QStringLiteral("pause")));
    if (!paused) return m_pause->setText(tr("Pause"));
    m_pause->setText(m_source.waiting() == 0 ? tr("Paused")
                                             : tr("Paused · %1 waiting").arg(format::count(m_source.waiting())));
}

}  // namespace signalbox::ui
