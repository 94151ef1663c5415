// previous_response_id: the request goes where the response was made, and nowhere else.
#include "tests/journey/accounts.h"

namespace signalbox::flow {
namespace {

constexpr const char* path = "/v1/responses";

// `main` = p1/m, with two keys, and p3/m; its fallback `spare` = p2/s. All of them keep responses but `last` = p3/l.
core::Config keepers() {
    core::Config config = JourneyFixture::base_config();
    for (int n = 0; n < 2; ++n) {
        config.providers[static_cast<std::size_t>(n)].kind = core::ProviderKind::azure;
        config.providers[static_cast<std::size_t>(n)].base_url =
            "http://10.0.0." + std::to_string(n + 1) + "/openai/v1";
    }
    core::KeyConfig second = config.providers[0].keys[0];
    second.name = "second";
    second.value = "sk-1b";
    config.providers[0].keys.push_back(second);
    return config;
}

Script response(const std::string& id) {
    return answer(200, R"({"id":")" + id +
                           R"(","object":"response","status":"completed","output":[{"type":"message"}],)"
                           R"("usage":{"input_tokens":10,"output_tokens":5}})");
}

Script response_stream(const std::string& id) {
    Script script;
    script.parts = {
        {10ms, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
                   sse(R"({"type":"response.created","response":{"id":")" + id + R"(","status":"in_progress"}})")},
        {10ms, sse(R"({"type":"response.output_text.delta","delta":"hi"})")},
        {10ms,
         sse(R"({"type":"response.completed","response":{"id":")" + id + R"(","status":"completed"}})") + "0\r\n\r\n"}};
    return script;
}

std::string begin(const std::string& model = "main", bool stream = false) {
    return R"({"model":")" + model + R"(","input":"hi")" + (stream ? R"(,"stream":true})" : "}");
}

std::string go_on(const std::string& id, const std::string& model = "main") {
    return R"({"model":")" + model + R"(","input":"more","previous_response_id":")" + id + "\"}";
}

Reply say(JourneyFixture& f, const std::string& body, const std::string& headers = {}) {
    const auto reply = f.send(body, path, headers);
    f.loop.run_for(20s);
    return *reply;
}

bool names_it(const Reply& reply) {
    return reply.body.find("previous_response_id") != std::string::npos;
}

TEST(Sticky, TheNextTurnGoesToTheKeyThatMadeTheLast) {
    JourneyFixture f(keepers());
    for (int conversation = 0; conversation < 8; ++conversation) {
        const std::string id = "resp_" + std::to_string(conversation);
        f.provider(1).next = {response(id)};
        EXPECT_EQ(say(f, begin()).status, 200);
        const std::string home = f.row().attempts.at(0).key;
        for (int turn = 0; turn < 4; ++turn) {
            EXPECT_EQ(say(f, go_on(id)).status, 200);
            EXPECT_EQ(f.row().attempts.at(0).key, home);
        }
    }
    EXPECT_EQ(f.router.homes().size(), 8U);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Sticky, AStreamedResponseIsRememberedToo) {
    JourneyFixture f(keepers());
    f.provider(1).next = {response_stream("resp_s")};
    EXPECT_FALSE(say(f, begin("main", true)).closed);
    EXPECT_EQ(f.router.homes().size(), 1U);
    const std::string home = f.row().attempts.at(0).key;
    f.provider(1).next = {response("resp_t")};
    for (int turn = 0; turn < 6; ++turn) {
        EXPECT_EQ(say(f, go_on("resp_s")).status, 200);
        EXPECT_EQ(f.row().attempts.at(0).key, home);
    }
}

