// The thread that writes finished requests: takes what was offered since the last time, commits it as one group,
// tells the observer, and keeps the history within its limits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/adapters/sqlite/code_table.h"
#include "engine/adapters/sqlite/database.h"
#include "engine/adapters/sqlite/record_rows.h"
#include "engine/adapters/sqlite/retention.h"
#include "engine/adapters/sqlite/sticky_failure.h"
#include "engine/ports/store.h"

namespace signalbox::adapters {

class JournalWriter final : public ports::Journal {
  public:
    using Observer = std::function<void(const std::vector<ports::RequestRecord>&)>;

    struct Options {
        RetentionLimits retention;
        std::function<WallTime()> wall;  // called on the writer's thread
    };

    // What the writer shares with the rest of the store; outlives it.
    struct Shared {
        const CodeTable& codes;
        std::mutex& write_lock;  // held during every write to the file, on either connection
        StickyFailure& failure;
    };

    static Result<std::unique_ptr<JournalWriter>> start(Database database, Options options, Shared shared);
    // Commits what was offered before, then ends the thread.
    ~JournalWriter() override;

    bool offer(ports::RequestRecord record) override;
    [[nodiscard]] std::uint64_t shed() const override { return shed_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t deleted() const { return deleted_.load(std::memory_order_relaxed); }
    // Returns after a whole turn of the writer: everything offered before the call is committed or counted as shed,
    // and one step of retention is done. Never call it on a loop, nor from the observer.
    void flush();
    // Waits for a call of the previous observer to return. Never call it from the observer.
    void on_commit(Observer observer);

  private:
    JournalWriter(Database database, RecordInsert insert, Retention retention, Options options, Shared shared);
    void run();
    void write(const std::vector<ports::RequestRecord>& batch);
    Result<void> commit(const std::vector<ports::RequestRecord>& batch);
    void retire(std::size_t batch_size);
    [[nodiscard]] bool stopping() const;

    Database database_;
    RecordInsert insert_;
    Retention retention_;
    Options options_;
    Shared shared_;

    mutable std::mutex mutex_;  // guards what follows up to the observer; held for moves and swaps only
    std::condition_variable wake_;
    std::condition_variable turn_ended_;
    std::vector<ports::RequestRecord> queue_;
    std::uint64_t flushes_asked_ = 0;
    std::uint64_t flushes_done_ = 0;
    bool half_full_ = false;  // the next turn does not wait
    bool stop_ = false;

    std::mutex observer_mutex_;  // held during the observer's call
    Observer observer_;
    std::atomic<std::uint64_t> shed_{0};
    std::atomic<std::uint64_t> deleted_{0};
    std::thread thread_;
};

}  // namespace signalbox::adapters
