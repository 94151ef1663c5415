// The embedded ledger: a SQLite file of its own, in WAL mode, with one writer thread that commits entries in groups and
// with an fsync.
//
// A file of its own because money must not wait for the history: not for its long transactions, its retention, nor its
// full disk quota. After a kill or a power cut at any instant the file opens without repair and holds every entry the
// observer was told of.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/adapters/sqlite/database.h"
#include "engine/adapters/sqlite/ledger_tables.h"
#include "engine/adapters/sqlite/sticky_failure.h"
#include "engine/ports/ledger.h"

namespace signalbox::adapters {

// A group waits limits::ledger_commit_every for company, unless it is limits::ledger_group_max strong or holds a grant:
// somebody may be waiting for that.
class SqliteLedger final : public ports::LedgerStore {
  public:
    // Creates the file, or brings an older one up to date. store_failed: the file cannot be opened, is no ledger of
    // ours, or was written by a newer version.
    static Result<std::unique_ptr<SqliteLedger>> open(const std::string& path);
    // Commits what was appended, then ends the thread.
    ~SqliteLedger() override;

    Result<LedgerBooks> load(const std::vector<LedgerWindow>& windows) override;
    void append(std::vector<LedgerEntry>& entries) override;
    void on_progress(Observer observer) override;
    [[nodiscard]] std::string failure() const override { return failure_.detail(); }

    // Returns when everything appended before is committed, or writing has failed, and the observer was told. Not from
    // the observer.
    void flush();

  private:
    SqliteLedger(Database database, EntryInsert insert);
    void run();
    void write(const std::vector<LedgerEntry>& batch);
    [[nodiscard]] bool stopping() const;

    Database database_;  // load()'s thread, then the writer's
    EntryInsert insert_;
    StickyFailure failure_;

    mutable std::mutex mutex_;  // guards what follows up to the observer; held for moves only
    std::condition_variable wake_;
    std::condition_variable turn_ended_;
    std::vector<LedgerEntry> queue_;
    bool urgent_ = false;  // the next turn does not wait for company
    bool writing_ = false;
    bool stop_ = false;

    std::mutex observer_mutex_;  // held during the observer's call
    Observer observer_;
    ports::LedgerProgress progress_;
    std::thread thread_;
};

}  // namespace signalbox::adapters
