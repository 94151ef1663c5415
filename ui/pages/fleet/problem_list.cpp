#include "ui/pages/fleet/problem_list.h"

#include <QHBoxLayout>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

ProblemList::ProblemList(QWidget* parent)
    : QWidget(parent),
      m_column(new QVBoxLayout(this)),
      m_title(new ToneLabel(Tone::Muted, this)),
      m_none(new ToneLabel(Tone::Ok, this)) {
    setAccessibleName(tr("Problems"));
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(2);
    m_column->addWidget(m_title);
    m_column->addWidget(m_none);
}

ProblemList::Line* ProblemList::addLine() {
    auto line = std::make_unique<Line>();
    line->widget = new QWidget(this);
    line->badge = new StateBadge(line->widget);
    line->text = new QLabel(line->widget);
    line->text->setTextFormat(Qt::PlainText);
    line->text->setMinimumWidth(120);
    line->since = new ToneLabel(Tone::Muted, line->widget);
    line->open = new QPushButton(tr("Details"), line->widget);
    line->redirect = new QPushButton(tr("Redirect…"), line->widget);
    line->redirect->setObjectName(QStringLiteral("redirect"));
    auto* row = new QHBoxLayout(line->widget);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    row->addWidget(line->badge);
    row->addWidget(line->text, 1);
    row->addWidget(line->since);
    row->addWidget(line->open);
    row->addWidget(line->redirect);
    m_column->addWidget(line->widget);
    auto* raw = line.get();
    connect(line->redirect, &QPushButton::clicked, this, [this, raw] { Q_EMIT redirectWanted(raw->model); });
    connect(line->open, &QPushButton::clicked, this, [this, raw] { Q_EMIT opened(raw->kind, raw->object); });
    m_lines.push_back(std::move(line));
    return raw;
}

void ProblemList::fill(Line& line, const v1::Problem& problem, qint64 nowUs) {
    line.kind = text(problem.kind());
    line.object = text(problem.object());
    line.model = text(problem.model());
    line.badge->setState(problem.severity() == "critical" ? State::ProblemCritical : State::ProblemWarn);
    const auto words = text(problem.text());
    line.text->setText(words.contains(line.object) ? words : tr("%1 · %2").arg(line.object, words));
    line.text->setToolTip(line.text->text());
    const auto since = problem.since_unix_us();
    line.since->setText(since > 0 ? tr("since %1 (%2)").arg(format::clock(since), format::duration(nowUs - since))
                                  : QString());
    line.open->setVisible(line.kind == QStringLiteral("breaker_open"));
    line.open->setAccessibleName(tr("Details of the breaker %1").arg(line.object));
    line.redirect->setVisible(!line.model.isEmpty());
    line.redirect->setAccessibleName(tr("Redirect %1").arg(line.model));
    line.widget->show();
}

void ProblemList::showProblems(const Source& source) {
    const auto& problems = source.snapshot()->problems();
    const int count = problems.size();
    if (m_had && count == 0) m_lastEnded = format::clock(source.gatewayNowUs());
    m_had = count > 0;
    m_title->setText(count > most ? tr("Problems (%1, the worst %2)").arg(count).arg(most)
                                  : tr("Problems (%1)").arg(count));
    m_none->setVisible(count == 0);
    m_none->setText(m_lastEnded.isEmpty() ? tr("✓ No open problems")
                                          : tr("✓ No open problems · the last one ended %1 UTC").arg(m_lastEnded));
    if (!source.hasSnapshot()) {
        m_title->setText(tr("Problems"));
        m_none->hide();
    }
    for (int at = 0; at < std::min(count, most); ++at) {
        auto* line = at < static_cast<int>(m_lines.size()) ? m_lines[static_cast<std::size_t>(at)].get() : addLine();
        fill(*line, problems.Get(at), source.gatewayNowUs());
    }
    for (auto at = static_cast<std::size_t>(std::min(count, most)); at < m_lines.size(); ++at)
        m_lines[at]->widget->hide();
}

}  // namespace signalbox::ui
