#include "engine/adapters/sqlite/blob_codec.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/contract/store/records.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

using adapters::CodeTable;
using adapters::decode_attempts;
using adapters::decode_candidates;

class BlobCodec : public ::testing::Test {
  protected:
    BlobCodec() {
        adapters::encode_attempts(full_record(1).attempts, codes, attempts);
        adapters::encode_candidates(full_record(1).candidates, candidates);
    }

    static CodeTable load() {
        const TempFolder folder;
        open_store(folder.file("h.db"));
        auto database = open_file(folder.file("h.db"));
        return must(CodeTable::load(database));
    }

    CodeTable codes = load();
    std::string attempts;
    std::string candidates;
};

TEST_F(BlobCodec, GivesBackWhatWasEncoded) {
    auto record = full_record(1);
    record.attempts = decode_attempts(attempts, codes);
    record.candidates = decode_candidates(candidates);
    expect_same(record, full_record(1));
}

TEST_F(BlobCodec, AnEmptyListIsAnEmptyValue) {
    adapters::encode_attempts({}, codes, attempts);
    adapters::encode_candidates({}, candidates);
    EXPECT_EQ(attempts + candidates, "");
    EXPECT_TRUE(decode_attempts("", codes).empty());
    EXPECT_TRUE(decode_candidates("").empty());
}

TEST_F(BlobCodec, ALayoutOfTheFutureIsNotGuessedAt) {
    attempts.front() = 2;
    candidates.front() = 2;
    EXPECT_TRUE(decode_attempts(attempts, codes).empty());
    EXPECT_TRUE(decode_candidates(candidates).empty());
}

TEST_F(BlobCodec, CutAnywhereItGivesTheWholeEntriesBeforeTheCut) {
    for (std::size_t size = 0; size < attempts.size(); ++size) {
        const auto some = decode_attempts(std::string_view(attempts).substr(0, size), codes);
        ASSERT_LT(some.size(), 2u) << size;
        if (!some.empty()) EXPECT_EQ(some.front().deployment, "openai/gpt-5");
    }
    for (std::size_t size = 0; size < candidates.size(); ++size) {
        ASSERT_LT(decode_candidates(std::string_view(candidates).substr(0, size)).size(), 2u) << size;
    }
}

TEST_F(BlobCodec, SurvivesGarbage) {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        auto damaged = attempts;
        for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
        ASSERT_LE(decode_attempts(damaged, codes).size(), damaged.size());
        ASSERT_LE(decode_candidates(damaged).size(), damaged.size());
    }
}

}  // namespace
}  // namespace signalbox::test
