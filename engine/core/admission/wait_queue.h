// Who waits for a place, per model: high before normal before low priority, fair between accounts within a priority,
// first come first served within an account. Nobody starves: a priority that others were preferred to 15 times has the
// 16th place. Pure: whoever owns it brings the lock and the time, and wakes the waiters.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace signalbox::core {

enum class Priority : std::uint8_t { high, normal, low };
inline constexpr std::size_t priority_count = 3;
// Of an account's `priority`; any other word is normal.
[[nodiscard]] Priority priority_from(std::string_view word);

struct Waiter {
    std::uint64_t account = 0;  // whose turn it is; 0: without account
    Priority priority = Priority::normal;
    Instant now{};
    Instant deadline = never;  // of its patience
};

class WaitQueues {
  public:
    using Ticket = std::uint64_t;

    // Errors: queue_full at `limit` waiters of this model; queue_timeout when places were given so slowly lately that
    // even at twice that pace the waiter's turn would come after its deadline.
    Result<Ticket> join(std::string_view model, std::size_t limit, const Waiter& waiter = {});
    // The ticket took a place: whoever reserves says so, for the turns and the measured pace. Removes it.
    void served(std::string_view model, Ticket ticket, Instant now);
    // The ticket gives up; nothing when it was served or is unknown.
    void leave(std::string_view model, Ticket ticket);
    // Only the head may take a place that becomes free.
    [[nodiscard]] std::optional<Ticket> head(std::string_view model) const;
    [[nodiscard]] std::size_t waiting(std::string_view model) const;
    [[nodiscard]] std::size_t waiting() const { return total_; }
    // The first of every queue: those worth waking when a place was given back.
    void heads(std::vector<Ticket>& out) const;

    // When somebody who comes now could have a place, from the measured pace: 1 s (also without evidence) to 60 s.
    [[nodiscard]] Nanos retry_after(std::string_view model, Instant now) const;

  private:
    struct Account {
        std::uint64_t id = 0;
        std::deque<Ticket> tickets;  // never empty
    };
    struct Class {
        std::deque<Account> accounts;  // the front one's turn
        int passed_over = 0;           // places the others got in a row while somebody waited here
    };
    // Time between two places given while somebody waited.
    struct Pace {
        double interval = 0;  // ns, exponentially weighted
        int places = 0;       // seen, as far as it matters
        Instant since{};      // the last place, or the first waiter since nobody waited
        Instant last{};       // the last place

        void waiting_begins(Instant now);
        void place_given(Instant now);
        // Of the next places; nullopt without evidence.
        [[nodiscard]] std::optional<double> expected(Instant now) const;
    };
    struct Queue {
        std::array<Class, priority_count> classes;
        std::size_t waiting = 0;
        Pace pace;
    };

    static const Class* turn(const Queue& queue);
    static std::size_t ahead_of(const Queue& queue, const Waiter& waiter);
    static bool remove_from(Class& from, Ticket ticket, bool took_place);
    bool remove(Queue& queue, Ticket ticket, bool took_place);
    Queue& queue_of(std::string_view model, Instant now);

    std::map<std::string, Queue, std::less<>> queues_;
    std::size_t total_ = 0;
    Ticket last_ = 0;
};

}  // namespace signalbox::core
