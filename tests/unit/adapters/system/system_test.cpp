#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/adapters/system/concealed_secrets.h"
#include "engine/adapters/system/data_dir.h"
#include "engine/adapters/system/os_random.h"
#include "engine/adapters/system/stderr_log.h"
#include "engine/adapters/system/system_secrets.h"
#include "engine/base/limits.h"

namespace signalbox::adapters {
namespace {

class System : public testing::Test {
  protected:
    System() {
        std::string pattern = (std::filesystem::temp_directory_path() / "signalbox-XXXXXX").string();
        root_ = mkdtemp(pattern.data());
    }
    ~System() override { std::filesystem::remove_all(root_); }
    std::filesystem::path root_;
};

class FakeEnvironment final : public ports::Secrets {
  public:
    std::map<std::string, std::string, std::less<>> values;
    std::optional<std::string> environment(std::string_view name) const override {
        const auto row = values.find(name);
        return row == values.end() ? std::nullopt : std::optional(row->second);
    }
    Result<std::string> file(std::string_view) const override { return fail(ErrorCode::not_found); }
};

TEST_F(System, a_data_directory_is_made_private_and_held_by_one) {
    {
        const Result<DataDir> first = DataDir::open(root_ / "a/b");
        ASSERT_TRUE(first);
        const auto mode = std::filesystem::status(root_ / "a/b").permissions();
        EXPECT_EQ(mode & std::filesystem::perms::all, std::filesystem::perms::owner_all);
        const Result<DataDir> second = DataDir::open(root_ / "a/b");
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::conflict);
    }
    EXPECT_TRUE(DataDir::open(root_ / "a/b"));
}

TEST_F(System, a_data_directory_that_is_a_file_is_refused) {
    std::fclose(std::fopen((root_ / "file").c_str(), "w"));
    EXPECT_EQ(DataDir::open(root_ / "file").error().code, ErrorCode::permission_denied);
}

TEST_F(System, where_the_data_directory_is) {
    FakeEnvironment environment;
    environment.values = {{"HOME", "/home/ana"}};
    EXPECT_EQ(data_dir_path("", environment), "/home/ana/.local/share/signalbox");
    EXPECT_EQ(data_dir_path("~/x", environment), "/home/ana/x");
    EXPECT_EQ(data_dir_path("/srv/x", environment), "/srv/x");
    environment.values["XDG_DATA_HOME"] = "/data";
    EXPECT_EQ(data_dir_path("", environment), "/data/signalbox");
}

TEST_F(System, secrets_come_from_files_without_the_last_line_break) {
    FILE* out = std::fopen((root_ / "key").c_str(), "w");
    std::fputs("sk-1\r\n", out);
    std::fclose(out);
    const SystemSecrets secrets;
    EXPECT_EQ(*secrets.file((root_ / "key").string()), "sk-1");
    EXPECT_EQ(secrets.file((root_ / "none").string()).error().code, ErrorCode::not_found);
    EXPECT_EQ(secrets.file(root_.string()).error().code, ErrorCode::permission_denied);
    EXPECT_FALSE(secrets.environment("SIGNALBOX_SURELY_UNSET"));
}

TEST_F(System, a_secret_file_is_a_regular_file_of_modest_size_and_may_be_empty) {
    const SystemSecrets secrets;
    const std::string pipe = (root_ / "pipe").string(), large = (root_ / "large").string();
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(secrets.file(pipe).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(secrets.file("/dev/zero").error().code, ErrorCode::permission_denied);
    std::ofstream(root_ / "empty").flush();
    EXPECT_EQ(secrets.file((root_ / "empty").string()), "");
    std::ofstream(large) << std::string(limits::secret_file_max, 'x');
    EXPECT_EQ(secrets.file(large)->size(), limits::secret_file_max);
    std::ofstream(large, std::ios::app) << 'x';
    EXPECT_EQ(secrets.file(large).error().code, ErrorCode::invalid_argument);
}

TEST_F(System, concealed_secrets_tell_only_that_they_are_there) {
    const ConcealedSecrets secrets;
    std::ofstream(root_ / "key") << "sk-1";
    ASSERT_EQ(setenv("SIGNALBOX_TEST_TOKEN", "t0k", 1), 0);
    EXPECT_EQ(secrets.environment("SIGNALBOX_TEST_TOKEN"), "(env.SIGNALBOX_TEST_TOKEN)");
    EXPECT_EQ(secrets.environment("HOME").has_value(), std::getenv("HOME") != nullptr) << "paths begin there";
    EXPECT_FALSE(secrets.environment("SIGNALBOX_SURELY_UNSET"));
    EXPECT_EQ(*secrets.file((root_ / "key").string()), "(file:" + (root_ / "key").string() + ")");
    EXPECT_EQ(secrets.file((root_ / "none").string()).error().code, ErrorCode::not_found);
    EXPECT_EQ(secrets.file(root_.string()).error().code, ErrorCode::not_found);
    EXPECT_TRUE(secrets.conceals());
}

TEST_F(System, a_log_line_cannot_be_broken_by_what_it_says) {
    const std::string json = log_line_json(LogLevel::warn, "odd", {{"name", "a\"b\nc\\"}});
    EXPECT_NE(json.find(R"("name":"a\"b\u000ac\\")"), std::string::npos) << json;
    const std::string odd = log_line_text(LogLevel::info, "odd", {{"name", "a\nb level=error"}, {"next", "c"}});
    EXPECT_TRUE(odd.ends_with(R"(odd name="a\u000ab level=error" next=c)")) << odd;
    // A terminal would obey U+009B and turn what follows U+202E around; what is no UTF-8 is no JSON either.
    const std::string hostile =
        "\xC2\x9B"
        "2J\xE2\x80\xAE"
        "x\xE2\x80\xA8\xFF\xC3\xA9";
    EXPECT_TRUE(log_line_json(LogLevel::warn, "odd", {{"name", hostile}})
                    .ends_with("\"name\":\"\\u009b2J\\u202ex\\u2028\\ufffd\xC3\xA9\"}"));
}

TEST_F(System, a_log_that_nobody_reads_stops_nobody_and_says_what_it_dropped) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    StderrLog log(LogLevel::info, ends[1]);
    for (int i = 0; i < 2000; ++i) log.write(LogLevel::info, "line", {{"text", std::string(100, 'x')}});
    std::string read(1 << 20, '\0');
    read.resize(static_cast<std::size_t>(::read(ends[0], read.data(), read.size())));
    const auto kept = std::ranges::count(read, '\n');
    EXPECT_LT(kept, 2000);
    log.write(LogLevel::info, "back", {});
    std::string next(4096, '\0');
    next.resize(static_cast<std::size_t>(::read(ends[0], next.data(), next.size())));
    EXPECT_NE(next.find("\"log_lines_dropped\",\"count\":\"" + std::to_string(2000 - kept) + "\""), std::string::npos)
        << next;
    EXPECT_NE(next.find("\"back\""), std::string::npos);
    close(ends[0]);
    close(ends[1]);
}

TEST_F(System, two_generators_differ) {
    OsRandom a, b;
    EXPECT_NE(a.next(), b.next());
}

}  // namespace
}  // namespace signalbox::adapters
