// The store's port kept in memory: the fake of every test above the store, and the model the real store is held to.
//
// Rows are durable the moment they are offered; the observer hears each one at once, on the thread of the offer.
// Any thread. Owned by the test; outlives everything that holds the ports.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/ports/history_match.h"
#include "engine/ports/store.h"

namespace signalbox::sim {

// The predicate of query().
using ports::matches;

class MemoryStore final : public ports::Store, public ports::Journal {
  public:
    using Observer = std::function<void(const std::vector<ports::RequestRecord>&)>;

    // The n-th call of the Store's verbs from now on (1: the next one) fails with store_failed. 0: none.
    void fail_nth(std::uint64_t n);
    // Offers are shed while true.
    void set_full(bool full);
    // What failure() answers from now on; writing goes on nevertheless.
    void set_failure(std::string detail);
    [[nodiscard]] std::size_t size() const;

    bool offer(ports::RequestRecord record) override;
    [[nodiscard]] std::uint64_t shed() const override;

    // Ordered by id, newest first; the cursor is the id of the page's last row.
    Result<ports::HistoryPage> query(const ports::HistoryFilter& filter, const std::string& cursor, int limit) override;
    Result<ports::RequestRecord> get(const std::string& id) override;
    Result<std::int64_t> insert_override(ports::OverrideRow row) override;
    Result<void> update_override(const ports::OverrideRow& row) override;
    // In the order they were made. Active: not ended, and expires after `now`.
    Result<std::vector<ports::OverrideRow>> overrides(bool active_only, WallTime now) override;
    Result<std::int64_t> append_audit(ports::AuditRow row) override;
    // before_id <= 0: from the newest.
    Result<std::vector<ports::AuditRow>> audit(std::int64_t before_id, int limit) override;
    Result<void> append_event(ports::EventRow row) override;
    Result<std::vector<ports::EventRow>> events(std::int64_t before_id, int limit) override;
    [[nodiscard]] std::string failure() const override;
    void on_commit(Observer observer) override;

  private:
    [[nodiscard]] Result<void> step();  // counts one call; fails the chosen one

    mutable std::mutex mutex_;
    std::map<std::string, ports::RequestRecord> requests_;
    std::map<std::int64_t, ports::OverrideRow> overrides_;
    std::vector<ports::AuditRow> audit_;  // id = index + 1
    std::vector<ports::EventRow> events_;
    Observer observer_;
    std::uint64_t shed_ = 0;
    std::uint64_t fail_in_ = 0;
    bool full_ = false;
    std::string failure_;
};

}  // namespace signalbox::sim
