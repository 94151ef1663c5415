#include "ui/pages/models/model_inspector.h"

#include <QVBoxLayout>

#include <algorithm>

#include "ui/models/words.h"
#include "ui/theme/format.h"
#include "ui/widgets/scrolled.h"

namespace signalbox::ui {

namespace {

template <class Names>
QString listText(const Names& names) {
    QStringList list;
    for (const auto& name : names) list << text(name);
    return list.join(QStringLiteral(", "));
}

QString memoryText(const v1::Model& model) {
    const int unknown = std::max(0, model.deployments_size() - model.warm_deployments() - model.cold_deployments());
    return ModelInspector::tr("%1 warm, %2 cold, %3 unknown")
        .arg(model.warm_deployments())
        .arg(model.cold_deployments())
        .arg(unknown);
}

}  // namespace

ModelInspector::ModelInspector(QWidget* parent)
    : QWidget(parent),
      m_redirected(new ToneLabel(Tone::Busy, this)),
      m_redirect(new QPushButton(this)),
      m_traffic(new FactList(this)),
      m_need(new FactList(this)) {
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(10);
    m_redirected->setWordWrap(true);
    column->addWidget(m_redirected);
    column->addWidget(m_redirect);
    column->addWidget(m_traffic);
    column->addWidget(mutedLabel(tr("What a request is expected to need"), body));
    column->addWidget(m_need);
    column->addStretch();
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(scrolled(body, this));
    connect(m_redirect, &QPushButton::clicked, this, [this] { Q_EMIT redirectWanted(m_model); });
}

void ModelInspector::showModel(const v1::Model* model) {
    m_redirect->setVisible(model);
    m_redirected->setVisible(!model || !model->redirected_to().empty());
    if (!model) return m_redirected->setText(tr("This model is no longer configured."));
    m_model = text(model->name());
    m_redirect->setText(tr("Redirect %1…").arg(m_model));
    m_redirected->setText(
        tr("%1 redirected to %2").arg(look(State::OverrideActive).glyph, text(model->redirected_to())));
    showTraffic(*model);
    showNeed(*model);
}

void ModelInspector::showTraffic(const v1::Model& model) {
    m_traffic->setFact(tr("Kind"), text(model.shape()));
    m_traffic->setFact(tr("Aliases"), listText(model.aliases()));
    m_traffic->setFact(tr("Falls back to"), model.fallbacks().empty() ? tr("nothing") : listText(model.fallbacks()));
    m_traffic->setFact(tr("In memory"), memoryText(model));
    m_traffic->setFact(tr("Requests/s"), format::rate(model.requests_per_second()));
    m_traffic->setFact(tr("Served"), format::percent(SIGNALBOX_OPTIONAL(model, served_percent)));
    m_traffic->setFact(tr("By fallback"), format::percent(SIGNALBOX_OPTIONAL(model, fallback_percent)));
    m_traffic->setFact(tr("TTFT p95"), format::latency(SIGNALBOX_OPTIONAL(model, first_token_p95_us)));
    m_traffic->setFact(tr("Waiting"), tr("%1, at most %2").arg(model.queued()).arg(model.queue_limit()),
                       model.queued() > 0 ? Tone::Warn : Tone::Plain);
}

void ModelInspector::showNeed(const v1::Model& model) {
    m_need->setFact(tr("Bytes/token"),
                    model.has_bytes_per_token()
                        ? tr("%1, learned from what was charged").arg(format::fixed(model.bytes_per_token(), 2))
                        : tr("not learned yet: nothing was reported"),
                    model.has_bytes_per_token() ? Tone::Plain : Tone::Muted);
    m_need->setFact(tr("Estimate"),
                    model.has_estimate_error_percent()
                        ? tr("off by ± %1 on average").arg(format::percent(model.estimate_error_percent()))
                        : tr("its error is not known yet"),
                    model.has_estimate_error_percent() ? Tone::Plain : Tone::Muted);
    m_need->setFact(tr("Output"),
                    model.has_expected_output_tokens()
                        ? tr("%1 tokens, charged beforehand").arg(format::count(model.expected_output_tokens()))
                        : tr("not known yet"),
                    model.has_expected_output_tokens() ? Tone::Plain : Tone::Muted);
}

}  // namespace signalbox::ui
