#include "engine/core/cache/answer_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/base/prng.h"

namespace signalbox::core {
namespace {

constexpr std::int64_t room = 1 << 20;  // bytes

Digest key(int n) {
    return sha256(std::to_string(n));
}

CachedAnswerPtr answer(std::size_t bytes, Instant expires = never) {
    auto made = std::make_shared<CachedAnswer>();
    made->body.assign(bytes, 'x');
    made->expires = expires;
    return made;
}

struct Cache : AnswerCache {
    using AnswerCache::find, AnswerCache::store, AnswerCache::sweep;
    CachedAnswerPtr find(int n, Instant now = {}, Nanos max_age = Nanos::max()) {
        return find(key(n), max_age, now, freed);
    }
    void store(int n, CachedAnswerPtr one, std::int64_t max = room, Instant now = {}) {
        store(key(n), std::move(one), max, now, freed);
    }
    Freed freed;
};

TEST(AnswerCache, ReturnsTheVeryAnswerForTheSameKeyOnly) {
    Cache cache;
    EXPECT_EQ(cache.find(1), nullptr);
    const CachedAnswerPtr kept = answer(100);
    cache.store(1, kept);
    EXPECT_EQ(cache.find(1), kept);
    EXPECT_EQ(cache.find(2), nullptr);
    const CacheFigures figures = cache.figures();
    EXPECT_EQ(figures.hits, 1);
    EXPECT_EQ(figures.misses, 2);
    EXPECT_EQ(figures.stores, 1);
    EXPECT_EQ(figures.entries, 1);
    EXPECT_EQ(figures.bytes, kept->bytes());
    EXPECT_GE(figures.bytes, 100);
}

TEST(AnswerCache, AnExpiredAnswerIsNoneAndMakesRoom) {
    Cache cache;
    cache.store(1, answer(100, Instant{10s}));
    EXPECT_NE(cache.find(1, Instant{10s} - 1ns), nullptr);
    EXPECT_EQ(cache.find(1, Instant{10s}), nullptr);
    EXPECT_EQ(cache.figures().expired, 1);
    EXPECT_EQ(cache.figures().bytes, 0);
    EXPECT_EQ(cache.freed.size(), 1U);
}

TEST(AnswerCache, AnAnswerTooOldForOneAskerIsGoodForTheNext) {
    Cache cache;
    cache.store(1, answer(100));
    EXPECT_EQ(cache.find(1, Instant{10s}, 9s), nullptr);
    EXPECT_NE(cache.find(1, Instant{10s}, 10s), nullptr);
    EXPECT_EQ(cache.figures().misses, 1);
}

TEST(AnswerCache, ANewAnswerTakesThePlaceOfTheOldOne) {
    Cache cache;
    cache.store(1, answer(1000));
    const CachedAnswerPtr second = answer(100);
    cache.store(1, second);
    EXPECT_EQ(cache.find(1), second);
    EXPECT_EQ(cache.figures().entries, 1);
    EXPECT_EQ(cache.figures().bytes, second->bytes());
    EXPECT_EQ(cache.figures().evicted, 0);
}

TEST(AnswerCache, WhatNobodyAskedForLongestGoesFirst) {
    Cache cache;
    const std::int64_t three = 3 * answer(10'000)->bytes();
    for (int n = 1; n <= 3; ++n) cache.store(n, answer(10'000), 8 * three);
    EXPECT_NE(cache.find(1), nullptr);
    cache.store(4, answer(1'000), three + answer(1'000)->bytes() - 1);
    EXPECT_NE(cache.find(1), nullptr);
    EXPECT_EQ(cache.find(2), nullptr);
    EXPECT_NE(cache.find(3), nullptr);
    EXPECT_NE(cache.find(4), nullptr);
    EXPECT_EQ(cache.figures().evicted, 1);
}

TEST(AnswerCache, AnAnswerThatFillsMoreThanAnEighthIsNotKeptAndCounted) {
    Cache cache;
    cache.store(1, answer(100));
    cache.store(2, answer(room / 8));
    EXPECT_EQ(cache.find(2), nullptr);
    EXPECT_NE(cache.find(1), nullptr);
    EXPECT_EQ(cache.figures().too_large, 1);
}

TEST(AnswerCache, ASweepEndsWhenItHasDroppedItsShare) {
    Cache cache;
    for (int n = 0; n < 10; ++n) cache.store(n, answer(10, Instant{1s}));
    cache.sweep(room, Instant{0s}, 100, cache.freed);
    EXPECT_EQ(cache.figures().entries, 10);
    cache.sweep(room, Instant{1s}, 4, cache.freed);
    EXPECT_EQ(cache.figures().entries, 6);
    EXPECT_EQ(cache.figures().expired, 4);
    cache.sweep(0, Instant{0s}, 100, cache.freed);
    EXPECT_EQ(cache.figures().entries, 0);
    EXPECT_EQ(cache.figures().bytes, 0);
    EXPECT_EQ(cache.figures().evicted, 6);
    EXPECT_EQ(cache.freed.size(), 10U);
}

// Against a model: what is found is what was stored last under that key, and the sums are right.
TEST(AnswerCache, AgreesWithAMapAndNeverExceedsItsRoom) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Prng random(seed);
        Cache cache;
        std::map<int, CachedAnswerPtr> model;
        Instant now{};
        for (int step = 0; step < 3000; ++step) {
            now += std::chrono::milliseconds(random.next() % 50);
            const int n = static_cast<int>(random.next() % 40);
            if (random.next() % 2 == 0) {
                const CachedAnswerPtr got = cache.find(n, now);
                if (got == nullptr) continue;
                ASSERT_EQ(got, model[n]);
                ASSERT_LT(now, got->expires);
            } else {
                model[n] = answer(random.next() % 3000, now + std::chrono::milliseconds(random.next() % 5000));
                cache.store(n, model[n], 32'768, now);
                if (model[n]->bytes() > 32'768 / 8) model.erase(n);
            }
            const CacheFigures figures = cache.figures();
            ASSERT_LE(figures.bytes, 32'768);
            ASSERT_GE(figures.bytes, figures.entries * 512);
            cache.freed.clear();
        }
        const CacheFigures figures = cache.figures();
        ASSERT_LE(figures.entries + figures.evicted + figures.expired, figures.stores);
    }
}

}  // namespace
}  // namespace signalbox::core
