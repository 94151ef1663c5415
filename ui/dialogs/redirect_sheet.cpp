#include "ui/dialogs/redirect_sheet.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

namespace {

constexpr int previewBudgetMs = 1000;
constexpr int defaultTtl = 30 * 60;
constexpr int nameLength = 24;
enum Scope { Everyone, Account, Tag };

// Long names must not make the dock wider.
QString shortName(const QString& name) {
    if (name.size() <= nameLength) return name;
    return name.left(nameLength / 2) + QStringLiteral("…") + name.right(nameLength / 2 - 1);
}

}  // namespace

RedirectSheet::RedirectSheet(Source& source, QWidget* parent)
    : QWidget(parent),
      m_source(source),
      m_band(new EnvBand(this)),
      m_stack(new QStackedWidget(this)),
      m_receipt(new RedirectReceipt(source, this)),
      m_order(source, this) {
    setAccessibleName(tr("Redirect a model"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_band);
    column->addWidget(m_stack);
    m_stack->addWidget(buildForm());
    m_stack->addWidget(m_receipt);
    m_patience.setSingleShot(true);
    m_patience.setInterval(previewBudgetMs);
    connect(&m_patience, &QTimer::timeout, this, [this] { m_effect->setText(tr("Preview not ready; Apply works.")); });
    connect(m_receipt, &RedirectReceipt::closeWanted, this, &RedirectSheet::closeWanted);
    connect(m_receipt, &RedirectReceipt::told, this, &RedirectSheet::told);
    connect(&source, &Source::ticked, this, &RedirectSheet::showEnds);
    connect(&source, &Source::freshnessChanged, this, &RedirectSheet::refresh);
    buildShortcuts();
}

void RedirectSheet::setEnvironment(Environment environment) {
    m_band->setEnvironment(environment);
}

QWidget* RedirectSheet::buildForm() {
    auto* form = new QWidget(this);
    auto* column = new QVBoxLayout(form);
    column->setContentsMargins(0, 0, 0, 12);
    auto* scroll = new QScrollArea(form);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(buildBody());
    column->addWidget(scroll, 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(16, 0, 16, 0);
    m_notice = new Notice(form);
    m_notice->setDismissable(false);
    connect(m_notice, &Notice::actionClicked, this, [this] { apply(m_conflict); });
    m_apply = new QPushButton(form);
    m_apply->setDefault(true);
    m_apply->setMinimumHeight(34);
    m_apply->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(m_apply, &QPushButton::clicked, this, [this] { apply(0); });
    foot->addWidget(m_notice);
    foot->addWidget(m_apply);
    foot->addWidget(mutedLabel(tr("Ctrl+Enter applies · Esc closes · it ends by itself"), form), 0, Qt::AlignHCenter);
    column->addLayout(foot);
    return form;
}

QWidget* RedirectSheet::buildBody() {
    auto* body = new QWidget(this);
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(16, 12, 16, 8);
    column->setSpacing(6);
    m_from = new QComboBox(body);
    m_from->setAccessibleName(tr("Redirect from"));
    m_to = new TargetList(body);
    m_noTargets = mutedLabel(tr("There is no model to redirect it to."), body);
    m_scope = new QComboBox(body);
    m_scope->setAccessibleName(tr("Scope"));
    m_scope->addItem(tr("Everyone"), Everyone);
    m_scope->addItem(tr("One account"), Account);
    m_scope->addItem(tr("One tag"), Tag);
    m_scopeName = new QLineEdit(body);
    m_scopeName->setAccessibleName(tr("Name of the account or tag"));
    m_scopeName->setPlaceholderText(tr("its name"));
    m_share = new QSpinBox(body);
    m_share->setAccessibleName(tr("Share of requests in percent"));
    m_share->setRange(1, 100);
    m_share->setSuffix(tr(" %"));
    auto* scopeLine = new QHBoxLayout;
    scopeLine->addWidget(m_scope, 1);
    scopeLine->addWidget(m_scopeName, 1);
    scopeLine->addWidget(m_share);
    buildTimes();
    buildReasons();
    m_effect = mutedLabel({}, body);
    m_effect->setWordWrap(true);
    const auto section = [&](const QString& title, auto* content) {
        column->addSpacing(4);
        column->addWidget(mutedLabel(title, body));
        if constexpr (std::is_base_of_v<QLayout, std::remove_pointer_t<decltype(content)>>)
            column->addLayout(content);
        else
            column->addWidget(content);
    };
    section(tr("From"), m_from);
    section(tr("To, best first"), m_to);
    column->addWidget(m_noTargets);
    section(tr("Scope and share"), scopeLine);
    section(tr("For"), m_times);
    column->addWidget(m_ends);
    section(tr("Reason (keys 1–6)"), m_reasons);
    column->addWidget(m_pick);
    column->addWidget(m_words);
    section(tr("Effect"), m_effect);
    column->addStretch();
    connect(m_from, &QComboBox::activated, this, [this] { setModel(m_from->currentText()); });
    connect(m_to, &TargetList::chosenChanged, this, &RedirectSheet::refresh);
    connect(m_scope, &QComboBox::currentIndexChanged, this, &RedirectSheet::refresh);
    connect(m_scopeName, &QLineEdit::textChanged, this, &RedirectSheet::refresh);
    connect(m_share, &QSpinBox::valueChanged, this, &RedirectSheet::refresh);
    return body;
}

void RedirectSheet::buildTimes() {
    m_times = new ChipRow(tr("For"), 4, this);
    for (const auto& [seconds, words] : {std::pair{15 * 60, tr("15 min")}, std::pair{defaultTtl, tr("30 min")},
                                         std::pair{60 * 60, tr("1 h")}, std::pair{4 * 60 * 60, tr("4 h")}}) {
        m_times->addChip(seconds, words);
    }
    m_ends = mutedLabel({}, this);
    connect(m_times, &ChipRow::chosenChanged, this, &RedirectSheet::refresh);
}

void RedirectSheet::buildReasons() {
    m_reasons = new ChipRow(tr("Reason"), 3, this);
    const std::array reasons{tr("Outage"), tr("Rate limit"), tr("Slow"), tr("Bad output"), tr("Cost"), tr("Test")};
    for (int at = 0; at < static_cast<int>(reasons.size()); ++at) {
        m_reasons->addChip(at, reasons.at(static_cast<std::size_t>(at)), tr("Key %1").arg(at + 1));
    }
    m_pick = new ToneLabel(Tone::Warn, this);
    m_pick->setText(tr("▲ Pick a reason, or write one"));
    m_pick->hide();
    m_words = new QLineEdit(this);
    m_words->setAccessibleName(tr("Reason in words"));
    m_words->setPlaceholderText(tr("more words, optional"));
    m_words->setMaxLength(400);
    connect(m_reasons, &ChipRow::chosenChanged, this, &RedirectSheet::refresh);
    connect(m_words, &QLineEdit::textChanged, this, &RedirectSheet::refresh);
}

void RedirectSheet::buildShortcuts() {
    const auto on = [this](const QKeySequence& keys, auto act) {
        connect(new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut), &QShortcut::activated,
                this, act);
    };
    for (int at = 0; at < 6; ++at) {
        on(QKeySequence(Qt::Key_1 + at), [this, at] { m_reasons->choose(at); });
    }
    const auto go = [this] {
        if (m_stack->currentIndex() == 0) apply(0);
    };
    on(QKeySequence(Qt::CTRL | Qt::Key_Return), go);
    on(QKeySequence(Qt::CTRL | Qt::Key_Enter), go);
    on(QKeySequence(Qt::CTRL | Qt::Key_Z), [this] {
        if (m_stack->currentIndex() == 1) m_receipt->undo();
    });
}

void RedirectSheet::open(const QString& model) {
    m_order.forget();
    m_stack->setCurrentIndex(0);
    m_askedForReason = false;
    m_reasons->clear();
    m_words->clear();
    m_scope->setCurrentIndex(0);
    m_scopeName->clear();
    m_share->setValue(100);
    m_times->choose(defaultTtl);
    fillModels(model);
    setModel(m_from->currentText());
    m_reasons->chip(0)->setFocus(Qt::TabFocusReason);  // shows the ring: the next act is here
}

void RedirectSheet::fillModels(const QString& chosen) {
    m_from->clear();
    for (const auto& model : m_source.snapshot()->models()) m_from->addItem(text(model.name()));
    if (chosen.isEmpty()) return;
    if (m_from->findText(chosen) < 0) m_from->addItem(chosen);
    m_from->setCurrentText(chosen);
}

void RedirectSheet::setModel(const QString& model) {
    ++m_form;
    m_notice->hide();  // it was about another model
    m_previewActive = 0;
    m_to->reset();
    m_to->setTargets(guessTargets(*m_source.snapshot(), model));
    if (!model.isEmpty()) askPreview();
    refresh();
}

void RedirectSheet::askPreview() {
    m_effect->setText(tr("Reading the last 15 minutes…"));
    m_patience.start();
    v1::PreviewOverrideRequest preview;
    preview.set_from(m_from->currentText().toStdString());
    m_source.call(preview, this, [this, asked = ++m_preview](api::Answer<v1::PreviewOverrideResponse> answer) {
        if (asked != m_preview) return;
        m_patience.stop();
        if (answer) return showPreview(*answer);
        m_effect->setText(tr("No preview (%1); Apply works.").arg(failureText(answer.error())));
    });
}

void RedirectSheet::showPreview(const v1::PreviewOverrideResponse& preview) {
    m_previewActive = preview.conflict_id();
    m_to->setTargets({preview.targets().begin(), preview.targets().end()});
    QStringList lines{tr("%1 requests/min of %2, last 15 minutes")
                          .arg(format::rate(preview.requests_per_minute()), m_from->currentText()),
                      tr("In-flight requests are not moved")};
    if (preview.conflict_id() != 0)
        lines << tr("Redirect #%1 of this model is active already").arg(preview.conflict_id());
    m_effect->setText(lines.join(u'\n'));
    refresh();
}

QString RedirectSheet::reason() const {
    const auto* chip = m_reasons->chip(m_reasons->chosen());
    const auto words = m_words->text().simplified();
    if (!chip) return words;
    return words.isEmpty() ? chip->text() : tr("%1: %2").arg(chip->text(), words);
}

QString RedirectSheet::sentence() const {
    const auto scope = m_scope->currentData().toInt() == Everyone ? m_scope->currentText() : m_scopeName->text();
    const auto share = m_share->value() == 100 ? QString() : tr(" %1 %,").arg(m_share->value());
    const auto* time = m_times->chip(m_times->chosen());
    return tr("Redirect %1 → %2,%3 %4, %5")
        .arg(shortName(m_from->currentText()), shortName(m_to->chosen()), share, scope.toLower(),
             time ? time->text() : QString());
}

void RedirectSheet::refresh() {
    const bool hasTarget = !m_to->chosen().isEmpty();
    const bool needsName = m_scope->currentData().toInt() != Everyone;
    const bool hasReason = !reason().isEmpty();
    m_noTargets->setVisible(!hasTarget);
    m_scopeName->setVisible(needsName);
    if (hasReason) m_askedForReason = false;
    m_pick->setVisible(m_askedForReason);
    if (m_order.isUnderWay())
        m_apply->setText(tr("Applying…"));
    else if (!hasTarget)
        m_apply->setText(tr("Nowhere to redirect to"));
    else if (!hasReason)
        m_apply->setText(tr("Pick a reason"));
    else if (needsName && m_scopeName->text().isEmpty())
        m_apply->setText(tr("Name the account or tag"));
    else if (m_source.freshness().level == Freshness::Level::Stale)
        m_apply->setText(tr("Apply blind: %1").arg(sentence()));
    else
        m_apply->setText(sentence());
    m_apply->setToolTip(m_apply->text());
    m_apply->setEnabled(!m_order.isUnderWay() && hasTarget);
    showEnds();
}

void RedirectSheet::showEnds() {
    const auto now = m_source.gatewayNowUs();
    if (now == 0) return m_ends->setText(tr("It ends by itself"));
    m_ends->setText(tr("Ends %1 UTC, gateway time").arg(format::clock(now + m_times->chosen() * 1'000'000LL)));
}

v1::CreateOverrideRequest RedirectSheet::request() const {
    v1::CreateOverrideRequest request;
    request.set_kind("redirect");
    request.set_from(m_from->currentText().toStdString());
    request.set_to(m_to->chosen().toStdString());
    const auto name = m_scopeName->text().trimmed().toStdString();
    if (m_scope->currentData().toInt() == Account) request.set_scope_account(name);
    if (m_scope->currentData().toInt() == Tag) request.set_scope_tag(name);
    request.set_share_percent(m_share->value());
    request.set_ttl_seconds(m_times->chosen());
    request.set_reason(reason().toStdString());
    request.set_actor(m_source.actor().toStdString());
    request.set_source("console");
    return request;
}

void RedirectSheet::apply(qint64 replaces) {
    if (m_order.isUnderWay() || m_to->chosen().isEmpty()) return;
    if (m_scope->currentData().toInt() != Everyone && m_scopeName->text().trimmed().isEmpty())
        return m_scopeName->setFocus();
    if (reason().isEmpty()) {
        m_askedForReason = true;
        m_reasons->chip(0)->setFocus(Qt::TabFocusReason);
        return refresh();
    }
    m_notice->hide();
    m_order.send(request(), replaces,
                 [this, form = m_form, from = m_from->currentText()](const RedirectOrder::Outcome& outcome) {
                     if (form == m_form)
                         receive(outcome);
                     else
                         tellLate(outcome, from);
                     refresh();
                 });
    refresh();
}

void RedirectSheet::receive(const RedirectOrder::Outcome& outcome) {
    if (outcome.answer) {
        m_receipt->present(*outcome.answer);
        m_stack->setCurrentIndex(1);
        m_receipt->focusTarget()->setFocus(Qt::OtherFocusReason);
        Q_EMIT told(tr("Redirected %1").arg(redirectText(*outcome.answer)));
        return;
    }
    const auto& failure = outcome.answer.error();
    m_conflict = failure.code == ErrorCode::conflict && isOurs(failure.conflict_id) ? failure.conflict_id : 0;
    auto words = m_conflict != 0
                     ? tr("Redirect #%1 of %2 is active. Replace it?").arg(m_conflict).arg(m_from->currentText())
                     : tr("Not applied: %1").arg(failureText(failure));
    if (outcome.ended != 0) words.prepend(tr("#%1 was ended. ").arg(outcome.ended));
    m_notice->setAction(m_conflict != 0 ? tr("Replace it") : QString());
    m_notice->say(m_conflict != 0 ? Tone::Warn : Tone::Critical, words);
}

// The form it came from is gone; what it did to the traffic must still be known.
void RedirectSheet::tellLate(const RedirectOrder::Outcome& outcome, const QString& from) {
    if (outcome.answer) return Q_EMIT told(tr("Redirected %1").arg(redirectText(*outcome.answer)));
    auto words = tr("%1 was not redirected: %2").arg(from, failureText(outcome.answer.error()));
    if (outcome.ended != 0) words.prepend(tr("#%1 was ended. ").arg(outcome.ended));
    Q_EMIT told(words);
}

// A conflict may also be with the redirect of another model, which is nobody's to end from here.
bool RedirectSheet::isOurs(qint64 overrideId) const {
    if (overrideId == 0) return false;
    if (overrideId == m_previewActive) return true;
    const auto from = m_from->currentText().toStdString();
    return std::ranges::any_of(m_source.snapshot()->overrides(),
                               [&](const auto& o) { return o.id() == overrideId && o.from() == from; });
}

}  // namespace signalbox::ui
