#include <gtest/gtest.h>

#include "engine/protocol/state/server_state.h"

namespace signalbox::protocol {
namespace {

using Phase = ModelState::Phase;

TEST(LlamacppSlots, CountsPlacesAndThoseInUse) {
    const auto state = parse_llamacpp_slots(R"([
        {"id":0,"id_task":135,"n_ctx":65536,"speculative":false,"is_processing":true,
         "params":{"n_predict":-1,"stop":["a","b"]},"next_token":{"has_next_token":true,"n_remain":-1,"n_decoded":0}},
        {"id":1,"id_task":0,"n_ctx":65536,"is_processing":false,"next_token":[{"n_decoded":3}]}])");
    ASSERT_TRUE(state);
    EXPECT_EQ(state->phase, Phase::loaded);
    EXPECT_EQ(state->slots, 2);
    EXPECT_EQ(state->busy, 1);
    EXPECT_EQ(state->kv_tokens, 131'072);
}

TEST(LlamacppSlots, SaysNothingOfWhatIsNotThere) {
    const auto empty = parse_llamacpp_slots("[]");
    ASSERT_TRUE(empty);
    EXPECT_FALSE(empty->slots);
    const auto odd =
        parse_llamacpp_slots(R"([{"n_ctx":9223372036854775807},{"n_ctx":9223372036854775807},7,"x",null])");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->slots, 5);
    EXPECT_FALSE(odd->busy);
}

TEST(LlamacppSlots, GarbageIsAnError) {
    for (const std::string_view text :
         {"", "{}", R"({"error":{"code":501,"message":"This server does not support slots"}})", "[{\"n_ctx\":1}",
          "[] []", "nul"}) {
        EXPECT_FALSE(parse_llamacpp_slots(text)) << text;
    }
}

TEST(LlamacppProps, PlacesContextAndSleep) {
    const auto props = parse_llamacpp_props(R"({
        "default_generation_settings":{"id":0,"n_ctx":8192,"params":{"seed":1}},
        "total_slots":4,"model_path":"m.gguf","chat_template":"{% if \"x\" %}","build_info":"b1",
        "is_sleeping":false})");
    ASSERT_TRUE(props);
    EXPECT_EQ(props->state.phase, Phase::loaded);
    EXPECT_EQ(props->state.slots, 4);
    EXPECT_EQ(props->state.kv_tokens, 32'768);
    EXPECT_TRUE(props->may_sleep);
    EXPECT_EQ(parse_llamacpp_props(R"({"is_sleeping":true})")->state.phase, Phase::cold);
    const auto older = parse_llamacpp_props(R"({"total_slots":-1})");
    EXPECT_FALSE(older->state.slots);
    EXPECT_FALSE(older->may_sleep);
    const auto huge = parse_llamacpp_props(
        R"({"total_slots":9223372036854775807,"default_generation_settings":{"n_ctx":9223372036854775807}})");
    EXPECT_FALSE(huge->state.kv_tokens);
    EXPECT_FALSE(parse_llamacpp_props("[]"));
}

TEST(LlamacppModels, RouterTellsThePhaseOfEach) {
    const auto models = parse_llamacpp_models(R"({"object":"list","data":[
        {"id":"a","in_cache":true,"path":"a.gguf","status":{"value":"loaded","args":["llama-server","-ctx","4096"]}},
        {"id":"b","status":{"value":"loading"}},
        {"id":"c","status":{"value":"unloaded"}},
        {"id":"d","status":{"value":"unloaded","failed":true,"exit_code":1}},
        {"id":"e","status":{"value":"sleeping"}},
        {"id":"f","status":{"value":"downloading"}},
        {"id":"g","status":{"value":"dancing"}}]})");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 7U);
    const Phase expected[] = {Phase::loaded, Phase::loading, Phase::cold,   Phase::failed,
                              Phase::cold,   Phase::loading, Phase::unknown};
    for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ((*models)[i].phase, expected[i]) << i;
}

TEST(LlamacppModels, ASingleModelIsNoRouter) {
    const auto models = parse_llamacpp_models(
        R"({"models":[{"name":"m"}],"object":"list","data":[{"id":"m.gguf","object":"model","meta":{"n_params":8}}]})");
    ASSERT_TRUE(models);
    EXPECT_TRUE(models->empty());
    EXPECT_FALSE(parse_llamacpp_models("File Not Found"));
}

}  // namespace
}  // namespace signalbox::protocol
