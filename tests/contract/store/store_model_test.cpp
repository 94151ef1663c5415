// Random records under random filters: the store on a file must answer as the one in memory does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/contract/store/records.h"
#include "tests/contract/store/store_rig.h"

namespace signalbox::test {
namespace {

using ports::HistoryFilter;
using ports::Outcome;
using ports::RequestRecord;

constexpr std::array names = {"gpt-5", "gpt-5-mini", "GPT-5", "claude", "c?aude", "a[b]c", ""};
constexpr std::array patterns = {"gpt-5", "gpt*", "*5*", "c?*", "a[b]*", "", "*", "none", "*-*i"};
constexpr std::array words = {"ok", "upstream_*", "upstream_overloaded", "*timeout", "none"};
constexpr std::array statuses = {200, 400, 429, 499, 500, 503, 0};
constexpr std::array wanted_statuses = {200, 4, 5, 429, 2, 7};

class Dice {
  public:
    explicit Dice(std::uint32_t seed) : engine_(seed) {}
    std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(n)); }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    template <class List>
    auto pick(const List& list) {
        return list[static_cast<std::size_t>(below(static_cast<std::int64_t>(list.size())))];
    }
    // Up to three entries; mostly none.
    template <class Value, class List>
    std::vector<Value> some(const List& list) {
        std::vector<Value> out;
        if (!one_in(4)) return out;
        for (auto n = below(3) + 1; n > 0; --n) out.push_back(static_cast<Value>(pick(list)));
        return out;
    }
    template <class Value>
    std::optional<Value> maybe(Value value) {
        return one_in(8) ? std::optional(value) : std::nullopt;
    }

  private:
    std::mt19937 engine_;
};

RequestRecord random_record(Dice& dice, std::int64_t n) {
    RequestRecord r;
    r.id = id_of(n);
    r.time.unix_us = dice.below(1000);
    r.outcome = dice.one_in(2) ? Outcome::served : static_cast<Outcome>(dice.below(ports::outcome_count));
    r.why = dice.one_in(2) ? ErrorCode::ok : static_cast<ErrorCode>(dice.below(error_code_count));
    r.requested_model = dice.pick(names);
    r.served_model = dice.pick(names);
    r.account = dice.pick(names);
    r.status = dice.pick(statuses);
    r.override_id = dice.below(3);
    r.streamed = dice.one_in(2);
    r.first_token_us = dice.below(10) - 1;
    r.total_us = dice.below(10);
    return r;
}

HistoryFilter random_filter(Dice& dice, std::int64_t records) {
    constexpr std::array outcomes = {0, 1, 2, 3, 4, 5};
    HistoryFilter f;
    f.outcomes = dice.some<Outcome>(outcomes);
    f.requested = dice.some<std::string>(patterns);
    f.served = dice.some<std::string>(patterns);
    f.accounts = dice.some<std::string>(patterns);
    f.why = dice.some<std::string>(words);
    f.statuses = dice.some<std::int32_t>(wanted_statuses);
    f.fallback = dice.maybe(dice.one_in(2));
    f.streamed = dice.maybe(dice.one_in(2));
    f.overridden = dice.maybe(dice.one_in(2));
    f.override_id = dice.maybe(dice.below(3));
    f.since = dice.maybe(WallTime{dice.below(1000)});
    f.until = dice.maybe(WallTime{dice.below(1000)});
    f.min_total_us = dice.maybe(dice.below(10));
    f.min_first_token_us = dice.maybe(dice.below(10) - 1);
    if (dice.one_in(10)) f.id_prefix = id_of(dice.below(records)).substr(0, static_cast<std::size_t>(dice.below(27)));
    return f;
}

TEST(StoreModel, TheFileAnswersAsTheMemoryDoes) {
    constexpr std::int64_t records = 600;
    constexpr int filters = 600;
    Dice dice(20260101);
    const auto memory = memory_rig();
    const auto file = sqlite_rig();
    for (std::int64_t n = 0; n < records; ++n) {
        const auto record = random_record(dice, n);
        ASSERT_TRUE(memory->journal().offer(record));
        ASSERT_TRUE(file->journal().offer(record));
    }
    file->settle();
    std::size_t found = 0;
    for (int i = 0; i < filters; ++i) {
        const auto filter = random_filter(dice, records);
        const auto wanted = page_through(memory->store(), filter, 1000);
        const int limit = static_cast<int>(dice.below(20)) + 1;
        ASSERT_EQ(page_through(file->store(), filter, limit), wanted) << "filter " << i << ", limit " << limit;
        found += wanted.size();
    }
    EXPECT_GT(found, static_cast<std::size_t>(filters)) << "filters that find nothing prove nothing";
}

}  // namespace
}  // namespace signalbox::test
