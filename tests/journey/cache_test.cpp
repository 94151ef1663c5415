// Kept answers: what is the same request, what may be kept, and what a hit costs.
#include "tests/journey/accounts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

core::Config keeping(core::Config config = JourneyFixture::base_config()) {
    config.defaults.cache.enabled = true;
    for (core::ModelConfig& model : config.models) model.cache = config.defaults.cache;
    return config;
}

std::size_t calls(JourneyFixture& f, int provider = 1) {
    return f.provider(provider).seen.size();
}

std::string cache_of(const Reply& reply) {
    return reply.header("x-signalbox-cache");
}

// Two of them, shortly after one another; nothing expires in between.
Reply again(JourneyFixture& f, const std::string& body, const std::string& headers = {},
            const std::string& path = "/v1/chat/completions") {
    const auto reply = f.send(body, path, headers);
    f.loop.run_for(10s);
    return *reply;
}

TEST(Cache, IsOffUntilItIsAskedFor) {
    JourneyFixture f;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(cache_of(again(f, plain)), "");
    EXPECT_EQ(calls(f), 2U);
    EXPECT_EQ(f.router.answers().figures().misses, 0);
}

TEST(Cache, TheSameRequestIsAnsweredWithoutAProvider) {
    JourneyFixture f(keeping());
    f.provider(1).next = {chat_answer("first"), chat_answer("second")};
    const Reply first = again(f, plain);
    EXPECT_EQ(cache_of(first), "miss");
    const Reply second = again(f, plain);
    EXPECT_EQ(cache_of(second), "hit");
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(second.header("content-type"), "application/json");
    EXPECT_EQ(second.header("age"), "9");
    EXPECT_EQ(second.header("x-signalbox-deployment"), "p1/m");
    EXPECT_EQ(second.header("x-signalbox-attempts"), "");
    EXPECT_NE(second.header("x-signalbox-request-id"), first.header("x-signalbox-request-id"));
    EXPECT_EQ(calls(f), 1U);
    const ports::RequestRecord row = f.row();
    EXPECT_EQ(row.id, second.header("x-signalbox-request-id"));
    EXPECT_TRUE(row.cached);
    EXPECT_EQ(row.outcome, Outcome::served);
    EXPECT_EQ(row.status, 200);
    EXPECT_EQ(row.served_model, "main");
    EXPECT_EQ(row.served_deployment, "p1/m");
    EXPECT_EQ(row.usage, (Usage{10, 5, -1}));
    EXPECT_EQ(row.cost, MicroUsd{});
    EXPECT_TRUE(row.attempts.empty());
    EXPECT_GE(row.first_token_us, 0);
    EXPECT_FALSE(f.row(1).cached);
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(Cache, AnythingElseIsAnotherRequest) {
    JourneyFixture f(keeping());
    (void)again(f, plain);
    const std::string spaced = R"({"model": "main","messages":[{"role":"user","content":"hi"}]})";
    const std::string falling = R"({"model":"main","fallbacks":["last"],"messages":[{"role":"user","content":"hi"}]})";
    EXPECT_EQ(cache_of(again(f, spaced)), "miss");
    EXPECT_EQ(cache_of(again(f, falling)), "miss");
    EXPECT_EQ(cache_of(again(f, plain, "openai-beta: x=1\r\n")), "miss");
    EXPECT_EQ(cache_of(again(f, plain, "anthropic-beta: y\r\n")), "miss");
    EXPECT_EQ(cache_of(again(f, plain, "accept: text/plain\r\n")), "miss");
    EXPECT_EQ(cache_of(again(f, plain, {}, "/v1/completions")), "miss");
    // Neither another way to write the path nor what differs from try to try.
    EXPECT_EQ(cache_of(again(f, plain, {}, "/chat/completions")), "hit");
    EXPECT_EQ(cache_of(again(f, plain, "user-agent: other\r\nidempotency-key: k\r\nx-stainless-retry-count: 1\r\n")),
              "hit");
    EXPECT_EQ(calls(f), 7U);
}

TEST(Cache, AnAnswerNeverCrossesAccounts) {
    core::Config config = JourneyFixture::base_config();
    config.accounts = {account("ada"), account("bob")};
    JourneyFixture f(keeping(config));
    for (const std::string& who : {as("ada"), as("bob"), std::string()}) {
        EXPECT_EQ(cache_of(again(f, plain, who)), "miss");
        EXPECT_EQ(cache_of(again(f, plain, who)), "hit");
    }
    EXPECT_EQ(calls(f), 3U);
}

TEST(Cache, WhoMayNotAskGetsNoKeptAnswer) {
    core::Config config = keeping();
    config.gateway.auth_required = true;
    config.accounts = {account("ada")};
    JourneyFixture f(config);
    (void)again(f, plain, as("ada"));
    EXPECT_EQ(again(f, plain).status, 401);
    EXPECT_EQ(again(f, plain, as("nobody")).status, 401);
}

TEST(Cache, AStreamIsReplayedAsTheEventsThatWereSent) {
    JourneyFixture f(keeping());
    f.provider(1).next = {chat_stream({"one", "two"}), chat_stream({"other"})};
    const Reply first = again(f, streamed);
    const Reply second = again(f, streamed);
    EXPECT_EQ(cache_of(second), "hit");
    EXPECT_EQ(second.header("content-type"), "text/event-stream");
    EXPECT_EQ(second.body, first.body);
    EXPECT_TRUE(second.body.ends_with("data: [DONE]\n\n"));
    EXPECT_FALSE(second.closed);
    EXPECT_EQ(f.row().usage, (Usage{10, 5, -1}));
    EXPECT_TRUE(f.row().streamed);
    // The same question, not streamed, is another one.
    f.provider(1).next = {chat_answer("whole")};
    EXPECT_EQ(cache_of(again(f, plain)), "miss");
}

TEST(Cache, AClientWithoutChunksGetsTheEventsBare) {
    JourneyFixture f(keeping());
    f.provider(1).next = {chat_stream({"one"})};
    const Reply first = again(f, streamed);
    const auto old =
        f.send_raw("POST /v1/chat/completions HTTP/1.0\r\ncontent-length: " + std::to_string(streamed.size()) +
                   "\r\n\r\n" + streamed);
    f.loop.run_for(10s);
    EXPECT_EQ(cache_of(*old), "hit");
    EXPECT_EQ(old->header("transfer-encoding"), "");
    EXPECT_EQ(old->body, first.body);
}

TEST(Cache, AClientThatWaitedGetsAnAnswerThatIsKeptWithoutTheSignsOfLife) {
    JourneyFixture f(keeping());
    f.provider(1).next = {chat_stream({"slow"}, 15s)};
    const auto first = f.send(streamed);
    f.loop.run_for(30s);
    EXPECT_NE(first->body.find(": waiting"), std::string::npos);
    EXPECT_NE(first->body.find(": served by p1/m"), std::string::npos);
    const Reply second = again(f, streamed);
    EXPECT_EQ(cache_of(second), "hit");
    EXPECT_EQ(second.body, first->body.substr(first->body.find("data: ")));
}

TEST(Cache, AnAnswerExpires) {
    JourneyFixture f(keeping());
    (void)again(f, plain);
    f.loop.run_for(285s);
    EXPECT_EQ(cache_of(again(f, plain)), "hit");
    EXPECT_EQ(cache_of(again(f, plain)), "miss");
    EXPECT_EQ(f.router.answers().figures().expired, 1);
}

TEST(Cache, AModelHasARuleOfItsOwn) {
    core::Config config = JourneyFixture::base_config();
    config.models[2].cache = {true, 15s};
    JourneyFixture f(config);
    EXPECT_EQ(cache_of(again(f, plain)), "");
    const std::string last = R"({"model":"last","messages":[]})";
    EXPECT_EQ(cache_of(again(f, last)), "miss");
    EXPECT_EQ(cache_of(again(f, last)), "hit");
    EXPECT_EQ(cache_of(again(f, last)), "miss");
}

TEST(Cache, TheClientsCacheControlIsHeeded) {
    JourneyFixture f(keeping());
    f.provider(1).next = {chat_answer("one"), chat_answer("two"), chat_answer("three"), chat_answer("four")};
    EXPECT_EQ(cache_of(again(f, plain, "cache-control: no-store\r\n")), "");
    EXPECT_EQ(f.router.answers().figures().entries, 0);
    EXPECT_EQ(cache_of(again(f, plain, "Cache-Control: max-stale=1 ,\tNo-Cache\r\n")), "store");
    EXPECT_NE(again(f, plain).body.find("two"), std::string::npos);
    EXPECT_EQ(cache_of(again(f, plain, "cache-control: max-age=0\r\n")), "miss");
    EXPECT_NE(again(f, plain).body.find("three"), std::string::npos);
    EXPECT_EQ(cache_of(again(f, plain, "cache-control: max-age=60\r\ncache-control: no-store\r\n")), "");
    EXPECT_NE(again(f, plain).body.find("three"), std::string::npos);
    f.loop.run_for(60s);
    EXPECT_EQ(cache_of(again(f, plain, "cache-control: max-age=100\r\n")), "hit");
    EXPECT_EQ(cache_of(again(f, plain, "cache-control: max-age=99999999999999999999, max-age=x, max-age=\r\n")), "hit");
    EXPECT_EQ(cache_of(again(f, plain, "cache-control: max-age=60\r\n")), "miss");
    EXPECT_NE(again(f, plain).body.find("four"), std::string::npos);
}

// ---- what is not kept

TEST(Cache, AFallbacksAnswerIsForTheRequestThatNeededItOnly) {
    JourneyFixture f(keeping());
    f.provider(1).next = {answer(500, "{}"), answer(500, "{}"), chat_answer("back")};
    const Reply fallback = again(f, plain);
    EXPECT_EQ(fallback.header("x-signalbox-model"), "spare");
    const Reply next = again(f, plain);
    EXPECT_EQ(cache_of(next), "miss");
    EXPECT_NE(next.body.find("back"), std::string::npos);
    EXPECT_EQ(cache_of(again(f, plain)), "hit");
}

TEST(Cache, ErrorsAndBrokenStreamsAreNotKept) {
    core::Config config = keeping();
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    f.provider(1).next = {answer(400, R"({"error":{"message":"no"}})"), chat_answer("good")};
    EXPECT_EQ(again(f, plain).status, 400);
    EXPECT_EQ(cache_of(again(f, plain)), "miss");
    f.provider(1).next = {cut_after(chat_stream({"one", "two"}), 3, Script::End::reset), chat_stream({"whole"})};
    EXPECT_TRUE(again(f, streamed).closed);
    const Reply whole = again(f, streamed);
    EXPECT_EQ(cache_of(whole), "miss");
    EXPECT_NE(whole.body.find("whole"), std::string::npos);
}

TEST(Cache, AStreamItsClientLeftIsNotKept) {
    JourneyFixture f(keeping());
    f.provider(1).next = {chat_stream({"one", "two", "three"}, 1s, 1s), chat_stream({"next"})};
    (void)f.send_raw("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: " +
                         std::to_string(streamed.size()) + "\r\n\r\n" + streamed,
                     1500ms);
    f.loop.run_for(10s);
    EXPECT_EQ(f.router.answers().figures().stores, 0);
    EXPECT_EQ(cache_of(again(f, streamed)), "miss");
}

TEST(Cache, AnAnswerPutTogetherFromTwoTargetsIsNotKept) {
    core::Config config = keeping();
    config.defaults.midstream = core::Midstream::resume;
    JourneyFixture f(config);
    f.provider(1).next = {cut_after(chat_stream({"one", "two"}), 3, Script::End::reset), chat_stream({"one", "two"})};
    f.provider(2).next = {chat_stream({"one", "two"})};
    EXPECT_NE(again(f, streamed).body.find("[DONE]"), std::string::npos);
    EXPECT_EQ(f.router.answers().figures().stores, 0);
    EXPECT_EQ(cache_of(again(f, streamed)), "miss");
    EXPECT_EQ(cache_of(again(f, streamed)), "hit");
}

TEST(Cache, WhatGoesOnFromKeptStateIsNeverTheSameRequestTwice) {
    core::Config config = keeping();
    config.providers[0].kind = core::ProviderKind::azure;
    config.providers[0].base_url = "http://10.0.0.1/openai/v1";
    JourneyFixture f(config);
    f.provider(1).next = {answer(200, R"({"id":"resp_1","object":"response","status":"completed","output":[{}]})")};
    for (const char* state :
         {R"("previous_response_id":"resp_0")", R"("conversation":{"id":"c"})", R"("background":true)"}) {
        const std::string body = R"({"model":"main","input":"hi",)" + std::string(state) + "}";
        EXPECT_EQ(cache_of(again(f, body, {}, "/v1/responses")), "") << state;
    }
    const std::string stateless = R"({"model":"main","input":"hi","background":false,"previous_response_id":null})";
    EXPECT_EQ(cache_of(again(f, stateless, {}, "/v1/responses")), "miss");
    EXPECT_EQ(cache_of(again(f, stateless, {}, "/v1/responses")), "hit");
}

TEST(Cache, WhatIsTooLargeIsCountedAndNotKept) {
    core::Config config = keeping();
    config.defaults.cache.max = 65'536;
    JourneyFixture f(config);
    f.provider(1).next = {chat_answer(std::string(10'000, 'x'))};
    for (int i = 0; i < 2; ++i) EXPECT_EQ(cache_of(again(f, plain)), "miss");
    EXPECT_EQ(f.router.answers().figures().too_large, 2);
    EXPECT_EQ(f.router.answers().figures().bytes, 0);
    const std::string huge = R"({"model":"main","messages":[{"role":"user","content":")" +
                             std::string(limits::cached_request_max, 'x') + R"("}]})";
    EXPECT_EQ(cache_of(again(f, huge)), "");
    EXPECT_EQ(f.router.answers().figures().too_large, 3);
}

