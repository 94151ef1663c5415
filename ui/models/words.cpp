#include "ui/models/words.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/theme/format.h"

namespace signalbox::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Words)
};

}  // namespace

State stateOf(v1::GatewayState state) {
    switch (state) {
        case v1::GATEWAY_STATE_HEALTHY:
            return State::GatewayHealthy;
        case v1::GATEWAY_STATE_DEGRADED:
            return State::GatewayDegraded;
        case v1::GATEWAY_STATE_DOWN:
            return State::GatewayDown;
        case v1::GATEWAY_STATE_DRAINING:
            return State::GatewayDraining;
        default:
            return State::GatewayUnknown;
    }
}

State stateOf(v1::BreakerState state) {
    switch (state) {
        case v1::BREAKER_STATE_CLOSED:
            return State::BreakerClosed;
        case v1::BREAKER_STATE_OPEN:
            return State::BreakerOpen;
        case v1::BREAKER_STATE_HALF_OPEN:
            return State::BreakerHalfOpen;
        case v1::BREAKER_STATE_HELD_OPEN:
            return State::BreakerHeldOpen;
        case v1::BREAKER_STATE_HELD_CLOSED:
            return State::BreakerHeldClosed;
        default:
            return State::BreakerUnknown;
    }
}

State stateOf(const v1::Override& override) {
    if (override.state() == "undone") return State::OverrideUndone;
    if (override.state() == "ended" || override.has_ended_unix_us()) return State::OverrideEnded;
    return State::OverrideActive;
}

State stateOfOutcome(const std::string& outcome) {
    if (outcome == "served") return State::RequestServed;
    if (outcome == "served_retry") return State::RequestRetry;
    if (outcome == "served_fallback") return State::RequestFallback;
    if (outcome == "shed") return State::RequestShed;
    if (outcome == "failed") return State::RequestFailed;
    if (outcome == "cancelled") return State::RequestCancelled;
    if (outcome == "in_flight") return State::RequestInFlight;
    return State::RequestUnknown;
}

bool isClosed(v1::BreakerState state) {
    return state == v1::BREAKER_STATE_CLOSED || state == v1::BREAKER_STATE_HELD_CLOSED ||
           state == v1::BREAKER_STATE_UNSPECIFIED;
}

QString scopeText(const v1::Override& override) {
    QStringList parts;
    if (!override.scope_account().empty()) parts << Words::tr("account %1").arg(text(override.scope_account()));
    if (!override.scope_tag().empty()) parts << Words::tr("tag %1").arg(text(override.scope_tag()));
    return parts.isEmpty() ? Words::tr("Everyone") : parts.join(QStringLiteral(", "));
}

QString redirectText(const v1::Override& override) {
    return Words::tr("%1 → %2").arg(text(override.from()), text(override.to()));
}

QString requestsText(qint64 count) {
    const int form = static_cast<int>(std::min<qint64>(count, std::numeric_limits<int>::max()));
    return Words::tr("%1 request(s)", nullptr, form).arg(format::count(count));
}

QString failureText(const api::Failure& failure) {
    if (!failure.message.empty()) return text(failure.message);
    const auto code = to_string(failure.code);
    return Words::tr("The gateway answered %1")
        .arg(QString::fromUtf8(code.data(), static_cast<qsizetype>(code.size())));
}

Cell stateCell(State state, const QString& since) {
    const auto shown = look(state);
    Cell cell{shown.text(), shown.tone};
    cell.spoken = since.isEmpty() ? shown.spoken : Words::tr("%1, since %2").arg(shown.spoken, since);
    cell.tip = cell.spoken;
    cell.key = -shown.severity;
    return cell;
}

Cell textCell(const std::string& bytes) {
    return bytes.empty() ? Cell{format::dash(), Tone::Muted} : Cell{text(bytes)};
}

Cell countCell(qint64 value) {
    Cell cell{format::count(value), value == 0 ? Tone::Muted : Tone::Plain};
    cell.key = value;
    return cell;
}

Cell numberCell(std::optional<double> value, int decimals) {
    Cell cell{format::fixed(value, decimals), value ? Tone::Plain : Tone::Muted};
    if (value) cell.key = *value;
    return cell;
}

Cell millisecondsCell(std::optional<qint64> us) {
    if (!us) return {format::dash(), Tone::Muted};
    Cell cell{format::count(std::llround(static_cast<double>(*us) / 1000.0))};
    cell.tip = format::latency(us);
    cell.key = *us;
    return cell;
}

}  // namespace signalbox::ui
