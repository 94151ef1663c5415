#include "ui/pages/requests/filter_line.h"

#include <QPainter>

#include "ui/models/filter_language.h"
#include "ui/theme/tone.h"

namespace signalbox::ui {

namespace {

constexpr int underline = 2;  // px
constexpr int idLength = 26;  // of a whole id: pasted, not typed

}  // namespace

FilterLine::FilterLine(std::function<qint64()> nowUs, QWidget* parent) : QLineEdit(parent), m_nowUs(std::move(nowUs)) {
    setAccessibleName(tr("Filter requests"));
    setPlaceholderText(tr("outcome:failed  status:5xx  requested:gpt*  caller:team-a  ttft:>800ms  since:14:20  …"));
    setToolTip(
        tr("Space means and, a comma or, * anything. Fields: %1").arg(filterFields().join(QStringLiteral(", "))));
    setClearButtonEnabled(true);
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(debounceMs);
    connect(&m_debounce, &QTimer::timeout, this, &FilterLine::read);
    connect(this, &QLineEdit::returnPressed, this, &FilterLine::read);
    connect(this, &QLineEdit::textChanged, this, [this](const QString& now) {
        if (now.trimmed().size() == idLength || now.isEmpty()) {
            read();
        } else {
            m_debounce.start();
        }
    });
}

void FilterLine::apply(const QString& text) {
    setText(text);
    read();
}

void FilterLine::read() {
    m_debounce.stop();
    const auto filter = parseFilter(text(), m_nowUs());
    if (!filter) {
        const auto& fault = filter.error();
        return setFault(tr("%1: %2").arg(text().mid(fault.start, fault.length), fault.why));
    }
    setFault({});
    Q_EMIT filterChanged(*filter);
}

void FilterLine::setFault(const QString& fault) {
    if (fault == m_fault) return;
    m_fault = fault;
    setAccessibleDescription(fault);
    update();
    Q_EMIT faultChanged();
}

void FilterLine::paintEvent(QPaintEvent* event) {
    QLineEdit::paintEvent(event);
    if (m_fault.isEmpty()) return;
    QPainter painter(this);
    painter.fillRect(QRect(0, height() - underline, width(), underline), toneFill(Tone::Critical, palette()));
}

}  // namespace signalbox::ui
