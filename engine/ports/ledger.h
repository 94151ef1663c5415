// Where the ledger's entries are kept.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/ledger_entry.h"
#include "engine/base/result.h"

namespace signalbox::ports {

struct LedgerProgress {
    std::uint64_t durable = 0;  // every entry up to this id survives a power cut
    bool failed = false;        // nothing is written any more, for good; failure() tells why
};

class LedgerStore {
  public:
    using Observer = std::function<void(const LedgerProgress&)>;

    virtual ~LedgerStore() = default;
    // Once, before the first append(); blocks on the disk. Begins a new epoch. Error: store_failed, which is for good.
    virtual Result<LedgerBooks> load(const std::vector<LedgerWindow>& windows) = 0;
    // Any thread, never blocks on the disk, never calls the observer. Takes the entries, in the order of their ids
    // over all calls (so call it under the lock that guards the ledger), and leaves in the vector what there is no room
    // for now: offer it again later. After a failure everything is taken and dropped.
    virtual void append(std::vector<LedgerEntry>& entries) = 0;
    // Told after every commit and once at a failure, on the store's own thread and with no lock held that append()
    // takes; and, within this call, what was to be told before it. Replaces the previous observer and waits for a call
    // of it to return: never call it from the observer, nor under a lock the observer takes.
    virtual void on_progress(Observer observer) = 0;
    // Why nothing is written any more; empty: writing goes on. Any thread.
    [[nodiscard]] virtual std::string failure() const = 0;
};

}  // namespace signalbox::ports
