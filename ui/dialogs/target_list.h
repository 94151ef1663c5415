// The models traffic could go to, best first, one radio line each: state, latency, price, warning.
#pragma once

#include <QButtonGroup>
#include <QGridLayout>
#include <QVBoxLayout>
#include <QWidget>

#include <vector>

#include "ui/models/source.h"

namespace signalbox::ui {

class TargetList : public QWidget {
    Q_OBJECT
  public:
    explicit TargetList(QWidget* parent = nullptr);
    // Chooses the first, unless the user had picked one that is still offered.
    void setTargets(const std::vector<v1::OverrideTarget>& targets);
    QString chosen() const { return m_chosen; }
    void reset();
    bool isEmpty() const { return m_group->buttons().isEmpty(); }

  Q_SIGNALS:
    void chosenChanged();

  private:
    void addTarget(const v1::OverrideTarget& target);

    QButtonGroup* m_group;
    QVBoxLayout* m_column;
    QString m_chosen;
    bool m_picked = false;  // by the user
};

// What the snapshot alone says about where `from` could go: its fallbacks first, then models of its kind, healthy
// first. Good enough to act on while the gateway's own ranking is on its way.
std::vector<v1::OverrideTarget> guessTargets(const v1::SnapshotResponse& snapshot, const QString& from);

}  // namespace signalbox::ui
