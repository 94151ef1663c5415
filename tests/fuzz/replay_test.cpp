// Runs every target over its corpus in an ordinary build: each file, every prefix of it, and each byte changed in turn;
// where one run takes long, some of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

struct Target {
    const char* name;
    void (*run)(std::string_view);
    std::size_t stride = 1;  // every so many bytes
};

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, Corpus) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(CORPUS) / GetParam().name)) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(file), {}};
        ++files;
        const auto [name, run, stride] = GetParam();
        run(bytes);
        for (std::size_t at = 0; at < bytes.size(); at += stride) {
            run(std::string(bytes, 0, at));
            for (const char other : {'\0', '\n', '"', '{', '\xff'}) {
                const char kept = std::exchange(bytes[at], other);
                run(bytes);
                bytes[at] = kept;
            }
        }
    }
    EXPECT_GT(files, 0);
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay,
                         testing::Values(Target{"heads", heads}, Target{"body", body}, Target{"sse", sse},
                                         Target{"scan", scan}, Target{"answer", answer}, Target{"config", config},
                                         Target{"state", state}, Target{"dialect", dialect}, Target{"hints", hints},
                                         Target{"connect", connect}, Target{"scenario", scenario, 5},
                                         Target{"transcript", transcript}, Target{"journey", journey, 7}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace signalbox::fuzz
