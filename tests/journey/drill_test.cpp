// Drills against a provider that is well: what is played looks to everything behind it like the real thing, concerns
// only whom it should, and leaves nothing behind.
#include <gtest/gtest.h>

#include "engine/core/drill/drill.h"
#include "engine/replay/rig.h"

namespace signalbox::flow {
namespace {

using core::Fault;
using replay::Rig;
using namespace std::string_literals;

core::ModelConfig model(const std::string& name, const std::string& provider, std::vector<std::string> fallbacks) {
    core::ModelConfig out;
    out.name = name;
    core::DeploymentConfig deployment;
    deployment.provider = provider;
    deployment.model = name;
    deployment.price = core::Price{{1'000'000}, {2'000'000}, {0}};
    out.deployments = {deployment};
    out.fallbacks = std::move(fallbacks);
    return out;
}

// `main` at p1, with the fallback `spare` at p2.
replay::Setup fleet(core::ProviderKind kind = core::ProviderKind::openai, Fault knob = Fault::none) {
    replay::Setup setup;
    for (const char* name : {"p1", "p2"}) {
        core::ProviderConfig& provider = setup.config.providers.emplace_back();
        provider.name = name;
        provider.kind = kind;
        provider.base_url = "http://10.0.0.1/v1";
        core::KeyConfig& key = provider.keys.emplace_back();
        key.name = "only";
        key.value = "secret-"s + name;
        setup.scripts[name].name = name;
    }
    setup.scripts["p1"].fault = knob;
    setup.config.models = {model("main", "p1", {"spare"}), model("spare", "p2", {})};
    return setup;
}

struct Question {
    Fault fault = Fault::none;
    bool stream = false;
    std::string header;
};

std::string body_of(const Question& question) {
    const std::string prefill =
        question.fault == Fault::rejects_prefill ? R"(,{"role":"assistant","content":"A"})" : "";
    return R"({"model":"main","messages":[{"role":"user","content":"hi"})" + prefill + "]" +
           (question.stream ? R"(,"stream":true)" : "") + "}";
}

struct Seen {
    sim::ClientAnswer answer;
    ports::RequestRecord row;
};

class Stage {
  public:
    explicit Stage(replay::Setup setup = fleet()) : rig(std::move(setup), 1) {}

    void play(Fault fault, const std::string& target, int share = 100, bool header_only = false) {
        auto table = std::make_shared<core::DrillTable>();
        table->rows.push_back({++drills_, target, fault, share, header_only, never, struck});
        rig.router.set_drills(std::move(table));
    }
    Seen ask(const Question& question) {
        const std::string name = "client " + std::to_string(++asked_);
        sim::ClientRequest request;
        request.body = body_of(question);
        if (!question.header.empty()) request.headers.emplace_back("x-signalbox-drill", question.header);
        rig.ask({.name = name}, std::move(request));
        while (!rig.all_ended()) rig.loop.run_for(1s);
        rig.loop.run_for(1s);
        const auto& rows = rig.rows(name);
        EXPECT_EQ(rows.size(), 1U);
        return {rig.asks().back()->answer, rows.empty() ? ports::RequestRecord{} : rows.front()};
    }
    [[nodiscard]] core::LaneState lane(const std::string& name) const {
        const FleetView view = rig.router.view();
        const auto lanes = core::lanes_of(name, *view.table);
        return view.lanes[static_cast<std::size_t>(lanes.front())];
    }

    Rig rig;
    std::shared_ptr<std::atomic<std::int64_t>> struck = std::make_shared<std::atomic<std::int64_t>>(0);

