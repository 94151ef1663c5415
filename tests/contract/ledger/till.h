// A ledger with its store, wired as a gateway does it: one lock, every entry handed over under it, the store's
// observer confirms.
#pragma once

#include <mutex>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/core/ledger/ledger.h"
#include "engine/ports/ledger.h"

namespace signalbox::test {

class Till {
  public:
    Till(ports::LedgerStore& store, const std::vector<core::MoneyAccount>& accounts, WallTime wall) : store_(store) {
        std::vector<LedgerWindow> windows;
        for (const auto& account : accounts) {
            windows.push_back({account.name, core::Ledger::window_began(wall, account.window)});
        }
        auto books = store.load(windows);
        if (!books) throw std::runtime_error(books.error().detail);
        books_ = std::move(*books);
        store.on_progress([this](const ports::LedgerProgress& progress) {
            with([&](core::Ledger& ledger) {
                ledger.confirm(progress.durable);
                if (progress.failed) ledger.store_failed();
            });
        });
        with([&](core::Ledger& ledger) {
            ledger.restore(books_, wall);
            ledger.configure(accounts, wall);
        });
    }
    Till(const Till&) = delete;
    Till& operator=(const Till&) = delete;
    ~Till() { store_.on_progress({}); }

    // Calls `work` under the lock and hands what it wrote to the store.
    template <class Work>
    std::invoke_result_t<Work, core::Ledger&> with(Work work) {
        const std::lock_guard lock(mutex_);
        struct HandOver {
            Till& till;
            ~HandOver() { till.store_.append(till.ledger_.outbox()); }
        } const hand_over{*this};
        return work(ledger_);
    }
    [[nodiscard]] const LedgerBooks& books() const { return books_; }  // as loaded

  private:
    ports::LedgerStore& store_;
    LedgerBooks books_;
    std::mutex mutex_;
    core::Ledger ledger_;
};

}  // namespace signalbox::test
