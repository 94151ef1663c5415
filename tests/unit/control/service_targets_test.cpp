// The deciding core as operators see and steer it: breakers, slots, holds, drains, accounts.
#include <gtest/gtest.h>

#include "engine/control/target_names.h"
#include "tests/unit/control/service_fixture.h"

namespace signalbox::control {
namespace {

class ServiceTargetsTest : public ServiceTest {
  protected:
    [[nodiscard]] core::DeploymentId deployment(const std::string& name) const {
        return find_deployment(name, *router_.rules().table)->deployment->id;
    }
    api::Answer<v1::ActOnBreakerResponse> act(const std::string& word, const std::string& target) {
        v1::ActOnBreakerRequest request;
        request.set_act(word);
        request.set_target(target);
        request.set_ttl_seconds(60);
        request.set_reason("bad output");
        request.set_actor("ana");
        return call(request);
    }
    api::Answer<v1::DrainTargetResponse> drain(const std::string& target, bool end = false) {
        v1::DrainTargetRequest request;
        request.set_target(target);
        request.set_end(end);
        request.set_reason("maintenance");
        request.set_actor("ana");
        return call(request);
    }
    core::SlotReport report() {
        core::SlotReport out;
        out.seen = loop_.now();
        out.provenance = core::Provenance::measured;
        out.phase = core::SlotPhase::warm_busy;
        out.total = 4;
        out.busy = 1;
        out.queued = 2;
        out.kv_bytes_per_token = 1000;
        out.kv_budget = 1'000'000;
        out.kv_provenance = core::Provenance::reported;
        out.load_time = 8s;
        out.source = "llama.cpp /slots";
        return out;
    }
};

TEST_F(ServiceTargetsTest, AYoungBreakerSaysThatItKnowsLittle) {
    attempt("a", ErrorCode::ok);
    const auto now = snapshot();
    const auto& fresh = breaker(now, "sim/up-vector#k1");
    EXPECT_TRUE(fresh.insufficient_evidence());
    EXPECT_EQ(fresh.health(), "new");
    EXPECT_EQ(fresh.model_shape(), "embedding");
    EXPECT_EQ(fresh.in_flight_ceiling(), 1250);
    EXPECT_EQ(fresh.wasted(), 0);
    EXPECT_FALSE(fresh.has_outage_began_unix_us());
    EXPECT_FALSE(fresh.has_hold());
    EXPECT_FALSE(fresh.has_free_check());
    EXPECT_FALSE(fresh.of_key());
}

TEST_F(ServiceTargetsTest, AnOutageIsAnAlertWithItsFigures) {
    break_model("a");
    auto now = snapshot();
    const auto& broken = breaker(now, "sim/up-a#k1");
    EXPECT_EQ(broken.cause_text(), "model not found ×2 (HTTP 404)");
    EXPECT_GE(broken.wasted(), 2);
    EXPECT_TRUE(broken.has_outage_began_unix_us());
    const auto& problem = now.problems(0);
    EXPECT_EQ(problem.severity(), "critical");
    EXPECT_TRUE(problem.text().starts_with("Model not found at sim/up-a#k1 since ")) << problem.text();
    EXPECT_NE(problem.text().find("calls wasted"), std::string::npos) << problem.text();
    loop_.run_for(2s);
    EXPECT_EQ(store_.events(0, 1)->front().severity, "critical");
}

TEST_F(ServiceTargetsTest, TheRampShowsItsStageAndShare) {
    break_model("a");
    const auto lane = find_target("sim/up-a#k1", *router_.rules().table)->lanes[0]->id;
    loop_.run_for(1h);
    for (int i = 0; i < 20 && router_.view().lanes[static_cast<std::size_t>(lane)].health.ramp_stage() != 0; ++i) {
        attempt("a", ErrorCode::ok);
    }
    const auto now = snapshot();
    const auto& back = breaker(now, "sim/up-a#k1");
    EXPECT_EQ(back.state(), v1::BREAKER_STATE_CLOSED);
    EXPECT_EQ(back.health(), "ramp");
    EXPECT_EQ(back.ramp_stage(), 1);
    EXPECT_EQ(back.ramp_stages(), 4);
    EXPECT_GT(back.ramp_share_percent(), 0);
    EXPECT_GE(back.wasted(), 2) << "the outage is not over before the ramp is";
}

TEST_F(ServiceTargetsTest, ARefusedKeyIsOneProblemWhateverItServes) {
    const auto lane = [&](const char* name) { return find_target(name, *router_.rules().table)->lanes[0]->id; };
    for (int i = 0; i < 40; ++i) {
        core::PlanRequest asked;
        asked.model = "a";
        const auto rules = router_.rules();
        const auto plan = core::make_plan(rules.table, *rules.overrides, asked, loop_.now());
        core::DecideInput input{.plan = *plan, .tried = {}};
        input.now = loop_.now();
        input.draw = static_cast<std::uint64_t>(i) << 58;
        flow::QueuePlace place;
        core::Decision decision;
        core::Admission::Description wanted;
        wanted.model = "a";
        auto entry = router_.enter(wanted, loop_.now());
        auto reservation = router_.decide(input, place, entry, loop_.wall(), decision);
        core::AttemptOutcome outcome;
        const bool refused = reservation.lane() == lane("sim/up-a#k1");
        outcome.note = {refused ? ErrorCode::upstream_unauthorized : ErrorCode::ok, refused ? 401 : 200, {}, false, {}};
        reservation.settle(outcome, {}, loop_.now(), 0);
    }
    const auto now = snapshot();
    for (const auto* name : {"sim/up-a#k1", "sim/up-b#k1", "sim/up-vector#k1"}) {
        EXPECT_EQ(breaker(now, name).state(), v1::BREAKER_STATE_OPEN) << name;
        EXPECT_TRUE(breaker(now, name).of_key()) << name;
    }
    EXPECT_EQ(breaker(now, "sim/up-a#k2").state(), v1::BREAKER_STATE_CLOSED);
    EXPECT_EQ(kinds(now), Strings{"breaker_open"});
    EXPECT_EQ(now.problems(0).object(), "sim#k1");
    EXPECT_TRUE(now.problems(0).text().starts_with("Key refused at sim#k1 since ")) << now.problems(0).text();
}

TEST_F(ServiceTargetsTest, AHoldShowsUntilItEnds) {
    const auto answer = act("hold_open", "sim/up-a");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->breakers_size(), 2);
    const auto& held = answer->breakers(0);
    EXPECT_EQ(held.state(), v1::BREAKER_STATE_HELD_OPEN);
    EXPECT_EQ(held.hold().state(), v1::BREAKER_STATE_HELD_OPEN);
    EXPECT_EQ(held.hold().reason(), "bad output");
    EXPECT_EQ(held.hold().actor(), "ana");
    EXPECT_EQ(held.hold().expires_unix_us() - held.hold().since_unix_us(), 60'000'000);
    auto now = snapshot();
    EXPECT_EQ(kinds(now), (Strings{"breaker_held", "breaker_held"}));
    EXPECT_EQ(now.state(), v1::GATEWAY_STATE_DEGRADED);
    EXPECT_EQ(now.models(0).deployments(0).breaker(), v1::BREAKER_STATE_HELD_OPEN);
    EXPECT_EQ(now.totals().open_breakers(), 0) << "nothing is broken";
    EXPECT_NE(service_->metrics().find("signalbox_breaker_open{target=\"sim/up-a#k1\"} 1\n"), std::string::npos);
    loop_.run_for(61s);
    now = snapshot();
    EXPECT_EQ(breaker(now, "sim/up-a#k1").state(), v1::BREAKER_STATE_CLOSED);
    EXPECT_FALSE(breaker(now, "sim/up-a#k1").has_hold());
    EXPECT_EQ(kinds(now), Strings{});
    EXPECT_EQ(event_kinds(), (Strings{"breaker_hold_open", "breaker_hold_ended", "breaker_hold_ended"}));
}

TEST_F(ServiceTargetsTest, AHoldHidesAnOutageAndIsNoOutageItself) {
    break_model("a");
    ASSERT_TRUE(act("hold_closed", "sim/up-a"));
    const auto now = snapshot();
    EXPECT_EQ(breaker(now, "sim/up-a#k2").state(), v1::BREAKER_STATE_HELD_CLOSED);
    EXPECT_EQ(breaker(now, "sim/up-a#k2").cause(), "upstream_not_found") << "what is known of it stays";
    EXPECT_EQ(now.problems(0).kind(), "breaker_held");
}

TEST_F(ServiceTargetsTest, WithEverythingHeldOpenAModelIsDown) {
    ASSERT_TRUE(act("hold_open", "sim/up-vector"));
    const auto now = snapshot();
    EXPECT_EQ(now.state(), v1::GATEWAY_STATE_DOWN);
    EXPECT_EQ(now.problems(0).kind(), "no_target");
}

TEST_F(ServiceTargetsTest, AnUnknownTargetIsAnsweredWithTheNearest) {
    const auto answer = act("reset", "sim/up-a#k9");
    EXPECT_EQ(answer.error().code, ErrorCode::not_found);
    EXPECT_NE(answer.error().message.find("sim/up-a#k1"), std::string::npos) << answer.error().message;
}

TEST_F(ServiceTargetsTest, ADrainedDeploymentTakesNothingAndSaysSo) {
    const auto answer = drain("sim/up-vector");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->deployment().draining());
    EXPECT_EQ(answer->deployment().name(), "sim/up-vector");
    auto now = snapshot();
    EXPECT_TRUE(now.models(2).deployments(0).draining());
    EXPECT_EQ(kinds(now), (Strings{"no_target", "target_draining"}));
    v1::ExplainRequest explain;
    explain.set_model("vector");
    const auto told = call(explain);
    EXPECT_EQ(told->candidates(0).verdict(), "target_draining");
    EXPECT_TRUE(told->chosen().empty());
    ASSERT_TRUE(drain("sim/up-vector", true));
    now = snapshot();
    EXPECT_FALSE(now.models(2).deployments(0).draining());
    EXPECT_EQ(kinds(now), Strings{});
}