TEST(Cache, AStreamThatGrowsTooLargeIsCountedAndSentWhole) {
    JourneyFixture f(keeping());
    f.provider(1).next = {chat_stream(std::vector<std::string>(5, std::string(1 << 20, 'x')))};
    const Reply first = again(f, streamed);
    EXPECT_TRUE(first.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(f.router.answers().figures().too_large, 1);
    EXPECT_EQ(f.router.answers().figures().stores, 0);
}

// ---- where the request would go now

core::OverrideTablePtr redirect(int share = 100, const std::string& tag = {}) {
    core::OverrideTable table;
    core::ActiveOverride row;
    row.id = 7;
    row.from = "main";
    row.to = "last";
    row.share_percent = share;
    if (!tag.empty()) row.tag_key = "team", row.tag_value = tag;
    row.diverted = std::make_shared<std::atomic<std::int64_t>>();
    table.rows = {row};
    return std::make_shared<const core::OverrideTable>(table);
}

TEST(Cache, AnOverrideIsNotHiddenByWhatWasKeptBefore) {
    JourneyFixture f(keeping());
    (void)again(f, plain);
    f.router.set_overrides(redirect());
    const Reply moved = again(f, plain);
    EXPECT_EQ(cache_of(moved), "miss");
    EXPECT_EQ(moved.header("x-signalbox-model"), "last");
    const Reply kept = again(f, plain);
    EXPECT_EQ(cache_of(kept), "hit");
    EXPECT_EQ(kept.header("x-signalbox-override"), "7");
    EXPECT_EQ(f.row().why, ErrorCode::redirected);
    EXPECT_EQ(f.row().override_id, 7);
    f.router.set_overrides(std::make_shared<const core::OverrideTable>());
    EXPECT_EQ(cache_of(again(f, plain)), "miss");
}

TEST(Cache, AnOverrideForSomeDividesWhatIsKept) {
    JourneyFixture f(keeping());
    f.router.set_overrides(redirect(100, "ci"));
    const std::string ci = "x-signalbox-tags: team=ci\r\n";
    EXPECT_EQ(cache_of(again(f, plain, ci)), "miss");
    EXPECT_EQ(cache_of(again(f, plain)), "miss");
    EXPECT_EQ(again(f, plain, ci).header("x-signalbox-model"), "last");
    EXPECT_EQ(again(f, plain).header("x-signalbox-model"), "main");
    EXPECT_EQ(f.router.answers().figures().hits, 2);
}

TEST(Cache, AnOrderOrAChangedConfigurationIsNotHiddenEither) {
    JourneyFixture f(keeping());
    const auto expect_fresh = [&] {
        EXPECT_EQ(cache_of(again(f, plain)), "miss");
        EXPECT_EQ(cache_of(again(f, plain)), "hit");
    };
    expect_fresh();
    f.router.apply(std::make_shared<const core::Config>(keeping()), {f.loop.now(), f.loop.wall()});
    expect_fresh();
    f.router.act(0, BreakerAct::hold_open, f.loop.now() + 1s, f.loop.now());
    f.loop.run_for(2s);
    expect_fresh();
    f.router.set_draining(0, true);
    f.router.set_draining(0, false);
    expect_fresh();
}

// ---- what a hit costs

TEST(Cache, AHitIsChargedToNoRateAndNoBudget) {
    core::AccountConfig ci = account("ci");
    ci.rpm = 2;
    ci.budget = MicroUsd{1'000'000};
    JourneyFixture f(keeping(with_account(ci)));
    EXPECT_EQ(again(f, plain, as("ci")).status, 200);
    const MicroUsd spent = view_of(f, "ci").money->total;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(cache_of(again(f, plain, as("ci"))), "hit");
    const AccountView view = view_of(f, "ci");
    EXPECT_EQ(view.money->total, spent);
    EXPECT_EQ(view.money->held, MicroUsd{});
    EXPECT_GE(view.figures.requests.remaining, 1);
}

TEST(Cache, AHitIsServedWhileNothingElseIs) {
    core::Config config = keeping();
    config.models[0].fallbacks.clear();
    JourneyFixture f(config);
    (void)again(f, plain);
    f.provider(1).next = {answer(404, "{}")};
    const std::string other = R"({"model":"main","messages":[]})";
    for (int i = 0; i < 3; ++i) (void)again(f, other);
    EXPECT_NE(again(f, other).status, 200);
    EXPECT_EQ(cache_of(again(f, plain)), "hit");
}

TEST(Cache, AHitTeachesTheEstimatesAndTheRetryBudgetNothing) {
    JourneyFixture f(keeping());
    (void)again(f, plain);
    const Calibration learned = f.router.view().calibrations[0];
    for (int i = 0; i < 5; ++i) (void)again(f, plain);
    EXPECT_EQ(f.router.view().calibrations[0].bytes_per_token, learned.bytes_per_token);
    EXPECT_EQ(f.rows(), 6U);
}

TEST(Cache, ADrainingGatewayRefusesItToo) {
    JourneyFixture f(keeping());
    (void)again(f, plain);
    f.gauges.draining = true;
    EXPECT_EQ(again(f, plain).status, 503);
}

}  // namespace
}  // namespace signalbox::flow
