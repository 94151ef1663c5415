#include "engine/control/tail.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "engine/base/limits.h"
#include "engine/control/failure.h"
#include "engine/control/request_messages.h"
#include "engine/ports/history_match.h"

namespace signalbox::control {

using ports::RequestRecord;

namespace {

struct Subscriber {
    ports::HistoryFilter filter;
    api::AnySink sink;
    bool gone = false;  // dropped while messages are being handed out
};

}  // namespace

// Shared with the posted work and the subscriptions, so that neither outlives what it touches.
struct Tail::Hub : std::enable_shared_from_this<Hub> {
    explicit Hub(std::shared_ptr<Inbox> way_in) : inbox(std::move(way_in)) {}

    const std::shared_ptr<Inbox> inbox;
    std::list<std::shared_ptr<Subscriber>> subscribers;  // control loop only
    std::atomic<bool> listening = false;

    std::mutex mutex;
    std::vector<RequestRecord> waiting;  // guarded by mutex
    std::int64_t dropped = 0;            // guarded by mutex
    bool posted = false;                 // guarded by mutex

    // The store's thread.
    void take(const std::vector<RequestRecord>& batch) {
        if (!listening.load(std::memory_order_relaxed)) return;
        const std::lock_guard lock(mutex);
        const std::size_t room = limits::tail_queue_max - waiting.size();
        const std::size_t taken = std::min(room, batch.size());
        waiting.insert(waiting.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(taken));
        dropped += static_cast<std::int64_t>(batch.size() - taken);
        if (!posted) posted = inbox->post([self = shared_from_this()] { self->hand_out(); });
    }

    void hand_out() {
        std::vector<RequestRecord> rows;
        std::int64_t lost = 0;
        {
            const std::lock_guard lock(mutex);
            rows.swap(waiting);
            lost = std::exchange(dropped, 0);
            posted = false;
        }
        const auto present = subscribers;  // a sink may drop its subscription, or another one
        for (const auto& subscriber : present) {
            v1::TailRequestsResponse message;
            for (const auto& row : rows) {
                if (matches(subscriber->filter, row)) *message.add_requests() = to_message(row);
            }
            message.set_dropped(lost);
            const bool worth_telling = message.requests_size() > 0 || lost > 0;
            if (worth_telling && !subscriber->gone) subscriber->sink.next(message);
        }
    }

    void drop(const std::shared_ptr<Subscriber>& subscriber) {
        subscriber->gone = true;
        subscribers.remove(subscriber);
        listening = !subscribers.empty();
    }
};

namespace {

template <class Hub>
class TailSubscription final : public api::Subscription {
  public:
    TailSubscription(std::shared_ptr<Hub> hub, std::shared_ptr<Subscriber> subscriber)
        : hub_(std::move(hub)), subscriber_(std::move(subscriber)) {}
    ~TailSubscription() override { hub_->drop(subscriber_); }

  private:
    std::shared_ptr<Hub> hub_;
    std::shared_ptr<Subscriber> subscriber_;
};

}  // namespace

Tail::Tail(ports::Store& store, std::shared_ptr<Inbox> inbox)
    : hub_(std::make_shared<Hub>(std::move(inbox))), store_(store) {
    store_.on_commit([hub = hub_](const std::vector<RequestRecord>& batch) { hub->take(batch); });
}

Tail::~Tail() {
    store_.on_commit({});
    auto ending = std::exchange(hub_->subscribers, {});
    hub_->listening = false;
    for (const auto& subscriber : ending) {
        if (!std::exchange(subscriber->gone, true)) subscriber->sink.ended({ErrorCode::unavailable, "shutting down"});
    }
}

api::Answer<std::unique_ptr<api::Subscription>> Tail::subscribe(ports::HistoryFilter filter, api::AnySink sink) {
    if (hub_->subscribers.size() >= limits::subscribers_max) {
        return refuse(ErrorCode::limit_reached, "too many live tails");
    }
    auto subscriber = std::make_shared<Subscriber>(Subscriber{std::move(filter), std::move(sink)});
    hub_->subscribers.push_back(subscriber);
    hub_->listening = true;
    return std::make_unique<TailSubscription<Hub>>(hub_, std::move(subscriber));
}

}  // namespace signalbox::control
