#include "engine/control/service.h"

#include <gtest/gtest.h>

#include "tests/unit/control/service_fixture.h"

namespace signalbox::control {
namespace {

TEST_F(ServiceTest, InfoTellsWhoAsks) {
    const auto info = call(v1::InfoRequest{});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->version(), "1.2.3");
    EXPECT_EQ(info->name(), "box");
    EXPECT_EQ(info->role(), "admin");
    EXPECT_EQ(info->actor(), "local");
}

TEST_F(ServiceTest, EveryMethodOfTheTableAnswers) {
    for (const auto& method : api::methods()) {
        if (method.streams) continue;
        bool answered = false;
        service_->call_any(method, *method.new_request(), [&](const auto& answer) {
            answered = true;
            if (!answer) {
                EXPECT_NE(answer.error().code, ErrorCode::unknown_path) << method.name;
                return;
            }
            EXPECT_EQ((*answer)->GetTypeName(), method.new_response()->GetTypeName());
        });
        loop_.run_for(1ms);
        EXPECT_TRUE(answered) << method.name;
    }
}

TEST_F(ServiceTest, SnapshotShowsModelsRatesAndHealth) {
    finish("fast");
    finish("a", ports::Outcome::served_fallback);
    finish("b", ports::Outcome::failed);
    const auto now = snapshot();
    EXPECT_EQ(now.state(), v1::GATEWAY_STATE_HEALTHY);
    EXPECT_EQ(now.totals().requests_total(), 3);
    EXPECT_EQ(now.totals().window_samples(), 3);
    EXPECT_NEAR(now.totals().served_percent(), 66.7, 0.1);
    ASSERT_EQ(now.models_size(), 3);
    EXPECT_EQ(now.models(0).name(), "a");
    EXPECT_EQ(now.models(0).fallback_percent(), 50) << "the alias counts for its model";
    EXPECT_NEAR(static_cast<double>(now.models(0).first_token_p95_us()), 4000, 280);
    EXPECT_FALSE(now.models(2).has_served_percent()) << "unknown is absent";
    EXPECT_EQ(now.models(0).fallbacks(0), "b");
    EXPECT_EQ(now.models(0).aliases(0), "fast");
    EXPECT_EQ(now.models(0).deployments(0).name(), "sim/up-a");
    EXPECT_EQ(now.breakers_size(), 6) << "two keys at three deployments";
    EXPECT_EQ(now.breakers(0).target(), "sim/up-a#k1");
    EXPECT_EQ(now.breakers(0).model(), "a");
    EXPECT_EQ(now.breakers(0).health(), "new");
    EXPECT_EQ(now.problems_size(), 0);
}

TEST_F(ServiceTest, SnapshotsAreBuiltAtMostFourTimesASecond) {
    const auto first = call(v1::SnapshotRequest{})->sequence();
    EXPECT_EQ(call(v1::SnapshotRequest{})->sequence(), first);
    EXPECT_EQ(snapshot().sequence(), first + 1);
    ASSERT_TRUE(redirect("a", "b"));
    EXPECT_EQ(call(v1::SnapshotRequest{})->overrides_size(), 1) << "an operator's act shows at once";
}

TEST_F(ServiceTest, AnOpenBreakerIsAProblemWithEvidence) {
    break_model("a");
    const auto now = snapshot();
    EXPECT_EQ(now.state(), v1::GATEWAY_STATE_DEGRADED);
    EXPECT_EQ(now.totals().open_breakers(), 2);
    const auto& breaker = now.breakers(0);
    EXPECT_EQ(breaker.state(), v1::BREAKER_STATE_OPEN);
    EXPECT_EQ(breaker.cause(), "upstream_not_found");
    EXPECT_GT(breaker.evidence_size(), 0);
    EXPECT_EQ(breaker.evidence(0).status(), 404);
    EXPECT_GT(breaker.next_probe_unix_us(), now.now_unix_us() - 1'000'000);
    EXPECT_EQ(now.models(0).deployments(0).breaker(), v1::BREAKER_STATE_OPEN);
    ASSERT_GE(now.problems_size(), 1);
    EXPECT_EQ(now.problems(0).kind(), "breaker_open");
    EXPECT_EQ(now.problems(0).model(), "a");
    loop_.run_for(2s);
    EXPECT_EQ(event_kinds().front(), "breaker_opened");
}

TEST_F(ServiceTest, AModelWithNothingLeftIsDownUntilItIsRedirected) {
    break_model("vector");
    auto now = snapshot();
    EXPECT_EQ(now.state(), v1::GATEWAY_STATE_DOWN);
    EXPECT_EQ(now.problems(0).kind(), "no_target");
    EXPECT_EQ(now.problems(0).severity(), "critical");
    EXPECT_EQ(now.problems(0).model(), "vector");
    EXPECT_EQ(now.state_reason(), now.problems(0).text());
    break_model("b");
    ASSERT_TRUE(redirect("b", "a"));
    for (const auto& problem : snapshot().problems()) {
        EXPECT_FALSE(problem.kind() == "no_target" && problem.model() == "b");
    }
}

TEST_F(ServiceTest, DrainingAndSheddingShow) {
    finish("a", ports::Outcome::shed);
    EXPECT_EQ(snapshot().state(), v1::GATEWAY_STATE_DEGRADED);
    gauges_.draining = true;
    EXPECT_EQ(snapshot().state(), v1::GATEWAY_STATE_DRAINING);
}

TEST_F(ServiceTest, ARedirectReachesTheDataPlaneAndEndsByItself) {
    const auto made = redirect("a", "b");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->override().source(), "console");
    EXPECT_EQ(router_.rules().overrides->rows.size(), 1U);
    EXPECT_EQ(snapshot().models(0).redirected_to(), "b");
    loop_.run_for(61s);
    EXPECT_TRUE(router_.rules().overrides->rows.empty());
    EXPECT_EQ(event_kinds().back(), "override_ended");
}

