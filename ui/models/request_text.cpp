#include "ui/models/request_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QStringList>

#include "ui/theme/format.h"

namespace signalbox::ui {
namespace {

struct RequestText {
    Q_DECLARE_TR_FUNCTIONS(RequestText)
};

bool severalDeploymentsOf(const std::string& model, const v1::Request& request) {
    const std::string* first = nullptr;
    for (const v1::Attempt& attempt : request.attempts()) {
        if (attempt.model() != model) continue;
        if (first && *first != attempt.deployment()) return true;
        first = &attempt.deployment();
    }
    return false;
}

QString compact(qint64 count) {
    if (count < 1000) return QString::number(count);
    const double thousands = static_cast<double>(count) / 1000;
    return QString::number(thousands, 'f', count % 1000 != 0 && thousands < 10 ? 1 : 0) + u'k';
}

}  // namespace

QString routeText(const v1::Request& request) {
    QString route;
    const v1::Attempt* previous = nullptr;
    bool served = false;
    for (const v1::Attempt& attempt : request.attempts()) {
        if (!previous || previous->deployment() != attempt.deployment()) {
            if (previous) route += attempt.hedge() ? QStringLiteral(" ∥ ") : QStringLiteral(" → ");
            const bool inFull = severalDeploymentsOf(attempt.model(), request);
            route += QString::fromStdString(inFull ? attempt.deployment() : attempt.model());
        }
        const bool ok = attempt.result() == "ok";
        served = served || ok;
        if (attempt.result() != "overtaken") route += ok ? u'✓' : u'✕';
        previous = &attempt;
    }
    if (request.cached())
        return RequestText::tr("%1✓ from the cache").arg(QString::fromStdString(request.served_model()));
    if (!previous) return format::dash();
    if (!served) route += QStringLiteral(" → ∅");
    return route;
}

QString spokenRoute(const v1::Request& request) {
    QStringList legs;
    for (const v1::Attempt& attempt : request.attempts()) {
        const QString model = QString::fromStdString(attempt.model());
        const QString result = QString::fromStdString(attempt.result());
        legs.append(result == u"ok"          ? RequestText::tr("%1 served").arg(model)
                    : result == u"overtaken" ? RequestText::tr("%1 was overtaken").arg(model)
                                             : RequestText::tr("%1 failed with %2").arg(model, result));
    }
    if (request.cached()) {
        return RequestText::tr("%1 answered from the cache").arg(QString::fromStdString(request.served_model()));
    }
    return legs.isEmpty() ? RequestText::tr("nothing was tried") : legs.join(RequestText::tr(", then "));
}

QString timeText(qint64 unixUs) {
    if (unixUs <= 0) return format::dash();
    return QDateTime::fromMSecsSinceEpoch(unixUs / 1000, Qt::UTC).toString(QStringLiteral("HH:mm:ss.zzz"));
}

QString whyText(const v1::Request& request) {
    if (request.why() == "redirected") return QStringLiteral("override #%1").arg(request.override_id());
    return request.why() == "ok" ? QString() : QString::fromStdString(request.why());
}

QString tokensText(const v1::Request& request) {
    if (!request.has_input_tokens() && !request.has_output_tokens()) return format::dash();
    const QString in = request.has_input_tokens() ? compact(request.input_tokens()) : format::dash();
    const QString out = request.has_output_tokens() ? compact(request.output_tokens()) : format::dash();
    return in + u'+' + out;
}

}  // namespace signalbox::ui
