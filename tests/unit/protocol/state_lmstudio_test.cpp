#include <gtest/gtest.h>

#include "engine/protocol/state/server_state.h"

namespace signalbox::protocol {
namespace {

using Phase = ModelState::Phase;

TEST(LmStudioModels, LoadedWithPlacesAndNotLoaded) {
    const auto models = parse_lmstudio_models(R"({"models":[
        {"type":"llm","publisher":"qwen","key":"qwen/qwen3-4b","display_name":"Qwen3 4B","size_bytes":2280000000,
         "loaded_instances":[{"id":"qwen/qwen3-4b","config":{"context_length":4096,"parallel":4}},
                             {"id":"qwen/qwen3-4b:2","config":{"parallel":2}}],
         "max_context_length":262144,"capabilities":{"vision":false}},
        {"type":"embedding","key":"nomic","size_bytes":84000000,"loaded_instances":[]}]})");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 2U);
    EXPECT_EQ((*models)[0].model, "qwen/qwen3-4b");
    EXPECT_EQ((*models)[0].phase, Phase::loaded);
    EXPECT_EQ((*models)[0].slots, 6);
    EXPECT_EQ((*models)[0].weights, 2'280'000'000);
    EXPECT_EQ((*models)[1].phase, Phase::cold);
    EXPECT_FALSE((*models)[1].slots);
}

TEST(LmStudioModels, OddShapesAreNotSaid) {
    const auto models = parse_lmstudio_models(
        R"({"models":[{"key":"a","loaded_instances":"yes"},{"key":"b","loaded_instances":[null]},
            {"key":"c","loaded_instances":[{"config":{"parallel":-1}}]},{"loaded_instances":[{}]}]})");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 3U);
    EXPECT_EQ((*models)[0].phase, Phase::cold);
    EXPECT_EQ((*models)[1].phase, Phase::loaded);
    EXPECT_FALSE((*models)[2].slots);
}

TEST(LmStudioModels, GarbageIsAnError) {
    for (const std::string_view text : {"", "[]", R"({"models":[{"key":"a")", R"({"error":"x"}})"})
        EXPECT_FALSE(parse_lmstudio_models(text)) << text;
}

}  // namespace
}  // namespace signalbox::protocol
