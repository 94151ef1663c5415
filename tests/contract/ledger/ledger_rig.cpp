#include "tests/contract/ledger/ledger_rig.h"

#include <stdexcept>
#include <utility>

#include "engine/adapters/sqlite/sqlite_ledger.h"
#include "engine/sim/memory_ledger.h"
#include "tests/contract/store/temp_folder.h"

namespace signalbox::test {
namespace {

class MemoryRig final : public LedgerRig {
  public:
    ports::LedgerStore& store() override { return store_; }
    void settle() override { store_.commit(); }
    void restart() override {
        store_.on_progress({});
        store_.restart();
    }
    void break_it() override { store_.set_failure("broken by the test"); }

  private:
    sim::MemoryLedger store_;
};

class SqliteRig final : public LedgerRig {
  public:
    SqliteRig() { open(); }
    ports::LedgerStore& store() override { return *store_; }
    void settle() override { store_->flush(); }
    void restart() override {
        store_.reset();
        open();
    }
    // Whatever is written next meets a file that lacks its tables.
    void break_it() override {
        auto file = adapters::Database::open(path(), adapters::Durability::process_crash);
        if (!file || !file->execute("DROP TABLE entries")) throw std::runtime_error("cannot break the ledger");
    }

  private:
    [[nodiscard]] std::string path() const { return folder_.file("ledger.db"); }
    void open() {
        auto store = adapters::SqliteLedger::open(path());
        if (!store) throw std::runtime_error(store.error().detail);
        store_ = std::move(*store);
    }

    TempFolder folder_;
    std::unique_ptr<adapters::SqliteLedger> store_;
};

}  // namespace

std::unique_ptr<LedgerRig> memory_ledger_rig() {
    return std::make_unique<MemoryRig>();
}
std::unique_ptr<LedgerRig> sqlite_ledger_rig() {
    return std::make_unique<SqliteRig>();
}

}  // namespace signalbox::test