TEST_F(ServiceTargetsTest, ADrainedDeploymentOfNoListedModelIsAnsweredByName) {
    EXPECT_EQ(drain("sim/*")->deployment().name(), "sim/*");
}

TEST_F(ServiceTargetsTest, ReloadsEndOrdersAboutWhatIsGone) {
    ASSERT_TRUE(act("hold_open", "sim/up-b"));
    ASSERT_TRUE(drain("sim/up-b"));
    ASSERT_TRUE(service_->reload("without b", {}));
    EXPECT_EQ(kinds(snapshot()), Strings{});
}

TEST_F(ServiceTargetsTest, SlotsAreShownWithTheirProvenance) {
    EXPECT_FALSE(snapshot().models(0).deployments(0).has_slots()) << "nobody told";
    router_.note_slots(deployment("sim/up-a"), report());
    auto now = snapshot();
    const auto& slots = now.models(0).deployments(0).slots();
    EXPECT_EQ(slots.phase(), v1::SLOT_PHASE_WARM_BUSY);
    EXPECT_EQ(slots.provenance(), v1::PROVENANCE_MEASURED);
    EXPECT_EQ(slots.total(), 4);
    EXPECT_EQ(slots.busy(), 1);
    EXPECT_EQ(slots.queued(), 2);
    EXPECT_EQ(slots.kv_bytes_per_token(), 1000);
    EXPECT_EQ(slots.kv_provenance(), v1::PROVENANCE_REPORTED) << "a figure of its own";
    EXPECT_EQ(slots.kv_budget_bytes(), 1'000'000);
    EXPECT_EQ(slots.load_time_us(), 8'000'000);
    EXPECT_EQ(slots.source(), "llama.cpp /slots");
    EXPECT_FALSE(slots.stale());
    EXPECT_EQ(now.models(0).warm_deployments(), 1);
    EXPECT_EQ(now.models(1).warm_deployments() + now.models(1).cold_deployments(), 0);
}

