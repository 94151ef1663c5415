#include "engine/core/admission/wait_queue.h"

#include <algorithm>
#include <cmath>

#include "engine/base/limits.h"

namespace signalbox::core {
namespace {

constexpr int passed_over_max = 15;  // places in a row for the others, then one for the one passed over
constexpr int pace_memory = 16;      // places
constexpr int evidence_min = 4;      // places before anybody is turned away because of the pace
constexpr Nanos pace_kept = 5min;    // an older measurement was of another time
constexpr double pace_doubt = 0.5;   // it may go twice as fast as measured
constexpr Nanos retry_after_min = 1s;

}  // namespace

Priority priority_from(std::string_view word) {
    return word == "high" ? Priority::high : word == "low" ? Priority::low : Priority::normal;
}

void WaitQueues::Pace::waiting_begins(Instant now) {
    if (places > 0 && now - last > pace_kept) places = 0;
    since = now;
}

void WaitQueues::Pace::place_given(Instant now) {
    places = std::min(places + 1, pace_memory);
    interval += (static_cast<double>((now - since).count()) - interval) / places;
    since = last = now;
}

std::optional<double> WaitQueues::Pace::expected(Instant now) const {
    if (places < evidence_min) return std::nullopt;
    // As if a place were given now, when it has been longer than usual.
    const auto so_far = static_cast<double>((now - since).count());
    return interval + std::max(so_far - interval, 0.0) / pace_memory;
}

Result<WaitQueues::Ticket> WaitQueues::join(std::string_view model, std::size_t limit, const Waiter& waiter) {
    if (waiting(model) >= limit)
        return fail(ErrorCode::queue_full, "the waiting room of '" + std::string(model) + "' is full");
    Queue& queue = queue_of(model, waiter.now);
    if (queue.waiting == 0) queue.pace.waiting_begins(waiter.now);
    if (const auto interval = queue.pace.expected(waiter.now); interval && waiter.deadline != never) {
        const double turns = static_cast<double>(ahead_of(queue, waiter) + 1);
        if (turns * *interval * pace_doubt > static_cast<double>((waiter.deadline - waiter.now).count()))
            return fail(ErrorCode::queue_timeout, "its turn for '" + std::string(model) + "' would come too late");
    }
    Class& mine = queue.classes[static_cast<std::size_t>(waiter.priority)];
    auto account = std::ranges::find(mine.accounts, waiter.account, &Account::id);
    if (account == mine.accounts.end())
        account = mine.accounts.insert(mine.accounts.end(), {.id = waiter.account, .tickets = {}});
    account->tickets.push_back(++last_);
    ++queue.waiting;
    ++total_;
    return last_;
}

void WaitQueues::served(std::string_view model, Ticket ticket, Instant now) {
    const auto queue = queues_.find(model);
    if (queue != queues_.end() && remove(queue->second, ticket, true)) queue->second.pace.place_given(now);
}

void WaitQueues::leave(std::string_view model, Ticket ticket) {
    const auto queue = queues_.find(model);
    if (queue != queues_.end()) (void)remove(queue->second, ticket, false);
}

std::optional<WaitQueues::Ticket> WaitQueues::head(std::string_view model) const {
    const auto queue = queues_.find(model);
    if (queue == queues_.end()) return std::nullopt;
    const Class* next = turn(queue->second);
    return next == nullptr ? std::nullopt : std::optional(next->accounts.front().tickets.front());
}

std::size_t WaitQueues::waiting(std::string_view model) const {
    const auto queue = queues_.find(model);
    return queue == queues_.end() ? 0 : queue->second.waiting;
}

void WaitQueues::heads(std::vector<Ticket>& out) const {
    for (const auto& [model, queue] : queues_) {
        if (const Class* next = turn(queue)) out.push_back(next->accounts.front().tickets.front());
    }
}

Nanos WaitQueues::retry_after(std::string_view model, Instant now) const {
    const auto queue = queues_.find(model);
    if (queue == queues_.end()) return retry_after_min;
    const double interval = queue->second.pace.expected(now).value_or(0);
    const double wait = interval * static_cast<double>(queue->second.waiting + 1);
    const auto longest = static_cast<double>(limits::retry_after_max.count());
    return std::max(Nanos(static_cast<Nanos::rep>(std::min(wait, longest))), retry_after_min);
}

// The class whose turn it is: the highest, unless a lower one was passed over too often.
const WaitQueues::Class* WaitQueues::turn(const Queue& queue) {
    const Class* highest = nullptr;
    for (const Class& next : queue.classes) {
        if (next.accounts.empty()) continue;
        if (highest == nullptr || next.passed_over >= passed_over_max) highest = &next;
    }
    return highest;
}

// How many have their turn first, if nobody else comes.
std::size_t WaitQueues::ahead_of(const Queue& queue, const Waiter& waiter) {
    std::size_t higher = 0;
    const auto priority = static_cast<std::size_t>(waiter.priority);
    for (std::size_t i = 0; i < priority; ++i) {
        for (const Account& account : queue.classes[i].accounts) higher += account.tickets.size();
    }
    const auto& peers = queue.classes[priority].accounts;
    const auto own = std::ranges::find(peers, waiter.account, &Account::id);
    const std::size_t mine = own == peers.end() ? 0 : own->tickets.size();
    std::size_t same = 0;
    for (auto peer = peers.begin(); peer != peers.end(); ++peer) {
        same += std::min(peer->tickets.size(), peer == own ? mine : mine + 1);
    }
    return std::min(higher + same, (same + 1) * (passed_over_max + 1));
}

// A place taken ends the account's turn: it goes behind the others of its class.
bool WaitQueues::remove_from(Class& from, Ticket ticket, bool took_place) {
    const auto account = std::ranges::find_if(
        from.accounts, [ticket](const Account& a) { return std::ranges::find(a.tickets, ticket) != a.tickets.end(); });
    if (account == from.accounts.end()) return false;
    std::erase(account->tickets, ticket);
    if (account->tickets.empty()) {
        from.accounts.erase(account);
    } else if (took_place) {
        std::rotate(account, account + 1, from.accounts.end());
    }
    return true;
}

bool WaitQueues::remove(Queue& queue, Ticket ticket, bool took_place) {
    const auto from = std::ranges::find_if(queue.classes, [&](Class& c) { return remove_from(c, ticket, took_place); });
    if (from == queue.classes.end()) return false;
    if (took_place || from->accounts.empty()) from->passed_over = 0;
    for (Class& other : queue.classes) {
        if (took_place && &other != from && !other.accounts.empty()) ++other.passed_over;
    }
    --queue.waiting;
    --total_;
    return true;
}

WaitQueues::Queue& WaitQueues::queue_of(std::string_view model, Instant now) {
    if (const auto known = queues_.find(model); known != queues_.end()) return known->second;
    std::erase_if(queues_, [now](const auto& entry) {
        return entry.second.waiting == 0 && now - entry.second.pace.last > pace_kept;
    });
    return queues_[std::string(model)];
}

}  // namespace signalbox::core
