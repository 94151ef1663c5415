#include "engine/core/admission/wait_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <vector>

namespace signalbox::core {
namespace {

TEST(WaitQueues, first_come_first_served_per_model) {
    WaitQueues queues;
    const auto first = *queues.join("m", 2);
    const auto second = *queues.join("m", 2);
    const auto other = *queues.join("n", 2);
    EXPECT_EQ(queues.head("m"), first);
    EXPECT_NE(queues.head("m"), second);
    EXPECT_EQ(queues.head("n"), other);
    queues.leave("m", first);
    EXPECT_EQ(queues.head("m"), second);
    EXPECT_EQ(queues.waiting(), 2u);
}

TEST(WaitQueues, full_is_an_error_and_keeps_nothing) {
    WaitQueues queues;
    (void)*queues.join("m", 1);
    const auto refused = queues.join("m", 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::queue_full);
    EXPECT_EQ(queues.waiting("m"), 1u);
    EXPECT_EQ(queues.join("n", 0).error().code, ErrorCode::queue_full);
}

TEST(WaitQueues, leaving_twice_or_from_nowhere_changes_nothing) {
    WaitQueues queues;
    const auto ticket = *queues.join("m", 1);
    queues.leave("other", ticket);
    queues.leave("m", ticket + 1);
    EXPECT_EQ(queues.waiting(), 1u);
    queues.leave("m", ticket);
    queues.leave("m", ticket);
    EXPECT_EQ(queues.waiting(), 0u);
    std::vector<WaitQueues::Ticket> heads;
    queues.heads(heads);
    EXPECT_TRUE(heads.empty());
}

using Ticket = WaitQueues::Ticket;

Ticket join(WaitQueues& queues, std::uint64_t account, Priority priority = Priority::normal) {
    return *queues.join("m", 10'000, {.account = account, .priority = priority});
}

Ticket serve(WaitQueues& queues, Instant now = {}) {
    std::vector<Ticket> heads;
    queues.heads(heads);
    queues.served("m", heads.front(), now);
    return heads.front();
}

TEST(WaitQueues, accounts_take_turns) {
    WaitQueues queues;
    const Ticket a1 = join(queues, 1), a2 = join(queues, 1), a3 = join(queues, 1);
    const Ticket b1 = join(queues, 2), c1 = join(queues, 3), b2 = join(queues, 2);
    for (const Ticket next : {a1, b1, c1, a2, b2, a3}) EXPECT_EQ(serve(queues), next);
    EXPECT_EQ(queues.waiting(), 0u);
}

TEST(WaitQueues, giving_up_costs_no_turn) {
    WaitQueues queues;
    const Ticket a1 = join(queues, 1), a2 = join(queues, 1), b1 = join(queues, 2);
    queues.leave("m", a1);
    EXPECT_EQ(serve(queues), a2);
    EXPECT_EQ(serve(queues), b1);
}

TEST(WaitQueues, higher_priorities_go_first) {
    WaitQueues queues;
    const Ticket low = join(queues, 1, Priority::low), normal = join(queues, 2);
    const Ticket high = join(queues, 3, Priority::high);
    EXPECT_EQ(queues.head("m"), high);
    for (const Ticket next : {high, normal, low}) EXPECT_EQ(serve(queues), next);
}

TEST(WaitQueues, nobody_starves) {
    WaitQueues queues;
    std::map<Ticket, Priority> all;
    for (int i = 0; i < 400; ++i) {
        for (const Priority priority : {Priority::high, Priority::normal, Priority::low})
            all[join(queues, 1, priority)] = priority;
    }
    std::array<int, priority_count> places{};
    for (int i = 0; i < 320; ++i) ++places[static_cast<std::size_t>(all[serve(queues)])];
    EXPECT_EQ(places[2], 20);
    EXPECT_NEAR(places[1], 20, 1);
    EXPECT_NEAR(places[0], 280, 1);
}

TEST(WaitQueues, priorities_by_name) {
    EXPECT_EQ(priority_from("high"), Priority::high);
    EXPECT_EQ(priority_from("normal"), Priority::normal);
    EXPECT_EQ(priority_from("low"), Priority::low);
    EXPECT_EQ(priority_from(""), Priority::normal);
}

// Against a plain list: of the class whose turn it is, the account served longest ago, and its first ticket.
class NaiveQueue {
  public:
    struct Entry {
        Ticket ticket;
        std::uint64_t account;
        int priority;
    };
    void join(Entry entry) {
        if (!present(entry)) order_[{entry.priority, entry.account}] = ++clock_;
        entries_.push_back(entry);
    }
    void leave(Ticket ticket) {
        const auto at = std::ranges::find(entries_, ticket, &Entry::ticket);
        const int priority = at->priority;
        entries_.erase(at);
        if (!waits(priority)) passed_[priority] = 0;
    }
    [[nodiscard]] Ticket head() const {
        for (int p = 2; p > 0; --p) {
            if (waits(p) && passed_.at(p) >= 15) return first_of(p);
        }
        for (int p = 0; p < 3; ++p) {
            if (waits(p)) return first_of(p);
        }
        return 0;
    }
    void serve(Ticket ticket) {
        const Entry entry = *std::ranges::find(entries_, ticket, &Entry::ticket);
        leave(ticket);
        order_[{entry.priority, entry.account}] = ++clock_;
        passed_[entry.priority] = 0;
        for (int p = 0; p < 3; ++p) passed_[p] += p != entry.priority && waits(p) ? 1 : 0;
    }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    [[nodiscard]] Ticket any(std::size_t i) const { return entries_[i % entries_.size()].ticket; }

  private:
    [[nodiscard]] bool waits(int priority) const {
        return std::ranges::count(entries_, priority, &Entry::priority) > 0;
    }
    [[nodiscard]] bool present(const Entry& e) const {
        return std::ranges::any_of(entries_,
                                   [&](const Entry& o) { return o.account == e.account && o.priority == e.priority; });
    }
    [[nodiscard]] Ticket first_of(int priority) const {
        const Entry* best = nullptr;
        for (const Entry& entry : entries_) {
            if (entry.priority != priority) continue;
            if (best == nullptr || order_.at({priority, entry.account}) < order_.at({priority, best->account}))
                best = &entry;
        }
        return best->ticket;
    }

    std::vector<Entry> entries_;  // as they came
    std::map<std::pair<int, std::uint64_t>, int> order_;
    std::map<int, int> passed_{{0, 0}, {1, 0}, {2, 0}};
    int clock_ = 0;
};

TEST(WaitQueues, agree_with_a_plain_list) {
    std::mt19937_64 random(9);
    for (int round = 0; round < 100; ++round) {
        WaitQueues queues;
        NaiveQueue naive;
        for (int step = 0; step < 400; ++step) {
            const auto what = random() % 8;
            if (what < 4) {
                const std::uint64_t account = random() % 4;
                const auto priority = static_cast<int>(random() % 3);
                naive.join({join(queues, account, static_cast<Priority>(priority)), account, priority});
            } else if (!naive.empty() && what < 7) {
                ASSERT_EQ(queues.head("m"), naive.head());
                naive.serve(serve(queues));
            } else if (!naive.empty()) {
                const Ticket gone = naive.any(random());
                queues.leave("m", gone);
                naive.leave(gone);
            }
        }
        while (!naive.empty()) {
            ASSERT_EQ(queues.head("m"), naive.head());
            naive.serve(serve(queues));
        }
        EXPECT_EQ(queues.waiting(), 0u);
    }
}

}  // namespace
}  // namespace signalbox::core
