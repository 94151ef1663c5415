// Scenario files: from text to a configuration, provider scripts, loads and bars.
#include <string>

#include "engine/base/check.h"
#include "engine/replay/setup.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

void check_words(const Error& error) {
    SB_CHECK(error.code != ErrorCode::ok && !error.detail.empty());
}

void play(std::string_view input, const replay::Cell& cell, bool quick) {
    const auto file = replay::parse_flow(input, cell, quick);
    if (!file) return check_words(file.error());
    for (const replay::Statement& statement : file->statements)
        SB_CHECK(!statement.words.empty() && statement.line > 0);
    const auto scenario = replay::make_scenario(*file);
    if (!scenario) check_words(scenario.error());
}

}  // namespace

void scenario(std::string_view input) {
    for (const bool quick : {false, true}) {
        const auto cells = replay::cells_of(input, quick);
        if (!cells) {
            check_words(cells.error());
            continue;
        }
        SB_CHECK(!cells->empty());
        play(input, cells->front(), quick);
        play(input, cells->back(), quick);
    }
}

}  // namespace signalbox::fuzz
