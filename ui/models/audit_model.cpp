#include "ui/models/audit_model.h"

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

std::vector<Column> columns() {
    using M = AuditModel;
    return {
        {u"time"_s, M::tr("Time"), 76, true, true, M::tr("Gateway time, UTC")},
        {u"actor"_s, M::tr("Actor"), 90},
        {u"action"_s, M::tr("Action"), 130},
        {u"object"_s, M::tr("Object"), 130},
        {u"change"_s, M::tr("Before → after"), 260},
        {u"reason"_s, M::tr("Reason"), 190},
        {u"result"_s, M::tr("Result"), 100},
        {u"source"_s, M::tr("Source"), 76},
        {u"id"_s, M::tr("Id"), 60, true, false},
    };
}

Cell changeCell(const v1::AuditEntry& entry) {
    if (entry.before().empty()) return textCell(entry.after());
    if (entry.after().empty()) return textCell(entry.before());
    return {AuditModel::tr("%1 → %2").arg(text(entry.before()), text(entry.after()))};
}

Cell resultCell(const v1::AuditEntry& entry) {
    if (entry.result() == "ok") return {AuditModel::tr("✓ done"), Tone::Ok};
    if (entry.result().empty())
        return {AuditModel::tr("? unknown"), Tone::Warn, AuditModel::tr("The result was not recorded")};
    return {QStringLiteral("✕ ") + text(entry.result()), Tone::Critical};
}

Row makeRow(const v1::AuditEntry& entry) {
    Cell time{format::clock(entry.time_unix_us())};
    time.tip = AuditModel::tr("%1 UTC").arg(format::dayAndClock(entry.time_unix_us()));
    time.key = static_cast<qint64>(entry.time_unix_us());
    return {QString::number(entry.id()),
            {time, textCell(entry.actor()), textCell(entry.action()), textCell(entry.object()), changeCell(entry),
             textCell(entry.reason()), resultCell(entry), textCell(entry.source()), countCell(entry.id())}};
}

}  // namespace

AuditModel::AuditModel(QObject* parent) : RowModel(columns(), parent) {}

void AuditModel::update(const v1::ListAuditResponse& audit) {
    std::vector<Row> rows;
    for (const auto& entry : audit.entries()) rows.push_back(makeRow(entry));
    setRows(std::move(rows));
}

}  // namespace signalbox::ui
