// replay SCENARIO [--quick] [--json] [--seed N] [--only TEXT]: a scenario file or a shipped scenario, played and
// measured.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "engine/replay/experiment.h"
#include "engine/replay/shipped.h"

namespace {
using namespace signalbox::replay;

std::string text_of(std::string_view wanted) {
    for (const ShippedScenario& scenario : shipped_scenarios()) {
        if (scenario.name == wanted) return std::string(scenario.text);
    }
    std::ifstream in{std::string(wanted)};
    return {std::istreambuf_iterator<char>(in), {}};
}
}  // namespace

int main(int argc, char** argv) {
    const std::span arguments(argv + 1, static_cast<std::size_t>(argc - 1));
    RunOptions options;
    bool json = false;
    std::string wanted;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        const char* next = i + 1 < arguments.size() ? arguments[i + 1] : "";
        if (word == "--quick")
            options.quick = true;
        else if (word == "--json")
            json = true;
        else if (word == "--seed")
            options.seed = std::strtoull(next, nullptr, 10), ++i;
        else if (word == "--only")
            options.only = next, ++i;
        else
            wanted = word;
    }
    options.begins = [](const std::string& cell) { fmt::print(stderr, "{}\n", cell); };
    const auto result = run_experiment(text_of(wanted), options);
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().detail);
        return 2;
    }
    fmt::print("{}", json ? as_json(*result) : as_table(*result));
    return result->passed() ? 0 : 1;
}
