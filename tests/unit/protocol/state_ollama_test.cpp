#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/protocol/state/server_state.h"

namespace signalbox::protocol {
namespace {

using Phase = ModelState::Phase;

TEST(OllamaPs, LoadedModelsWithSizeAndTimeToLive) {
    const auto models = parse_ollama_ps(R"({"models":[
        {"name":"llama3.2:latest","model":"llama3.2:latest","size":5137025024,"digest":"2ae6",
         "details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"7.2B",
                    "quantization_level":"Q4_0"},
         "expires_at":"2026-06-04T14:38:31.83753-07:00","size_vram":5137025024,"context_length":4096},
        {"name":"qwen3:8b","size":6000000000}]})");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 2U);
    EXPECT_EQ(models->front().model, "llama3.2:latest");
    EXPECT_EQ(models->front().phase, Phase::loaded);
    EXPECT_EQ(models->front().weights, 5137025024);
    EXPECT_EQ(models->front().warm_until_us, 1'780'609'111'837'530);
    EXPECT_FALSE(models->front().slots);  // it does not say
    EXPECT_FALSE(models->back().warm_until_us);
}

TEST(OllamaTags, InstalledModelsAndThoseOfTheCloud) {
    const auto models = parse_ollama_tags(R"({"models":[
        {"name":"llama3.2:latest","size":2019393189,"modified_at":"2026-05-04T14:56:49.277302595-07:00"},
        {"name":"gpt-oss:120b-cloud","size":384,"remote_model":"gpt-oss:120b","remote_host":"https://ollama.com:443"},
        {"name":"gemma:2b","size":1,"remote_host":""}]})");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 3U);
    EXPECT_EQ((*models)[0].phase, Phase::cold);
    EXPECT_FALSE((*models)[0].remote);
    EXPECT_TRUE((*models)[1].remote);
    EXPECT_FALSE((*models)[2].remote);
}

TEST(OllamaPs, NothingLoaded) {
    EXPECT_TRUE(parse_ollama_ps(R"({"models":[]})")->empty());
    EXPECT_TRUE(parse_ollama_ps(R"({"models":null})")->empty());
    EXPECT_TRUE(parse_ollama_ps("{}")->empty());
}

TEST(OllamaPs, FieldsThatMakeNoSenseAreNotSaid) {
    const auto models = parse_ollama_ps(
        R"({"models":[{"name":"m","size":-4,"expires_at":"soon"},{"name":"n","size":"big","expires_at":7},
            {"size":3},{"name":""},{"name":5},"text",null,7,[]]})");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 2U);
    EXPECT_FALSE((*models)[0].weights);
    EXPECT_FALSE((*models)[0].warm_until_us);
    EXPECT_FALSE((*models)[1].weights);
}

TEST(OllamaPs, GarbageIsAnError) {
    const std::string long_text = R"({"models":[]})" + std::string(limits::slot_state_max, ' ');
    for (const std::string_view text :
         {std::string_view(""), std::string_view("404 page not found"), std::string_view("[]"),
          std::string_view(R"({"models":[{"name":"m")"), std::string_view(R"({"models":[]}x)"),
          std::string_view("{\"models\":[{\"name\":\"\xff\"}]}"), std::string_view(long_text)}) {
        const auto models = parse_ollama_ps(text);
        ASSERT_FALSE(models) << text.substr(0, 40);
        EXPECT_EQ(models.error().code, ErrorCode::upstream_malformed);
    }
}

TEST(OllamaPs, KeepsOnlySoManyModelsAndNoEndlessNames) {
    std::string text = R"({"models":[{"name":")" + std::string(limits::name_length_max + 1, 'x') + "\"}";
    for (std::size_t i = 0; i < 2 * limits::heartbeat_models_max; ++i) text += R"(,{"name":"m"})";
    const auto models = parse_ollama_ps(text + "]}");
    ASSERT_TRUE(models);
    EXPECT_EQ(models->size(), limits::heartbeat_models_max);
    EXPECT_EQ(models->front().model, "m");
}

TEST(OllamaShow, ShapeOfTheKvCache) {
    const auto shape = parse_ollama_show(R"({"modelfile":"…","model_info":{
        "general.architecture":"llama","llama.attention.head_count":32,"llama.attention.head_count_kv":8,
        "llama.attention.key_length":128,"llama.block_count":32,"llama.embedding_length":4096,
        "tokenizer.ggml.tokens":null}})");
    ASSERT_TRUE(shape);
    EXPECT_EQ(shape->layers, 32);
    EXPECT_EQ(shape->kv_heads, 8);
    EXPECT_EQ(shape->head_dim, 128);
}

TEST(OllamaShow, WhatIsNotSaidFollowsFromTheRestOrIsZero) {
    const auto derived = parse_ollama_show(
        R"({"model_info":{"g.attention.head_count":16,"g.block_count":18,"g.embedding_length":2048}})");
    EXPECT_EQ(derived->kv_heads, 16);
    EXPECT_EQ(derived->head_dim, 128);
    const auto nothing = parse_ollama_show(R"({"model_info":{"g.attention.head_count_kv":[8,0,8]}})");
    EXPECT_EQ(nothing->kv_heads, 0);
    EXPECT_EQ(nothing->head_dim, 0);
    EXPECT_FALSE(parse_ollama_show("not found"));
}

TEST(LoadAnswer, OfOllamaAndLmStudio) {
    EXPECT_EQ(parse_load_answer(R"({"model":"m","done":true,"done_reason":"load","load_duration":1500000000})").took,
              1500ms);
    const auto studio =
        parse_load_answer(R"({"type":"llm","instance_id":"qwen3-4b:2","load_time_seconds":9.25,"status":"loaded"})");
    EXPECT_EQ(studio.took, 9250ms);
    EXPECT_EQ(studio.instance, "qwen3-4b:2");
    EXPECT_FALSE(parse_load_answer("{}").took);
    EXPECT_FALSE(parse_load_answer(R"({"load_time_seconds":1e300})").took);
    EXPECT_FALSE(parse_load_answer(R"({"load_duration":-1})").took);
    EXPECT_TRUE(parse_load_answer(R"({"instance_id":"m"} trailing)").instance.empty());
}

TEST(SameModel, OllamaAddsATag) {
    EXPECT_TRUE(same_model("m", "m"));
    EXPECT_TRUE(same_model("m", "m:latest"));
    EXPECT_FALSE(same_model("m:latest", "m"));
    EXPECT_FALSE(same_model("m", "m:8b"));
    EXPECT_FALSE(same_model("", "latest"));
}

TEST(Rfc3339, InstantsWithAnyOffset) {
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_rfc3339("1970-01-01T01:00:00+01:00"), 0);
    EXPECT_EQ(parse_rfc3339("1969-12-31T19:00:00.5-05:00"), 500'000);
    EXPECT_EQ(parse_rfc3339("2000-02-29T00:00:00.123456789z"), 951'782'400'123'456);
    EXPECT_LT(parse_rfc3339("0001-01-01T00:00:00Z"), 0);
    for (const std::string_view text :
         {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
          "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+1", "-026-01-01T00:00:00Z",
          "2026-01-01T-1:00:00Z"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

}  // namespace
}  // namespace signalbox::protocol
