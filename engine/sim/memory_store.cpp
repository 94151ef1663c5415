#include "engine/sim/memory_store.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"

namespace signalbox::sim {

using ports::HistoryFilter;
using ports::RequestRecord;

namespace {

constexpr std::size_t id_length = 26;

std::size_t page_size(int limit) {
    return static_cast<std::size_t>(std::clamp(limit, 1, static_cast<int>(limits::history_page_max)));
}

// Newest first, ids below `before_id`; rows are stored oldest first with id = index + 1.
template <class Row>
std::vector<Row> page_before(const std::vector<Row>& rows, std::int64_t before_id, int limit) {
    auto end = static_cast<std::int64_t>(rows.size());
    if (before_id > 0) end = std::min(end, before_id - 1);
    const auto count = std::min(static_cast<std::size_t>(end), page_size(limit));
    const auto last = rows.begin() + end;
    return {std::make_reverse_iterator(last), std::make_reverse_iterator(last - static_cast<std::ptrdiff_t>(count))};
}

}  // namespace

void MemoryStore::fail_nth(std::uint64_t n) {
    const std::lock_guard lock(mutex_);
    fail_in_ = n;
}

void MemoryStore::set_full(bool full) {
    const std::lock_guard lock(mutex_);
    full_ = full;
}

void MemoryStore::set_failure(std::string detail) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(detail);
}

std::string MemoryStore::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

std::size_t MemoryStore::size() const {
    const std::lock_guard lock(mutex_);
    return requests_.size();
}

Result<void> MemoryStore::step() {
    if (fail_in_ != 0 && --fail_in_ == 0) return fail(ErrorCode::store_failed, "injected");
    return {};
}

bool MemoryStore::offer(RequestRecord record) {
    std::vector<RequestRecord> batch{std::move(record)};
    Observer observer;
    {
        const std::lock_guard lock(mutex_);
        if (full_) {
            ++shed_;
            return false;
        }
        requests_.insert_or_assign(batch.front().id, batch.front());
        observer = observer_;
    }
    if (observer) observer(batch);
    return true;
}

std::uint64_t MemoryStore::shed() const {
    const std::lock_guard lock(mutex_);
    return shed_;
}

Result<ports::HistoryPage> MemoryStore::query(const HistoryFilter& filter, const std::string& cursor, int limit) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return std::unexpected(ok.error());
    if (!cursor.empty() && cursor.size() != id_length) return fail(ErrorCode::invalid_argument, "not a cursor");
    ports::HistoryPage page;
    const auto start = cursor.empty() ? requests_.end() : requests_.lower_bound(cursor);
    for (auto it = std::make_reverse_iterator(start); it != requests_.rend(); ++it) {
        if (!matches(filter, it->second)) continue;
        if (page.rows.size() == page_size(limit)) {
            page.next = page.rows.back().id;
            break;
        }
        auto& row = page.rows.emplace_back(it->second);
        row.candidates.clear();
        row.fleet.clear();
    }
    return page;
}

Result<RequestRecord> MemoryStore::get(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return std::unexpected(ok.error());
    const auto found = requests_.find(id);
    if (found == requests_.end()) return fail(ErrorCode::not_found, "no request " + id);
    return found->second;
}

Result<std::int64_t> MemoryStore::insert_override(ports::OverrideRow row) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return std::unexpected(ok.error());
    row.id = static_cast<std::int64_t>(overrides_.size()) + 1;
    return overrides_.emplace(row.id, std::move(row)).first->first;
}

Result<void> MemoryStore::update_override(const ports::OverrideRow& row) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return ok;
    const auto found = overrides_.find(row.id);
    if (found == overrides_.end()) return fail(ErrorCode::not_found, "no override " + std::to_string(row.id));
    found->second = row;
    return {};
}

Result<std::vector<ports::OverrideRow>> MemoryStore::overrides(bool active_only, WallTime now) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return std::unexpected(ok.error());
    std::vector<ports::OverrideRow> rows;
    for (const auto& [id, row] : overrides_) {
        const bool active = row.ended.unix_us == 0 && row.expires > now;
        if (active || !active_only) rows.push_back(row);
    }
    return rows;
}

Result<std::int64_t> MemoryStore::append_audit(ports::AuditRow row) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return std::unexpected(ok.error());
    row.id = static_cast<std::int64_t>(audit_.size()) + 1;
    audit_.push_back(std::move(row));
    return audit_.back().id;
}

Result<std::vector<ports::AuditRow>> MemoryStore::audit(std::int64_t before_id, int limit) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return std::unexpected(ok.error());
    return page_before(audit_, before_id, limit);
}

Result<void> MemoryStore::append_event(ports::EventRow row) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return ok;
    row.id = static_cast<std::int64_t>(events_.size()) + 1;
    events_.push_back(std::move(row));
    return {};
}

Result<std::vector<ports::EventRow>> MemoryStore::events(std::int64_t before_id, int limit) {
    const std::lock_guard lock(mutex_);
    if (auto ok = step(); !ok) return std::unexpected(ok.error());
    return page_before(events_, before_id, limit);
}

void MemoryStore::on_commit(Observer observer) {
    const std::lock_guard lock(mutex_);
    observer_ = std::move(observer);
}

}  // namespace signalbox::sim
