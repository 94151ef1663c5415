// A row of exclusive choices as chips, wrapped over as many lines as needed. At most one is chosen.
#pragma once

#include <QButtonGroup>
#include <QGridLayout>
#include <QPushButton>
#include <QWidget>

namespace signalbox::ui {

class ChipRow : public QWidget {
    Q_OBJECT
  public:
    ChipRow(const QString& name, int perLine, QWidget* parent = nullptr);
    // `id` is what chosen() answers with.
    QPushButton* addChip(int id, const QString& words, const QString& tip = {});
    int chosen() const { return m_group->checkedId(); }  // -1: none
    void choose(int id);
    void clear();
    QPushButton* chip(int id) const;

  Q_SIGNALS:
    void chosenChanged(int id);

  private:
    QString m_name;
    QButtonGroup* m_group;
    QGridLayout* m_grid;
    int m_perLine;
};

}  // namespace signalbox::ui
