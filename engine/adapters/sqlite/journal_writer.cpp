#include "engine/adapters/sqlite/journal_writer.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::adapters {
namespace {

using ports::RequestRecord;

// Retention must delete faster than requests come in, and must not hold the write lock for long.
constexpr std::size_t retire_rows_min = 1000;

}  // namespace

Result<std::unique_ptr<JournalWriter>> JournalWriter::start(Database database, Options options, Shared shared) {
    auto insert = RecordInsert::prepare(database);
    if (!insert) return std::unexpected(insert.error());
    auto retention = Retention::prepare(database, options.retention);
    if (!retention) return std::unexpected(retention.error());
    return std::unique_ptr<JournalWriter>(
        new JournalWriter(std::move(database), std::move(*insert), std::move(*retention), std::move(options), shared));
}

JournalWriter::JournalWriter(Database database, RecordInsert insert, Retention retention, Options options,
                             Shared shared)
    : database_(std::move(database)),
      insert_(std::move(insert)),
      retention_(std::move(retention)),
      options_(std::move(options)),
      shared_(shared) {
    queue_.reserve(limits::journal_queue_max);  // address space only: pages are touched as the queue fills
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "history");
}

JournalWriter::~JournalWriter() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        wake_.notify_one();
    }
    thread_.join();
}

bool JournalWriter::offer(RequestRecord record) {
    if (!shared_.failure.failed()) {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < limits::journal_queue_max) {
            queue_.push_back(std::move(record));
            if (queue_.size() == limits::journal_queue_max / 2) {
                half_full_ = true;
                wake_.notify_one();
            }
            return true;
        }
    }
    shed_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void JournalWriter::flush() {
    std::unique_lock lock(mutex_);
    const auto mine = ++flushes_asked_;
    wake_.notify_one();
    turn_ended_.wait(lock, [&] { return flushes_done_ >= mine; });
}

void JournalWriter::on_commit(Observer observer) {
    const std::lock_guard lock(observer_mutex_);
    observer_ = std::move(observer);
}

void JournalWriter::run() {
    std::vector<RequestRecord> batch;
    batch.reserve(limits::journal_queue_max);
    std::unique_lock lock(mutex_);
    for (bool last = false; !last;) {
        wake_.wait_for(lock, limits::store_commit_every,
                       [&] { return half_full_ || stop_ || flushes_asked_ != flushes_done_; });
        last = stop_;
        half_full_ = false;
        const auto flushes = flushes_asked_;
        queue_.swap(batch);
        lock.unlock();

        if (!batch.empty()) write(batch);
        if (!shared_.failure.failed()) retire(batch.size());
        batch.clear();

        lock.lock();
        flushes_done_ = flushes;
        turn_ended_.notify_all();
    }
}

bool JournalWriter::stopping() const {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void JournalWriter::write(const std::vector<RequestRecord>& batch) {
    auto done = shared_.failure.failed() ? fail(ErrorCode::store_failed) : commit(batch);
    // Another process holds the file. Nothing was written yet, so waiting is safe; offers are shed once the queue
    // fills.
    while (!done && done.error().code == ErrorCode::unavailable && !stopping()) done = commit(batch);
    if (!done) {
        shared_.failure.set(done.error());
        shed_.fetch_add(batch.size(), std::memory_order_relaxed);
        return;
    }
    const std::lock_guard lock(observer_mutex_);
    if (observer_) observer_(batch);
}

// `unavailable` comes from the beginning of the transaction only.
Result<void> JournalWriter::commit(const std::vector<RequestRecord>& batch) {
    const std::lock_guard lock(shared_.write_lock);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return std::unexpected(transaction.error());
    for (const auto& record : batch) {
        if (auto done = insert_.run(record, shared_.codes); !done) return done;
    }
    return transaction->commit();
}

void JournalWriter::retire(std::size_t batch_size) {
    const std::lock_guard lock(shared_.write_lock);
    const auto rows = static_cast<std::int64_t>(std::max(retire_rows_min, 2 * batch_size));
    const auto deleted = retention_.step(database_, options_.wall(), rows);
    if (deleted) {
        deleted_.fetch_add(static_cast<std::uint64_t>(*deleted), std::memory_order_relaxed);
    } else if (deleted.error().code != ErrorCode::unavailable) {  // else: the next turn will do
        shared_.failure.set(deleted.error());
    }
}

}  // namespace signalbox::adapters
