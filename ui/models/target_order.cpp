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
            return {.button = T::tr("Hold open…"),
                    .sentence = T::tr("Hold %1 open"),
                    .effect = T::tr("Cuts its traffic until the hold ends; requests go to the other targets. "
                                    "Requests in flight are not touched."),
                    .done = T::tr("%1 is held open"),
                    .key = Qt::Key_H,
                    .lease = true,
                    .undo = Act::EndHold};
        case Act::HoldClosed:
            return {.button = T::tr("Hold closed…"),
                    .sentence = T::tr("Hold %1 closed"),
                    .effect = T::tr("Lets traffic through whatever its failures, until the hold ends. "
                                    "Callers see them."),
                    .done = T::tr("%1 is held closed"),
                    .key = Qt::SHIFT | Qt::Key_H,
                    .lease = true,
                    .undo = Act::EndHold};
        case Act::EndHold:
            return {.button = T::tr("End hold…"),
                    .sentence = T::tr("End the hold of %1"),
                    .effect = T::tr("Its own outcomes decide again. If it was open before, a probe decides first."),
                    .done = T::tr("the hold of %1 is ended"),
                    .key = Qt::Key_E};
        case Act::Reset:
            return {.button = T::tr("Reset…"),
                    .sentence = T::tr("Reset %1"),
                    .effect = T::tr("Closes it, ends a hold and forgets its failures: traffic flows again. "
                                    "If it is still broken, it opens again after a few failures."),
                    .done = T::tr("%1 is reset"),
                    .key = Qt::Key_X};
        default:
            return {.button = T::tr("Probe now…"),
                    .sentence = T::tr("Probe %1 now"),
                    .effect = T::tr("The next suitable request that has somewhere else to go is tried here first. "
                                    "Nothing else changes."),
                    .done = T::tr("%1 is probed with the next suitable request"),
                    .key = Qt::Key_P};
    }
}

ActWords deploymentWords(Act act) {
    using T = ActTexts;
    switch (act) {
        case Act::Drain:
            return {.button = T::tr("Drain…"),
                    .sentence = T::tr("Drain %1"),
                    .effect = T::tr("No new request goes there until you take it back. "
                                    "Requests in flight end by themselves."),
                    .done = T::tr("%1 is draining"),
                    .key = Qt::Key_D,
                    .undo = Act::TakeBack};
        case Act::TakeBack:
            return {.button = T::tr("Take back…"),
                    .sentence = T::tr("Take %1 back into service"),
                    .effect = T::tr("New requests may go there again."),
                    .done = T::tr("%1 is back in service"),
                    .key = Qt::Key_D,
                    .needsReason = false};
        default:
            return {.button = T::tr("Warm…"),
                    .sentence = T::tr("Warm %1"),
                    .effect = T::tr("Asks the provider to load the model, where it has a way to be asked. "
                                    "It may push another model out of memory."),
                    .done = T::tr("%1 was asked to load"),
                    .key = Qt::Key_W};
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
