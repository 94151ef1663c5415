#include "ui/shell/status_line.h"

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

StatusLine::StatusLine(Source& source, QWidget* parent)
    : QStatusBar(parent),
      m_source(source),
      m_connection(new ToneLabel(Tone::Muted, this)),
      m_told(new ToneLabel(Tone::Plain, this)),
      m_clock(new ToneLabel(Tone::Muted, this)),
      m_version(new ToneLabel(Tone::Muted, this)) {
    setSizeGripEnabled(false);
    setContentsMargins(10, 0, 10, 0);
    addWidget(m_connection);
    addWidget(m_told, 1);
    addPermanentWidget(m_clock);
    addPermanentWidget(m_version);
    connect(&source, &Source::freshnessChanged, this, &StatusLine::refresh);
    connect(&source, &Source::infoChanged, this, &StatusLine::refresh);
    connect(&source, &Source::ticked, this, &StatusLine::showClock);
    refresh();
}

void StatusLine::tell(const QString& sentence) {
    m_told->setText(sentence.isEmpty() ? QString() : tr("✓ %1").arg(sentence));
}

void StatusLine::refresh() {
    const auto& freshness = m_source.freshness();
    const auto name = text(m_source.snapshot()->name());
    const auto words = freshness.reason.isEmpty() ? QString() : tr(" (%1)").arg(freshness.reason);
    switch (freshness.level) {
        case Freshness::Level::Connecting:
            m_connection->setText(freshness.attempt > 0 ? tr("Not connected%1").arg(words) : tr("Connecting…"));
            break;
        case Freshness::Level::Stale:
            m_connection->setText(tr("Lost %1%2").arg(name, words));
            break;
        default:
            m_connection->setText(tr("Connected to %1").arg(name));
            break;
    }
    m_connection->setTone(freshness.attempt > 0 ? Tone::Critical : Tone::Muted);
    const auto version = text(m_source.info().version());
    m_version->setText(version.isEmpty() ? QString() : tr("Signalbox %1").arg(version));
    showClock();
}

void StatusLine::showClock() {
    m_clock->setText(m_source.hasSnapshot() ? tr("gateway time %1 UTC").arg(format::clock(m_source.gatewayNowUs()))
                                            : QString());
}

}  // namespace signalbox::ui
