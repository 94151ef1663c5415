// `signalboxctl drill run` on configurations whose weak points are known.
#include "engine/replay/scoreboard.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/config/demo.h"

namespace signalbox::replay {
namespace {

using core::Fault;

core::ProviderConfig provider(const std::string& name, std::vector<std::string> keys,
                              core::ProviderKind kind = core::ProviderKind::openai) {
    core::ProviderConfig out;
    out.name = name;
    out.kind = kind;
    out.base_url = "https://api.example.com/v1";
    out.proxy = "http://proxy.example.com:3128";
    for (const std::string& key : keys) {
        core::KeyConfig& row = out.keys.emplace_back();
        row.name = key;
        row.value = "(env." + key + ")";
    }
    return out;
}

core::ModelConfig model(const std::string& name, const std::vector<std::string>& providers,
                        std::vector<std::string> fallbacks = {}) {
    core::ModelConfig out;
    out.name = name;
    for (const std::string& one : providers) {
        core::DeploymentConfig& deployment = out.deployments.emplace_back();
        deployment.provider = one;
        deployment.model = name;
    }
    out.fallbacks = std::move(fallbacks);
    return out;
}

core::Config config(std::vector<core::ProviderConfig> providers, std::vector<core::ModelConfig> models) {
    core::Config out;
    out.providers = std::move(providers);
    out.models = std::move(models);
    return out;
}

// Two providers of different dialects that stand in for each other.
core::Config sound() {
    return config({provider("openai", {"primary"}), provider("anthropic", {"only"}, core::ProviderKind::anthropic)},
                  {model("main", {"openai"}, {"spare"}), model("spare", {"anthropic"}, {"main"})});
}

Scoreboard board_of(const core::Config& of, DrillOptions options = {}) {
    auto board = run_drills(of, options);
    EXPECT_TRUE(board) << board.error().detail;
    return board ? std::move(*board) : Scoreboard{};
}

const DrillResult& row_of(const Scoreboard& board, Fault fault, bool streamed = false) {
    const auto row = std::ranges::find_if(
        board.rows, [&](const DrillResult& one) { return one.fault == fault && one.streamed == streamed; });
    EXPECT_NE(row, board.rows.end());
    return *row;
}

bool is_single_point(const DrillResult& result) {
    return result.finding.starts_with("single point of failure");
}

TEST(Scoreboard, ASoundConfigurationPassesEverything) {
    const Scoreboard board = board_of(sound());
    EXPECT_TRUE(board.passed()) << as_table(board);
    EXPECT_EQ(board.rows.size(), 2 * 2 * core::fault_catalogue().size());
    for (const DrillResult& result : board.rows) {
        EXPECT_LE(result.attempts, 4);
        EXPECT_GT(result.attempts, 0);
        EXPECT_FALSE(result.struck.empty());
    }
    EXPECT_EQ(row_of(board, Fault::server_error).served_by, "anthropic/spare");
    EXPECT_EQ(row_of(board, Fault::bad_request).got, Got::told);
    EXPECT_EQ(row_of(board, Fault::cut, true).got, Got::honest);
    EXPECT_EQ(row_of(board, Fault::cut, false).got, Got::complete);
    EXPECT_NE(row_of(board, Fault::cut, true).hint.find("midstream"), std::string::npos);
}

TEST(Scoreboard, MidstreamResumeCompletesWhatBreaks) {
    core::Config of = sound();
    of.defaults.midstream = core::Midstream::hold;
    for (const Fault fault : {Fault::cut, Fault::clean_cut, Fault::stall, Fault::malformed_event, Fault::error_event}) {
        const Scoreboard board = board_of(of, {.model = "main", .faults = {fault}});
        EXPECT_EQ(row_of(board, fault, true).got, Got::complete) << core::to_string(fault);
    }
}

TEST(Scoreboard, ASingleTargetIsFound) {
    const Scoreboard board = board_of(config({provider("openai", {"primary"})}, {model("main", {"openai"})}));
    EXPECT_FALSE(board.passed());
    for (const Fault fault : {Fault::refused, Fault::silence, Fault::not_found, Fault::unauthorized,
                              Fault::server_error, Fault::quota_exhausted, Fault::garbage}) {
        for (const bool streamed : {false, true}) {
            const DrillResult& result = row_of(board, fault, streamed);
            EXPECT_TRUE(is_single_point(result)) << core::to_string(fault) << ": " << result.finding;
            EXPECT_EQ(result.got, Got::error) << core::to_string(fault);
            EXPECT_TRUE(result.served_by.empty());
        }
    }
    for (const Fault fault : {Fault::missing_done, Fault::odd_framing, Fault::bad_request, Fault::slow_first_token}) {
        EXPECT_TRUE(row_of(board, fault, true).passed()) << core::to_string(fault);
    }
    const std::string table = as_table(board);
    EXPECT_NE(table.find("single point of failure: nothing but openai serves main"), std::string::npos) << table;
    EXPECT_NE(table.find("FAIL"), std::string::npos);
}

TEST(Scoreboard, AFallbackAtTheSameProviderDoesNotSurviveItsOutage) {
    const Scoreboard board =
        board_of(config({provider("openai", {"k"})}, {model("main", {"openai"}, {"mini"}), model("mini", {"openai"})}),
                 {.model = "main"});
    EXPECT_TRUE(is_single_point(row_of(board, Fault::refused)));
    EXPECT_TRUE(is_single_point(row_of(board, Fault::site_overloaded)));
    EXPECT_TRUE(is_single_point(row_of(board, Fault::unauthorized)));
    EXPECT_EQ(row_of(board, Fault::not_found).served_by, "openai/mini");
    EXPECT_EQ(row_of(board, Fault::server_error).served_by, "openai/mini");
}

TEST(Scoreboard, ASecondKeySurvivesTheFirstOnesEnd) {
    const Scoreboard board =
        board_of(config({provider("openai", {"k1", "k2"})}, {model("main", {"openai"})}), {.model = "main"});
    for (const Fault fault : {Fault::unauthorized, Fault::forbidden, Fault::quota_exhausted, Fault::rate_limited}) {
        EXPECT_TRUE(row_of(board, fault).passed()) << core::to_string(fault) << row_of(board, fault).finding;
        EXPECT_TRUE(row_of(board, fault).struck.starts_with("openai#k"));
    }
    EXPECT_TRUE(is_single_point(row_of(board, Fault::server_error)));
}

TEST(Scoreboard, TooFewAttemptsAreNamed) {
    core::Config of = sound();
    of.defaults.attempts = 1;
    const Scoreboard board = board_of(of, {.model = "main", .faults = {Fault::not_found}});
    EXPECT_NE(row_of(board, Fault::not_found).finding.find("defaults.attempts: 1"), std::string::npos);
}

TEST(Scoreboard, EveryShapeIsAskedInItsOwnWay) {
    core::Config of = config({provider("a", {"k"}), provider("b", {"k"})},
                             {model("vectors", {"a", "b"}), model("pictures", {"a", "b"})});
    of.models[0].shape = core::Shape::embedding;
    of.models[1].shape = core::Shape::image;
    const Scoreboard board = board_of(of);
    EXPECT_TRUE(board.passed()) << as_table(board);
    for (const DrillResult& result : board.rows) EXPECT_FALSE(result.streamed);
    EXPECT_EQ(board.rows.size(), 2 * (core::fault_catalogue().size() - 1)) << "there is no prefill to reject";
}

TEST(Scoreboard, NothingOutsideIsNeeded) {
    core::Config of = sound();
    of.gateway.auth_required = true;
    of.accounts.emplace_back().name = "ci";
    of.accounts.back().models = {"nothing"};
    of.providers[0].kind = core::ProviderKind::azure;
    EXPECT_TRUE(board_of(of, {.model = "main", .faults = {Fault::server_error}}).passed());
    core::Config demo = core::demo_config();
    const Scoreboard board = board_of(demo, {.faults = {Fault::missing_done}});
    EXPECT_TRUE(board.passed()) << as_table(board);
}

TEST(Scoreboard, TheSameSeedTellsTheSame) {
    const DrillOptions options{.seed = 7, .model = "main"};
    EXPECT_EQ(as_json(board_of(sound(), options)), as_json(board_of(sound(), options)));
}

TEST(Scoreboard, AModelThatIsNotThereIsRefused) {
    EXPECT_EQ(run_drills(sound(), {.model = "nobody"}).error().code, ErrorCode::model_not_found);
    EXPECT_EQ(run_drills(core::Config{}, {}).error().code, ErrorCode::model_not_found);
}

}  // namespace
}  // namespace signalbox::replay
