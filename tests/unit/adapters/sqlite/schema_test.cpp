#include "engine/adapters/sqlite/schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/adapters/sqlite/code_table.h"
#include "tests/contract/store/records.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

using adapters::CodeTable;
using adapters::SqliteStore;

class SchemaTest : public ::testing::Test {
  protected:
    ErrorCode open_error() {
        const auto store = SqliteStore::open(path, {{}, [] { return WallTime{}; }});
        return store ? ErrorCode::ok : store.error().code;
    }

    TempFolder folder;
    std::string path = folder.file("history.db");
};

TEST_F(SchemaTest, ANewFileIsReadableByItsOwnerOnly) {
    const auto store = open_store(path);
    ASSERT_TRUE(store->append_event({}).has_value());
    using std::filesystem::perms;
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const auto rights = std::filesystem::status(path + suffix).permissions();
        EXPECT_EQ(rights & perms::all, perms::owner_read | perms::owner_write) << suffix;
    }
}

TEST_F(SchemaTest, OpensAgainWithEverythingInIt) {
    {
        const auto store = open_store(path);
        ASSERT_TRUE(store->offer(full_record(1)));
        ASSERT_TRUE(store->append_audit({.time = {}, .actor = "ada"}).has_value());
    }
    const auto store = open_store(path);
    expect_same(must(store->get(id_of(1))), full_record(1));
    EXPECT_EQ(must(store->audit(0, 10)).size(), 1u);
}

TEST_F(SchemaTest, AFileOfTheFirstVersionIsBroughtUpToDateWithItsRows) {
    auto row = full_record(1);
    {
        const auto store = open_store(path);
        ASSERT_TRUE(store->offer(full_record(1)));
    }
    must(open_file(path).execute("ALTER TABLE requests DROP COLUMN cached; PRAGMA user_version = 1"));
    row.cached = false;
    {
        const auto store = open_store(path);
        expect_same(must(store->get(id_of(1))), row);
        ASSERT_TRUE(store->offer(full_record(2)));
    }
    expect_same(must(open_store(path)->get(id_of(2))), full_record(2));
}

TEST_F(SchemaTest, RefusesAFileOfANewerVersionAndLeavesItAlone) {
    open_store(path);
    must(open_file(path).execute("PRAGMA user_version = 1000"));
    EXPECT_EQ(open_error(), ErrorCode::store_failed);
    EXPECT_EQ(ask(path, "PRAGMA user_version"), 1000);
}

TEST_F(SchemaTest, RefusesWhatIsNotAHistory) {
    must(open_file(path).execute("CREATE TABLE something (a)"));
    EXPECT_EQ(open_error(), ErrorCode::store_failed);
    EXPECT_EQ(ask(path, "SELECT count(*) FROM sqlite_master"), 1);

    path = folder.file("text");
    std::ofstream(path) << std::string(10'000, 'x');
    EXPECT_EQ(open_error(), ErrorCode::store_failed);
    path = folder.file("no/such/folder");
    EXPECT_EQ(open_error(), ErrorCode::store_failed);
    path = folder.file("");
    EXPECT_EQ(open_error(), ErrorCode::store_failed) << "a folder";
}

TEST_F(SchemaTest, ErrorCodesKeepTheirNumbersInTheFileWhateverTheEnumDoes) {
    open_store(path);
    auto database = open_file(path);
    // As if written by a version whose list had other codes before this one, and one we do not know.
    must(
        database.execute("DELETE FROM error_codes WHERE word IN ('ok', 'stream_cut');"
                         "INSERT INTO error_codes VALUES (900, 'stream_cut'), (901, 'a_word_of_the_future')"));
    const auto codes = must(CodeTable::load(database));
    EXPECT_EQ(codes.number(ErrorCode::stream_cut), 900);
    EXPECT_EQ(codes.code(900), ErrorCode::stream_cut);
    EXPECT_EQ(codes.number(ErrorCode::ok), 902) << "a word the file lacks is added";
    for (const std::int64_t unknown : {901, 0, -1, 100'000}) EXPECT_EQ(codes.code(unknown), ErrorCode::internal);
    for (int i = 0; i < error_code_count; ++i) {
        const auto code = static_cast<ErrorCode>(i);
        EXPECT_EQ(codes.code(codes.number(code)), code);
    }
}

}  // namespace
}  // namespace signalbox::test
