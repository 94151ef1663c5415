#include "ui/gateways/connect_error.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <array>
#include <utility>

namespace signalbox::ui {
namespace {

using Word = std::pair<std::string_view, ErrorCode>;

// Connect's own words, for a peer that sends no `reason`.
constexpr std::array connectWords = {
    Word{"canceled", ErrorCode::io_cancelled},
    Word{"unknown", ErrorCode::internal},
    Word{"invalid_argument", ErrorCode::invalid_argument},
    Word{"deadline_exceeded", ErrorCode::deadline_exceeded},
    Word{"not_found", ErrorCode::not_found},
    Word{"already_exists", ErrorCode::conflict},
    Word{"permission_denied", ErrorCode::permission_denied},
    Word{"resource_exhausted", ErrorCode::rate_limited},
    Word{"failed_precondition", ErrorCode::invalid_argument},
    Word{"aborted", ErrorCode::conflict},
    Word{"out_of_range", ErrorCode::invalid_argument},
    Word{"unimplemented", ErrorCode::unknown_path},
    Word{"internal", ErrorCode::internal},
    Word{"unavailable", ErrorCode::unavailable},
    Word{"data_loss", ErrorCode::internal},
    Word{"unauthenticated", ErrorCode::unauthenticated},
};

ErrorCode codeOfStatus(int httpStatus) {
    switch (httpStatus) {
        case 401:
            return ErrorCode::unauthenticated;
        case 403:
            return ErrorCode::permission_denied;
        case 404:
            return ErrorCode::unknown_path;
        case 408:
            return ErrorCode::deadline_exceeded;
        case 413:
            return ErrorCode::body_too_large;
        case 429:
        case 502:
        case 503:
        case 504:
            return ErrorCode::unavailable;
        default:
            return ErrorCode::internal;
    }
}

// A ControlError of control.proto in JSON; nullopt when it names no code we know.
std::optional<api::Failure> failureOfObject(const QJsonObject& object) {
    auto code = error_code_from(object[u"reason"].toString().toStdString());
    if (!code || *code == ErrorCode::ok) {
        const std::string word = object[u"code"].toString().toStdString();
        const auto* row = std::ranges::find(connectWords, word, &Word::first);
        if (row == connectWords.end()) return std::nullopt;
        code = row->second;
    }
    // Protobuf's JSON has lowerCamelCase names and an int64 as a string; a hand-written one may have neither.
    const QJsonValue conflict = object.contains(u"conflictId") ? object[u"conflictId"] : object[u"conflict_id"];
    return api::Failure{*code, object[u"message"].toString().toStdString(), conflict.toVariant().toLongLong()};
}

}  // namespace

api::Failure failureOfAnswer(int httpStatus, const QByteArray& body) {
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (auto failure = failureOfObject(document.object())) return *failure;
    return {codeOfStatus(httpStatus), "the gateway answered with HTTP " + std::to_string(httpStatus)};
}

std::optional<api::Failure> failureOfStreamEnd(const QByteArray& payload) {
    const QJsonDocument document = QJsonDocument::fromJson(payload);
    if (!document.isObject()) return api::Failure{ErrorCode::upstream_malformed, "the stream's end is not JSON"};
    const QJsonValue error = document.object()[u"error"];
    if (error.isUndefined() || error.isNull()) return std::nullopt;
    if (auto failure = failureOfObject(error.toObject())) return failure;
    return api::Failure{ErrorCode::internal, "the stream ended with an error that has no code"};
}

api::Failure failureOfTransport(QNetworkReply::NetworkError error, const QString& text) {
    const auto code = [error] {
        switch (error) {
            case QNetworkReply::ConnectionRefusedError:
                return ErrorCode::connect_refused;
            case QNetworkReply::HostNotFoundError:
                return ErrorCode::dns_failed;
            case QNetworkReply::SslHandshakeFailedError:
                return ErrorCode::tls_failed;
            case QNetworkReply::RemoteHostClosedError:
                return ErrorCode::io_closed;
            case QNetworkReply::TimeoutError:
                return ErrorCode::io_timeout;
            default:
                return ErrorCode::io_closed;
        }
    }();
    return {code, text.toStdString()};
}

bool isTransportFailure(ErrorCode code) {
    switch (code) {
        case ErrorCode::connect_refused:
        case ErrorCode::dns_failed:
        case ErrorCode::tls_failed:
        case ErrorCode::io_closed:
        case ErrorCode::io_timeout:
            return true;
        default:
            return false;
    }
}

}  // namespace signalbox::ui
