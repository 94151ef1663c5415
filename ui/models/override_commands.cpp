#include "ui/models/override_commands.h"

namespace signalbox::ui {

namespace {

template <class Request>
void send(Source& source, Request request, QObject* context, OverrideAnswer answer) {
    request.set_actor(source.actor().toStdString());
    request.set_source("console");
    source.call(request, context, [answer = std::move(answer)](auto reply) {
        if (!reply) return answer(std::unexpected(std::move(reply.error())));
        answer(std::move(*reply->mutable_override()));
    });
}

}  // namespace

void endOverride(Source& source, qint64 id, QObject* context, OverrideAnswer answer) {
    v1::EndOverrideRequest request;
    request.set_id(id);
    send(source, std::move(request), context, std::move(answer));
}

void extendOverride(Source& source, qint64 id, qint64 bySeconds, QObject* context, OverrideAnswer answer) {
    v1::ExtendOverrideRequest request;
    request.set_id(id);
    request.set_by_seconds(bySeconds);
    send(source, std::move(request), context, std::move(answer));
}

}  // namespace signalbox::ui
