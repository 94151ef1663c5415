// Files that were not written by anybody who means well. None may crash, hang or grow without bound.
#include <gtest/gtest.h>

#include <random>

#include "engine/adapters/yaml/load.h"
#include "tests/unit/adapters/yaml/fake_secrets.h"

namespace signalbox::adapters {
namespace {

core::ConfigFaults refuse(const std::string& text) {
    auto loaded = load_config(text, "hostile.yaml", FakeSecrets{});
    EXPECT_FALSE(loaded.has_value());
    return loaded ? core::ConfigFaults{} : loaded.error();
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += piece;
    return text;
}

TEST(Hostile, Depth) {
    EXPECT_EQ(refuse("x: " + repeated("[", 100'000)).size(), 1u);
    EXPECT_EQ(refuse("x: " + repeated("{a: ", 10'000)).size(), 1u);
    EXPECT_EQ(refuse(repeated("- ", 10'000)).size(), 1u);
}

TEST(Hostile, Breadth) {
    EXPECT_EQ(refuse(repeated("- a\n", 300'000)).size(), 1u);
    EXPECT_LE(refuse("gateway:\n" + repeated("  x: 1\n", 20'000)).size(), core::config_faults_max + 1);
}

TEST(Hostile, Aliases) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + repeated(", " + last, 9) + "]\n";
    }
    refuse(bomb);
    refuse("defaults: &d { fallbacks: *d }\n");  // a value inside itself
    refuse("providers: &p [*p, *p]\n");
    refuse("models: [&m { name: m, deployments: [*m, *m], fallbacks: [a" + repeated(", a", 1000) + "]}" +
           repeated(", *m", 2000) + "]\n");
}

TEST(Hostile, Size) {
    EXPECT_EQ(refuse(std::string(config_bytes_max + 1, ' ')).size(), 1u);
}

TEST(Hostile, Bytes) {
    refuse(std::string("gateway: \0x", 11));
    refuse(std::string("\xff\xfe\x01\xd8", 4));
    refuse("gateway: {listen: \"\xc3\x28\"}");
    refuse("%YAML 9.9\n--- !<x> &a *a\n");
}

TEST(Hostile, MutatedFiles) {
    const std::string sound =
        "gateway: { listen: 127.0.0.1:8080, limits: { body: 64MiB } }\n"
        "providers:\n  - name: s\n    kind: simulated\n    keys: [{ name: &k a, value: \"${X}\" }]\n"
        "models: [{ name: m, deployments: [{ provider: s, model: *k, price: { input: 0.1 } }] }]\n"
        "aliases: { a: m }\n# comment\ndefaults: { deadlines: { idle: 5s } }\n";
    std::mt19937 chance(42);
    const std::string_view alphabet = "{}[]:,-&*!|>'\"%@`# \n\t?~<=\\\0x1é";
    for (int round = 0; round < 3000; ++round) {
        std::string text = sound;
        for (int change = 0; change < 1 + round % 8; ++change)
            text[chance() % text.size()] = alphabet[chance() % alphabet.size()];
        text.resize(text.size() - chance() % 40);
        const auto loaded = load_config(text, "mutated.yaml", FakeSecrets{});
        if (!loaded) EXPECT_FALSE(loaded.error().empty());
    }
}

}  // namespace
}  // namespace signalbox::adapters
