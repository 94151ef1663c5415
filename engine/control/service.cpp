#include "engine/control/service.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"
#include "engine/control/failure.h"
#include "engine/control/request_messages.h"

namespace signalbox::control {
namespace {

constexpr Nanos watch_breakers_every = 1s;

template <class Response>
api::Answer<api::AnyMessage> wrap(api::Answer<Response> answer) {
    if (!answer) return std::unexpected(std::move(answer.error()));
    return std::make_unique<Response>(std::move(*answer));
}

}  // namespace

struct Service::Watcher {
    api::AnySink sink;
    bool gone = false;
};

class Service::WatchSubscription final : public api::Subscription {
  public:
    WatchSubscription(std::shared_ptr<Link> link, std::shared_ptr<Watcher> watcher)
        : link_(std::move(link)), watcher_(std::move(watcher)) {}
    ~WatchSubscription() override {
        watcher_->gone = true;
        if (link_->service != nullptr) link_->service->watchers_.remove(watcher_);
    }

  private:
    std::shared_ptr<Link> link_;
    std::shared_ptr<Watcher> watcher_;
};

api::Failure Service::stopping() {
    return {ErrorCode::unavailable, "the gateway is stopping"};
}

Service::Service(ServiceParts parts, Facts facts, core::ConfigPtr config)
    : parts_(std::move(parts)),
      facts_(std::move(facts)),
      started_(at()),
      trail_(parts_.store, parts_.log),
      inbox_(std::make_shared<Inbox>(parts_.loop)),
      overrides_(parts_.store, trail_, [this](core::OverrideTablePtr table) { parts_.router.set_overrides(table); }),
      acts_(parts_.router, trail_),
      drills_(parts_.router, trail_),
      config_(parts_.config, std::move(config), trail_),
      tail_(std::make_unique<Tail>(parts_.store, inbox_)),
      link_(std::make_shared<Link>(this)),
      alarm_(parts_.clock.make_alarm()) {}

Service::~Service() {
    close();
}

Result<void> Service::start() {
    auto restored = overrides_.restore(*parts_.router.rules().table, at());
    if (!restored) return restored;
    parts_.loop.spawn("control service", run(link_, alarm_));
    return {};
}

void Service::close() {
    if (link_->service == nullptr) return;
    link_->service = nullptr;
    std::exchange(alarm_, nullptr)->ring();
    tail_.reset();
    for (const auto& watcher : std::exchange(watchers_, {})) {
        if (!std::exchange(watcher->gone, true)) watcher->sink.ended(stopping());
    }
    inbox_->close();
}

ports::Task<void> Service::run(std::shared_ptr<Link> link, std::shared_ptr<ports::Alarm> alarm) {
    while (link->service != nullptr) {
        link->service->tick_orders();
        link->service->tell_breaker_events();
        link->service->look_at_store();
        link->service->send_snapshots();
        if (link->service == nullptr) break;  // a sink may have closed it
        const Instant until = link->service->next_wake();
        const bool rung = co_await alarm->wait_until(until);
        static_cast<void>(rung);
    }
}

Instant Service::next_wake() {
    const Nanos pause = watchers_.empty() ? watch_breakers_every : limits::snapshot_every;
    return std::min(next_expiry_, after(parts_.clock.now(), pause));
}

void Service::tick_orders() {
    next_expiry_ = std::min({overrides_.tick(at()), acts_.tick(at()), drills_.tick(at())});
}

void Service::tell_breaker_events() {
    for (auto& event : breaker_events_.look(parts_.router.view(), at())) {
        trail_.event(event.severity, event.kind, std::move(event.target), std::move(event.text), at().wall);
    }
}

// A store that failed stays failed, and cannot keep the event; the log can.
void Service::look_at_store() {
    if (!store_failure_.empty()) return;
    store_failure_ = parts_.store.failure();
    if (store_failure_.empty()) return;
    store_failed_since_ = at().wall;
    parts_.log.write(LogLevel::error, "store_failed", {{"detail", store_failure_}});
}

void Service::send_snapshots() {
    if (watchers_.empty()) return;
    const auto& message = snapshot();
    const auto present = watchers_;  // a sink may drop its subscription, or another one
    for (const auto& watcher : present) {
        if (!watcher->gone) watcher->sink.next(message);
    }
}

void Service::changed() {
    snapshot_built_.reset();
    alarm_->ring();
}

Result<void> Service::reload(const ConfigText& yaml, const Caller& caller) {
    if (link_->service == nullptr) return fail(ErrorCode::unavailable);
    auto done = config_.apply(yaml, caller, at());
    if (done) {
        const auto rules = parts_.router.rules();
        overrides_.adopt(*rules.table, at());
        acts_.adopt(*rules.table, at());
        drills_.adopt(*rules.table, at());
    }
    changed();
    return done;
}

api::Answer<api::AnyMessage> Service::dispatch(const api::MethodInfo& method, const google::protobuf::Message& request,
                                               const Caller& caller) {
#define SIGNALBOX_DISPATCH(word, role) \
    if (method.name == #word) return wrap(answer(static_cast<const v1::word##Request&>(request), caller));
    SIGNALBOX_UNARY_METHODS(SIGNALBOX_DISPATCH)
#undef SIGNALBOX_DISPATCH
    return refuse(ErrorCode::unknown_path, "no such method");
}

void Service::call_as(const Caller& caller, const api::MethodInfo& method, const google::protobuf::Message& request,
                      api::AnyReply reply) {
    if (link_->service == nullptr) return reply(std::unexpected(stopping()));
    reply(dispatch(method, request, caller));
}

std::unique_ptr<api::Subscription> Service::watch(api::AnySink sink) {
    auto watcher = std::make_shared<Watcher>(std::move(sink));
    if (watchers_.size() >= limits::subscribers_max) {
        watcher->sink.ended({ErrorCode::limit_reached, "too many watchers"});
        return nullptr;
    }
    watchers_.push_back(watcher);
    alarm_->ring();
    return std::make_unique<WatchSubscription>(link_, std::move(watcher));
}

std::unique_ptr<api::Subscription> Service::subscribe_as(const Caller&, const api::MethodInfo& method,
                                                         const google::protobuf::Message& request, api::AnySink sink) {
    const auto refused = [&](api::Failure failure) {
        sink.ended(std::move(failure));
        return nullptr;
    };
    if (link_->service == nullptr) return refused(stopping());
    if (method.name == "Watch") return watch(std::move(sink));
    if (method.name != "TailRequests") return refused({ErrorCode::unknown_path, "no such stream"});
    auto filter = to_filter(static_cast<const v1::TailRequestsRequest&>(request).filter());
    if (!filter) return refused({filter.error().code, filter.error().detail});
    const api::AnySink kept = sink;
    auto made = tail_->subscribe(std::move(*filter), kept);
    if (!made) return refused(std::move(made.error()));
    return std::move(*made);
}

}  // namespace signalbox::control
