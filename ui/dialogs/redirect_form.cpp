#include "ui/dialogs/redirect_form.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "ui/models/words.h"
#include "ui/theme/format.h"

namespace signalbox::ui {

namespace {

constexpr int previewBudgetMs = 1000;
constexpr int nameLength = 24;
enum Scope { Everyone, Account, Tag };

// Long names must not make the dock wider.
QString shortName(const QString& name) {
    if (name.size() <= nameLength) return name;
    return name.left(nameLength / 2) + QStringLiteral("…") + name.right(nameLength / 2 - 1);
}

}  // namespace

RedirectForm::RedirectForm(Source& source, QWidget* parent) : QWidget(parent), m_source(source) {
    build();
    m_patience.setSingleShot(true);
    m_patience.setInterval(previewBudgetMs);
    connect(&m_patience, &QTimer::timeout, this, [this] { m_effect->setText(tr("Preview not ready; Apply works.")); });
}

void RedirectForm::build() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 8);
    column->setSpacing(6);
    m_from = new QComboBox(this);
    m_from->setAccessibleName(tr("Redirect from"));
    m_to = new TargetList(this);
    m_noTargets = mutedLabel(tr("There is no model to redirect it to."), this);
    m_scope = new QComboBox(this);
    m_scope->setAccessibleName(tr("Scope"));
    m_scope->addItem(tr("Everyone"), Everyone);
    m_scope->addItem(tr("One account"), Account);
    m_scope->addItem(tr("One tag"), Tag);
    m_scopeName = new QLineEdit(this);
    m_scopeName->setAccessibleName(tr("Name of the account or tag"));
    m_scopeName->setPlaceholderText(tr("its name"));
    m_share = new QSpinBox(this);
    m_share->setAccessibleName(tr("Share of requests in percent"));
    m_share->setRange(1, 100);
    m_share->setSuffix(tr(" %"));
    auto* scopeLine = new QHBoxLayout;
    scopeLine->addWidget(m_scope, 1);
    scopeLine->addWidget(m_scopeName, 1);
    scopeLine->addWidget(m_share);
    m_lease = new LeasePicker(m_source, {15, 30, 60, 240}, 4, this);
    m_reason =
        new ReasonPicker({tr("Outage"), tr("Rate limit"), tr("Slow"), tr("Bad output"), tr("Cost"), tr("Test")}, this);
    m_effect = mutedLabel({}, this);
    m_effect->setWordWrap(true);
    const auto section = [&](const QString& title, auto* content) {
        column->addSpacing(4);
        column->addWidget(mutedLabel(title, this));
        if constexpr (std::is_base_of_v<QLayout, std::remove_pointer_t<decltype(content)>>)
            column->addLayout(content);
        else
            column->addWidget(content);
    };
    section(tr("From"), m_from);
    section(tr("To, best first"), m_to);
    column->addWidget(m_noTargets);
    section(tr("Scope and share"), scopeLine);
    section(tr("For"), m_lease);
    section(tr("Reason (keys 1–6)"), m_reason);
    section(tr("Effect"), m_effect);
    column->addStretch();
    connect(m_from, &QComboBox::activated, this, [this] { setModel(m_from->currentText()); });
    connect(m_to, &TargetList::chosenChanged, this, &RedirectForm::showChoices);
    connect(m_scope, &QComboBox::currentIndexChanged, this, &RedirectForm::showChoices);
    connect(m_scopeName, &QLineEdit::textChanged, this, &RedirectForm::showChoices);
    connect(m_share, &QSpinBox::valueChanged, this, &RedirectForm::showChoices);
    connect(m_lease, &LeasePicker::changed, this, &RedirectForm::showChoices);
    connect(m_reason, &ReasonPicker::changed, this, &RedirectForm::showChoices);
}

void RedirectForm::open(const QString& model) {
    m_reason->clear();
    m_scope->setCurrentIndex(0);
    m_scopeName->clear();
    m_share->setValue(100);
    m_lease->reset();
    fillModels(model);
    setModel(m_from->currentText());
    m_reason->focusFirst();
}

void RedirectForm::fillModels(const QString& chosen) {
    m_from->clear();
    for (const auto& model : m_source.snapshot()->models()) m_from->addItem(text(model.name()));
    if (chosen.isEmpty()) return;
    if (m_from->findText(chosen) < 0) m_from->addItem(chosen);
    m_from->setCurrentText(chosen);
}

void RedirectForm::setModel(const QString& model) {
    m_active = 0;
    m_to->reset();
    m_to->setTargets(guessTargets(*m_source.snapshot(), model));
    if (!model.isEmpty()) askPreview();
    Q_EMIT modelChanged();
    showChoices();
}

void RedirectForm::askPreview() {
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

void RedirectForm::showPreview(const v1::PreviewOverrideResponse& preview) {
    m_active = preview.conflict_id();
    m_to->setTargets({preview.targets().begin(), preview.targets().end()});
    QStringList lines{tr("%1 requests/min of %2, last 15 minutes")
                          .arg(format::rate(preview.requests_per_minute()), m_from->currentText()),
                      tr("In-flight requests are not moved")};
    if (preview.conflict_id() != 0)
        lines << tr("Redirect #%1 of this model is active already").arg(preview.conflict_id());
    m_effect->setText(lines.join(u'\n'));
    showChoices();
}

QString RedirectForm::sentence() const {
    const auto scope = m_scope->currentData().toInt() == Everyone ? m_scope->currentText() : m_scopeName->text();
    const auto share = m_share->value() == 100 ? QString() : tr(" %1 %,").arg(m_share->value());
    return tr("Redirect %1 → %2,%3 %4, %5")
        .arg(shortName(m_from->currentText()), shortName(m_to->chosen()), share, scope.toLower(), m_lease->words());
}

QString RedirectForm::missing() const {
    if (!hasTarget()) return tr("Nowhere to redirect to");
    if (m_reason->reason().isEmpty()) return tr("Pick a reason");
    return needsName() ? tr("Name the account or tag") : QString();
}

bool RedirectForm::needsName() const {
    return m_scope->currentData().toInt() != Everyone && m_scopeName->text().trimmed().isEmpty();
}

void RedirectForm::askForTheRest() {
    if (!m_reason->reason().isEmpty()) return m_scopeName->setFocus();
    m_reason->ask();
}

void RedirectForm::showChoices() {
    m_noTargets->setVisible(!hasTarget());
    m_scopeName->setVisible(m_scope->currentData().toInt() != Everyone);
    Q_EMIT changed();
}

v1::CreateOverrideRequest RedirectForm::request() const {
    v1::CreateOverrideRequest request;
    request.set_kind("redirect");
    request.set_from(m_from->currentText().toStdString());
    request.set_to(m_to->chosen().toStdString());
    const auto name = m_scopeName->text().trimmed().toStdString();
    if (m_scope->currentData().toInt() == Account) request.set_scope_account(name);
    if (m_scope->currentData().toInt() == Tag) request.set_scope_tag(name);
    request.set_share_percent(m_share->value());
    request.set_ttl_seconds(m_lease->seconds());
    request.set_reason(m_reason->reason().toStdString());
    request.set_actor(m_source.actor().toStdString());
    request.set_source("console");
    return request;
}

}  // namespace signalbox::ui
