// Runs every target over its corpus in an ordinary build: each file, every prefix of it, and each byte changed once.
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
};

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, Corpus) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(CORPUS) / GetParam().name)) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(file), {}};
        ++files;
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) GetParam().run(std::string(bytes, 0, cut));
        for (char& byte : bytes) {
            for (const char other : {'\0', '\n', '"', '{', '\xff'}) {
                const char kept = std::exchange(byte, other);
                GetParam().run(bytes);
                byte = kept;
            }
        }
    }
    EXPECT_GT(files, 0);
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay,
                         testing::Values(Target{"heads", heads}, Target{"body", body}, Target{"sse", sse},
                                         Target{"scan", scan}, Target{"answer", answer}, Target{"config", config},
                                         Target{"state", state}, Target{"dialect", dialect}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace signalbox::fuzz
