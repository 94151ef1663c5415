#include "ui/pages/requests/request_inspector.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/models/request_text.h"
#include "ui/models/snippets.h"
#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/theme/icon.h"

namespace signalbox::ui {

namespace {

constexpr int rowsShown = 8;     // of each table, before it scrolls
constexpr int factsWidth = 340;  // px

QScrollArea* scrolling(QWidget* content) {
    auto* area = new QScrollArea;
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setWidget(content);
    return area;
}

}  // namespace

RequestInspector::RequestInspector(QWidget* parent) : QWidget(parent) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 6, 0, 0);
    column->setSpacing(6);
    column->addLayout(buildHeader());
    m_tabs = new QTabWidget(this);
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(buildRoute(), tr("Route"));
    m_tabs->addTab(buildTimeline(), tr("Timeline"));
    column->addWidget(m_tabs, 1);
}

QLayout* RequestInspector::buildHeader() {
    m_state = new StateBadge(this);
    m_title = new QLabel(this);
    m_title->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_title->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    auto* copyId = new QPushButton(tr("Copy id"), this);
    auto* copyCurl = new QPushButton(tr("Copy as curl"), this);
    copyCurl->setToolTip(tr("The call without its body, which is not kept, and with $SIGNALBOX_KEY for the key"));
    m_override = new QPushButton(this);
    m_redirect = new QPushButton(this);
    auto* close = new QPushButton(this);
    close->setIcon(icon(QStringLiteral("close")));
    close->setFlat(true);
    close->setAccessibleName(tr("Close the details"));
    close->setToolTip(close->accessibleName());
    connect(copyId, &QPushButton::clicked, this, [this] { copy(text(m_request.id()), tr("Request id copied")); });
    connect(copyCurl, &QPushButton::clicked, this,
            [this] { copy(curlOf(m_request, m_dataUrl), tr("curl command copied")); });
    connect(m_override, &QPushButton::clicked, this, [this] { Q_EMIT overrideWanted(m_request.override_id()); });
    connect(m_redirect, &QPushButton::clicked, this,
            [this] { Q_EMIT redirectWanted(text(m_request.requested_model())); });
    connect(close, &QPushButton::clicked, this, &RequestInspector::closeWanted);
    auto* line = new QHBoxLayout;
    line->addWidget(m_state);
    line->addWidget(m_title);
    line->addStretch();
    for (auto* button : {m_override, copyId, copyCurl, m_redirect, close}) line->addWidget(button);
    return line;
}

QWidget* RequestInspector::buildRoute() {
    m_why = new ToneLabel(Tone::Plain);
    m_why->setWordWrap(true);
    m_why->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_failure = new ToneLabel(Tone::Warn);
    m_failure->setWordWrap(true);
    m_failure->hide();
    m_facts = new FactList;
    m_facts->setFixedWidth(factsWidth);
    m_candidateTable = new LiveTableView(tr("Candidates"), QStringLiteral("request-candidates"));
    m_attemptTable = new LiveTableView(tr("Attempts"), QStringLiteral("request-attempts"));
    m_candidateTable->setModel(&m_candidates);
    m_attemptTable->setModel(&m_attempts);
    for (auto* table : {m_candidateTable, m_attemptTable}) table->fitTo(rowsShown);
    m_fleetTitle = new ToneLabel(Tone::Muted);
    m_fleetTitle->setText(tr("The fleet at the moment it was refused"));
    m_fleet = new QPlainTextEdit;
    m_fleet->setReadOnly(true);
    m_fleet->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_fleet->setAccessibleName(m_fleetTitle->text());

    auto* content = new QWidget;
    auto* tables = new QVBoxLayout;
    for (auto* widget :
         std::initializer_list<QWidget*>{m_why, m_failure, m_candidateTable, m_attemptTable, m_fleetTitle, m_fleet}) {
        tables->addWidget(widget);
    }
    tables->addStretch();
    auto* line = new QHBoxLayout(content);
    line->setContentsMargins(0, 8, 0, 0);
    line->setSpacing(16);
    line->addWidget(m_facts, 0, Qt::AlignTop);
    line->addLayout(tables, 1);
    return scrolling(content);
}

