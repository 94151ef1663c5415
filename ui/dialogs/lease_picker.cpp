#include "ui/dialogs/lease_picker.h"

#include <QVBoxLayout>

#include <algorithm>

#include "ui/theme/format.h"

namespace signalbox::ui {

namespace {

constexpr int usualMinutes = 30;

}  // namespace

LeasePicker::LeasePicker(Source& source, const QList<int>& minutes, int perLine, QWidget* parent)
    : QWidget(parent), m_source(source), m_times(new ChipRow(tr("For"), perLine, this)), m_ends(mutedLabel({}, this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_times);
    column->addWidget(m_ends);
    for (const int time : minutes)
        m_times->addChip(time, time < 60 ? tr("%1 min").arg(time) : tr("%1 h").arg(time / 60));
    connect(m_times, &ChipRow::chosenChanged, this, [this] {
        showEnd();
        Q_EMIT changed();
    });
    connect(&source, &Source::ticked, this, &LeasePicker::showEnd);
    reset();
}

void LeasePicker::reset() {
    m_times->choose(usualMinutes);
}

qint64 LeasePicker::seconds() const {
    return std::max(0, m_times->chosen()) * 60LL;
}

QString LeasePicker::words() const {
    const auto* chip = m_times->chip(m_times->chosen());
    return chip ? chip->text() : QString();
}

void LeasePicker::showEnd() {
    const auto now = m_source.gatewayNowUs();
    if (now == 0) return m_ends->setText(tr("It ends by itself"));
    m_ends->setText(tr("Ends %1 UTC, gateway time").arg(format::clock(now + seconds() * 1'000'000)));
}

}  // namespace signalbox::ui