TEST(Sticky, ItNeverFailsOver) {
    JourneyFixture f(keepers());
    f.provider(1).next = {response("resp_1")};
    (void)say(f, begin());
    const std::string home = f.row().attempts.at(0).key;
    for (const int status : {500, 429, 401, 404, 503}) {
        f.provider(1).next = {answer(status, R"({"error":{"message":"sorry"}})")};
        const Reply reply = say(f, go_on("resp_1"));
        EXPECT_NE(reply.status, 200) << status;
        for (const ports::AttemptRecord& attempt : f.row().attempts) {
            EXPECT_EQ(attempt.deployment, "p1/m");
            EXPECT_EQ(attempt.key, home);
        }
    }
    EXPECT_TRUE(f.provider(2).seen.empty());
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Sticky, WhatStandsInTheWayIsTold) {
    JourneyFixture f(keepers());
    f.provider(1).next = {response("resp_1")};
    (void)say(f, begin());
    for (const core::LaneId lane : {0, 1}) {
        f.router.act(lane, BreakerAct::hold_open, f.loop.now() + 1h, f.loop.now());
    }
    const Reply reply = say(f, go_on("resp_1"));
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(f.row().error, ErrorCode::no_target);
    EXPECT_TRUE(names_it(reply)) << reply.body;
    EXPECT_EQ(say(f, begin()).status, 200);  // others fail over
}

TEST(Sticky, AResponseOfAFallbackIsContinuedThere) {
    JourneyFixture f(keepers());
    f.provider(1).next = {answer(404, "{}"), answer(404, "{}"), response("resp_later")};
    f.provider(2).next = {response("resp_2")};
    EXPECT_EQ(say(f, begin()).header("x-signalbox-model"), "spare");
    f.loop.run_for(1h);
    EXPECT_EQ(say(f, begin()).header("x-signalbox-model"), "main");
    const Reply reply = say(f, go_on("resp_2"));
    EXPECT_EQ(reply.header("x-signalbox-model"), "spare");
    EXPECT_EQ(reply.header("x-signalbox-fallback"), "model_chain");
}

TEST(Sticky, AnotherModelOfTheSameKeyMayGoOn) {
    core::Config config = keepers();
    config.models[1].deployments[0].provider = "p1";  // `spare` is p1/s now
    JourneyFixture f(config);
    f.provider(1).next = {response("resp_1")};
    (void)say(f, begin());
    const std::string home = f.row().attempts.at(0).key;
    for (int turn = 0; turn < 6; ++turn) {
        EXPECT_EQ(say(f, go_on("resp_1", "spare")).status, 200);
        EXPECT_EQ(f.row().attempts.at(0).deployment, "p1/s");
        EXPECT_EQ(f.row().attempts.at(0).key, home);
    }
}

TEST(Sticky, AModelThatIsNotAtHomeThereCannotGoOn) {
    JourneyFixture f(keepers());
    f.provider(1).next = {response("resp_1")};
    (void)say(f, begin());
    const Reply reply = say(f, go_on("resp_1", "last"));
    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(names_it(reply)) << reply.body;
    EXPECT_TRUE(f.provider(3).seen.empty());
}

TEST(Sticky, NobodyGoesOnFromAnotherAccountsResponse) {
    core::Config config = keepers();
    config.accounts = {account("ada"), account("bob")};
    JourneyFixture f(config);
    f.provider(1).next = {response("resp_1")};
    (void)say(f, begin(), as("ada"));
    for (const std::string& who : {as("bob"), std::string()}) {
        const Reply reply = say(f, go_on("resp_1"), who);
        EXPECT_EQ(reply.status, 400);
        EXPECT_NE(reply.body.find(R"("param":"previous_response_id")"), std::string::npos) << reply.body;
    }
    EXPECT_EQ(f.provider(1).seen.size(), 1U);
    EXPECT_EQ(say(f, go_on("resp_1"), as("ada")).status, 200);
}

TEST(Sticky, AnUnknownResponseIsAskedOfTheFirstChoiceOnly) {
    JourneyFixture f(keepers());
    const std::string unknown = R"({"error":{"message":"Previous response with id 'resp_x' not found.",)"
                                R"("code":"previous_response_not_found","param":"previous_response_id"}})";
    f.provider(1).next = {answer(400, unknown)};
    EXPECT_EQ(say(f, go_on("resp_x")).status, 400);
    f.provider(1).next = {answer(500, "{}")};
    EXPECT_EQ(say(f, go_on("resp_x")).status, 502);
    EXPECT_TRUE(f.provider(2).seen.empty());
    const ports::RequestRecord row = f.row();
    for (const ports::AttemptRecord& attempt : row.attempts) EXPECT_EQ(attempt.key, row.attempts[0].key);
}

