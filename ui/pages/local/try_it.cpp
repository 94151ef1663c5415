#include "ui/pages/local/try_it.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

TryIt::TryIt(QWidget* parent)
    : QWidget(parent),
      m_model(new QComboBox(this)),
      m_prompt(new QLineEdit(tr("Say hi"), this)),
      m_key(new QLineEdit(this)),
      m_send(new QPushButton(this)),
      m_outcome(new ToneLabel(Tone::Muted, this)),
      m_open(new QPushButton(tr("Open the request"), this)),
      m_answer(new QPlainTextEdit(this)) {
    m_model->setAccessibleName(tr("Model to try"));
    m_model->setMinimumContentsLength(18);
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setPlaceholderText(tr("Prompt"));
    m_key->setAccessibleName(tr("Account key"));
    m_key->setPlaceholderText(tr("Account key"));
    m_key->setEchoMode(QLineEdit::Password);
    m_answer->setAccessibleName(tr("Answer"));
    m_answer->setReadOnly(true);
    m_answer->setMaximumHeight(90);
    m_outcome->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_open->hide();
    auto* line = new QHBoxLayout;
    line->addWidget(m_model);
    line->addWidget(m_prompt, 1);
    line->addWidget(m_key);
    line->addWidget(m_send);
    auto* result = new QHBoxLayout;
    result->addWidget(m_outcome);
    result->addWidget(m_open);
    result->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(line);
    column->addLayout(result);
    column->addWidget(m_answer);
    connect(m_send, &QPushButton::clicked, this, &TryIt::send);
    connect(m_prompt, &QLineEdit::returnPressed, this, &TryIt::send);
    connect(m_model, &QComboBox::currentTextChanged, this, &TryIt::modelChanged);
    connect(m_open, &QPushButton::clicked, this, [this] { Q_EMIT openRequest(m_requestId); });
    connect(&m_probe, &ChatProbe::text, this, [this](const QString& piece) {
        m_answer->moveCursor(QTextCursor::End);
        m_answer->insertPlainText(piece);
    });
    connect(&m_probe, &ChatProbe::finished, this, &TryIt::showOutcome);
    showRunning(false);
}

void TryIt::update(const v1::SnapshotResponse& snapshot, const DataAddress& address, bool authRequired) {
    m_dataUrl = QUrl(address.url);
    m_key->setVisible(authRequired);
    QStringList models;
    for (const v1::Model& model : snapshot.models()) {
        if (model.shape() == "chat" || model.shape().empty()) models << text(model.name());
    }
    QStringList shown;
    for (int at = 0; at < m_model->count(); ++at) shown << m_model->itemText(at);
    if (models != shown) {
        const QString chosen = m_model->currentText();
        m_model->clear();
        m_model->addItems(models);
        if (const int at = m_model->findText(chosen); at >= 0) m_model->setCurrentIndex(at);
    }
    QString obstacle;
    if (m_dataUrl.isEmpty() || models.isEmpty())
        obstacle = tr("The gateway has no chat model, or is not running");
    else if (!address.reachable)
        obstacle = tr("The gateway takes requests from its own machine only; try it there");
    m_send->setEnabled(obstacle.isEmpty());
    m_send->setToolTip(obstacle);
    if (!address.reachable) m_outcome->setText(obstacle);
}

void TryIt::send() {
    if (m_probe.isRunning()) {
        m_probe.cancel();
        m_outcome->setText(tr("Stopped"));
        return showRunning(false);
    }
    if (!m_send->isEnabled()) return;
    m_answer->clear();
    m_open->hide();
    m_outcome->setTone(Tone::Muted);
    m_outcome->setText(tr("Waiting…"));
    showRunning(true);
    m_probe.ask({m_dataUrl, m_model->currentText(), m_prompt->text(), m_key->text().toUtf8()});
}

void TryIt::showOutcome(const ChatOutcome& outcome) {
    showRunning(false);
    m_requestId = outcome.requestId;
    m_open->setVisible(!m_requestId.isEmpty());
    QStringList facts;
    facts << (outcome.status == 0 ? tr("✕ no answer") : QString::number(outcome.status));
    if (!outcome.servedBy.isEmpty()) facts << tr("served by %1").arg(outcome.servedBy);
    facts << format::latency(outcome.elapsedUs);
    if (!outcome.error.isEmpty()) facts << outcome.error;
    m_outcome->setTone(outcome.error.isEmpty() ? Tone::Ok : Tone::Critical);
    m_outcome->setText(facts.join(QStringLiteral(" · ")));
}

void TryIt::showRunning(bool running) {
    m_send->setText(running ? tr("Stop") : tr("Send"));
}

}  // namespace signalbox::ui
