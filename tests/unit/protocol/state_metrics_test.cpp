#include <gtest/gtest.h>

#include <string>

#include "engine/base/limits.h"
#include "engine/protocol/state/server_state.h"

namespace signalbox::protocol {
namespace {

using Phase = ModelState::Phase;

TEST(VllmMetrics, AddsUpTheEnginesOfAModel) {
    const auto models =
        parse_vllm_metrics(R"(# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="meta-llama/Llama-3.1-8B"} 3.0
vllm:num_requests_running{engine="1",model_name="meta-llama/Llama-3.1-8B"} 2.0
vllm:num_requests_waiting{engine="0",model_name="meta-llama/Llama-3.1-8B"} 1.0
vllm:kv_cache_usage_perc{engine="0",model_name="meta-llama/Llama-3.1-8B"} 0.5
vllm:kv_cache_usage_perc{engine="1",model_name="meta-llama/Llama-3.1-8B"} 0.25 1780000000000
vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="1000",sliding_window="None"} 1.0
vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="1",num_gpu_blocks="1000",sliding_window="None"} 1.0
vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="meta-llama/Llama-3.1-8B"} 22
)");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 1U);
    const ModelState& state = models->front();
    EXPECT_EQ(state.model, "meta-llama/Llama-3.1-8B");
    EXPECT_EQ(state.phase, Phase::loaded);
    EXPECT_EQ(state.busy, 5);
    EXPECT_EQ(state.queued, 1);
    EXPECT_EQ(state.kv_tokens, 32'000);
    EXPECT_EQ(state.kv_tokens_used, 12'000);
}

TEST(VllmMetrics, OlderNamesAndSleep) {
    const auto models = parse_vllm_metrics(
        "vllm:gpu_cache_usage_perc{model_name=\"m\"} 0.1\n"
        "vllm:engine_sleep_state{model_name=\"m\",sleep_state=\"awake\"} 0.0\n"
        "vllm:engine_sleep_state{model_name=\"m\",sleep_state=\"weights_offloaded\"} 1.0\n");
    ASSERT_EQ(models->size(), 1U);
    EXPECT_EQ(models->front().phase, Phase::cold);
    EXPECT_FALSE(models->front().kv_tokens);
    EXPECT_FALSE(models->front().busy);
}

TEST(VllmMetrics, CapacityWithoutANameIsNobodysWhenThereAreTwo) {
    const auto models = parse_vllm_metrics(
        "vllm:num_requests_running{model_name=\"a\"} 1\nvllm:num_requests_running{model_name=\"b\"} 1\n"
        "vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"10\"} 1\n");
    ASSERT_EQ(models->size(), 2U);
    EXPECT_FALSE((*models)[0].kv_tokens);
    EXPECT_FALSE((*models)[1].kv_tokens);
}

TEST(SglangMetrics, OneRankSpeaksForAll) {
    const auto models = parse_sglang_metrics(
        "sglang:num_running_reqs{model_name=\"m\",tp_rank=\"0\",pp_rank=\"0\"} 7\n"
        "sglang:num_running_reqs{model_name=\"m\",tp_rank=\"1\",pp_rank=\"0\"} 7\n"
        "sglang:num_queue_reqs{model_name=\"m\"} 2\n"
        "sglang:token_usage{model_name=\"m\"} 0.28\n"
        "sglang:max_total_num_tokens{model_name=\"m\"} 1000\n");
    ASSERT_EQ(models->size(), 1U);
    EXPECT_EQ(models->front().busy, 7);
    EXPECT_EQ(models->front().queued, 2);
    EXPECT_EQ(models->front().kv_tokens, 1000);
    EXPECT_EQ(models->front().kv_tokens_used, 280);
}

TEST(Metrics, NoSeriesOfOursNoModels) {
    EXPECT_TRUE(parse_vllm_metrics("process_cpu_seconds_total 12.3\n")->empty());
    EXPECT_TRUE(parse_vllm_metrics("sglang:num_running_reqs{model_name=\"m\"} 1\n")->empty());
}

TEST(Metrics, HostileLinesAreLeftOut) {
    const auto models = parse_vllm_metrics(
        "vllm:num_requests_running{model_name=\"m\",x=\"}\\\"\"} 4\n"
        "vllm:num_requests_running{model_name=\"m\"\n"
        "vllm:num_requests_running{model_name=\"m} 4\n"
        "vllm:num_requests_running{model_name=\"m\"} NaN\n"
        "vllm:num_requests_running{model_name=\"m\"} +Inf\n"
        "vllm:num_requests_running{model_name=\"m\"} -3\n"
        "vllm:num_requests_running{model_name=\"\"} 3\n"
        "vllm:num_requests_running 3\n"
        "vllm:num_requests_waiting{model_name=\"m\"} 1e300\n"
        "vllm:cache_config_info{block_size=\"-16\",num_gpu_blocks=\"None\"} 1\n"
        "{} 1\n{\n \n\\\n");
    ASSERT_TRUE(models);
    ASSERT_EQ(models->size(), 1U);
    EXPECT_EQ(models->front().busy, 4);
    EXPECT_GT(models->front().queued, 0);
    EXPECT_FALSE(models->front().kv_tokens);
}

TEST(Metrics, WhatHoldsNoMetricsIsAnError) {
    for (const std::string& text :
         {std::string(), std::string("<html>502</html>"), std::string(R"({"detail":"Not Found"})"),
          std::string("# only a comment\n"), "x 1\n" + std::string(limits::slot_state_max, ' ')}) {
        const auto models = parse_vllm_metrics(text);
        ASSERT_FALSE(models) << text.substr(0, 40);
        EXPECT_EQ(models.error().code, ErrorCode::upstream_malformed);
    }
}

}  // namespace
}  // namespace signalbox::protocol
