// What the ledger writes and reads back: the words core/ledger and a ledger's store have in common.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/units.h"

namespace signalbox {

// A lease is the part of an account's budget this process may spend: grants fill it, posts draw on it, the rest goes
// back. The numbers are stored: add at the end, never renumber.
enum class EntryKind : std::uint8_t {
    grant = 1,   // credit moved from the budget into the lease; durable before it is spent
    post = 2,    // money spent by one request
    void_ = 3,   // credit of the lease given back unspent
    adjust = 4,  // the lease was overdrawn by so much, and the budget took it over
};

// Never changed once written. Amounts are not negative.
struct LedgerEntry {
    std::uint64_t id = 0;  // counts up by one, also across restarts
    EntryKind kind = EntryKind::post;
    bool leased = false;     // of a post: drawn on a lease, because the account has a budget
    bool estimated = false;  // of a post: the provider did not say what was used
    MicroUsd amount;
    std::string account;
    std::array<char, 27> request_id{};  // of a post; NUL-terminated
    WallTime time;                      // never before the window it counts in
    std::uint32_t epoch = 0;            // of the process that wrote it
};

// What an entry does to its account's lease.
[[nodiscard]] constexpr std::int64_t lease_change(const LedgerEntry& entry) {
    switch (entry.kind) {
        case EntryKind::grant:
        case EntryKind::adjust:
            return entry.amount.value;
        case EntryKind::void_:
            return -entry.amount.value;
        case EntryKind::post:
            return entry.leased ? -entry.amount.value : 0;
    }
    return 0;
}

// Asks what an account has posted since an instant: the beginning of its present window.
struct LedgerWindow {
    std::string account;
    WallTime since;
};

struct AccountBooks {
    std::string account;
    WallTime since;         // as asked; the beginning of time for an account nobody asked for
    MicroUsd posted_since;  // since then
    MicroUsd posted_total;  // ever
    MicroUsd leased;        // left open by an earlier epoch; negative: overdrawn
};

// What is on disk when a process begins. The default is a ledger nobody has written to.
struct LedgerBooks {
    std::uint32_t epoch = 1;  // of the process that begins
    std::uint64_t last_id = 0;
    std::vector<AccountBooks> accounts;  // all that ever posted, and all that were asked for
    bool corrected = false;              // the stored balances contradicted the entries and were made anew from them
};

}  // namespace signalbox
