// From the control API's messages to the console's states and sentences.
#pragma once

#include <QString>

#include <optional>

#include "engine/api/gateway.h"
#include "ui/models/row_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

inline QString text(const std::string& bytes) {
    return QString::fromStdString(bytes);
}

State stateOf(v1::GatewayState state);
State stateOf(v1::BreakerState state);
State stateOf(const v1::Override& override);
// The words of RequestFilter.outcomes.
State stateOfOutcome(const std::string& outcome);

bool isClosed(v1::BreakerState state);
// Everyone · account acme · tag canary
QString scopeText(const v1::Override& override);
// gpt-4o → claude-sonnet
QString redirectText(const v1::Override& override);
// 1 request · 1 812 requests
QString requestsText(qint64 count);
// What went wrong, for people: the gateway's sentence, or ours when it has none.
QString failureText(const api::Failure& failure);

// Cells that most tables share.
Cell stateCell(State state, const QString& since = {});
Cell textCell(const std::string& bytes);
Cell countCell(qint64 value);
Cell numberCell(std::optional<double> value, int decimals);
Cell millisecondsCell(std::optional<qint64> us);
// Where the field is absent: "–".
#define SIGNALBOX_OPTIONAL(message, field) ((message).has_##field() ? std::optional((message).field()) : std::nullopt)

}  // namespace signalbox::ui
