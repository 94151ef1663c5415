#include "engine/core/drill/fault.h"

#include <gtest/gtest.h>

#include <set>

namespace signalbox::core {
namespace {

TEST(Fault, EveryWordNamesItsFault) {
    for (int i = 0; i <= static_cast<int>(Fault::status); ++i) {
        const auto fault = static_cast<Fault>(i);
        EXPECT_EQ(fault_from(to_string(fault)), fault);
        EXPECT_EQ(info_of(fault).fault, fault);
    }
    EXPECT_FALSE(fault_from("meteor"));
    EXPECT_FALSE(fault_from(""));
}

TEST(Fault, TheCatalogueHoldsWhatCanBeAskedForOnce) {
    std::set<std::string_view> words;
    for (const FaultInfo& info : fault_catalogue()) {
        EXPECT_TRUE(words.insert(info.word).second) << info.word;
        EXPECT_FALSE(info.what.empty()) << info.word;
    }
    EXPECT_EQ(words.size(), static_cast<std::size_t>(Fault::status) - 1);
    EXPECT_FALSE(words.contains("none"));
    EXPECT_FALSE(words.contains("status"));
}

TEST(Fault, AnHttpErrorIsNeverInTheProvidersOwnAnswer) {
    for (const FaultInfo& info : fault_catalogue()) {
        if (info.in_answer) EXPECT_EQ(answer_of(info.fault).status, 0) << info.word;
    }
}

TEST(Fault, FlappingTakesTurns) {
    EXPECT_FALSE(rests_between_flaps(Instant(29s)));
    EXPECT_TRUE(rests_between_flaps(Instant(30s)));
    EXPECT_TRUE(rests_between_flaps(Instant(59s)));
    EXPECT_FALSE(rests_between_flaps(Instant(60s)));
}

}  // namespace
}  // namespace signalbox::core
