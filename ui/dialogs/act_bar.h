// The buttons of what may be ordered of one target, with their keys. One that makes no sense now, or that the caller
// may not press, is disabled and its tooltip says why.
#pragma once

#include <QGridLayout>
#include <QPushButton>
#include <QWidget>

#include <functional>
#include <map>
#include <vector>

#include "ui/models/target_order.h"

namespace signalbox::ui {

class ActBar : public QWidget {
    Q_OBJECT
  public:
    ActBar(Source& source, const std::vector<Act>& acts, QWidget* parent = nullptr);
    // What the buttons are about. Every act is offered, but for those that offer() takes back.
    void setTarget(const QString& target);
    // `why` empty: it makes sense.
    void offer(Act act, const QString& why);
    void setShown(Act act, bool shown);
    // The same by key, anywhere in `page`; `select` sees to it that there is a target.
    void addKeys(QWidget* page, const std::function<void()>& select);

  Q_SIGNALS:
    void wanted(Act act, const QString& target);

  private:
    struct Entry {
        QPushButton* button;
        QString why;
    };
    void refresh();
    void layOut();

    Source& m_source;
    QString m_target;
    QGridLayout* m_grid;
    std::vector<Act> m_order;
    std::map<Act, Entry> m_entries;
};

}  // namespace signalbox::ui
