// Random operations against a model simple enough to be right: a budget, what is posted, and a list of live holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/prng.h"
#include "engine/sim/memory_ledger.h"
#include "tests/contract/ledger/till.h"

namespace signalbox::test {
namespace {

using core::HoldAnswer;
using core::HoldId;
using core::Ledger;
using core::MoneyAccount;

constexpr WallTime start{1'780'056'000'000'000};
constexpr int ticks_for_all = 8;  // until every hold was looked at
constexpr int asks_max = 4;       // of one hold until its credit has come

struct ModelHold {
    HoldId id;
    std::size_t account = 0;
    std::int64_t amount = 0;
    std::int64_t extended = 0;
    Instant expires{};
};

struct ModelAccount {
    std::string name;
    std::optional<std::int64_t> limit;
    Nanos window{0};
    WallTime began;
    std::int64_t posted = 0;
    std::int64_t total = 0;
    std::int64_t beyond = 0;  // of the limit, in this window: debts, and a limit that was lowered
};

class Model {
  public:
    explicit Model(std::uint64_t seed) : prng_(seed) {
        for (const char* name : {"one", "two", "free", "tiny"}) accounts_.emplace_back().name = name;
        change_budgets();
        till_ = std::make_unique<Till>(store_, settings(), wall_);
        store_.commit();
        roll();
    }

    void step() {
        switch (draw(20)) {
            case 0:
                advance();
                break;
            case 1:
                expire();
                break;
            case 2:
                store_.commit();
                break;
            case 3:
                draw(20) == 0 ? restart() : reload();
                break;
            case 4:
            case 5:
                extend();
                break;
            case 6:
            case 7:
                release();
                break;
            case 8:
            case 9:
            case 10:
            case 11:
            case 12:
                post();
                break;
            default:
                hold();
                break;
        }
        check();
    }
    void check_books();
    [[nodiscard]] std::size_t admitted() const { return admitted_; }

  private:
    std::int64_t draw(std::int64_t bound) {
        return static_cast<std::int64_t>(below(prng_.next(), static_cast<std::uint64_t>(bound)));
    }
    [[nodiscard]] std::vector<MoneyAccount> settings() const {
        std::vector<MoneyAccount> list;
        for (const auto& a : accounts_) {
            list.push_back({a.name, a.limit ? std::optional(MicroUsd{*a.limit}) : std::nullopt, a.window});
        }
        return list;
    }
    void change_budgets() {
        accounts_[0].limit = 1'000'000 * (1 + draw(3));
        accounts_[1].limit = 50'000 + draw(50'000);
        accounts_[2].limit.reset();
        accounts_[3].limit = draw(2'000);
        for (auto& account : accounts_)
            account.window = account.window == Nanos{0} ? 1h * (1 + draw(3)) : account.window;
    }
    [[nodiscard]] std::int64_t held(std::size_t account) const {
        std::int64_t sum = 0;
        for (const auto& h : holds_) sum += h.account == account ? h.amount : 0;
        return sum;
    }
    [[nodiscard]] std::int64_t room(std::size_t account) const {
        const auto& a = accounts_[account];
        return a.limit ? *a.limit - a.posted - held(account) : INT64_MAX;
    }
    void roll() {
        for (auto& account : accounts_) {
            const auto began = Ledger::window_began(wall_, account.window);
            if (began == account.began) continue;
            account.began = began;
            account.posted = 0;
            account.beyond = 0;
        }
    }
    // Until there is nothing to wait for.
    template <class Ask>
    HoldAnswer patiently(Ask ask) {
        for (int i = 0; i < asks_max; ++i) {
            const auto answer = till_->with(ask);
            if (!answer.wait) return answer;
            EXPECT_EQ(answer.code, ErrorCode::ledger_unavailable);
            store_.commit();
        }
        ADD_FAILURE() << "the credit never comes";
        return {};
    }

    void hold() {
        const auto account = static_cast<std::size_t>(draw(4));
        const auto amount = 1 + draw(draw(8) == 0 ? 400'000 : 3'000);
        const auto expires = now_ + 1s * (1 + draw(600));
        const bool fits = room(account) >= amount;
        const auto answer =
            patiently([&](Ledger& ledger) { return ledger.hold(static_cast<int>(account), {amount}, expires, wall_); });
        EXPECT_EQ(answer.code, fits ? ErrorCode::ok : ErrorCode::budget_exhausted)
            << amount << " of " << room(account) << " for " << accounts_[account].name;
        if (answer.code != ErrorCode::ok) return;
        ++admitted_;
        EXPECT_TRUE(std::ranges::none_of(holds_, [&](const auto& h) { return h.id == answer.id; }));
        holds_.push_back({answer.id, account, amount, 0, expires});
    }
    std::size_t any_hold() { return static_cast<std::size_t>(draw(static_cast<std::int64_t>(holds_.size()))); }

    void extend() {
        if (holds_.empty()) return;
        auto& hold = holds_[any_hold()];
        const auto by = draw(2'000);
        const auto space = room(hold.account);
        const auto answer = patiently([&](Ledger& ledger) { return ledger.extend(hold.id, {by}, wall_); });
        if (answer.code != ErrorCode::ok) {
            EXPECT_EQ(answer.code, ErrorCode::budget_exhausted);
            EXPECT_LT(space, by);
            return;
        }
        const auto first = hold.amount - hold.extended;
        hold.extended += by;
        hold.amount += by;
        if (space >= by) return;
        accounts_[hold.account].beyond += by;
        EXPECT_LE(by, Ledger::debt_allowed({first}).value);
    }
    void post() {
        if (holds_.empty()) return end_stale();
        const auto index = any_hold();
        const auto hold = holds_[index];
        auto& account = accounts_[hold.account];
        const auto actual = draw(6) == 0 ? hold.amount + draw(5'000) : draw(hold.amount + 1);
        const auto request = "r" + std::to_string(++requests_);
        const auto answer =
            till_->with([&](Ledger& ledger) { return ledger.post(hold.id, {actual}, {.request_id = request}, wall_); });
        EXPECT_TRUE(answer.done);
        if (actual <= hold.amount || !account.limit) EXPECT_EQ(answer.excess.value, 0);
        EXPECT_LE(answer.excess.value, std::max<std::int64_t>(actual - hold.amount, 0));
        account.posted += actual;
        account.total += actual;
        account.beyond += std::max<std::int64_t>(actual - hold.amount, 0);
        ended_.push_back(hold.id);
        holds_.erase(holds_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    void release() {
        if (holds_.empty()) return end_stale();
        const auto index = any_hold();
        EXPECT_TRUE(till_->with([&](Ledger& ledger) { return ledger.release(holds_[index].id); }));
        ended_.push_back(holds_[index].id);
        holds_.erase(holds_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    void end_stale() {
        if (ended_.empty()) return;
        const auto id = ended_[static_cast<std::size_t>(draw(static_cast<std::int64_t>(ended_.size())))];
        till_->with([&](Ledger& ledger) {
            EXPECT_FALSE(ledger.release(id));
            EXPECT_FALSE(ledger.post(id, {1}, {}, wall_).done);
        });
    }
    void advance() {
        const auto step = draw(30) == 0 ? Nanos{4h} : 1s * draw(200);
        now_ += step;
        wall_ = wall_ + step;
        expire();
        roll();
    }
    void expire() {
        for (int i = 0; i < ticks_for_all; ++i) till_->with([&](Ledger& ledger) { ledger.tick(now_, wall_); });
        std::erase_if(holds_, [&](const auto& hold) { return hold.expires <= now_; });
    }
    void reload() {
        change_budgets();
        till_->with([&](Ledger& ledger) { ledger.configure(settings(), wall_); });
        for (std::size_t i = 0; i < accounts_.size(); ++i) {
            if (accounts_[i].limit) accounts_[i].beyond = std::max<std::int64_t>(accounts_[i].beyond, -room(i));
        }
    }
    // What was not durable is gone, and with it every hold.
    void restart();
    void check();

    Prng prng_;
    sim::MemoryLedger store_;
    std::unique_ptr<Till> till_;
    std::vector<ModelAccount> accounts_;
    std::vector<ModelHold> holds_;
    std::vector<HoldId> ended_;
    Instant now_{};
    WallTime wall_ = start;
    std::size_t admitted_ = 0;
    int requests_ = 0;
};

void Model::restart() {
    till_.reset();
    store_.restart();
    holds_.clear();
    ended_.clear();
    for (auto& account : accounts_) {
        account.posted = account.total = account.beyond = 0;
        for (const auto& entry : store_.entries()) {
            if (entry.kind != EntryKind::post || entry.account != account.name) continue;
            account.total += entry.amount.value;
            if (entry.time >= account.began) account.posted += entry.amount.value;
        }
        if (account.limit) account.beyond = std::max<std::int64_t>(0, account.posted - *account.limit);
    }
    till_ = std::make_unique<Till>(store_, settings(), wall_);
    store_.commit();
    for (const auto& books : store_.load({})->accounts) {
        const auto found = std::ranges::find(accounts_, books.account, &ModelAccount::name);
        const auto index = static_cast<int>(found - accounts_.begin());
        const auto leased = till_->with([&](Ledger& ledger) { return ledger.view(index).leased; });
        EXPECT_EQ(books.leased, leased) << "no credit of the life before is stranded";
    }
}

void Model::check() {
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
        const auto& account = accounts_[i];
        const auto money = till_->with([&](Ledger& ledger) {
            ledger.tick(Instant{}, wall_);
            return ledger.view(static_cast<int>(i));
        });
        ASSERT_EQ(money.posted.value, account.posted) << account.name;
        ASSERT_EQ(money.total.value, account.total);
        ASSERT_EQ(money.held.value, held(i));
        ASSERT_EQ(money.window_began, account.began);
        if (account.limit) ASSERT_LE(account.posted + held(i), *account.limit + account.beyond) << "over-spent";
        if (account.limit) ASSERT_LE(money.leased.value, std::max<std::int64_t>(*account.limit - account.posted, 0));
    }
}

void Model::check_books() {
    store_.commit();
    std::map<std::string, std::int64_t> posted;
    std::map<std::string, std::int64_t> leased;
    std::set<std::string> requests;
    std::uint64_t id = 0;
    for (const auto& entry : store_.entries()) {
        EXPECT_EQ(entry.id, ++id);
        EXPECT_GE(entry.amount.value, 0);
        leased[entry.account] += lease_change(entry);
        if (entry.kind != EntryKind::post) continue;
        posted[entry.account] += entry.amount.value;
        EXPECT_TRUE(requests.insert(entry.request_id.data()).second) << "posted twice";
    }
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
        const auto money = till_->with([&](Ledger& ledger) { return ledger.view(static_cast<int>(i)); });
        EXPECT_EQ(posted[accounts_[i].name], money.total.value);
        EXPECT_EQ(leased[accounts_[i].name], accounts_[i].limit ? money.leased.value : 0);
    }
}

class LedgerModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LedgerModel, AgreesAtEveryStep) {
    Model model(GetParam());
    for (int i = 0; i < 3'000 && !::testing::Test::HasFailure(); ++i) model.step();
    model.check_books();
    EXPECT_GT(model.admitted(), 300u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LedgerModel, ::testing::Range<std::uint64_t>(1, 25));

}  // namespace
}  // namespace signalbox::test
