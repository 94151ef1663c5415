// The ledger's store kept in memory: the fake of every test above it, and what the real one is held to.
//
// What is appended becomes durable with the next commit(), which a loop calls limits::ledger_commit_every later, or the
// test when it gave no loop. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/ledger.h"
#include "engine/sim/loop.h"

namespace signalbox::sim {

class MemoryLedger final : public ports::LedgerStore {
  public:
    MemoryLedger() = default;
    // The loop outlives the ledger.
    explicit MemoryLedger(SimLoop& loop) : loop_(&loop) {}
    ~MemoryLedger() override;

    Result<LedgerBooks> load(const std::vector<LedgerWindow>& windows) override;
    void append(std::vector<LedgerEntry>& entries) override;
    void on_progress(Observer observer) override;
    [[nodiscard]] std::string failure() const override { return failure_; }

    void commit();
    // What is not committed and everything appended from now on is lost; the next commit() tells the observer.
    void set_failure(std::string detail);
    // As if the process were killed and began anew: what was not committed is lost, the rest is there. Call load()
    // next.
    void restart();

    // Durable, in the order of ids.
    [[nodiscard]] const std::vector<LedgerEntry>& entries() const { return durable_; }

  private:
    void commit_soon();

    SimLoop* loop_ = nullptr;
    std::optional<TimerId> commit_at_;
    std::uint32_t epoch_ = 0;
    std::vector<LedgerEntry> waiting_;
    std::vector<LedgerEntry> durable_;
    Observer observer_;
    std::string failure_;
    ports::LedgerProgress progress_;
};

}  // namespace signalbox::sim
