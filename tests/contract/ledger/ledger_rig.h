// A ledger's store of either kind for one test.
#pragma once

#include <functional>
#include <memory>

#include "engine/ports/ledger.h"

namespace signalbox::test {

class LedgerRig {
  public:
    virtual ~LedgerRig() = default;
    virtual ports::LedgerStore& store() = 0;
    // Returns when everything appended before is durable and the observer was told.
    virtual void settle() = 0;
    // The process ends and begins anew. Nothing that is durable may be missing afterwards.
    virtual void restart() = 0;
    // From now on nothing can be written any more.
    virtual void break_it() = 0;
};

using LedgerRigFactory = std::function<std::unique_ptr<LedgerRig>()>;

std::unique_ptr<LedgerRig> memory_ledger_rig();
// On a file in a folder of its own, removed with the rig.
std::unique_ptr<LedgerRig> sqlite_ledger_rig();

}  // namespace signalbox::test
