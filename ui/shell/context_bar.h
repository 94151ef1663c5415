// The line above every page: which world, whether the picture moves, how old it is, light or dark.
#pragma once

#include <QPushButton>
#include <QToolButton>
#include <QWidget>

#include "ui/models/source.h"
#include "ui/shell/actions.h"
#include "ui/widgets/env_band.h"
#include "ui/widgets/freshness_label.h"

namespace signalbox::ui {

class ContextBar : public QWidget {
    Q_OBJECT
  public:
    ContextBar(Source& source, const Actions& actions, QWidget* parent = nullptr);
    void setEnvironment(Environment environment, const QString& scope);
    QWidget* focusTarget() const { return m_pause; }

  private:
    void showPause();
    Source& m_source;
    EnvChip* m_chip;
    QPushButton* m_pause;
    QPushButton* m_theme;
};

}  // namespace signalbox::ui
