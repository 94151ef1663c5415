#include "ui/widgets/notice.h"

#include <QHBoxLayout>
#include <QPainter>

#include "ui/theme/icon.h"

namespace signalbox::ui {

Notice::Notice(QWidget* parent)
    : QFrame(parent),
      m_text(new ToneLabel(Tone::Plain, this)),
      m_action(new QPushButton(this)),
      m_close(new QPushButton(this)) {
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(12, 4, 4, 4);
    line->addWidget(m_text, 1);
    line->addWidget(m_action);
    line->addWidget(m_close);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_action->hide();
    m_close->setIcon(icon(QStringLiteral("close")));
    m_close->setFlat(true);
    m_close->setAccessibleName(tr("Dismiss"));
    m_close->setToolTip(tr("Dismiss"));
    connect(m_action, &QPushButton::clicked, this, &Notice::actionClicked);
    connect(m_close, &QPushButton::clicked, this, [this] {
        hide();
        Q_EMIT dismissed();
    });
    hide();
}

void Notice::say(Tone tone, const QString& sentence) {
    m_tone = tone;
    m_text->setText(sentence);
    setAccessibleName(sentence);
    setVisible(!sentence.isEmpty());
    update();
}

void Notice::setAction(const QString& words) {
    m_action->setText(words);
    m_action->setVisible(!words.isEmpty());
}

void Notice::setDismissable(bool dismissable) {
    m_close->setVisible(dismissable);
}

void Notice::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(toneWash(m_tone, palette()));
    painter.drawRoundedRect(rect(), 5, 5);
    painter.setBrush(toneFill(m_tone, palette()));
    painter.drawRoundedRect(QRect(0, 0, 4, height()), 2, 2);
}

}  // namespace signalbox::ui
