#include <gtest/gtest.h>

#include "tests/unit/core/routing/routing_fixture.h"

namespace signalbox::core {
namespace {

std::vector<std::string> names(const Plan& plan) {
    std::vector<std::string> out;
    for (const PlanStep& step : plan.steps) out.push_back(step.entry->name);
    return out;
}
using Names = std::vector<std::string>;

ActiveOverride redirect(std::int64_t id, std::string from, std::string to, int share = 100) {
    ActiveOverride row;
    row.id = id;
    row.from = std::move(from);
    row.to = std::move(to);
    row.share_percent = share;
    row.expires = Instant{2h};
    row.diverted = std::make_shared<std::atomic<std::int64_t>>(0);
    return row;
}

TEST(Plan, the_models_own_chain_comes_after_the_model) {
    RoutingFixture f;
    const auto plan = f.plan_for("main");
    ASSERT_TRUE(plan);
    EXPECT_EQ(names(*plan), (Names{"main", "spare"}));
    EXPECT_EQ(plan->source, PlanSource::model_chain);
}

TEST(Plan, an_alias_is_the_model_it_stands_for) {
    RoutingFixture f;
    EXPECT_EQ(f.plan_for("fast")->resolved_model, "main");
}

TEST(Plan, precedence_is_override_then_body_then_model_then_default) {
    Config config = small_config();
    config.defaults.fallbacks = {"main"};
    RoutingFixture f(config);
    EXPECT_EQ(names(*f.plan_for("spare")), (Names{"spare", "main"}));
    EXPECT_EQ(f.plan_for("spare")->source, PlanSource::default_chain);

    const std::vector<std::string> body = {"b/m"};
    PlanRequest request;
    request.fallbacks = body;
    EXPECT_EQ(names(*f.plan_for("main", request)), (Names{"main", "b/m"}));

    f.overrides.rows.push_back(redirect(7, "main", "spare"));
    const auto moved = f.plan_for("main", request);
    EXPECT_EQ(names(*moved), (Names{"spare", "b/m"}));
    EXPECT_EQ(moved->override_id, 7);
}

TEST(Plan, a_redirect_also_moves_the_chain_and_never_brings_a_model_twice) {
    RoutingFixture f;
    f.overrides.rows.push_back(redirect(1, "spare", "main"));
    EXPECT_EQ(names(*f.plan_for("main")), Names{"main"});
}

TEST(Plan, a_redirect_ends_by_itself_and_respects_its_share) {
    RoutingFixture f;
    f.overrides.rows.push_back(redirect(1, "main", "spare", 50));
    PlanRequest low, high;
    low.draw = 49;
    high.draw = 50;
    EXPECT_EQ(f.plan_for("main", low)->override_id, 1);
    EXPECT_EQ(f.plan_for("main", high)->override_id, 0);
    f.now = Instant{2h};
    EXPECT_EQ(f.plan_for("main", low)->override_id, 0);
}

TEST(Plan, a_prompt_that_is_too_long_goes_to_the_models_for_long_prompts_first) {
    Config config = small_config();
    config.models[0].deployments[0].context = 1000;
    config.models[0].deployments[1].context = 2000;
    config.models[0].context_fallbacks = {"c/long"};
    RoutingFixture f(config);
    PlanRequest request;
    request.input_tokens = 1500;
    EXPECT_EQ(names(*f.plan_for("main", request)), (Names{"main", "spare"}));  // fits one of the two
    request.input_tokens = 2500;
    EXPECT_EQ(names(*f.plan_for("main", request)), (Names{"main", "c/*", "spare"}));
    EXPECT_EQ(f.plan_for("main", request)->source, PlanSource::context);
}

TEST(Plan, no_fallback_leaves_only_the_model) {
    RoutingFixture f;
    PlanRequest request;
    request.no_fallback = true;
    EXPECT_EQ(names(*f.plan_for("main", request)), Names{"main"});
}

TEST(Plan, provider_slash_model_works_without_an_entry) {
    RoutingFixture f;
    const auto plan = f.plan_for("b/something-new");
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->steps.front().entry->name, "b/*");
    EXPECT_EQ(plan->steps.front().upstream, "something-new");
    EXPECT_EQ(f.plan_for("b/m")->steps.front().entry->name, "b/m");  // shares the lane of the entry that has it
}

TEST(Plan, unknown_names_are_refused_with_the_nearest) {
    RoutingFixture f;
    const auto plan = f.plan_for("mian");
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, ErrorCode::model_not_found);
    EXPECT_NE(plan.error().detail.find("main"), std::string::npos);
    EXPECT_EQ(f.plan_for("nowhere/x").error().code, ErrorCode::model_not_found);
    EXPECT_EQ(f.plan_for("").error().code, ErrorCode::model_not_found);

    const std::vector<std::string> body = {"nope"};
    PlanRequest request;
    request.fallbacks = body;
    EXPECT_EQ(f.plan_for("main", request).error().code, ErrorCode::invalid_parameter);
}

TEST(Plan, a_redirect_does_not_make_a_misspelt_name_valid) {
    RoutingFixture f;
    f.overrides.rows.push_back(redirect(1, "mian", "main"));
    EXPECT_EQ(f.plan_for("mian").error().code, ErrorCode::model_not_found);
}

TEST(Plan, the_endpoint_must_fit_the_shape) {
    RoutingFixture f;
    EXPECT_EQ(f.plan_for("vectors").error().code, ErrorCode::invalid_parameter);
    PlanRequest request;
    request.shape = Shape::embedding;
    EXPECT_TRUE(f.plan_for("vectors", request));
}

}  // namespace
}  // namespace signalbox::core
