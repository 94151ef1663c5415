#include "engine/adapters/sqlite/sqlite_ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/adapters/sqlite/schema.h"
#include "engine/base/limits.h"

namespace signalbox::adapters {

Result<std::unique_ptr<SqliteLedger>> SqliteLedger::open(const std::string& path) {
    auto database = Database::open(path, Durability::power_loss);
    if (!database) return std::unexpected(database.error());
    if (auto done = migrate(*database, ledger_schema()); !done) return std::unexpected(done.error());
    auto insert = EntryInsert::prepare(*database);
    if (!insert) return std::unexpected(insert.error());
    return std::unique_ptr<SqliteLedger>(new SqliteLedger(std::move(*database), std::move(*insert)));
}

SqliteLedger::SqliteLedger(Database database, EntryInsert insert)
    : database_(std::move(database)), insert_(std::move(insert)) {
    queue_.reserve(limits::ledger_queue_max);  // address space only: pages are touched as the queue fills
}

SqliteLedger::~SqliteLedger() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        wake_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

// The port knows one word for a file that does not answer, whether it is broken or locked by another process.
Result<LedgerBooks> SqliteLedger::load(const std::vector<LedgerWindow>& windows) {
    auto books = open_books(database_, windows);
    if (!books) {
        failure_.set(books.error());
        return fail(ErrorCode::store_failed, books.error().detail);
    }
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "ledger");
    return books;
}

void SqliteLedger::append(std::vector<LedgerEntry>& entries) {
    if (entries.empty()) return;
    if (failure_.failed()) return entries.clear();
    const std::lock_guard lock(mutex_);
    const auto taken = std::min(entries.size(), limits::ledger_queue_max - queue_.size());
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(taken);
    const bool idle = queue_.empty();
    const bool grants = std::any_of(entries.begin(), end, [](const auto& e) { return e.kind == EntryKind::grant; });
    queue_.insert(queue_.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(end));
    entries.erase(entries.begin(), end);
    const bool hurry = !urgent_ && (grants || queue_.size() >= limits::ledger_group_max);
    urgent_ = urgent_ || hurry;
    if (idle || hurry) wake_.notify_one();
}

void SqliteLedger::on_progress(Observer observer) {
    const std::lock_guard lock(observer_mutex_);
    observer_ = std::move(observer);
    const bool news = progress_.durable != 0 || progress_.failed;
    if (observer_ && news) observer_(progress_);
}

void SqliteLedger::flush() {
    std::unique_lock lock(mutex_);
    urgent_ = true;
    wake_.notify_one();
    turn_ended_.wait(lock, [this] { return (queue_.empty() && !writing_) || !thread_.joinable(); });
}

void SqliteLedger::run() {
    std::vector<LedgerEntry> batch;
    batch.reserve(limits::ledger_queue_max);
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
        if (queue_.empty()) return;
        wake_.wait_for(lock, limits::ledger_commit_every, [this] { return stop_ || urgent_; });
        urgent_ = false;
        queue_.swap(batch);
        writing_ = true;
        lock.unlock();

        write(batch);
        batch.clear();

        lock.lock();
        writing_ = false;
        turn_ended_.notify_all();
    }
}

bool SqliteLedger::stopping() const {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void SqliteLedger::write(const std::vector<LedgerEntry>& batch) {
    if (failure_.failed()) return;
    auto done = insert_.run(database_, batch);
    // Another process holds the file. Nothing was written yet, so waiting is safe; the caller keeps what is too much.
    while (!done && done.error().code == ErrorCode::unavailable && !stopping()) done = insert_.run(database_, batch);
    if (!done) failure_.set(done.error());
    const std::lock_guard lock(observer_mutex_);
    if (done) progress_.durable = batch.back().id;
    progress_.failed = !done;
    if (observer_) observer_(progress_);
}

}  // namespace signalbox::adapters