  private:
    std::int64_t drills_ = 0;
    int asked_ = 0;
};

// What became of each attempt, told so that two courses can be compared.
std::string course_of(const Seen& seen) {
    std::string out;
    for (const ports::AttemptRecord& attempt : seen.row.attempts) {
        out += attempt.deployment + " " + std::string(to_string(attempt.result)) + " " +
               std::to_string(attempt.status) + "; ";
    }
    return out + std::string(to_string(seen.row.outcome)) + " " + std::string(to_string(seen.row.error));
}

struct Case {
    core::ProviderKind kind;
    Fault fault;
    bool stream;
};

std::vector<Case> all_cases() {
    std::vector<Case> out;
    for (const auto kind : {core::ProviderKind::openai, core::ProviderKind::anthropic}) {
        for (const core::FaultInfo& info : core::fault_catalogue()) {
            for (const bool stream : {false, true}) out.push_back({kind, info.fault, stream});
        }
    }
    return out;
}

class Injected : public testing::TestWithParam<Case> {};

TEST_P(Injected, takes_the_course_of_the_real_fault) {
    const auto [kind, fault, stream] = GetParam();
    const Question question{fault, stream, {}};
    Stage real(fleet(kind, fault));
    const Seen wanted = real.ask(question);
    Stage drilled(fleet(kind));
    drilled.play(fault, "p1");
    const Seen got = drilled.ask(question);
    EXPECT_EQ(got.answer.end, wanted.answer.end);
    EXPECT_EQ(got.answer.status, wanted.answer.status);
    EXPECT_EQ(got.answer.done(), wanted.answer.done());
    EXPECT_EQ(got.row.outcome, wanted.row.outcome);
    // A simulated provider cannot refuse to be connected to, and its reset overtakes the bytes before it.
    const bool alike = fault != Fault::refused && (fault != Fault::cut || stream);
    if (alike) EXPECT_EQ(course_of(got), course_of(wanted));
    const bool meets_it = fault != Fault::flapping || !core::rests_between_flaps(Instant{});
    EXPECT_EQ(got.row.attempts.front().drill, meets_it ? core::to_string(fault) : "");
    EXPECT_GE(*drilled.struck, meets_it ? 1 : 0);
}

// Whatever a drill plays, what a client reads was written by a provider, or is an error.
TEST_P(Injected, puts_no_words_into_an_answer) {
    const auto [kind, fault, stream] = GetParam();
    Stage well(fleet(kind));
    const std::string text = well.ask({fault, stream, {}}).answer.text();
    Stage drilled(fleet(kind));
    drilled.play(fault, "p1");
    const Seen got = drilled.ask({fault, stream, {}});
    if (stream) {
        const std::string read = got.answer.text();
        const std::string_view longer = read.size() > text.size() ? read : text;
        EXPECT_TRUE(longer.starts_with(read) && longer.starts_with(text)) << read;
    }
    EXPECT_EQ(got.answer.body.find("<html>"), std::string::npos);
    EXPECT_EQ(got.answer.body.find("\xEF\xBB\xBF"), std::string::npos);
    if (got.answer.body.find("Drill") != std::string::npos) {
        EXPECT_NE(got.answer.body.find("\"error\""), std::string::npos) << got.answer.body;
    }
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
    return std::string(core::to_string(info.param.kind)) + "_" + std::string(core::to_string(info.param.fault)) +
           (info.param.stream ? "_streamed" : "_whole");
}
INSTANTIATE_TEST_SUITE_P(Catalogue, Injected, testing::ValuesIn(all_cases()), case_name);

TEST(Drill, WhoIsNeverAskedCostsNothing) {
    for (const Fault fault : {Fault::rate_limited, Fault::garbage, Fault::empty, Fault::silence, Fault::reset}) {
        Stage stage;
        stage.play(fault, "p1");
        const Seen seen = stage.ask({fault, true, {}});
        EXPECT_EQ(stage.rig.provider("p1").counters().connections, 0U) << core::to_string(fault);
        EXPECT_EQ(seen.row.served_deployment, "p2/spare");
        const std::int64_t used = seen.row.usage.input_tokens + 2 * seen.row.usage.output_tokens;
        EXPECT_EQ(seen.row.cost.value, used) << "what the fallback used, and no more";
    }
}

TEST(Drill, HalfAnAnswerOfARealProviderIsPaid) {
    Stage stage;
    stage.play(Fault::cut, "p1");
    const Seen seen = stage.ask({Fault::cut, true, {}});
    EXPECT_EQ(seen.answer.end, sim::ClientEnd::cut);
    EXPECT_EQ(seen.row.error, ErrorCode::stream_cut);
    EXPECT_EQ(seen.row.usage.output_tokens, core::tokens_before_fault);
    EXPECT_GT(seen.row.cost.value, 0);
}

TEST(Drill, ADrilledConnectionServesNobodyElse) {
    for (const Fault fault : {Fault::odd_framing, Fault::missing_done, Fault::slow_first_token}) {
        for (const bool stream : {false, true}) {
            Stage stage;
            stage.ask({fault, stream, {}});  // leaves a connection in the pool
            stage.play(fault, "p1");
            stage.ask({fault, stream, {}});
            stage.rig.router.set_drills(nullptr);
            const Seen after = stage.ask({fault, stream, {}});
            EXPECT_EQ(after.row.attempts.front().connect_us, 0) << "the pooled one was left alone";
            EXPECT_EQ(stage.rig.provider("p1").counters().connections, 2U);
        }
    }
}

TEST(Drill, AShareStrikesTheSameRequestsAtEveryTry) {
    Stage stage;
    stage.play(Fault::server_error, "main", 30);
    int struck = 0;
    for (int i = 0; i < 60; ++i) {
        const Seen seen = stage.ask({});
        const bool met = !seen.row.attempts.front().drill.empty();
        struck += met;
        for (const ports::AttemptRecord& attempt : seen.row.attempts) {
            EXPECT_EQ(!attempt.drill.empty(), met && attempt.model == "main");
        }
        EXPECT_EQ(seen.answer.status, 200);
        stage.rig.loop.run_for(10s);
    }
    EXPECT_GT(struck, 4);
    EXPECT_LT(struck, 40);
}

TEST(Drill, AHeaderDrillHarmsNobodyElse) {
    for (const core::FaultInfo& info : core::fault_catalogue()) {
        if (info.fault == Fault::rejects_prefill) continue;
        for (const bool stream : {false, true}) {
            Stage stage;
            stage.ask({Fault::none, stream, {}});
            stage.play(info.fault, "p1", 0, true);
            const core::LaneState before = stage.lane("p1/main");
            for (int i = 0; i < 8; ++i) {
                const Seen seen = stage.ask({Fault::none, stream, std::string(info.word)});
                EXPECT_EQ(seen.row.attempts.front().drill, info.word) << i;
                const bool head_went_early = seen.answer.body.starts_with(": waiting");
                EXPECT_EQ(seen.answer.header("x-signalbox-drill"), head_went_early ? "" : info.word);
                stage.rig.loop.run_for(info.fault == Fault::flapping ? 60s - 2s : 0s);
            }
            const core::LaneState after = stage.lane("p1/main");
            EXPECT_EQ(after.health.state(), core::BreakerState::closed) << info.word;
            EXPECT_EQ(after.health.samples(), before.health.samples()) << info.word;
            EXPECT_EQ(after.health.consecutive(), 0) << info.word;
            EXPECT_EQ(after.cool_until, before.cool_until) << info.word;
            EXPECT_EQ(after.first_token_us, before.first_token_us) << info.word;
            EXPECT_EQ(after.in_flight, 0) << info.word;
            const Seen other = stage.ask({Fault::none, stream, {}});
            EXPECT_EQ(other.row.outcome, ports::Outcome::served) << info.word;
            EXPECT_EQ(other.row.served_deployment, "p1/main") << info.word;
            EXPECT_EQ(other.row.attempts.front().drill, "");
            EXPECT_EQ(other.answer.header("x-signalbox-drill"), "");
        }
    }
}

TEST(Drill, AHeaderWithoutADrillDoesNothing) {
    Stage stage;
    const Seen seen = stage.ask({Fault::none, false, "server_error"});
    EXPECT_EQ(seen.row.outcome, ports::Outcome::served);
    stage.play(Fault::cut, "p2", 0, true);
    EXPECT_EQ(stage.ask({Fault::none, false, "cut"}).row.outcome, ports::Outcome::served);
}

TEST(Drill, WhatStrikesEverybodyOpensTheBreaker) {
    Stage stage;
    stage.play(Fault::not_found, "p1");
    for (int i = 0; i < 4; ++i) stage.ask({});
    EXPECT_EQ(stage.lane("p1/main").health.state(), core::BreakerState::open);
    // The provider is well, and a free check would say so: it must not end the drill's outage.
    stage.rig.loop.run_for(30s);
    EXPECT_EQ(stage.lane("p1/main").health.last_check(), core::FreeCheck::none);
}

TEST(Drill, AClientThatLeavesEndsASilenceAtOnce) {
    Stage stage;
    stage.play(Fault::silence, "p1");
    sim::ClientRequest request;
    request.body = body_of({});
    request.vanish_at = 2s;
    stage.rig.ask({.name = "leaver"}, std::move(request));
    stage.rig.loop.run_for(5s);
    ASSERT_EQ(stage.rig.rows("leaver").size(), 1U);
    EXPECT_EQ(stage.rig.rows("leaver").front().outcome, ports::Outcome::cancelled);
    EXPECT_EQ(stage.lane("p1/main").in_flight, 0);
}

TEST(Drill, NoKeptAnswerHidesIt) {
    replay::Setup setup = fleet();
    for (core::ModelConfig& one : setup.config.models) one.cache.enabled = true;
    Stage stage(std::move(setup));
    stage.ask({});
    EXPECT_TRUE(stage.ask({}).row.cached);
    stage.play(Fault::server_error, "p1", 0, true);
    stage.ask({});
    EXPECT_TRUE(stage.ask({}).row.cached) << "others keep their answers";
    EXPECT_EQ(stage.ask({Fault::none, false, "server_error"}).row.attempts.front().drill, "server_error");
    EXPECT_TRUE(stage.ask({}).row.cached) << "and what the drill brought is not among them";
    stage.play(Fault::server_error, "p1");
    EXPECT_EQ(stage.ask({}).row.attempts.front().drill, "server_error");
}

TEST(Drill, ItStopsWithTheNextRequest) {
    Stage stage;
    stage.play(Fault::rate_limited_mute, "main");
    EXPECT_EQ(stage.ask({}).row.served_deployment, "p2/spare");
    stage.rig.router.set_drills(nullptr);
    stage.rig.loop.run_for(10s);
    EXPECT_EQ(stage.ask({}).row.served_deployment, "p1/main");
}

}  // namespace
}  // namespace signalbox::flow