QWidget* RequestInspector::buildTimeline() {
    m_timeline = new TimelineWidget;
    auto* table = new LiveTableView(tr("Timeline as a table"), QStringLiteral("request-timeline"));
    table->setModel(&m_timelineRows);
    table->fitTo(rowsShown * 2);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 8, 0, 0);
    column->addWidget(m_timeline);
    column->addWidget(table);
    column->addStretch();
    return scrolling(content);
}

void RequestInspector::show(const v1::Request& request) {
    m_request = request;
    m_failure->hide();
    m_state->setState(stateOfOutcome(request.outcome()));
    m_title->setText(text(request.id()));
    m_redirect->setText(tr("Redirect %1…").arg(text(request.requested_model())));
    m_redirect->setVisible(!request.requested_model().empty());
    m_override->setText(tr("Override #%1").arg(request.override_id()));
    m_override->setVisible(request.override_id() != 0);
    showFacts();
    m_candidates.update(request);
    m_attempts.update(request);
    m_candidateTable->setVisible(!request.candidates().empty());
    m_attemptTable->setVisible(!request.attempts().empty());
    showFleet();
    Timeline timeline = timelineOf(request);
    m_timelineRows.update(timeline);
    m_timeline->setTimeline(std::move(timeline));
}

void RequestInspector::setFailure(const QString& sentence) {
    m_failure->setText(tr("The decision's candidates are not here: %1").arg(sentence));
    m_failure->show();
}

void RequestInspector::showFacts() {
    const v1::Request& r = m_request;
    const QString why = whyText(r);
    const QString detail = text(r.why_detail());
    QString reason = tr("Nothing moved it off its first choice.");
    if (!why.isEmpty()) reason = tr("Moved off its first choice by %1. %2").arg(why, detail).trimmed();
    if (r.cached()) reason += tr(" The answer was kept from the same request before: nothing is charged for it.");
    m_why->setText(reason);
    m_facts->setFact(tr("Asked for"), text(r.requested_model()));
    m_facts->setFact(tr("Route"), routeText(r));
    m_facts->setFact(tr("Served by"), text(r.served_deployment()));
    m_facts->setFact(tr("Answer"),
                     r.error().empty() || r.error() == "ok" ? tr("HTTP %1").arg(r.status())
                                                            : tr("HTTP %1 · %2").arg(r.status()).arg(text(r.error())),
                     r.status() >= 500 ? Tone::Critical : Tone::Plain);
    m_facts->setFact(tr("Arrived"), tr("%1 UTC").arg(timeText(r.time_unix_us())));
    m_facts->setFact(tr("Queue"), format::latency(r.queue_us()));
    m_facts->setFact(tr("First token"), format::latency(SIGNALBOX_OPTIONAL(r, first_token_us)));
    m_facts->setFact(tr("Total"), format::latency(r.total_us()));
    m_facts->setFact(tr("Our overhead"), format::latency(r.overhead_us()));
    m_facts->setFact(tr("Tokens"),
                     tr("%1 (estimated in: %2)").arg(tokensText(r), format::count(r.estimated_input_tokens())));
    m_facts->setFact(tr("Cost"), r.cost_microusd() == 0 ? QString() : format::money(r.cost_microusd()));
    m_facts->setFact(tr("Caller"), r.account().empty() ? tr("anonymous") : text(r.account()));
    m_facts->setFact(tr("Tags"), text(r.tags()));
    m_facts->setFact(tr("Endpoint"), text(r.endpoint()));
    m_facts->setFact(tr("Client"), text(r.client()));
    m_facts->setFact(tr("User agent"), text(r.user_agent()));
    m_facts->setFact(tr("Client retry"), r.client_retry() == 0 ? QString() : QString::number(r.client_retry()));
    m_facts->setFact(tr("Configuration"), tr("revision %1").arg(r.config_revision()));
}

void RequestInspector::showFleet() {
    const auto fleet = QJsonDocument::fromJson(QByteArray::fromStdString(m_request.fleet_json()));
    m_fleet->setPlainText(QString::fromUtf8(fleet.toJson(QJsonDocument::Indented)));
    m_fleetTitle->setVisible(!fleet.isNull());
    m_fleet->setVisible(!fleet.isNull());
}

void RequestInspector::copy(const QString& text, const QString& sentence) {
    QGuiApplication::clipboard()->setText(text);
    Q_EMIT told(sentence);
}

}  // namespace signalbox::ui
