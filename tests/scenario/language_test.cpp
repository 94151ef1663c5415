// The language itself: what cannot be read or cannot hold is said, with its line.
#include <gtest/gtest.h>

#include "engine/replay/play.h"
#include "engine/replay/setup.h"

namespace signalbox::replay {
namespace {

const std::string header = "# name: n\n# description: d\n# group: g\n";
const std::string fleet = header + "provider p1 first_token=10ms tokens=3\nmodel main p1/x\n";

std::string first_complaint(const std::string& text) {
    const Result<FlowFile> file = parse_flow(text);
    if (!file) return file.error().detail;
    const PlayResult played = play(*file, 1);
    return played.complaints.empty() ? "" : played.complaints.front();
}

void expect_blamed(const std::string& text, std::string_view line) {
    EXPECT_TRUE(first_complaint(text).starts_with(line)) << text << "\nsaid: " << first_complaint(text);
}

TEST(ScenarioLanguage, reads_words_terms_and_comments) {
    const Result<FlowFile> file = parse_flow(header + "\n# a comment\nat 10ms client a chat tokens<=3 x!=y # more\n");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->group, "g");
    ASSERT_EQ(file->statements.size(), 1U);
    const Statement& s = file->statements.front();
    EXPECT_EQ(s.line, 6);
    EXPECT_EQ(s.at, 10ms);
    EXPECT_EQ(s.words, (std::vector<std::string>{"client", "a", "chat"}));
    ASSERT_EQ(s.terms.size(), 2U);
    EXPECT_EQ(s.terms[0].relation, Relation::at_most);
    EXPECT_EQ(to_string(s.terms[1]), "x!=y");
}

TEST(ScenarioLanguage, names_the_line_it_cannot_read) {
    expect_blamed("provider p1\n", "line 1: ");
    expect_blamed(header + "at soon client a chat\n", "line 4: ");
    expect_blamed(header + "at 1s\n", "line 4: ");
    expect_blamed(header + "provider p1 colour=red\n", "line 4: ");
    expect_blamed(header + "provider p1 rate=fast\n", "line 4: ");
    expect_blamed(header + "provider p1 fault=gremlins\n", "line 4: ");
    expect_blamed(header + "provider p1\nmodel main p2/x\n", "line 5: ");
    expect_blamed(header + "frobnicate\n", "line 4: ");
    expect_blamed(fleet + "at 1s client a telepathy model=main\n", "line 6: ");
    expect_blamed(fleet + "at 1s provider p9 kill\n", "line 6: ");
    expect_blamed(fleet + "at 1s provider p1 resurrect\n", "line 6: ");
}

TEST(ScenarioLanguage, names_the_expectation_that_does_not_hold) {
    const std::string asked = fleet + "at 1s client a chat model=main count=3\n";
    EXPECT_EQ(first_complaint(asked + "expect a status=200 attempts=1\nexpect 3 of a served=p1/x\n"), "");
    expect_blamed(asked + "expect a status=500\n", "line 7: ");
    expect_blamed(asked + "expect 1..2 of a status=200\n", "line 7: ");
    expect_blamed(asked + "expect a mood=good\n", "line 7: ");
    expect_blamed(asked + "expect a status=many\n", "line 7: ");
    expect_blamed(asked + "expect nobody status=200\n", "line 7: ");
    expect_blamed(asked + "at 2s expect breaker p1/x state=open\n", "line 7: ");
    expect_blamed(asked + "expect breaker p1/q state=closed\n", "line 7: ");
    expect_blamed(asked + "expect provider p1 requests<=2\n", "line 7: ");
}

TEST(ScenarioLanguage, another_seed_may_take_another_course_the_same_may_not) {
    const Result<FlowFile> file = parse_flow(fleet + "at 1s client a chat stream model=main count=20 every=1ms\n");
    ASSERT_TRUE(file);
    EXPECT_EQ(play(*file, 1).trace, play(*file, 1).trace);
    EXPECT_NE(play(*file, 1).trace, play(*file, 2).trace);
}

TEST(ScenarioLanguage, plays_every_cell_with_its_values) {
    const std::string text =
        header +
        "cell slow rate=1\nquick cell fast rate=2\nfull cell faster rate=3\nwith shape=chat,image\n"
        "provider p1 rate=$rate tokens=3\nmodel main p1/x shape=$shape\nfull frobnicate\n";
    const Result<std::vector<Cell>> cells = cells_of(text, true);
    ASSERT_TRUE(cells);
    ASSERT_EQ(cells->size(), 4U);
    EXPECT_EQ(cells->front().name, "slow chat");
    EXPECT_EQ(cells->back().name, "fast image");
    const Result<FlowFile> file = parse_flow(text, cells->back(), true);
    ASSERT_TRUE(file);
    ASSERT_EQ(file->statements.size(), 2U);
    EXPECT_EQ(to_string(file->statements[0].terms[0]), "rate=2");
    EXPECT_EQ(to_string(file->statements[1].terms[0]), "shape=image");
    EXPECT_EQ(cells_of(text, false)->back().name, "faster image");
    expect_blamed(header + "provider $nobody\n", "line 4: ");
    EXPECT_FALSE(cells_of(header + "cell a=1\n"));
}

TEST(ScenarioLanguage, a_fleet_is_many_providers) {
    const Result<FlowFile> file = parse_flow(header +
                                             "fleet far count=3 warm=2 kind=simulated memory=64GiB\n"
                                             "provider near\nmodel main far/x near/y order=1,2 price=0.5,2\n");
    ASSERT_TRUE(file);
    const Result<Scenario> made = make_scenario(*file);
    ASSERT_TRUE(made) << made.error().detail;
    const core::Config& config = made->setup.config;
    ASSERT_EQ(config.providers.size(), 4U);
    EXPECT_EQ(config.providers[2].name, "far.3");
    ASSERT_EQ(config.models[0].deployments.size(), 4U);
    EXPECT_EQ(config.models[0].deployments[3].order, 2);
    EXPECT_EQ(config.models[0].deployments[0].price->output.value, 2'000'000);
    EXPECT_EQ(made->setup.scripts.at("far.2").memory.warm, std::vector<std::string>{"x"});
    EXPECT_TRUE(made->setup.scripts.at("far.3").memory.warm.empty());
    EXPECT_TRUE(made->setup.scripts.at("far.3").memory.managed);
}

TEST(ScenarioLanguage, names_the_load_or_bar_it_cannot_read) {
    for (const char* wrong : {"load users model=main", "load users model=main rate=5/h clients=2",
                              "load users model=main rate=5/year", "load users model=main rate=5/h retry=often",
                              "load users model=main rate=5/h prompt=9..3", "bar users.failures<=3",
                              "bar users.failures <= ", "bar users.failures about 3", "bar users.failures <= 3 - 1",
                              "fleet far", "window w from=now", "gateway policy=dictator", "account a budget=much"}) {
        expect_blamed(fleet + wrong + "\n", "line 6: ");
    }
    const std::string loaded = fleet + "load users model=main rate=60/m to=5s\n";
    expect_blamed(loaded + "bar users.happiness = 1\n", "line 7: ");
    expect_blamed(loaded + "bar nobody.failures = 1\n", "line 7: ");
    expect_blamed(loaded + "bar users@never.failures = 1\n", "line 7: ");
    EXPECT_EQ(first_complaint(loaded + "report users.happiness\n"), "there is no figure happiness");
}

}  // namespace
}  // namespace signalbox::replay
