#include "ui/models/target_order.h"

#include <QCoreApplication>

namespace signalbox::ui {

namespace {

struct ActTexts {
    Q_DECLARE_TR_FUNCTIONS(ActTexts)
};

template <class Request>
void send(Source& source, Request request, const TargetOrder& order, QObject* context, OrderAnswer answer) {
    request.set_target(order.target.toStdString());
    request.set_reason(order.reason.toStdString());
    request.set_actor(source.actor().toStdString());
    request.set_source("console");
    source.call(request, context, [answer = std::move(answer)](auto reply) {
        answer(reply ? std::nullopt : std::optional(std::move(reply.error())));
    });
}

void actOnBreaker(Source& source, const char* act, const TargetOrder& order, QObject* context, OrderAnswer answer) {
    v1::ActOnBreakerRequest request;
    request.set_act(act);
    request.set_ttl_seconds(order.seconds);
    send(source, std::move(request), order, context, std::move(answer));
}

void drain(Source& source, bool end, const TargetOrder& order, QObject* context, OrderAnswer answer) {
    v1::DrainTargetRequest request;
    request.set_end(end);
    send(source, std::move(request), order, context, std::move(answer));
}

ActWords breakerWords(Act act) {
    using T = ActTexts;
    switch (act) {
        case Act::HoldOpen:
            return {T::tr("Hold open…"),
                    T::tr("Hold %1 open"),
                    T::tr("Cuts its traffic until the hold ends; requests go to the other targets. "
                          "Requests in flight are not touched."),
                    T::tr("%1 is held open"),
                    Qt::Key_H,
                    true,
                    true,
                    Act::EndHold};
        case Act::HoldClosed:
            return {T::tr("Hold closed…"),
                    T::tr("Hold %1 closed"),
                    T::tr("Lets traffic through whatever its failures, until the hold ends. Callers see them."),
                    T::tr("%1 is held closed"),
                    Qt::SHIFT | Qt::Key_H,
                    true,
                    true,
                    Act::EndHold};
        case Act::EndHold:
            return {T::tr("End hold…"),
                    T::tr("End the hold of %1"),
                    T::tr("Its own outcomes decide again. A probe decides first where it was open before."),
                    T::tr("the hold of %1 is ended"),
                    Qt::Key_E,
                    false,
                    true,
                    std::nullopt};
        case Act::Reset:
            return {T::tr("Reset…"),
                    T::tr("Reset %1"),
                    T::tr("Closes it, ends a hold and forgets its failures: traffic flows again. "
                          "If it is still broken, it opens again after a few failures."),
                    T::tr("%1 is reset"),
                    Qt::Key_X,
                    false,
                    true,
                    std::nullopt};
        default:
            return {T::tr("Probe now…"),
                    T::tr("Probe %1 now"),
                    T::tr("The next suitable request that has somewhere else to go is tried here first. "
                          "Nothing else changes."),
                    T::tr("%1 is probed with the next suitable request"),
                    Qt::Key_P,
                    false,
                    true,
                    std::nullopt};
    }
}

ActWords deploymentWords(Act act) {
    using T = ActTexts;
    switch (act) {
        case Act::Drain:
            return {T::tr("Drain…"),
                    T::tr("Drain %1"),
                    T::tr("No new request goes there until you take it back. Requests in flight end by themselves."),
                    T::tr("%1 is draining"),
                    Qt::Key_D,
                    false,
                    true,
                    Act::TakeBack};
        case Act::TakeBack:
            return {T::tr("Take back…"),
                    T::tr("Take %1 back into service"),
                    T::tr("New requests may go there again."),
                    T::tr("%1 is back in service"),
                    Qt::Key_D,
                    false,
                    false,
                    std::nullopt};
        default:
            return {T::tr("Warm…"),
                    T::tr("Warm %1"),
                    T::tr("Asks the provider to load the model, where it has a way to be asked. "
                          "It may push another model out of memory."),
                    T::tr("%1 was asked to load"),
                    Qt::Key_W,
                    false,
                    true,
                    std::nullopt};
    }
}

}  // namespace

ActWords words(Act act) {
    return act < Act::Drain ? breakerWords(act) : deploymentWords(act);
}

void sendOrder(Source& source, const TargetOrder& order, QObject* context, OrderAnswer answer) {
    switch (order.act) {
        case Act::HoldOpen:
            return actOnBreaker(source, "hold_open", order, context, std::move(answer));
        case Act::HoldClosed:
            return actOnBreaker(source, "hold_closed", order, context, std::move(answer));
        case Act::EndHold:
            return actOnBreaker(source, "end_hold", order, context, std::move(answer));
        case Act::Reset:
            return actOnBreaker(source, "reset", order, context, std::move(answer));
        case Act::Probe:
            return actOnBreaker(source, "probe", order, context, std::move(answer));
        case Act::Drain:
            return drain(source, false, order, context, std::move(answer));
        case Act::TakeBack:
            return drain(source, true, order, context, std::move(answer));
        case Act::Warm:
            return send(source, v1::WarmTargetRequest{}, order, context, std::move(answer));
    }
}

}  // namespace signalbox::ui
