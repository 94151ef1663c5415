// scenario [-f TEXT] FILE…: plays every file under several seeds, each twice, and says what was not as expected.
// -f: only files whose path contains TEXT. Exit code 1 when one failed or none was played.
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "engine/replay/play.h"

namespace signalbox::replay {
namespace {

constexpr std::array<std::uint64_t, 3> seeds = {1, 2, 3};

std::vector<std::string> complaints_about(const std::string& path) {
    std::ifstream in(path);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const Result<FlowFile> file = parse_flow(text);
    if (!file) return {file.error().detail};
    for (const std::uint64_t seed : seeds) {
        PlayResult once = play(*file, seed);
        if (once.complaints.empty() && play(*file, seed).trace != once.trace) {
            once.complaints.emplace_back("the same seed took another course");
        }
        if (once.complaints.empty()) continue;
        for (std::string& what : once.complaints) what += fmt::format(" (seed {})", seed);
        return once.complaints;
    }
    return {};
}

int run(std::span<char*> arguments) {
    std::string_view filter;
    if (arguments.size() > 1 && std::string_view(arguments[0]) == "-f") {
        filter = arguments[1];
        arguments = arguments.subspan(2);
    }
    int passed = 0;
    int failed = 0;
    for (const std::string path : arguments) {
        if (path.find(filter) == std::string::npos) continue;
        const std::vector<std::string> complaints = complaints_about(path);
        ++(complaints.empty() ? passed : failed);
        for (const std::string& what : complaints) fmt::print("{}: {}\n", path, what);
    }
    fmt::print("{} passed, {} failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace signalbox::replay

int main(int argc, char** argv) {
    return signalbox::replay::run({argv + 1, static_cast<std::size_t>(argc - 1)});
}