TEST_F(ServiceTest, ARestartRestoresOverrides) {
    ASSERT_TRUE(redirect("a", "b"));
    router_.set_overrides(std::make_shared<core::OverrideTable>());
    restart();
    EXPECT_EQ(router_.rules().overrides->rows.size(), 1U);
}

TEST_F(ServiceTest, PreviewRanksTheLivingFirstAndNamesTheConflict) {
    auto bigger = small_config();
    core::ModelConfig extra = bigger.models[1];
    extra.name = "c";
    extra.deployments[0].model = "up-c";
    bigger.models.push_back(extra);
    router_.apply(std::make_shared<core::Config>(bigger));
    break_model("b");
    finish("fast");
    v1::PreviewOverrideRequest request;
    request.set_from("fast");
    auto preview = call(request);
    ASSERT_TRUE(preview);
    ASSERT_EQ(preview->targets_size(), 2) << "same shape, others only";
    EXPECT_EQ(preview->targets(0).model(), "c");
    EXPECT_EQ(preview->targets(1).model(), "b");
    EXPECT_EQ(preview->targets(1).breaker(), v1::BREAKER_STATE_OPEN);
    EXPECT_FALSE(preview->targets(1).warning().empty());
    EXPECT_GT(preview->requests_per_minute(), 0);
    EXPECT_EQ(preview->conflict_id(), 0);
    const auto made = redirect("c", "a");
    preview = call(request);
    EXPECT_EQ(preview->targets_size(), 1) << "c would lead back";
    request.set_from("c");
    EXPECT_EQ(call(request)->conflict_id(), made->override().id());
    request.set_from("nope");
    EXPECT_EQ(call(request).error().code, ErrorCode::model_not_found);
}

TEST_F(ServiceTest, ExplainIsADryRun) {
    v1::ExplainRequest request;
    request.set_model("fast");
    auto told = call(request);
    ASSERT_TRUE(told);
    EXPECT_TRUE(told->chosen().starts_with("sim/up-a#k")) << told->chosen();
    EXPECT_GE(told->candidates_size(), 2) << "both keys of the first choice";
    EXPECT_NE(told->steps(0).find("fast"), std::string::npos);
    EXPECT_EQ(router_.view().lanes[0].in_flight, 0);

    request.set_body_json(R"({"model":"fast","messages":[{"role":"user","content":"0123456789"}],"fallbacks":["b"]})");
    EXPECT_GT(call(request)->estimated_input_tokens(), 0);
    request.set_body_json("{");
    EXPECT_EQ(call(request).error().code, ErrorCode::malformed_json);
    request.clear_body_json();
    request.set_account("web");
    EXPECT_EQ(call(request)->error(), "model_not_allowed");
    request.set_account("nobody");
    EXPECT_EQ(call(request)->error(), "invalid_key");
    request.clear_account();
    request.set_model("nope");
    EXPECT_EQ(call(request)->error(), "model_not_found");
    request.clear_model();
    EXPECT_EQ(call(request).error().code, ErrorCode::invalid_argument);
}

