#include "engine/sim/memory_ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::sim {
namespace {

AccountBooks& books_of(LedgerBooks& books, const std::string& account) {
    const auto found = std::ranges::find(books.accounts, account, &AccountBooks::account);
    if (found != books.accounts.end()) return *found;
    auto& fresh = books.accounts.emplace_back();
    fresh.account = account;
    return fresh;
}

}  // namespace

MemoryLedger::~MemoryLedger() {
    if (commit_at_) loop_->cancel(*commit_at_);
}

Result<LedgerBooks> MemoryLedger::load(const std::vector<LedgerWindow>& windows) {
    if (!failure_.empty()) return fail(ErrorCode::store_failed, failure_);
    LedgerBooks books;
    books.epoch = ++epoch_;
    books.last_id = durable_.empty() ? 0 : durable_.back().id;
    for (const auto& window : windows) books_of(books, window.account).since = window.since;
    for (const auto& entry : durable_) {
        auto& account = books_of(books, entry.account);
        account.leased = account.leased + MicroUsd{lease_change(entry)};
        if (entry.kind != EntryKind::post) continue;
        account.posted_total = account.posted_total + entry.amount;
        if (entry.time >= account.since) account.posted_since = account.posted_since + entry.amount;
    }
    return books;
}

void MemoryLedger::append(std::vector<LedgerEntry>& entries) {
    if (!failure_.empty()) return entries.clear();
    const auto end = entries.begin() +
                     static_cast<std::ptrdiff_t>(std::min(entries.size(), limits::ledger_queue_max - waiting_.size()));
    waiting_.insert(waiting_.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(end));
    entries.erase(entries.begin(), end);
    commit_soon();
}

void MemoryLedger::on_progress(Observer observer) {
    observer_ = std::move(observer);
    const bool news = progress_.durable != 0 || progress_.failed;
    if (observer_ && news) observer_(progress_);
}

void MemoryLedger::commit_soon() {
    if (loop_ == nullptr || commit_at_) return;
    commit_at_ = loop_->at(loop_->now() + limits::ledger_commit_every, [this] {
        commit_at_.reset();
        commit();
    });
}

void MemoryLedger::commit() {
    const bool fails = !failure_.empty() && !std::exchange(progress_.failed, true);
    if (waiting_.empty() && !fails) return;
    std::ranges::move(waiting_, std::back_inserter(durable_));
    waiting_.clear();
    if (!durable_.empty()) progress_.durable = durable_.back().id;
    if (observer_) observer_(progress_);
}

void MemoryLedger::set_failure(std::string detail) {
    failure_ = std::move(detail);
    waiting_.clear();
    commit_soon();
}

void MemoryLedger::restart() {
    waiting_.clear();
    failure_.clear();
    progress_ = {};
}

}  // namespace signalbox::sim