TEST(Sticky, AmongTargetsThatKeepNothingAnUnknownResponseGoesToOneThatDoes) {
    core::Config config = keepers();
    core::DeploymentConfig stateless = config.models[0].deployments[0];
    stateless.provider = "p3";
    config.models[0].deployments.insert(config.models[0].deployments.begin(), stateless);
    JourneyFixture f(config);
    f.provider(1).next = {response("resp_1")};
    for (int i = 0; i < 8; ++i) EXPECT_EQ(say(f, go_on("resp_0")).status, 200);
    EXPECT_TRUE(f.provider(3).seen.empty());
}

TEST(Sticky, AHomeOutlivesAReloadButNotItsProvider) {
    JourneyFixture f(keepers());
    f.provider(1).next = {response("resp_1")};
    (void)say(f, begin());
    const auto apply = [&](core::Config config) {
        f.router.apply(std::make_shared<const core::Config>(std::move(config)), {f.loop.now(), f.loop.wall()});
    };
    apply(keepers());
    EXPECT_EQ(say(f, go_on("resp_1")).status, 200);
    core::Config without = keepers();
    without.models[0].deployments[0].provider = "p2";
    without.providers.erase(without.providers.begin());
    apply(without);
    const Reply reply = say(f, go_on("resp_1"));
    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(names_it(reply));
    EXPECT_TRUE(f.provider(2).seen.empty());
}

TEST(Sticky, AnOverrideIsObeyedAndSaysWhatItBreaks) {
    JourneyFixture f(keepers());
    f.provider(1).next = {response("resp_1")};
    (void)say(f, begin());
    core::OverrideTable table;
    core::ActiveOverride row;
    row.id = 3;
    row.from = "main";
    row.to = "spare";
    row.diverted = std::make_shared<std::atomic<std::int64_t>>();
    table.rows = {row};
    f.router.set_overrides(std::make_shared<const core::OverrideTable>(table));
    const Reply reply = say(f, go_on("resp_1"));
    EXPECT_EQ(reply.status, 503);
    EXPECT_TRUE(names_it(reply));
    EXPECT_TRUE(f.provider(2).seen.empty());
}

TEST(Sticky, ATranslatedResponseCannotBeGoneOnFrom) {
    JourneyFixture f(keepers());
    EXPECT_EQ(say(f, begin("last")).status, 200);
    EXPECT_EQ(f.router.homes().size(), 0U);
    const Reply reply = say(f, go_on("resp_c", "last"));
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find(R"("param":"previous_response_id")"), std::string::npos);
}

TEST(Sticky, OtherEndpointsDoNotKnowTheMember) {
    JourneyFixture f(keepers());
    const Reply reply =
        f.ask(R"({"model":"main","messages":[],"previous_response_id":"resp_1"})", "/v1/chat/completions");
    EXPECT_EQ(reply.status, 200);
}

TEST(ResponseHomes, AreBoundedAndForgetWhatWasNotUsedLongest) {
    ResponseHomes homes;
    homes.remember("", {1, {}});
    homes.remember(std::string(limits::response_id_max + 1, 'x'), {1, {}});
    EXPECT_EQ(homes.size(), 0U);
    for (std::size_t i = 0; i < limits::response_homes_max; ++i) {
        homes.remember("resp_" + std::to_string(i), {static_cast<core::LaneId>(i), {}});
    }
    EXPECT_EQ(homes.find("resp_0")->lane, 0);
    homes.remember("one more", {9, "ada"});
    EXPECT_EQ(homes.size(), limits::response_homes_max);
    EXPECT_FALSE(homes.find("resp_1"));
    EXPECT_TRUE(homes.find("resp_0"));
    homes.remember("one more", {10, "ada"});
    EXPECT_EQ(homes.find("one more")->lane, 10);
}

}  // namespace
}  // namespace signalbox::flow
