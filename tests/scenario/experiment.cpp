// experiment NAME [full] [CELLS]: plays one shipped scenario, quick unless `full`, and prints its table. Exit code 1
// when a bar fails. CELLS: only those whose name holds this.
#include <cstdio>
#include <span>

#include <fmt/format.h>

#include "engine/replay/experiment.h"
#include "engine/replay/shipped.h"

int main(int argc, char** argv) {
    using namespace signalbox::replay;
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    const std::string_view name = argc > 1 ? arguments[1] : "";
    RunOptions options;
    options.quick = argc < 3 || std::string_view(arguments[2]) != "full";
    options.only = argc > 3 ? arguments[3] : "";
    for (const ShippedScenario& scenario : shipped_scenarios()) {
        if (scenario.name != name) continue;
        const auto result = run_experiment(scenario.text, options);
        fmt::print("{}", result ? as_table(*result) : result.error().detail + "\n");
        return result && result->passed() ? 0 : 1;
    }
    fmt::print("there is no scenario {}\n", name);
    return 1;
}