TEST_F(ServiceTargetsTest, MemoryIsShownInBytesOnlyWhereTheyAreKnown) {
    auto in_tokens = report();
    in_tokens.kv_budget.reset();
    in_tokens.kv_tokens = 5000;
    router_.note_slots(deployment("sim/up-a"), in_tokens);
    EXPECT_EQ(snapshot().models(0).deployments(0).slots().kv_budget_bytes(), 5'000'000);
    in_tokens.kv_bytes_per_token.reset();
    router_.note_slots(deployment("sim/up-a"), in_tokens);
    EXPECT_FALSE(snapshot().models(0).deployments(0).slots().has_kv_budget_bytes());
}

TEST_F(ServiceTargetsTest, AQuietSourceIsUnknownNotCold) {
    router_.note_slots(deployment("sim/up-a"), report());
    loop_.run_for(1min);
    const auto now = snapshot();
    const auto& slots = now.models(0).deployments(0).slots();
    EXPECT_TRUE(slots.stale());
    EXPECT_EQ(slots.phase(), v1::SLOT_PHASE_UNKNOWN);
    EXPECT_EQ(slots.provenance(), v1::PROVENANCE_UNKNOWN);
    EXPECT_FALSE(slots.has_total()) << "an old number is not shown";
    EXPECT_TRUE(slots.has_seen_unix_us());
    EXPECT_EQ(now.models(0).cold_deployments(), 0);
}

