#include "ui/shell/inspector_dock.h"

#include <QHBoxLayout>
#include <QMouseEvent>
#include <QPainter>

#include "ui/theme/icon.h"
#include "ui/theme/tone.h"

namespace signalbox::ui {

namespace {

constexpr int gripWidth = 5;

// The edge to the page: a line that can be dragged.
class Grip : public QWidget {
  public:
    explicit Grip(InspectorDock* dock) : QWidget(dock), m_dock(dock) {
        setFixedWidth(gripWidth);
        setCursor(Qt::SplitHCursor);
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setPen(hairline(palette()));
        const int x = isRightToLeft() ? width() - 1 : 0;
        painter.drawLine(x, 0, x, height());
    }
    void mousePressEvent(QMouseEvent* event) override { m_from = event->globalPosition().toPoint().x(); }
    void mouseMoveEvent(QMouseEvent* event) override {
        const int x = event->globalPosition().toPoint().x();
        Q_EMIT m_dock->dragged(isRightToLeft() ? x - m_from : m_from - x);
        m_from = x;
    }

  private:
    InspectorDock* m_dock;
    int m_from = 0;
};

}  // namespace

InspectorDock::InspectorDock(QWidget* parent)
    : QFrame(parent), m_title(new QLabel(this)), m_stack(new QStackedWidget(this)) {
    setAccessibleName(tr("Details"));
    setAutoFillBackground(true);
    m_stack->setBackgroundRole(QPalette::Base);
    m_stack->setAutoFillBackground(true);
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    column->addWidget(buildHead());
    column->addWidget(m_stack, 1);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(0);
    line->addWidget(new Grip(this));
    line->addLayout(column, 1);
    hide();
}

QWidget* InspectorDock::buildHead() {
    auto* head = new QWidget(this);
    auto* line = new QHBoxLayout(head);
    line->setContentsMargins(16, 6, 8, 6);
    auto strong = m_title->font();
    strong.setWeight(QFont::DemiBold);
    m_title->setFont(strong);
    m_title->setMinimumWidth(60);
    auto* close = new QPushButton(head);
    close->setIcon(icon(QStringLiteral("close")));
    close->setFlat(true);
    close->setAccessibleName(tr("Close the details"));
    close->setToolTip(tr("Close the details (Esc)"));
    connect(close, &QPushButton::clicked, this, &InspectorDock::closeWanted);
    line->addWidget(m_title, 1);
    line->addWidget(close);
    return head;
}

void InspectorDock::present(QWidget* content, const QString& title) {
    if (!content) return hide();
    if (m_stack->indexOf(content) < 0) m_stack->addWidget(content);
    m_stack->setCurrentWidget(content);
    m_title->setText(title);
    m_title->setToolTip(title);
    show();
}

}  // namespace signalbox::ui
