#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "engine/adapters/yaml/load.h"
#include "tests/unit/adapters/yaml/fake_secrets.h"

namespace signalbox::adapters {
namespace {

namespace fs = std::filesystem;

class ConfigFile : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "signalbox-XXXXXX").string();
        root_ = mkdtemp(pattern.data());
    }
    void TearDown() override { fs::remove_all(root_); }
    fs::path write(const fs::path& relative, std::string_view text) {
        fs::create_directories((root_ / relative).parent_path());
        std::ofstream(root_ / relative) << text;
        return root_ / relative;
    }
    fs::path root_;
    FakeSecrets secrets_;
};

TEST_F(ConfigFile, TheOneAskedForWinsEvenWhenMissing) {
    secrets_.variables["SIGNALBOX_CONFIG"] = "/from/environment.yaml";
    EXPECT_EQ(find_config_file("/asked.yaml", secrets_), fs::path("/asked.yaml"));
    EXPECT_EQ(find_config_file(std::nullopt, secrets_), fs::path("/from/environment.yaml"));
}

TEST_F(ConfigFile, ThenTheUsersOwn) {
    secrets_.variables["XDG_CONFIG_HOME"] = root_.string();
    const auto file = write("signalbox/signalbox.yaml", "");
    EXPECT_EQ(find_config_file(std::nullopt, secrets_), file);
    secrets_.variables.clear();
    secrets_.variables["HOME"] = root_.string();
    const auto home = write(".config/signalbox/signalbox.yaml", "");
    EXPECT_EQ(find_config_file(std::nullopt, secrets_), home);
}

TEST_F(ConfigFile, FaultsOfTheFileItself) {
    const auto missing = load_config_file(root_ / "none.yaml", secrets_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error()[0].file, (root_ / "none.yaml").string());
    EXPECT_FALSE(load_config_file(root_, secrets_));
    EXPECT_TRUE(load_config_file(write("a.yaml", "version: 1\n"), secrets_));
    EXPECT_FALSE(load_config_file(write("b.yaml", std::string(config_bytes_max + 1, '#')), secrets_));
}

}  // namespace
}  // namespace signalbox::adapters