TEST_F(ServiceTest, ExplainShowsTheOverride) {
    const auto id = redirect("a", "b")->override().id();
    v1::ExplainRequest request;
    request.set_model("a");
    const auto told = call(request);
    EXPECT_EQ(told->override_id(), id);
    EXPECT_TRUE(told->chosen().starts_with("sim/up-b#"));
    EXPECT_EQ(router_.rules().overrides->rows[0].diverted->load(), 0) << "nothing was moved";
}

TEST_F(ServiceTest, PagesOfTheHistory) {
    for (int i = 0; i < 5; ++i) finish(i % 2 == 0 ? "a" : "b");
    v1::QueryRequestsRequest query;
    query.set_limit(2);
    query.mutable_filter()->add_requested("a");
    auto page = call(query);
    ASSERT_TRUE(page);
    ASSERT_EQ(page->requests_size(), 2);
    query.set_cursor(page->next_cursor());
    page = call(query);
    EXPECT_EQ(page->requests_size(), 1);
    EXPECT_TRUE(page->next_cursor().empty());
    v1::GetRequestRequest get;
    get.set_id(page->requests(0).id());
    EXPECT_EQ(call(get)->request().requested_model(), "a");
    get.set_id("nope");
    EXPECT_EQ(call(get).error().code, ErrorCode::not_found);
    query.mutable_filter()->add_outcomes("nonsense");
    EXPECT_EQ(call(query).error().code, ErrorCode::invalid_argument);
    store_.fail_nth(1);
    EXPECT_EQ(call(v1::ListAuditRequest{}).error().code, ErrorCode::store_failed);
}

TEST_F(ServiceTest, ConfigIsShownCheckedAndReloaded) {
    EXPECT_EQ(call(v1::GetConfigRequest{})->yaml().find("ci-key"), std::string::npos) << "no secrets";
    v1::CheckConfigRequest check;
    check.set_yaml("bad");
    EXPECT_EQ(call(check)->faults_size(), 1);
    ASSERT_TRUE(redirect("a", "b"));
    ASSERT_TRUE(service_->reload("without b", {}));
    EXPECT_EQ(snapshot().config_revision(), 2);
    EXPECT_TRUE(router_.rules().overrides->rows.empty()) << "its target is gone";
    EXPECT_FALSE(service_->reload("bad", {}));
    EXPECT_EQ(snapshot().problems(0).kind(), "config_refused");
    EXPECT_EQ(snapshot().config_revision(), 2);
}

TEST_F(ServiceTest, ToldOffAreFieldsWithoutEffectAndWhatWaitsForARestart) {
    ASSERT_TRUE(service_->reload("port and bodies", {}));
    std::vector<std::string> kinds;
    for (const auto& problem : snapshot().problems()) kinds.push_back(problem.kind());
    EXPECT_EQ(kinds, (std::vector<std::string>{"restart_needed", "config_without_effect"}));
    v1::CheckConfigRequest check;
    check.set_yaml("port and bodies");
    EXPECT_EQ(call(check)->without_effect(0), "history.bodies");
    EXPECT_EQ(call(check)->restart_needed_size(), 1);
    EXPECT_FALSE(call(v1::InfoRequest{})->auth_required());
    ASSERT_TRUE(service_->reload("auth", {}));
    EXPECT_TRUE(call(v1::InfoRequest{})->auth_required());
    EXPECT_EQ(snapshot().problems_size(), 0);
}

TEST_F(ServiceTest, AFailedStoreIsTheWorstProblem) {
    store_.set_failure("disk full");
    loop_.run_for(2s);
    const auto problem = snapshot().problems(0);
    EXPECT_EQ(problem.kind(), "store_failed");
    EXPECT_EQ(problem.severity(), "critical");
    EXPECT_NE(problem.text().find("disk full"), std::string::npos);
    EXPECT_EQ(log_.errors, std::vector<std::string>{"store_failed"}) << "once";
}

