// Error answers of the Connect protocol, and failures of the transport below it, as api::Failure.
#pragma once

#include <QByteArray>
#include <QNetworkReply>
#include <optional>

#include "engine/api/gateway.h"

namespace signalbox::ui {

// Of a unary answer whose status is not 200: its JSON body when it has one, otherwise what the status says.
[[nodiscard]] api::Failure failureOfAnswer(int httpStatus, const QByteArray& body);

// Of a stream's closing envelope: nullopt for {}, a stream that ended well. A payload that is no JSON is a failure.
[[nodiscard]] std::optional<api::Failure> failureOfStreamEnd(const QByteArray& payload);

// Of an exchange that brought no answer: dns_failed, connect_refused, tls_failed, io_timeout or io_closed.
[[nodiscard]] api::Failure failureOfTransport(QNetworkReply::NetworkError error, const QString& text);

// True for the codes of failureOfTransport: the gateway never spoke.
[[nodiscard]] bool isTransportFailure(ErrorCode code);

}  // namespace signalbox::ui
