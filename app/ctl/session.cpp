#include "app/ctl/session.h"

#include <google/protobuf/util/json_util.h>

#include <QSysInfo>

#include "app/ctl/table.h"
#include "ui/gateways/connect_error.h"
#include "ui/models/filter_language.h"

namespace signalbox::ctl {
namespace {

constexpr qint64 us_per_second = 1'000'000;

}  // namespace

Session::Session(api::Gateway& gateway, Arguments arguments, Console console, std::function<void(int)> done)
    : gateway_(gateway), arguments_(std::move(arguments)), console_(console), done_(std::move(done)) {}

std::optional<qint64> Session::number(const char* name, qint64 otherwise) {
    if (!has(name)) return otherwise;
    bool is_number = false;
    const qint64 value = option(name).toLongLong(&is_number);
    if (is_number && value > 0) return value;
    misuse(QStringLiteral("--%1 takes a positive number").arg(QLatin1String(name)));
    return std::nullopt;
}

std::optional<qint64> Session::id(const char* what) {
    QString text = word(0);
    if (text.startsWith(u'#')) text.remove(0, 1);
    bool is_number = false;
    const qint64 id = text.toLongLong(&is_number);
    if (is_number && id > 0) return id;
    misuse(QString::fromUtf8(what));
    return std::nullopt;
}

std::optional<qint64> Session::seconds(const char* name) {
    const auto us = ui::parseDurationUs(option(name));
    if (us && *us >= us_per_second) return *us / us_per_second;
    misuse(QStringLiteral("--%1 takes a time such as 30m").arg(QLatin1String(name)));
    return std::nullopt;
}

std::optional<std::string> Session::reason() {
    const QString reason = option("reason").trimmed();
    if (!reason.isEmpty()) return reason.toStdString();
    misuse(QStringLiteral("--reason says why; it goes into the audit"));
    return std::nullopt;
}

QString Session::actor() const {
    if (has("actor")) return option("actor");
    const QString user = qEnvironmentVariable("USER", qEnvironmentVariable("USERNAME", QStringLiteral("unknown")));
    return user + u'@' + QSysInfo::machineHostName();
}

void Session::follow(const api::MethodInfo& method, const google::protobuf::Message& request,
                     std::function<void(const google::protobuf::Message&)> next) {
    subscription_ = gateway_.subscribe_any(method, request,
                                           {std::move(next), [this](const api::Failure& failure) { refuse(failure); }});
}

void Session::print_json(const google::protobuf::Message& message, bool one_line) {
    out() << json_of(message, one_line);
    if (one_line) out() << '\n';
    out().flush();
}

void Session::refuse(const api::Failure& failure, const char* end) {
    err() << "signalboxctl: " << QLatin1String(to_string(failure.code).data()) << ": "
          << printable(QString::fromStdString(failure.message)) << '\n';
    if (failure.conflict_id != 0) {
        err() << "  #" << failure.conflict_id << " is in the way; end it: signalboxctl " << end << ' '
              << failure.conflict_id << '\n';
    }
    finish(ui::isTransportFailure(failure.code) ? exit_unreachable : exit_refused);
}

void Session::misuse(const QString& what) {
    err() << "signalboxctl: " << what << '\n';
    finish(exit_usage);
}

void Session::finish(int exit_code) {
    out().flush();
    err().flush();
    if (const auto done = std::exchange(done_, {})) done(exit_code);
}

QString json_of(const google::protobuf::Message& message, bool one_line) {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = !one_line;
    options.always_print_primitive_fields = true;
    std::string json;
    // Fails only for Any messages of unknown type; the control API has none.
    const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
    return status.ok() ? QString::fromStdString(json) : QStringLiteral("{}");
}

}  // namespace signalbox::ctl
