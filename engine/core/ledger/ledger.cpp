#include "engine/core/ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::core {
namespace {

constexpr std::size_t places_per_tick = 256;  // looked at for holds nobody ended: less than a microsecond
constexpr std::int64_t costs_per_chunk = 16;

std::int64_t sane(MicroUsd amount) {
    return std::clamp<std::int64_t>(amount.value, 0, Ledger::amount_max.value);
}

// Between the cost of some requests and a quarter of what is left, so that neither many small commits nor a crash
// cost much.
std::int64_t usual_chunk(std::int64_t left, std::int64_t average) {
    const auto wished = std::max(left / 20, costs_per_chunk * average);
    return std::max(std::min(wished, left / 4), Ledger::chunk_min.value);
}

}  // namespace

MicroUsd Ledger::debt_allowed(MicroUsd first) {
    return std::min(MicroUsd{2 * sane(first)}, debt_max);
}

WallTime Ledger::window_began(WallTime wall, Nanos length) {
    const auto us = std::max<std::int64_t>(to_us(length), 1);
    return {wall.unix_us - ((wall.unix_us % us) + us) % us};
}

void Ledger::restore(const LedgerBooks& books, WallTime wall) {
    wall_ = wall;
    epoch_ = books.epoch;
    last_id_ = books.last_id;
    for (const auto& book : books.accounts) {
        auto& account = known(book.account);
        account.began = book.since;
        account.posted = book.posted_since.value;
        account.total = book.posted_total.value;
        account.leased = book.leased.value;
        give_back(account);
    }
}

Ledger::Account& Ledger::known(std::string_view name) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return accounts_[found->second];
    by_name_.emplace(name, accounts_.size());
    auto& account = accounts_.emplace_back();
    account.name = name;
    return account;
}

void Ledger::configure(const std::vector<MoneyAccount>& accounts, WallTime wall) {
    wall_ = wall;
    by_number_.clear();
    std::vector<bool> listed(accounts_.size() + accounts.size());
    for (const auto& wanted : accounts) {
        auto& account = known(wanted.name);
        const auto limit = wanted.limit ? std::optional(wanted.limit->value) : std::nullopt;
        if (account.limit != limit || account.window != wanted.window) {
            give_back(account);
            account.limit = limit;
            account.window = wanted.window;
            roll(account, wall);
            account.began = window_began(wall, account.window);  // of another length: what was posted still counts
        }
        roll(account, wall);
        refill(account);
        by_number_.push_back(static_cast<std::size_t>(&account - accounts_.data()));
        listed[by_number_.back()] = true;
    }
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
        if (listed[i] || !accounts_[i].limit) continue;
        give_back(accounts_[i]);
        accounts_[i].limit.reset();
    }
}

HoldAnswer Ledger::hold(int number, MicroUsd wish, Instant expires, WallTime wall, bool again) {
    const auto index = by_number_[static_cast<std::size_t>(number)];
    auto& account = accounts_[index];
    roll(account, wall);
    const auto amount = sane(wish);
    if (outbox_.size() >= limits::ledger_queue_max) return {.id = {}, .code = ErrorCode::ledger_unavailable};
    if (free_.empty() && holds_.size() >= limits::ledger_holds_max) {
        return {.id = {}, .code = ErrorCode::ledger_unavailable};
    }
    if (account.limit && account.available() < amount) return refuse(account, amount, again);
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(holds_.size()));
        holds_.emplace_back();
    }
    const auto place = free_.back();
    free_.pop_back();
    auto& hold = holds_[place];
    hold = {index, amount, amount, 0, expires, hold.generation, true};
    ++live_;
    account.held += amount;
    refill(account);
    return {.id = {place, hold.generation, static_cast<std::uint32_t>(index)}};
}

HoldAnswer Ledger::refuse(Account& account, std::int64_t amount, bool again) {
    const auto room = *account.limit - account.posted - account.held;
    if (room < amount) return {.id = {}, .code = ErrorCode::budget_exhausted};
    if (store_failed_) return {.id = {}, .code = ErrorCode::ledger_unavailable};
    account.wanted = std::max(account.wanted + (again ? 0 : amount), amount);
    if (account.pending == 0) ask(account);
    return {.id = {}, .code = ErrorCode::ledger_unavailable, .wait = true};
}

HoldAnswer Ledger::extend(HoldId id, MicroUsd wish, WallTime wall) {
    auto* hold = find(id);
    if (hold == nullptr) return {.id = {}, .code = ErrorCode::not_found};
    auto& account = accounts_[hold->account];
    roll(account, wall);
    const auto by = sane(wish);
    if (account.limit && account.available() < by) {
        if (hold->debt + by > debt_allowed({hold->first}).value) return refuse(account, by, true);
        hold->debt += by;
    }
    hold->amount += by;
    account.held += by;
    refill(account);
    return {.id = id};
}

