// The pages and the inspector: beside each other in a wide window; in a narrow one the inspector lies over the right of
// the page, so that a table is covered instead of squeezed.
#pragma once

#include <QWidget>

namespace signalbox::ui {

class InspectorDock;

class Desk : public QWidget {
    Q_OBJECT
  public:
    static constexpr int wide = 1400;  // px: from here on both have room

    // `page` is the part of `content` that may be covered. Takes `content` and `inspector`.
    Desk(QWidget* content, QWidget* page, InspectorDock* inspector, QWidget* parent = nullptr);

  protected:
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void place();

    QWidget* m_content;
    QWidget* m_page;
    InspectorDock* m_inspector;
    int m_wanted;  // px, the inspector's width
};

}  // namespace signalbox::ui
