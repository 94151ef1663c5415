#include "ui/dialogs/act_bar.h"

#include <QSet>
#include <QShortcut>

namespace signalbox::ui {

namespace {

constexpr int perLine = 2;

}  // namespace

ActBar::ActBar(Source& source, const std::vector<Act>& acts, QWidget* parent)
    : QWidget(parent), m_source(source), m_grid(new QGridLayout(this)), m_order(acts) {
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(6);
    for (const auto act : acts) {
        auto* button = new QPushButton(words(act).button, this);
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this, [this, act] { Q_EMIT wanted(act, m_target); });
        m_entries.emplace(act, Entry{button, {}});
    }
    layOut();
    connect(&source, &Source::infoChanged, this, &ActBar::refresh);
}

void ActBar::setTarget(const QString& target) {
    m_target = target;
    refresh();
}

void ActBar::offer(Act act, const QString& why) {
    m_entries.at(act).why = why;
    refresh();
}

void ActBar::setShown(Act act, bool shown) {
    auto* button = m_entries.at(act).button;
    if (button->isHidden() == !shown) return;
    button->setVisible(shown);
    layOut();
}

// Those that are shown, two a line; the first has a line of its own where they are odd.
void ActBar::layOut() {
    std::vector<QPushButton*> shown;
    for (const auto act : m_order) {
        auto* button = m_entries.at(act).button;
        m_grid->removeWidget(button);
        if (!button->isHidden()) shown.push_back(button);
    }
    const int odd = static_cast<int>(shown.size()) % perLine;
    for (int at = 0; at < static_cast<int>(shown.size()); ++at) {
        const int place = at + (at < odd ? 0 : odd);
        m_grid->addWidget(shown[static_cast<std::size_t>(at)], place / perLine, place % perLine, 1,
                          at < odd ? perLine : 1);
    }
}

void ActBar::refresh() {
    const auto forbidden = m_source.forbidden();
    for (const auto& [act, entry] : m_entries) {
        const auto said = words(act);
        const auto why = forbidden.isEmpty() ? entry.why : forbidden;
        entry.button->setEnabled(why.isEmpty() && !m_target.isEmpty());
        entry.button->setAccessibleName(said.sentence.arg(m_target));
        entry.button->setAccessibleDescription(why);
        entry.button->setToolTip(
            why.isEmpty() ? tr("%1 (%2)").arg(said.effect, said.key.toString(QKeySequence::NativeText)) : why);
    }
}

void ActBar::addKeys(QWidget* page, const std::function<void()>& select) {
    QSet<QString> taken;  // two acts of which only one is shown share a key
    for (const auto& [first, unused] : m_entries) {
        const auto key = words(first).key;
        if (taken.contains(key.toString())) continue;
        taken.insert(key.toString());
        auto* shortcut = new QShortcut(key, page, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, [this, key, select] {
            select();
            for (const auto& [act, entry] : m_entries) {
                if (words(act).key == key && !entry.button->isHidden()) return entry.button->click();
            }
        });
    }
}

}  // namespace signalbox::ui