PostAnswer Ledger::post(HoldId id, MicroUsd actual, const PostNote& note, WallTime wall) {
    auto* hold = find(id);
    if (hold == nullptr) return {};
    auto& account = accounts_[hold->account];
    roll(account, wall);
    const auto cost = sane(actual);
    const auto covered = hold->amount + std::max<std::int64_t>(account.available(), 0);
    const auto debt = debt_allowed({hold->first}).value - hold->debt;
    end(*hold);
    spend(account, cost, note);
    if (!account.limit) return {.done = true, .excess = {}};
    return {.done = true, .excess = {std::max<std::int64_t>(cost - covered - debt, 0)}};
}

void Ledger::post_late(HoldId id, MicroUsd actual, const PostNote& note, WallTime wall) {
    auto& account = accounts_[id.account];
    roll(account, wall);
    spend(account, sane(actual), note);
}

void Ledger::spend(Account& account, std::int64_t cost, const PostNote& note) {
    account.posted += cost;
    account.total += cost;
    account.average = account.average == 0 ? cost : account.average + (cost - account.average) / costs_per_chunk;
    auto& entry = write(EntryKind::post, account, cost);
    entry.estimated = note.estimated;
    note.request_id.copy(entry.request_id.data(), entry.request_id.size() - 1);
    if (!account.limit) return;
    entry.leased = true;
    account.leased -= cost;
    refill(account);
}

bool Ledger::release(HoldId id) {
    auto* hold = find(id);
    if (hold == nullptr) return false;
    end(*hold);
    return true;
}

Ledger::Hold* Ledger::find(HoldId id) {
    if (id.place >= holds_.size()) return nullptr;
    auto& hold = holds_[id.place];
    return hold.live && hold.generation == id.generation ? &hold : nullptr;
}

void Ledger::end(Hold& hold) {
    accounts_[hold.account].held -= hold.amount;
    hold.live = false;
    if (++hold.generation == 0) hold.generation = 1;
    free_.push_back(static_cast<std::uint32_t>(&hold - holds_.data()));
    --live_;
}

void Ledger::tick(Instant now, WallTime wall) {
    for (const auto index : by_number_) {
        roll(accounts_[index], wall);
        refill(accounts_[index]);
    }
    for (auto left = std::min(places_per_tick, holds_.size()); left > 0; --left) {
        if (++hand_ >= holds_.size()) hand_ = 0;
        auto& hold = holds_[hand_];
        if (!hold.live || now < hold.expires) continue;
        end(hold);
        ++expired_;
    }
}

// A clock put back by less than a window does not reopen the window before. While nothing can be leased anew, the
// lease goes on into the next window.
void Ledger::roll(Account& account, WallTime wall) {
    wall_ = wall;
    if (wall < account.began + account.window && account.began < wall + account.window) return;
    if (!store_failed_) give_back(account);
    account.posted = 0;
    account.began = window_began(wall, account.window);
}

void Ledger::give_back(Account& account) {
    const auto open = account.leased + account.pending;
    if (open > 0) write(EntryKind::void_, account, open);
    if (open < 0) write(EntryKind::adjust, account, -open);
    account.leased = account.pending = account.chunk = account.wanted = 0;
    account.grant = 0;
}

void Ledger::refill(Account& account) {
    if (!account.limit || account.pending != 0 || store_failed_) return;
    const auto available = account.available();
    if (account.chunk == 0 || available < account.chunk / 2 || available < account.wanted) ask(account);
}

// Only without a grant under way.
void Ledger::ask(Account& account) {
    const auto left = *account.limit - account.posted - account.leased;
    const auto needed = account.wanted - account.available();
    account.wanted = 0;
    if (left <= 0) return;
    account.chunk = usual_chunk(left, account.average);
    account.pending = std::min(std::max(account.chunk, needed), left);
    account.grant = write(EntryKind::grant, account, account.pending).id;
    pending_.push_back({account.grant, static_cast<std::size_t>(&account - accounts_.data())});
}

bool Ledger::confirm(std::uint64_t durable) {
    bool came = false;
    std::size_t done = 0;
    for (; done < pending_.size() && pending_[done].id <= durable; ++done) {
        auto& account = accounts_[pending_[done].account];
        if (account.grant != pending_[done].id) continue;  // given back meanwhile
        account.leased += std::exchange(account.pending, 0);
        account.grant = 0;
        came = true;
    }
    for (std::size_t i = 0; i < done; ++i) refill(accounts_[pending_[i].account]);  // appends to pending_
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
    return came;
}

void Ledger::store_failed() {
    store_failed_ = true;
    pending_.clear();
}

LedgerEntry& Ledger::write(EntryKind kind, const Account& account, std::int64_t amount) {
    auto& entry = outbox_.emplace_back();
    entry.id = ++last_id_;
    entry.kind = kind;
    entry.amount = {amount};
    entry.account = account.name;
    entry.time = std::max(wall_, account.began);
    entry.epoch = epoch_;
    return entry;
}

AccountMoney Ledger::view(int number) const {
    const auto& account = accounts_[by_number_[static_cast<std::size_t>(number)]];
    AccountMoney money{.limit = std::nullopt,
                       .window_began = account.began,
                       .window = account.window,
                       .posted = {account.posted},
                       .held = {account.held},
                       .leased = {account.leased},
                       .total = {account.total}};
    if (account.limit) money.limit = MicroUsd{*account.limit};
    return money;
}

}  // namespace signalbox::core
