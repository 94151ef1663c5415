// Money: what each account may spend, holds for now, and has spent.
//
// An account with a budget spends from a lease: credit moved out of its budget in chunks, each durable before it is
// spent from. A request takes a hold of its expected cost, may extend it, and ends it with exactly one post() of what
// it really cost, or a release(). Holds live in memory only; grants and posts become entries in outbox(), which the
// caller hands to the store (`store.append(ledger.outbox())`) after every call that is not const. What a crash leaves
// leased and not posted is given back by restore(). Always true, but for debt: posted in the window + held ≤ limit.
//
// Budgets count in fixed windows aligned on the epoch of wall time; a post counts in the window it is made in, and
// holds live on into the next. Requests to free and local models never come here.
//
// Pure and single-threaded: the caller brings the lock and the time. Accounts are the caller's dense numbers, the
// indices of the list given to configure(); holds outlive a reload that moves or removes their account.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error_code.h"
#include "engine/base/ledger_entry.h"
#include "engine/base/time.h"
#include "engine/base/units.h"

namespace signalbox::core {

struct MoneyAccount {
    std::string name;
    std::optional<MicroUsd> limit;  // none: spending is only recorded
    Nanos window = 24h;             // positive
};

// A hold that was ended or has expired is not found again, whoever got its place.
struct HoldId {
    std::uint32_t place = 0;
    std::uint32_t generation = 0;  // 0: no hold
    std::uint32_t account = 0;     // the ledger's own number of it, which a reload does not change
    explicit operator bool() const { return generation != 0; }
    friend bool operator==(HoldId, HoldId) = default;
};

// budget_exhausted: the rest of the window's budget is posted or held. ledger_unavailable: there is budget, but it
// cannot be leased now (or limits::ledger_holds_max are live, or the store is far behind). With `wait`, a grant is
// under way: ask again once confirm() returned true; no other code waits.
struct HoldAnswer {
    HoldId id;
    ErrorCode code = ErrorCode::ok;
    bool wait = false;
};

struct PostAnswer {
    bool done = false;  // false: no such hold: it was ended before, or expired
    MicroUsd excess;    // of the cost over the hold and the debt it may make; posted nevertheless, since it was spent
};

struct PostNote {
    std::string_view request_id;  // at most 26 bytes are kept
    bool estimated = false;       // the provider did not say what was used
};

struct AccountMoney {
    std::optional<MicroUsd> limit;
    WallTime window_began;
    Nanos window{0};
    MicroUsd posted;  // in the window
    MicroUsd held;
    MicroUsd leased;  // durable and not spent; negative: overdrawn until the next grant
    MicroUsd total;   // posted, ever
};

class Ledger {
  public:
    // Takes over what the store knows, once, before configure(). Gives back the leases of earlier epochs.
    void restore(const LedgerBooks& books, WallTime wall);
    // Replaces the list of accounts, by name; asks for the first credit of those that are new or changed, which is
    // there when credit_pending() is false again; who comes before has to wait. A window whose length
    // changes keeps what was posted, unless it began too long ago for the new length.
    void configure(const std::vector<MoneyAccount>& accounts, WallTime wall);

    // Until `expires`; pass the request's deadline and a margin. `again`: this request was told to wait before, and
    // what it wants has been asked for.
    HoldAnswer hold(int account, MicroUsd amount, Instant expires, WallTime wall, bool again = false);
    // `ok`, or the codes of hold(). Beyond the credit a hold may run into debt, see debt_allowed().
    HoldAnswer extend(HoldId hold, MicroUsd by, WallTime wall);
    PostAnswer post(HoldId hold, MicroUsd actual, const PostNote& note, WallTime wall);
    // What a request cost whose hold expired before it ended. `hold` as hold() gave it out, and not ended by the
    // caller.
    void post_late(HoldId hold, MicroUsd actual, const PostNote& note, WallTime wall);
    // False: no such hold any more.
    bool release(HoldId hold);

    // Begins new windows, expires forgotten holds (some at a time), asks for credit. Call it several times a second.
    void tick(Instant now, WallTime wall);
    // Entries up to this id are durable. True: credit has come, whoever waits may ask again.
    bool confirm(std::uint64_t durable);
    // Nothing is written any more: what is leased is spent, nothing is leased.
    void store_failed();

    // In the order of ids; emptied by whoever stores it.
    [[nodiscard]] std::vector<LedgerEntry>& outbox() { return outbox_; }
    // A grant is under way that some account waits for or has asked ahead.
    [[nodiscard]] bool credit_pending() const { return !pending_.empty(); }
    [[nodiscard]] AccountMoney view(int account) const;
    [[nodiscard]] std::size_t accounts() const { return by_number_.size(); }
    [[nodiscard]] std::size_t holds() const { return live_; }
    [[nodiscard]] std::uint64_t expired() const { return expired_; }  // holds nobody ended

    // What one hold of this first amount may cost beyond the credit.
    [[nodiscard]] static MicroUsd debt_allowed(MicroUsd first);
    // Where the window that holds `wall` begins.
    [[nodiscard]] static WallTime window_began(WallTime wall, Nanos length);

    static constexpr MicroUsd debt_max{1'000'000};            // of one hold, however large it is
    static constexpr MicroUsd amount_max{1'000'000'000'000};  // of one request; more is a mistake and cut to this
    static constexpr MicroUsd chunk_min{10'000};              // smaller grants are not worth a commit

  private:
    struct Account {
        std::string name;
        std::optional<std::int64_t> limit;  // amounts are micro-dollars
        Nanos window{0};
        WallTime began;
        std::int64_t posted = 0;
        std::int64_t total = 0;
        std::int64_t held = 0;
        std::int64_t leased = 0;
        std::int64_t pending = 0;  // granted, not durable
        std::uint64_t grant = 0;   // the entry of `pending`
        std::int64_t chunk = 0;    // usual size of the last grant; 0: none in this window
        std::int64_t wanted = 0;   // by holds refused since
        std::int64_t average = 0;  // cost of a request

        [[nodiscard]] std::int64_t available() const { return leased - held; }
    };
    struct Hold {
        std::size_t account = 0;
        std::int64_t amount = 0;
        std::int64_t first = 0;  // before it was extended
        std::int64_t debt = 0;   // part of `amount` beyond the credit
        Instant expires{};
        std::uint32_t generation = 1;
        bool live = false;
    };
    struct Grant {
        std::uint64_t id;
        std::size_t account;
    };

    Account& known(std::string_view name);
    Hold* find(HoldId id);
    void end(Hold& hold);
    HoldAnswer refuse(Account& account, std::int64_t amount, bool again);
    void spend(Account& account, std::int64_t cost, const PostNote& note);
    void give_back(Account& account);
    void roll(Account& account, WallTime wall);
    void refill(Account& account);
    void ask(Account& account);
    LedgerEntry& write(EntryKind kind, const Account& account, std::int64_t amount);

    std::vector<Account> accounts_;  // every name ever known
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::vector<std::size_t> by_number_;  // the caller's number -> index into accounts_
    std::vector<Hold> holds_;
    std::vector<std::uint32_t> free_;  // places of holds_
    std::vector<Grant> pending_;       // in the order of ids
    std::vector<LedgerEntry> outbox_;
    WallTime wall_;  // as last seen
    std::size_t live_ = 0;
    std::size_t hand_ = 0;  // next place tick() looks at
    std::uint64_t expired_ = 0;
    std::uint64_t last_id_ = 0;
    std::uint32_t epoch_ = 1;
    bool store_failed_ = false;
};

}  // namespace signalbox::core
