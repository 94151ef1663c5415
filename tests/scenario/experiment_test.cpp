// Experiments: what loads do, what is measured of them, and when a bar holds.
#include <gtest/gtest.h>

#include "engine/replay/experiment.h"

namespace signalbox::replay {
namespace {

const std::string header = "# name: n\n# description: what it shows\n# group: g\n";

PlayResult played(const std::string& text, std::uint64_t seed = 1) {
    const Result<FlowFile> file = parse_flow(header + text);
    EXPECT_TRUE(file);
    PlayResult result = play(*file, seed);
    for (const std::string& what : result.complaints) ADD_FAILURE() << what;
    return result;
}

double figure(const PlayResult& result, std::string_view name) {
    const auto value = result.seen.find(name);
    EXPECT_TRUE(value) << name;
    EXPECT_TRUE(value && *value) << name << " was never measured";
    return value && *value ? (*value)->number : -1;
}

bool unmeasured(const PlayResult& result, std::string_view name) {
    const auto value = result.seen.find(name);
    return value && !*value;
}

TEST(Experiment, a_load_by_the_clock_keeps_its_rate_whatever_the_answers) {
    const PlayResult result = played(
        "provider p1 first_token=5s tokens=2 slots=1000\nmodel main p1/x\n"
        "load even model=main rate=60/m even=yes to=60s\nload random model=main rate=600/m to=60s\n");
    EXPECT_EQ(figure(result, "even.requests"), 60);
    EXPECT_NEAR(figure(result, "random.requests"), 600, 100);
    EXPECT_EQ(figure(result, "all.failures"), 0);
    EXPECT_EQ(figure(result, "p1.attempts"), figure(result, "all.calls"));
    EXPECT_NEAR(figure(result, "even.ttft_p50"), 5, 0.001);
}

TEST(Experiment, clients_ask_again_once_they_have_their_answer) {
    const PlayResult result = played(
        "provider p1 first_token=900ms rate=10 tokens=2 slots=100\nmodel main p1/x\n"
        "load users model=main clients=4 ramp=400ms requests=10 stream=no to=60s\n");
    EXPECT_EQ(figure(result, "users.requests"), 10);
    EXPECT_NEAR(figure(result, "users.total_p99"), 1.1, 0.001);
    EXPECT_NEAR(std::chrono::duration<double>(result.seen.length).count(), 2 * 1.1 + 1.2, 0.15);
}

TEST(Experiment, a_client_like_the_sdks_tries_three_times_in_all) {
    // One request a minute is allowed; those above are told so, and when to come again.
    const std::string fleet = "provider p1 first_token=10ms\nmodel main p1/x\naccount small rpm=1\n";
    const std::string load = "load users model=main rate=6/m even=yes to=60s account=small stream=no";
    const PlayResult stubborn = played(fleet + load + " retry=sdk\n");
    EXPECT_EQ(figure(stubborn, "users.requests"), 6);
    EXPECT_GT(figure(stubborn, "users.retries"), 0);
    EXPECT_LE(figure(stubborn, "users.sends"), 18);
    const PlayResult plain = played(fleet + load + "\n");
    EXPECT_EQ(figure(plain, "users.retries"), 0);
    EXPECT_EQ(plain.seen.failures().count("rate_limited"), 1U);
    const std::string broken = "provider p1 fault=status:500\nmodel main p1/x\n";
    const PlayResult told = played(broken + "load users model=main rate=6/m even=yes to=60s stream=no retry=sdk\n");
    EXPECT_EQ(figure(told, "users.retries"), 0);  // the gateway has tried already, and says so
}

TEST(Experiment, a_repair_is_measured_from_its_moment) {
    const PlayResult result = played(
        "provider bad fault=not_found\nprovider good\nmodel main bad/x fallbacks=spare\nmodel spare good/y\n"
        "at 10m provider bad fault=none\nload users model=main rate=120/m to=15m stream=no\n"
        "window broken to=10m\n");
    EXPECT_EQ(figure(result, "users.failures"), 0);
    EXPECT_EQ(figure(result, "bad.failures_to_open"), 2);
    EXPECT_EQ(figure(result, "bad@broken.wasted"), figure(result, "bad.wasted"));
    EXPECT_LE(figure(result, "bad.alert_after"), figure(result, "bad.open_after") + 2);
    EXPECT_GT(figure(result, "bad.back_after"), 0);
    EXPECT_LE(figure(result, "bad.recovery_excess"), 0);
    EXPECT_TRUE(unmeasured(result, "good.open_after"));
    EXPECT_FALSE(result.seen.alerts.empty());
}

TEST(Experiment, tells_a_rejection_while_a_place_was_free) {
    // The account may ask once a minute; the provider has nothing to do.
    const PlayResult result = played(
        "defaults queue=1 wait=1s\nprovider p1 first_token=10ms tokens=2\nmodel main p1/x\naccount small rpm=1\n"
        "load users model=main rate=60/m even=yes to=10s account=small\n");
    EXPECT_GT(figure(result, "gateway.rejections"), 0);
    EXPECT_EQ(figure(result, "gateway.rejections"), figure(result, "gateway.rejections_while_idle"));
    EXPECT_EQ(figure(result, "users.rejections"), figure(result, "gateway.rejections"));
    EXPECT_FALSE(result.seen.idle_examples.empty());
}

TEST(Experiment, the_ledger_is_weighed_against_what_was_told) {
    const PlayResult result = played(
        "provider p1 first_token=10ms tokens=2..40\nmodel main p1/x price=1,1\naccount big tier=service budget=10\n"
        "load users model=main rate=60/m to=60s prompt=3..300 account=big\n");
    EXPECT_EQ(figure(result, "gateway.ledger_error"), 0);
    EXPECT_EQ(figure(result, "gateway.held"), 0);
    EXPECT_GT(figure(result, "p1.tokens"), 60);
}

TEST(Experiment, the_incident_turns_away_what_we_serve) {
    const std::string text =
        "fleet far count=6 warm=6 kind=simulated memory=64GiB model_size=13GiB headroom=3 tokens=50..100 slots=24\n"
        "model main far/main price=1,1\naccount big tier=service budget=100\n"
        "load burst model=main clients=60 requests=120 account=big tokens=512 to=1h\n";
    const PlayResult ours = played("gateway policy=signalbox\n" + text);
    EXPECT_EQ(figure(ours, "burst.failures"), 0);
    const PlayResult theirs = played("gateway policy=incident\n" + text);
    EXPECT_GT(figure(theirs, "burst.failures"), 0);
    EXPECT_EQ(figure(theirs, "gateway.rejections"), figure(theirs, "burst.failures"));
    EXPECT_TRUE(unmeasured(theirs, "gateway.ledger_error"));
}

TEST(Experiment, bars_add_and_multiply_and_may_not_apply) {
    const std::string text =
        header +
        "cell one n=1 bound=any\ncell two n=2 bound=3\n"
        "provider p1 first_token=1s rate=10 tokens=$n\nmodel main p1/x\n"
        "load users model=main rate=6/m even=yes to=1m stream=no\nreport users.requests p1.open_after\n"
        "bar users.total_p50 <= 2 * users.total_p50 + 1ms\n"
        "bar users.requests <= $bound\nbar users.requests = 6 two=$n\nbar p1.trips = 0\n";
    const Result<ExperimentResult> result = run_experiment(text, {});
    ASSERT_TRUE(result);
    ASSERT_EQ(result->cells.size(), 2U);
    EXPECT_TRUE(result->cells[0].passed());
    EXPECT_FALSE(result->cells[1].passed());
    EXPECT_FALSE(result->passed());
    const auto& bars = result->cells[0].played.bars;
    EXPECT_TRUE(bars[0].holds && bars[0].applies);
    EXPECT_FALSE(bars[1].applies);
    EXPECT_FALSE(bars[2].applies);
    const std::string table = as_table(*result);
    EXPECT_NE(table.find("FAILS  two: users.requests <= 3   is 6, the bar is 3"), std::string::npos) << table;
    const std::string json = as_json(*result);
    EXPECT_NE(json.find(R"("p1.open_after":null)"), std::string::npos) << json;
    EXPECT_EQ(description_of(text), "what it shows");
}

TEST(Experiment, a_figure_never_measured_holds_no_bar) {
    const auto result = run_experiment(
        header + "provider p1\nmodel main p1/x\nload users model=main rate=6/m to=1m\nbar p1.back_after <= 9h\n", {});
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->passed());
}

}  // namespace
}  // namespace signalbox::replay
