// What the frame knows of a page. A page owns its models and its inspector; the frame owns the window around it.
#pragma once

#include <QString>
#include <QWidget>

#include "ui/models/target_order.h"

namespace signalbox::ui {

class Page : public QWidget {
    Q_OBJECT
  public:
    explicit Page(Source& source, QWidget* parent = nullptr);

    // The details of the selection, owned by the page, shown in the right dock; nullptr: nothing is selected.
    virtual QWidget* inspector() { return nullptr; }
    virtual QString inspectorTitle() const { return {}; }
    // Esc and the dock's close button.
    virtual void clearSelection() {}
    // Where F6 puts the focus.
    virtual QWidget* focusTarget() = 0;
    // The model the R key redirects; empty: nothing suitable is selected.
    virtual QString redirectModel() const { return {}; }
    // Selects an object of this page by its id (a breaker target, a request id, an override id); unknown ids are
    // ignored.
    virtual void open(const QString& id) { Q_UNUSED(id) }

    // Called by the frame: a hidden page does no work. show() brings it up to date.
    bool isCurrent() const { return m_current; }

  Q_SIGNALS:
    void inspectorChanged();
    void redirectWanted(const QString& model);
    void actWanted(Act act, const QString& target);
    void openRequest(const QString& id);
    void openBreaker(const QString& target);
    void openOverride(qint64 id);
    // The outcome of the user's own act, one sentence.
    void told(const QString& sentence);

  protected:
    // The page is on screen and there is something new: a snapshot, or the page was just shown.
    virtual void refresh() {}
    // Once a second while on screen: ages and countdowns.
    virtual void tick() {}
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

    Source& source() const { return m_source; }

  private:
    void showStale();

    Source& m_source;
    bool m_current = false;
};

}  // namespace signalbox::ui
