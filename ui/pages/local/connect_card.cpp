#include "ui/pages/local/connect_card.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/models/snippets.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

ConnectCard::ConnectCard(QWidget* parent)
    : QWidget(parent), m_shownUrl(new QLabel(this)), m_languages(new QTabBar(this)), m_code(new QPlainTextEdit(this)) {
    const QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    m_shownUrl->setFont(fixed);
    m_shownUrl->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_shownUrl->setAccessibleName(tr("Base URL"));
    for (const char* name : {"curl", "Python", "JavaScript"}) m_languages->addTab(QLatin1String(name));
    m_languages->setDrawBase(false);
    m_languages->setAccessibleName(tr("Language of the example"));
    m_code->setFont(fixed);
    m_code->setReadOnly(true);
    m_code->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_code->setMaximumHeight(130);
    m_code->setAccessibleName(tr("Example"));
    auto* copyUrl = new QPushButton(tr("Copy URL"), this);
    auto* copyCode = new QPushButton(tr("Copy example"), this);
    m_copyButtons = {copyUrl, copyCode};
    auto* line = new QHBoxLayout;
    line->addWidget(new QLabel(tr("Base URL"), this));
    line->addWidget(m_shownUrl);
    line->addWidget(copyUrl);
    line->addStretch();
    line->addWidget(m_languages);
    line->addWidget(copyCode);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(line);
    column->addWidget(m_code);
    connect(m_languages, &QTabBar::currentChanged, this, &ConnectCard::refresh);
    connect(copyUrl, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_url);
        Q_EMIT told(tr("Base URL copied"));
    });
    connect(copyCode, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(snippet());
        Q_EMIT told(tr("Example copied"));
    });
    refresh();
}

void ConnectCard::show(const QString& dataUrl, const QString& model) {
    if (dataUrl == m_url && model == m_model) return;
    m_url = dataUrl;
    m_model = model;
    refresh();
}

void ConnectCard::refresh() {
    m_shownUrl->setText(m_url.isEmpty() ? format::dash() : m_url);
    m_code->setPlainText(m_url.isEmpty()
                             ? QString()
                             : chatSnippet(static_cast<SnippetLanguage>(m_languages->currentIndex()), m_url, m_model));
    for (auto* button : m_copyButtons) button->setEnabled(!m_url.isEmpty());
}

}  // namespace signalbox::ui
