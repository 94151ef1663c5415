#include "ui/models/request_details.h"

#include <cmath>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

Cell verdictCell(const std::string& verdict) {
    if (verdict == "chosen") return {u"✓ "_s + text(verdict), Tone::Ok};
    if (verdict == "outranked") return {u"· "_s + text(verdict), Tone::Muted};
    return {u"✕ "_s + text(verdict), Tone::Warn};
}

// Only those that competed have a score.
Cell scoreCell(const v1::Candidate& candidate) {
    const bool scored = candidate.verdict() == "chosen" || candidate.verdict() == "outranked";
    if (!scored) return {format::dash(), Tone::Muted};
    const double score = candidate.score();
    return {score < 1000 ? QString::number(score, 'g', 4) : format::count(std::llround(score))};
}

Cell resultCell(const v1::Attempt& attempt) {
    if (attempt.result() == "ok") return {AttemptModel::tr("✓ served"), Tone::Ok};
    return {u"✕ "_s + text(attempt.result()), Tone::Critical};
}

Cell statusCell(int status) {
    return status == 0 ? Cell{format::dash(), Tone::Muted} : Cell{QString::number(status)};
}

}  // namespace

CandidateModel::CandidateModel(QObject* parent)
    : RowModel({{u"deployment"_s, tr("Candidate"), 220},
                {u"key"_s, tr("Key"), 90},
                {u"model"_s, tr("Model"), 140},
                {u"verdict"_s, tr("Verdict"), 150},
                {u"score"_s, tr("Score"), 76, true, true, tr("Lower is better")}},
               parent) {}

void CandidateModel::update(const v1::Request& request) {
    std::vector<Row> rows;
    for (const v1::Candidate& candidate : request.candidates()) {
        rows.push_back({QString::number(rows.size()),
                        {textCell(candidate.deployment()), textCell(candidate.key()), textCell(candidate.model()),
                         verdictCell(candidate.verdict()), scoreCell(candidate)}});
    }
    setRows(std::move(rows));
}

AttemptModel::AttemptModel(QObject* parent)
    : RowModel({{u"number"_s, tr("Try"), 40, true},
                {u"deployment"_s, tr("Target"), 200},
                {u"key"_s, tr("Key"), 90},
                {u"result"_s, tr("Result"), 180},
                {u"status"_s, tr("HTTP"), 48, true},
                {u"ttft"_s, tr("TTFT ms"), 72, true},
                {u"total"_s, tr("Total ms"), 72, true},
                {u"detail"_s, tr("The provider's words"), 260}},
               parent) {}

void AttemptModel::update(const v1::Request& request) {
    std::vector<Row> rows;
    for (const v1::Attempt& attempt : request.attempts()) {
        const auto number = static_cast<qint64>(rows.size()) + 1;
        rows.push_back(
            {QString::number(number),
             {countCell(number), textCell(attempt.deployment()), textCell(attempt.key()), resultCell(attempt),
              statusCell(attempt.status()), millisecondsCell(SIGNALBOX_OPTIONAL(attempt, first_token_us)),
              millisecondsCell(attempt.total_us()), textCell(attempt.detail())}});
    }
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
