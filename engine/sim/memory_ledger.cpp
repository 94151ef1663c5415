#include "engine/sim/memory_ledger.h"

#include <algorithm>
#include <iterator>

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
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(entries.size(), room_ - waiting_.size()));
    waiting_.insert(waiting_.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(end));
    entries.erase(entries.begin(), end);
    commit_soon();
}

void MemoryLedger::commit_soon() {
    if (loop_ == nullptr || commit_at_) return;
    commit_at_ = loop_->at(loop_->now() + limits::ledger_commit_every, [this] {
        commit_at_.reset();
        commit();
    });
}

void MemoryLedger::commit() {
    if (!failure_.empty()) {
        if (observer_ && !std::exchange(failure_told_, true)) observer_({.durable = 0, .failed = true});
        return;
    }
    if (waiting_.empty()) return;
    std::ranges::move(waiting_, std::back_inserter(durable_));
    waiting_.clear();
    if (observer_) observer_({.durable = durable_.back().id, .failed = false});
}

void MemoryLedger::set_failure(std::string detail) {
    failure_ = std::move(detail);
    waiting_.clear();
    commit_soon();
}

void MemoryLedger::restart() {
    waiting_.clear();
    failure_.clear();
    failure_told_ = false;
}

}  // namespace signalbox::sim
