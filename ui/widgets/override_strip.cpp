#include "ui/widgets/override_strip.h"

#include <QHBoxLayout>
#include <QPainter>

#include <algorithm>
#include <utility>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

namespace {

constexpr int settleMs = 800;  // longer than the second click of a double click

}  // namespace

OverrideStrip::OverrideStrip(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_text(new ToneLabel(Tone::Busy, this)),
      m_extend(new QPushButton(tr("Extend +15 min"), this)),
      m_end(new QPushButton(tr("End now"), this)),
      m_details(new QPushButton(tr("Details"), this)) {
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(12, 2, 12, 2);
    line->addWidget(m_text, 1);
    for (auto* button : {m_extend, m_end, m_details}) line->addWidget(button);
    m_text->setMinimumWidth(80);
    m_settle.setSingleShot(true);
    m_settle.setInterval(settleMs);
    connect(&m_settle, &QTimer::timeout, this, &OverrideStrip::showButtons);
    const auto change = [this](auto wanted) {
        m_waiting = true;
        showButtons();
        Q_EMIT(this->*wanted)(m_id);
    };
    connect(m_extend, &QPushButton::clicked, this, [change] { change(&OverrideStrip::extendWanted); });
    connect(m_end, &QPushButton::clicked, this, [change] { change(&OverrideStrip::endWanted); });
    connect(m_details, &QPushButton::clicked, this, [this] { Q_EMIT detailsWanted(m_id); });
    connect(&source, &Source::snapshotChanged, this, &OverrideStrip::refresh);
    connect(&source, &Source::ticked, this, &OverrideStrip::refresh);
    connect(&source, &Source::infoChanged, this, &OverrideStrip::showButtons);
    hide();
}

void OverrideStrip::refresh() {
    const auto& overrides = m_source.snapshot()->overrides();
    const auto first = std::ranges::min_element(overrides, {}, [](const auto& o) { return o.expires_unix_us(); });
    setVisible(first != overrides.end());
    if (first == overrides.end()) {
        m_id = 0;
        return;
    }
    if (first->id() != std::exchange(m_id, first->id())) {
        m_settle.start();
        showButtons();
    }
    const auto left = format::duration(first->expires_unix_us() - m_source.gatewayNowUs());
    auto words = tr("%1 %n override(s) active", nullptr, overrides.size()).arg(look(State::OverrideActive).glyph);
    words += tr(" · %1 · %2 · %3 left").arg(redirectText(*first), scopeText(*first), left);
    if (!first->reason().empty()) words += tr(" · %1").arg(text(first->reason()));
    m_text->setText(words);
    m_text->setToolTip(words);
    const auto object = redirectText(*first);
    m_extend->setAccessibleName(tr("Extend %1 by 15 minutes").arg(object));
    m_end->setAccessibleName(tr("End %1 now").arg(object));
    m_details->setAccessibleName(tr("Details of %1").arg(object));
}

void OverrideStrip::answered() {
    m_waiting = false;
    showButtons();
}

void OverrideStrip::showButtons() {
    const auto forbidden = m_source.forbidden();
    for (auto* button : {m_extend, m_end}) {
        button->setEnabled(forbidden.isEmpty() && !m_waiting && !m_settle.isActive());
        button->setToolTip(forbidden);
    }
}

void OverrideStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), toneWash(Tone::Busy, palette()));
    painter.fillRect(0, 0, 4, height(), toneFill(Tone::Busy, palette()));
}

}  // namespace signalbox::ui