TEST_F(ServiceTargetsTest, ASourceThatNeverAnsweredTellsItsTrouble) {
    core::SlotReport silent;
    silent.source = "vLLM /metrics";
    silent.trouble = "connection refused \xff";
    router_.note_slots(deployment("sim/up-a"), silent);
    const auto now = snapshot();
    EXPECT_EQ(now.models(0).deployments(0).slots().phase(), v1::SLOT_PHASE_UNKNOWN);
    EXPECT_TRUE(now.models(0).deployments(0).slots().trouble().starts_with("connection refused"));
    std::string bytes;
    EXPECT_TRUE(now.SerializeToString(&bytes));
}

TEST_F(ServiceTargetsTest, TheHooksAnswerForTheWatchers) {
    v1::WarmTargetRequest warm;
    warm.set_target("sim/up-a");
    warm.set_reason("launch");
    warm.set_actor("ana");
    EXPECT_EQ(call(warm).error().code, ErrorCode::unavailable);
    EXPECT_EQ(call(v1::HeartbeatRequest{}).error().code, ErrorCode::unavailable);

    const auto lane = find_target("sim/up-a#k1", *router_.rules().table)->lanes[0]->id;
    hooks_.warm = [](const core::Deployment&) -> Result<void> { return {}; };
    hooks_.heartbeat = [](const v1::HeartbeatRequest& beat) -> Result<v1::HeartbeatResponse> {
        if (beat.provider().empty()) return fail(ErrorCode::not_found, "no such provider");
        v1::HeartbeatResponse out;
        out.add_load("up-a");
        return out;
    };
    hooks_.free_check = [&](core::LaneId id) -> std::optional<FreeCheckNote> {
        if (id != lane) return std::nullopt;
        return FreeCheckNote{loop_.now(), core::FreeCheck::dead, "POST {} answered 404", loop_.now() + 60s};
    };
    restart();
    EXPECT_EQ(call(warm)->deployment().name(), "sim/up-a");
    EXPECT_EQ(call(v1::HeartbeatRequest{}).error().code, ErrorCode::not_found);
    v1::HeartbeatRequest beat;
    beat.set_provider("sim");
    EXPECT_EQ(call(beat)->load(0), "up-a");
    const auto now = snapshot();
    const auto& check = breaker(now, "sim/up-a#k1").free_check();
    EXPECT_EQ(check.verdict(), "dead");
    EXPECT_EQ(check.text(), "POST {} answered 404");
    EXPECT_EQ(check.next_unix_us() - check.at_unix_us(), 60'000'000);
    EXPECT_FALSE(breaker(now, "sim/up-a#k2").has_free_check());
    EXPECT_NE(service_->metrics().find("signalbox_free_check_alive{target=\"sim/up-a#k1\"} 0\n"), std::string::npos);
}

TEST_F(ServiceTargetsTest, AccountsAreListed) {
    send_one(router_, "b", ErrorCode::ok, at(), "web");
    const auto answer = call(v1::ListAccountsRequest{});
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->accounts_size(), 2) << "nobody came without a key";
    EXPECT_EQ(answer->accounts(0).name(), "ci");
    EXPECT_EQ(answer->accounts(1).name(), "web");
    EXPECT_EQ(answer->accounts(1).requests().charged_15m(), 1);
    EXPECT_DOUBLE_EQ(answer->accounts(1).amplification(), 1);
    EXPECT_GT(answer->accounts(0).output_tokens().per_minute(), 0) << "of its tier";
}

TEST_F(ServiceTargetsTest, ExplainTellsThatTheAccountHasUsedUpItsRate) {
    auto config = small_config();
    config.accounts[1].rpm = 1;
    router_.apply(std::make_shared<core::Config>(config), at());
    v1::ExplainRequest explain;
    explain.set_model("b");
    explain.set_account("web");
    EXPECT_TRUE(call(explain)->error().empty()) << call(explain)->error();
    while (send_one(router_, "b", ErrorCode::ok, at(), "web") >= 0) {
    }
    const auto told = call(explain);
    EXPECT_EQ(told->error(), "rate_limited");
    EXPECT_TRUE(told->chosen().empty());
    EXPECT_NE(told->error_detail().find("requests"), std::string::npos);
}

