#include "ui/dialogs/redirect_order.h"

#include <QUuid>

#include "ui/models/override_commands.h"

namespace signalbox::ui {

void RedirectOrder::send(const v1::CreateOverrideRequest& wanted, qint64 replaces, Done done) {
    if (m_underWay) return;
    m_underWay = true;
    if (replaces == 0) return create(wanted, 0, std::move(done));
    endOverride(m_source, replaces, this,
                [this, wanted, replaces, done = std::move(done)](api::Answer<v1::Override> answer) {
                    if (answer) return create(wanted, replaces, done);
                    if (answer.error().code == ErrorCode::not_found) return create(wanted, 0, done);
                    finish(done, {std::move(answer), 0});
                });
}

void RedirectOrder::create(v1::CreateOverrideRequest wanted, qint64 ended, Done done) {
    if (auto bytes = wanted.SerializeAsString(); bytes != m_sent) {
        m_sent = std::move(bytes);
        m_key = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
    }
    wanted.set_idempotency_key(m_key);
    m_source.call(wanted, this, [this, ended, done = std::move(done)](api::Answer<v1::CreateOverrideResponse> answer) {
        if (!answer) return finish(done, {std::unexpected(std::move(answer.error())), ended});
        finish(done, {std::move(*answer->mutable_override()), ended});
    });
}

void RedirectOrder::finish(const Done& done, const Outcome& outcome) {
    m_underWay = false;
    done(outcome);
}

}  // namespace signalbox::ui
