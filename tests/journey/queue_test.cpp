// Who waits for what: a waiter keeps others only from the places it waits for itself, and nobody is forgotten.
#include <gtest/gtest.h>

#include "engine/flow/router.h"

namespace signalbox::flow {
namespace {

constexpr Instant now{1h};

struct Bell final : ports::Alarm {
    ports::Task<bool> wait_until(Instant) override { co_return true; }
    void ring() override { ++rung; }
    int rung = 0;
};

// Two servers with one place each; the second takes long prompts, too.
core::Config two_servers() {
    core::Config config;
    core::ModelConfig& model = config.models.emplace_back();
    model.name = "main";
    for (const char* name : {"narrow", "wide"}) {
        core::ProviderConfig& provider = config.providers.emplace_back();
        provider.name = name;
        provider.base_url = "http://127.0.0.1:1/v1";
        core::DeploymentConfig& deployment = model.deployments.emplace_back();
        deployment.provider = name;
        deployment.model = "m";
        deployment.context = provider.name == "narrow" ? 1000 : 100'000;
        deployment.max_in_flight = 1;
    }
    return config;
}

struct Asker {
    QueuePlace place;
    Entry entry;
    core::Decision decision;
    Reservation reservation;
    std::shared_ptr<Bell> bell = std::make_shared<Bell>();
};

struct WaitingRoom : testing::Test {
    core::Choice::Kind ask(Asker& asker, std::int64_t prompt) {
        const Rules rules = router.rules();
        core::PlanRequest request;
        request.model = "main";
        const core::Plan plan = *core::make_plan(rules.table, *rules.overrides, request, now);
        const core::DecideInput input{
            .plan = plan, .tried = {}, .need = {.prompt = prompt}, .now = now, .probe_lease = 60s, .draw = 1};
        asker.reservation = router.decide(input, asker.place, asker.entry, {}, asker.decision);
        return asker.decision.kind;
    }
    // As the journey does it: joins, and decides once more.
    void queue(Asker& asker, std::int64_t prompt) {
        ASSERT_EQ(ask(asker, prompt), core::Choice::Kind::wait);
        asker.place = *router.join_queue({"main", asker.bell, never}, asker.entry, now);
        ASSERT_EQ(ask(asker, prompt), core::Choice::Kind::wait);
        asker.bell->rung = 0;
    }
    Router router{std::make_shared<const core::Config>(two_servers())};
};

TEST_F(WaitingRoom, a_head_that_cannot_use_a_place_leaves_it_to_whoever_comes) {
    Asker on_wide, head, small, other;
    ASSERT_EQ(ask(on_wide, 50'000), core::Choice::Kind::go);
    queue(head, 50'000);
    EXPECT_EQ(ask(small, 100), core::Choice::Kind::go) << "the narrow place is free, and of no use to the head";
    on_wide.reservation = {};
    EXPECT_GT(head.bell->rung, 0);
    EXPECT_EQ(ask(other, 100), core::Choice::Kind::wait) << "the wide one is the head's";
    EXPECT_EQ(ask(head, 50'000), core::Choice::Kind::go);
}

TEST_F(WaitingRoom, who_waits_for_something_else_than_the_head_is_woken_and_served) {
    Asker on_wide, on_narrow, head, second, third;
    ASSERT_EQ(ask(on_wide, 50'000), core::Choice::Kind::go);
    ASSERT_EQ(ask(on_narrow, 100), core::Choice::Kind::go);
    queue(head, 50'000);
    queue(second, 100);
    queue(third, 100);
    on_narrow.reservation = {};
    EXPECT_GT(second.bell->rung, 0);
    EXPECT_EQ(ask(head, 50'000), core::Choice::Kind::wait);
    EXPECT_EQ(ask(third, 100), core::Choice::Kind::wait) << "not before the second";
    EXPECT_EQ(ask(second, 100), core::Choice::Kind::go);
    EXPECT_GT(third.bell->rung, 0) << "is the first of its line now";
    second.reservation = {};
    EXPECT_EQ(ask(third, 100), core::Choice::Kind::go);
    head.place = {};
    on_wide.reservation = {};
    EXPECT_EQ(ask(on_wide, 50'000), core::Choice::Kind::go) << "nobody is left to hold it back";
}

TEST_F(WaitingRoom, a_tick_wakes_the_head_whatever_made_room) {
    Asker on_wide, head;
    ASSERT_EQ(ask(on_wide, 50'000), core::Choice::Kind::go);
    queue(head, 50'000);
    router.tick({now + 1s, {}});
    EXPECT_GT(head.bell->rung, 0);
}

}  // namespace
}  // namespace signalbox::flow