struct Heard {
    std::vector<std::int64_t> sequences;
    std::vector<std::string> ids;
    std::vector<ErrorCode> ended;
    api::AnySink sink() {
        return {.next =
                    [this](const google::protobuf::Message& message) {
                        if (const auto* rows = dynamic_cast<const v1::TailRequestsResponse*>(&message)) {
                            for (const auto& row : rows->requests()) ids.push_back(row.id());
                        } else {
                            sequences.push_back(static_cast<const v1::SnapshotResponse&>(message).sequence());
                        }
                    },
                .ended = [this](api::Failure failure) { ended.push_back(failure.code); }};
    }
};

TEST_F(ServiceTest, WatchSendsAtOnceAndThenFourTimesASecond) {
    Heard heard;
    auto subscription = service_->subscribe_any(*api::find_method("Watch"), v1::SnapshotRequest{}, heard.sink());
    loop_.run_for(1ms);
    EXPECT_EQ(heard.sequences.size(), 1U);
    loop_.run_for(1s);
    EXPECT_EQ(heard.sequences.size(), 5U);
    EXPECT_TRUE(std::ranges::is_sorted(heard.sequences));
    subscription.reset();
    loop_.run_for(1s);
    EXPECT_EQ(heard.sequences.size(), 5U);
    EXPECT_TRUE(heard.ended.empty());
}

TEST_F(ServiceTest, TailFollowsTheFilter) {
    Heard heard;
    v1::TailRequestsRequest request;
    request.mutable_filter()->add_requested("b");
    const auto subscription = service_->subscribe_any(*api::find_method("TailRequests"), request, heard.sink());
    loop_.run_for(1ms);
    finish("a");
    finish("b");
    loop_.run_for(1ms);
    EXPECT_EQ(heard.ids.size(), 1U);
    Heard refused;
    request.mutable_filter()->add_outcomes("nonsense");
    const auto none = service_->subscribe_any(*api::find_method("TailRequests"), request, refused.sink());
    loop_.run_for(1ms);
    EXPECT_EQ(refused.ended, std::vector{ErrorCode::invalid_argument});
}

TEST_F(ServiceTest, ClosingAnswersEverybodyOnce) {
    Heard watching, tailing;
    const auto watch = service_->subscribe_any(*api::find_method("Watch"), v1::SnapshotRequest{}, watching.sink());
    const auto tail =
        service_->subscribe_any(*api::find_method("TailRequests"), v1::TailRequestsRequest{}, tailing.sink());
    loop_.run_for(1ms);
    std::vector<ErrorCode> replies;
    service_->call<v1::InfoRequest>(
        {}, [&](const auto& answer) { replies.push_back(answer ? ErrorCode::ok : answer.error().code); });
    service_->close();
    EXPECT_EQ(replies, std::vector{ErrorCode::unavailable}) << "also when the loop never runs again";
    service_->call<v1::InfoRequest>(
        {}, [&](const auto& answer) { replies.push_back(answer ? ErrorCode::ok : answer.error().code); });
    EXPECT_EQ(replies.size(), 2U);
    Heard late;
    const auto none = service_->subscribe_any(*api::find_method("Watch"), v1::SnapshotRequest{}, late.sink());
    EXPECT_EQ(late.ended, std::vector{ErrorCode::unavailable});
    EXPECT_FALSE(service_->reload("same", {}));
    EXPECT_EQ(watching.ended, std::vector{ErrorCode::unavailable});
    EXPECT_EQ(tailing.ended, std::vector{ErrorCode::unavailable});
}

TEST_F(ServiceTest, MetricsAreInPrometheusForm) {
    finish("a");
    finish("b\"\n", ports::Outcome::failed);
    const auto text = service_->metrics();
    EXPECT_NE(text.find("signalbox_requests_total{model=\"a\",outcome=\"served\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("{model=\"b\\\"\\n\",outcome=\"failed\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("signalbox_request_seconds_bucket{le=\"+Inf\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("signalbox_breaker_open{target=\"sim/up-a#k1\"} 0\n"), std::string::npos);
    EXPECT_NE(text.find("signalbox_build_info{version=\"1.2.3\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("signalbox_cache_lookups_total{result=\"hit\"} 0\n"), std::string::npos);
    EXPECT_EQ(text.back(), '\n');
    for (std::size_t line = 0; line < text.size(); line = text.find('\n', line) + 1) {
        EXPECT_TRUE(text[line] == '#' || text.substr(line, 10) == "signalbox_") << text.substr(line, 40);
    }
}

}  // namespace
}  // namespace signalbox::control
