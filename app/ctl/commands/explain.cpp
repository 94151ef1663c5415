// show, explain: why one request went where it went, and where one would go now.
#include <QFile>

#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "ui/models/request_text.h"
#include "ui/theme/format.h"

namespace signalbox::ctl {
namespace {

namespace format = ui::format;

constexpr qint64 body_max = 4 * 1024 * 1024;  // bytes; what one control request may hold

template <class Candidates>
void print_candidates(Session& session, const Candidates& candidates) {
    if (candidates.empty()) return;
    Table table({{QStringLiteral("CANDIDATE")},
                 {QStringLiteral("KEY")},
                 {QStringLiteral("MODEL")},
                 {QStringLiteral("VERDICT")},
                 {QStringLiteral("SCORE"), true}});
    for (const v1::Candidate& candidate : candidates) {
        const bool scored = candidate.verdict() == "chosen" || candidate.verdict() == "outranked";
        table.add({printable(candidate.deployment()), printable(candidate.key()), printable(candidate.model()),
                   printable(candidate.verdict()),
                   scored ? QString::number(candidate.score(), 'g', 4) : format::dash()});
    }
    session.out() << '\n';
    table.print(session.out(), session.arguments().width);
}

QString detail_of(const v1::Attempt& attempt) {
    const QString drill =
        attempt.drill().empty() ? QString() : QStringLiteral("[drill: %1] ").arg(printable(attempt.drill()));
    return drill + printable(attempt.detail());
}

void print_attempts(Session& session, const v1::Request& request) {
    if (request.attempts().empty()) return;
    Table table({{QStringLiteral("ATTEMPT")},
                 {QStringLiteral("KEY")},
                 {QStringLiteral("RESULT")},
                 {QStringLiteral("HTTP"), true},
                 {QStringLiteral("START"), true},
                 {QStringLiteral("TTFT"), true},
                 {QStringLiteral("TOTAL"), true},
                 {QStringLiteral("DETAIL")}});
    for (const v1::Attempt& attempt : request.attempts()) {
        const QString mark = attempt.hedge() ? QStringLiteral(" (hedge)") : QString();
        table.add({printable(attempt.deployment()) + mark, printable(attempt.key()), printable(attempt.result()),
                   attempt.status() == 0 ? format::dash() : QString::number(attempt.status()),
                   format::latency(attempt.start_us()), format::latency(SIGNALBOX_FIELD(attempt, first_token_us)),
                   format::latency(attempt.total_us()), detail_of(attempt)});
    }
    session.out() << '\n';
    table.print(session.out(), session.arguments().width);
}

void print_request(Session& session, const v1::Request& request) {
    QTextStream& out = session.out();
    out << printable(request.id()) << "  " << format::dayAndClock(request.time_unix_us()) << " UTC  "
        << printable(request.endpoint()) << '\n'
        << printable(request.outcome()) << ", HTTP " << request.status() << ": " << ui::routeText(request) << '\n';
    if (const QString why = ui::whyText(request); !why.isEmpty()) {
        out << "because " << printable(why) << "  " << printable(request.why_detail()) << '\n';
    }
    out << "asked for " << printable(request.requested_model()) << ", by "
        << (request.account().empty() ? QStringLiteral("an anonymous caller") : printable(request.account()))
        << "; queued " << format::latency(request.queue_us()) << ", total " << format::latency(request.total_us())
        << ", tokens " << ui::tokensText(request) << ", " << format::money(request.cost_microusd()) << '\n';
    print_candidates(session, request.candidates());
    print_attempts(session, request);
    if (!request.fleet_json().empty()) out << "\nfleet then  " << printable(request.fleet_json()) << '\n';
}

void print_explanation(Session& session, const v1::ExplainResponse& answer) {
    QTextStream& out = session.out();
    for (const std::string& step : answer.steps()) out << "· " << printable(step) << '\n';
    if (answer.chosen().empty()) {
        out << "it would be refused: " << printable(answer.error()) << "  " << printable(answer.error_detail()) << '\n';
    } else {
        out << "it would go to " << printable(answer.chosen()) << '\n';
    }
    print_candidates(session, answer.candidates());
}

std::optional<std::string> read_body(Session& session) {
    if (!session.has("body")) return std::string();
    const QString path = session.option("body");
    QFile file(path);
    const bool open = path == u"-" ? file.open(stdin, QIODevice::ReadOnly) : file.open(QIODevice::ReadOnly);
    if (!open) {
        session.misuse(QStringLiteral("%1: %2").arg(path, file.errorString()));
        return std::nullopt;
    }
    const QByteArray body = file.read(body_max + 1);
    if (body.size() <= body_max) return body.toStdString();
    session.misuse(QStringLiteral("%1 is larger than 4 MiB").arg(path));
    return std::nullopt;
}

}  // namespace

void run_show(Session& session) {
    v1::GetRequestRequest request;
    request.set_id(session.word(0).toStdString());
    session.show(request,
                 [&session](const v1::GetRequestResponse& answer) { print_request(session, answer.request()); });
}

void run_explain(Session& session) {
    const auto body = read_body(session);
    if (!body) return;
    v1::ExplainRequest request;
    request.set_model(session.word(0).toStdString());
    request.set_body_json(*body);
    request.set_account(session.option("account").toStdString());
    session.show(request, [&session](const v1::ExplainResponse& answer) { print_explanation(session, answer); });
}

}  // namespace signalbox::ctl
