#include "ui/widgets/freshness_label.h"

#include <QHBoxLayout>

#include "ui/theme/format.h"

namespace signalbox::ui {

QString freshnessText(const Freshness& freshness) {
    using F = FreshnessLabel;
    const auto retry =
        freshness.retryInMs > 0
            ? F::tr("reconnecting (try %1, next %2 s)").arg(freshness.attempt).arg((freshness.retryInMs + 999) / 1000)
            : F::tr("reconnecting (try %1)").arg(freshness.attempt);
    switch (freshness.level) {
        case Freshness::Level::Live:
            return F::tr("● live");
        case Freshness::Level::Old:
            return F::tr("◔ %1 old").arg(format::age(freshness.ageMs * 1000));
        case Freshness::Level::Stale:
            return F::tr("◌ stale %1 · %2").arg(format::duration(freshness.ageMs * 1000), retry);
        default:
            return freshness.attempt > 0 ? F::tr("◌ not connected · %1").arg(retry) : F::tr("⋯ connecting");
    }
}

Tone freshnessTone(const Freshness& freshness) {
    switch (freshness.level) {
        case Freshness::Level::Live:
            return Tone::Ok;
        case Freshness::Level::Old:
            return Tone::Warn;
        case Freshness::Level::Stale:
            return Tone::Critical;
        default:
            return freshness.attempt > 0 ? Tone::Critical : Tone::Muted;
    }
}

FreshnessLabel::FreshnessLabel(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_text(new ToneLabel(Tone::Muted, this)),
      m_retry(new QPushButton(tr("Retry now"), this)) {
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(0, 0, 0, 0);
    line->addWidget(m_text);
    line->addWidget(m_retry);
    m_retry->setToolTip(tr("Connect to the gateway again at once (F5)"));
    connect(m_retry, &QPushButton::clicked, &source, &Source::retryNow);
    connect(&source, &Source::freshnessChanged, this, &FreshnessLabel::refresh);
    refresh();
}

void FreshnessLabel::refresh() {
    const auto& freshness = m_source.freshness();
    m_text->setText(freshnessText(freshness));
    m_text->setTone(freshnessTone(freshness));
    m_text->setToolTip(freshness.reason.isEmpty() ? tr("Age of the numbers on this screen") : freshness.reason);
    m_retry->setVisible(freshness.attempt > 0);
}

}  // namespace signalbox::ui
