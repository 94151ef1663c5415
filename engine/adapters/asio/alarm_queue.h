// The alarms of one loop in one ordered queue.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <utility>

#include "engine/adapters/asio/reactor.h"
#include "engine/ports/clock.h"

namespace signalbox::adapters {

class AlarmQueue;

class LoopAlarm final : public ports::Alarm, public std::enable_shared_from_this<LoopAlarm> {
  public:
    explicit LoopAlarm(AlarmQueue& queue) : queue_(queue) {}
    ports::Task<bool> wait_until(Instant when) override;
    void ring() override;

  private:
    friend class AlarmQueue;
    void deliver();

    AlarmQueue& queue_;
    std::atomic<bool> rung_ = false;
    Work waiter_;                                 // loop thread only; set while somebody waits
    std::pair<Instant, std::uint64_t> position_;  // in the queue, while somebody waits
};

// Loop thread only, but for LoopAlarm::ring. Outlives every ring.
class AlarmQueue {
  public:
    explicit AlarmQueue(Reactor& reactor) : reactor_(reactor) {}

    [[nodiscard]] std::shared_ptr<ports::Alarm> make_alarm() { return std::make_shared<LoopAlarm>(*this); }
    // Wakes those whose time has come; returns when the next one is due.
    Instant fire(Instant now);
    // Lets go of everybody who waits, without waking them. They hold their alarms, which hold them.
    void drop_all();

  private:
    friend class LoopAlarm;
    void enter(LoopAlarm& alarm, Instant when, Work waiter);
    Work leave(LoopAlarm& alarm);

    Reactor& reactor_;
    std::map<std::pair<Instant, std::uint64_t>, LoopAlarm*> waiting_;
    std::uint64_t entered_ = 0;  // keeps equal instants in order of arrival
};

}  // namespace signalbox::adapters
