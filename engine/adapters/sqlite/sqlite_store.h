// The embedded store: one SQLite file in WAL mode. Finished requests go through a writer thread that commits them in
// groups; what an operator does is written at once, with an fsync.
//
// After a kill at any instant the file opens without repair, and everything the observer was told of is in it. After a
// power cut the last moments of the history may be missing; overrides, audit and events are not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "engine/adapters/sqlite/code_table.h"
#include "engine/adapters/sqlite/database.h"
#include "engine/adapters/sqlite/journal_writer.h"
#include "engine/adapters/sqlite/sticky_failure.h"
#include "engine/base/limits.h"
#include "engine/ports/store.h"

namespace signalbox::adapters {

// The Journal's half: any thread. The Store's half: one thread, the control thread. Rows of the history are ordered by
// the instant they were offered; a request is found by the Store within limits::store_commit_every of its offer.
class SqliteStore final : public ports::Journal, public ports::Store {
  public:
    using Options = JournalWriter::Options;
    using Observer = JournalWriter::Observer;

    // Creates the file, or brings an older one up to date. store_failed: the file cannot be opened, is no history of
    // ours, or was written by a newer version. A query() that takes longer than `query_budget` ends as unavailable.
    static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, Options options,
                                                     Nanos query_budget = limits::history_query_max);

    // Journal
    bool offer(ports::RequestRecord record) override { return writer_->offer(std::move(record)); }
    [[nodiscard]] std::uint64_t shed() const override { return writer_->shed(); }

    // Any thread. Failed is for good: the disk was full or broken, all later writes are refused or shed, and reading
    // goes on as far as it can.
    [[nodiscard]] bool failed() const { return failure_.failed(); }
    [[nodiscard]] std::string failure() const override { return failure_.detail(); }
    // Requests deleted by age or size since the store was opened.
    [[nodiscard]] std::uint64_t deleted() const { return writer_->deleted(); }
    // Returns after a whole turn of the writer: everything offered before the call is committed or counted as shed,
    // and one step of retention is done. Never on a loop, nor from the observer.
    void flush() { writer_->flush(); }

    // Store
    Result<ports::HistoryPage> query(const ports::HistoryFilter& filter, const std::string& cursor, int limit) override;
    Result<ports::RequestRecord> get(const std::string& id) override;
    Result<std::int64_t> insert_override(ports::OverrideRow row) override;
    Result<void> update_override(const ports::OverrideRow& row) override;
    Result<std::vector<ports::OverrideRow>> overrides(bool active_only, WallTime now) override;
    Result<std::int64_t> append_audit(ports::AuditRow row) override;
    Result<std::vector<ports::AuditRow>> audit(std::int64_t before_id, int limit) override;
    Result<void> append_event(ports::EventRow row) override;
    Result<std::vector<ports::EventRow>> events(std::int64_t before_id, int limit) override;
    // Waits for a call of the previous observer to return; never call it from the observer.
    void on_commit(Observer observer) override { writer_->on_commit(std::move(observer)); }

  private:
    SqliteStore(Database control, CodeTable codes, Nanos query_budget)
        : control_(std::move(control)), codes_(std::move(codes)), query_budget_(query_budget) {}
    template <class Write>
    auto write(Write write) -> decltype(write());

    Database control_;  // the control thread's connection: reads, and the writes that must survive a power cut
    CodeTable codes_;
    Nanos query_budget_;
    std::mutex write_lock_;
    StickyFailure failure_;
    std::unique_ptr<JournalWriter> writer_;  // last: uses all of the above
};

}  // namespace signalbox::adapters
