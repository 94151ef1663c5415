#include "ui/dialogs/target_list.h"

#include <QRadioButton>

#include <algorithm>

#include "ui/models/stable_sort.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/widgets/state_badge.h"

namespace signalbox::ui {

namespace {

constexpr int mostTargets = 8;

QString detailText(const v1::OverrideTarget& target) {
    QStringList parts;
    if (target.has_first_token_p95_us()) {
        parts << TargetList::tr("TTFT p95 %1").arg(format::latency(target.first_token_p95_us()));
    }
    if (target.has_in_flight_limit()) {
        parts << TargetList::tr("%1 of %2 in flight").arg(target.in_flight()).arg(target.in_flight_limit());
    }
    if (target.has_cost_change_percent()) {
        parts << TargetList::tr("%1 % price").arg(format::percentPoints(target.cost_change_percent()));
    }
    return parts.join(QStringLiteral(" · "));
}

v1::BreakerState bestState(const v1::Model& model) {
    auto best = v1::BREAKER_STATE_UNSPECIFIED;
    int severity = 100;
    for (const auto& deployment : model.deployments()) {
        const int here = look(stateOf(deployment.breaker())).severity;
        if (here >= severity) continue;
        severity = here;
        best = deployment.breaker();
    }
    return best;
}

}  // namespace

TargetList::TargetList(QWidget* parent)
    : QWidget(parent), m_group(new QButtonGroup(this)), m_column(new QVBoxLayout(this)) {
    setAccessibleName(tr("Redirect to"));
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(2);
    connect(m_group, &QButtonGroup::buttonClicked, this, [this](QAbstractButton* button) {
        m_picked = true;
        m_chosen = button->property("model").toString();
        Q_EMIT chosenChanged();
    });
}

void TargetList::reset() {
    m_picked = false;
    m_chosen.clear();
    setTargets({});
}

void TargetList::setTargets(const std::vector<v1::OverrideTarget>& targets) {
    const auto before = m_chosen;
    const auto focus = m_group->checkedButton() && m_group->checkedButton()->hasFocus();
    while (auto* item = m_column->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_chosen.clear();
    for (const auto& target : targets) {
        if (m_group->buttons().size() < mostTargets) addTarget(target);
    }
    for (auto* button : m_group->buttons()) {
        const auto model = button->property("model").toString();
        if (m_chosen.isEmpty() || (m_picked && model == before)) {
            m_chosen = model;
            button->setChecked(true);
            if (focus) button->setFocus();
        }
    }
    if (m_chosen != before) Q_EMIT chosenChanged();
}

void TargetList::addTarget(const v1::OverrideTarget& target) {
    const auto state = look(stateOf(target.breaker()));
    const auto name = text(target.model());
    auto* button = new QRadioButton(name, this);
    button->setProperty("model", name);
    button->setAccessibleName(tr("Redirect to %1. %2. %3").arg(name, state.spoken, detailText(target)));
    button->setMinimumHeight(24);
    m_group->addButton(button);
    auto* badge = new StateBadge(this);
    badge->setState(stateOf(target.breaker()));
    auto* holder = new QWidget(this);
    auto* grid = new QGridLayout(holder);
    grid->setContentsMargins(0, 0, 0, 2);
    grid->setVerticalSpacing(0);
    grid->addWidget(button, 0, 0);
    grid->addWidget(badge, 0, 1, Qt::AlignTrailing);
    grid->setColumnStretch(0, 1);
    int line = 1;
    const auto add = [&](const QString& words, Tone tone) {
        if (words.isEmpty()) return;
        auto* label = new ToneLabel(tone, holder);
        label->setText(words);
        label->setWordWrap(true);
        label->setContentsMargins(24, 0, 0, 0);
        grid->addWidget(label, line++, 0, 1, 2);
    };
    add(detailText(target), Tone::Muted);
    if (!target.warning().empty()) add(tr("▲ %1").arg(text(target.warning())), Tone::Warn);
    m_column->addWidget(holder);
}

std::vector<v1::OverrideTarget> guessTargets(const v1::SnapshotResponse& snapshot, const QString& from) {
    const auto name = from.toStdString();
    const auto& models = snapshot.models();
    const auto found = std::ranges::find(models, name, [](const auto& m) { return m.name(); });
    std::vector<std::pair<int, v1::OverrideTarget>> ranked;
    for (const auto& model : models) {
        if (model.name() == name) continue;
        int rank = 100;
        if (found != models.end()) {
            if (model.shape() != found->shape()) continue;
            const auto& fallbacks = found->fallbacks();
            const auto at = std::ranges::find(fallbacks, model.name());
            if (at != fallbacks.end()) rank = static_cast<int>(at - fallbacks.begin());
        }
        v1::OverrideTarget target;
        target.set_model(model.name());
        target.set_breaker(bestState(model));
        if (model.has_first_token_p95_us()) target.set_first_token_p95_us(model.first_token_p95_us());
        rank += look(stateOf(target.breaker())).severity * 1000;
        ranked.emplace_back(rank, std::move(target));
    }
    stableSortBy(ranked, [](const auto& entry) { return entry.first; });
    std::vector<v1::OverrideTarget> targets;
    for (auto& [rank, target] : ranked) targets.push_back(std::move(target));
    return targets;
}

}  // namespace signalbox::ui
