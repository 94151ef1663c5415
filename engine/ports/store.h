// Durable state, handed in. Two halves: the Journal takes finished requests from the loops and never makes them wait;
// the Store answers the slow path.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/request_record.h"

namespace signalbox::ports {

// Any thread; wait-free for practical purposes: no I/O, no allocation beyond the record's own.
class Journal {
  public:
    virtual ~Journal() = default;
    // False: the queue was full and the record was shed (counted).
    virtual bool offer(RequestRecord record) = 0;
    [[nodiscard]] virtual std::uint64_t shed() const = 0;
};

// An operator's emergency act, as stored. See control/overrides.h for its meaning.
struct OverrideRow {
    std::int64_t id = 0;
    std::string kind;  // "redirect"
    std::string from, to;
    std::string scope_account, scope_tag;  // empty: everyone
    std::int32_t share_percent = 100;
    std::string reason, actor, source;  // source: console, api, cli
    std::string idempotency_key;
    WallTime created, expires, ended;  // ended.unix_us 0: still in force until `expires`
    std::string ended_by;
};

struct AuditRow {
    std::int64_t id = 0;
    WallTime time;
    std::string actor, source, action, object, before, after, reason, result;
};

struct EventRow {
    std::int64_t id = 0;
    WallTime time;
    std::string severity;  // info, warn, critical
    std::string kind;      // breaker_opened, override_ended, config_applied, …
    std::string object, text;
};

// Every set field must match; lists are alternatives. Strings may hold `*` as a wildcard.
struct HistoryFilter {
    std::vector<Outcome> outcomes;
    std::vector<std::string> requested, served, accounts, why;
    std::vector<std::int32_t> statuses;  // exact, or 4/5 for a whole class
    std::optional<bool> fallback, streamed;
    std::optional<bool> overridden;
    std::optional<std::int64_t> override_id;
    std::optional<WallTime> since, until;  // [since, until)
    std::optional<std::int64_t> min_total_us, min_first_token_us;
    std::string id_prefix;
};

struct HistoryPage {
    std::vector<RequestRecord> rows;  // newest first; candidates and fleet only from get()
    std::string next;                 // cursor for the following page; empty: no more
};

// May block on the disk: call on the control thread only. Error: store_failed, invalid_argument (cursor), not_found.
class Store {
  public:
    virtual ~Store() = default;
    // Also unavailable: the filter lets too little through to be searched within the store's time.
    virtual Result<HistoryPage> query(const HistoryFilter& filter, const std::string& cursor, int limit) = 0;
    virtual Result<RequestRecord> get(const std::string& id) = 0;
    // Durable before it returns. insert_override sets row.id.
    virtual Result<std::int64_t> insert_override(OverrideRow row) = 0;
    virtual Result<void> update_override(const OverrideRow& row) = 0;
    virtual Result<std::vector<OverrideRow>> overrides(bool active_only, WallTime now) = 0;
    virtual Result<std::int64_t> append_audit(AuditRow row) = 0;
    virtual Result<std::vector<AuditRow>> audit(std::int64_t before_id, int limit) = 0;  // newest first
    virtual Result<void> append_event(EventRow row) = 0;
    virtual Result<std::vector<EventRow>> events(std::int64_t before_id, int limit) = 0;  // newest first
    // Why nothing is written any more, for good; empty: writing goes on. Any thread.
    [[nodiscard]] virtual std::string failure() const { return {}; }
    // Called on the store's own thread with every batch of records, after its commit. Replaces the previous one;
    // an empty function stops it. The vector is valid during the call only.
    virtual void on_commit(std::function<void(const std::vector<RequestRecord>&)> observer) = 0;
};

}  // namespace signalbox::ports