TEST_F(ServiceTargetsTest, MetricsTellOfTargetsAndAccounts) {
    router_.note_slots(deployment("sim/up-a"), report());
    break_model("vector");
    send_one(router_, "b", ErrorCode::ok, at(), "web");
    loop_.run_for(300ms);
    const auto text = service_->metrics();
    for (const auto* line :
         {"signalbox_deployment_breakers{deployment=\"sim/up-vector\",state=\"open\"} 2\n",
          "signalbox_deployment_breakers{deployment=\"sim/up-b\",state=\"closed\"} 2\n",
          "signalbox_outage_wasted_calls{target=\"sim/up-vector#k1\"} ",
          "signalbox_breaker_trips_total{target=\"sim/up-vector#k1\"} 1\n",
          "signalbox_slot_phase{deployment=\"sim/up-a\",phase=\"warm_busy\"} 1\n",
          "signalbox_slots{deployment=\"sim/up-a\",kind=\"busy\"} 1\n",
          "signalbox_kv_bytes{deployment=\"sim/up-a\",kind=\"budget\"} 1000000\n",
          "signalbox_shed_while_idle_total{account=\"web\"} 0\n", "signalbox_retry_amplification{account=\"web\"} 1\n",
          "signalbox_account_remaining{account=\"web\",limit=\"output_tokens\"} "}) {
        EXPECT_NE(text.find(line), std::string::npos) << line;
    }
}

TEST_F(ServiceTargetsTest, ShedWhileIdleIsFoundFromTheRecordAndTheCount) {
    core::PlanRequest asked;
    asked.model = "a";
    const auto rules = router_.rules();
    const auto plan = core::make_plan(rules.table, *rules.overrides, asked, loop_.now());
    core::Admission::Description wanted;
    wanted.account = "ci";
    wanted.model = "a";
    const auto entry = router_.enter(wanted, loop_.now());
    core::DecideInput input{.plan = *plan, .tried = {}};
    input.now = loop_.now();
    core::Decision scratch;
    ASSERT_TRUE(router_.note_refusal(entry, input, ErrorCode::rate_limited, 0, scratch).idle);
    ports::RequestRecord record;
    record.id = "01J00000000000000000000009";
    record.time = loop_.wall();
    record.error = ErrorCode::rate_limited;
    record.outcome = ports::Outcome::shed;
    record.account = "ci";
    record.requested_model = "a";
    record.candidates = {{"sim/up-a", "a", "k1", "chosen", 0}};
    record.fleet = R"({"targets":[],"queued":0,"shed_while_idle":true})";
    meter_.offer(record);
    const auto now = snapshot();
    EXPECT_EQ(kinds(now), (Strings{"shed_while_idle", "shedding"}));
    EXPECT_NE(now.problems(0).text().find(record.id), std::string::npos);
    EXPECT_EQ(call(v1::ListAccountsRequest{})->accounts(0).shed_while_idle_total(), 1);
    const auto told = call(v1::DoctorRequest{});
    EXPECT_EQ(told->findings(0).rule(), "shed_while_idle");
    EXPECT_EQ(told->findings(0).severity(), "error");
    loop_.run_for(20min);
    router_.tick(at());
    EXPECT_EQ(kinds(snapshot()), Strings{}) << "over";
}

TEST_F(ServiceTargetsTest, ATruncatedPoolIsAProblemAFindingAndAHistogram) {
    ports::RequestRecord record;
    record.outcome = ports::Outcome::served;
    for (int i = 0; i < 300; ++i) {
        record.usage.input_tokens = 200 + 6 * i;
        record.tags = "pool=go";
        meter_.offer(record);
        record.usage.input_tokens = std::min<std::int64_t>(record.usage.input_tokens, 512);
        record.tags = "pool=ruby";
        meter_.offer(record);
    }
    EXPECT_EQ(kinds(snapshot()), Strings{"truncated_inputs"});
    EXPECT_EQ(snapshot().problems(0).object(), "pool=ruby");
    EXPECT_EQ(call(v1::DoctorRequest{})->findings(0).object(), "pool=ruby") << "before any other warning";
    const auto text = service_->metrics();
    for (const auto* line : {"signalbox_input_tokens_bucket{key=\"pool\",value=\"ruby\",le=\"511\"} 52\n",
                             "signalbox_input_tokens_bucket{key=\"pool\",value=\"ruby\",le=\"1023\"} 300\n",
                             "signalbox_input_tokens_bucket{key=\"pool\",value=\"go\",le=\"1023\"} 138\n",
                             "signalbox_input_tokens_count{key=\"pool\",value=\"go\"} 300\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line;
    }
}

}  // namespace
}  // namespace signalbox::control
