#include "engine/adapters/sqlite/statement.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

class StatementTest : public ::testing::Test {
  protected:
    void SetUp() override { must(database.execute("CREATE TABLE t (a, b, c)")); }

    TempFolder folder;
    adapters::Database database = open_file(folder.file("t.db"));
};

TEST_F(StatementTest, ReadsBackWhatItBinds) {
    const std::string text("nul\0inside", 10);
    const std::string bytes("\x00\xff\x80", 3);
    auto insert = must(database.prepare("INSERT INTO t VALUES (?, ?, ?)"));
    must(insert.add(INT64_MIN).add(text).add_blob(bytes).run());
    auto select = must(database.prepare("SELECT a, b, c FROM t"));
    ASSERT_TRUE(must(select.step()));
    EXPECT_EQ(select.integer(), INT64_MIN);
    EXPECT_EQ(select.text(), text);
    EXPECT_EQ(select.blob(), bytes);
    EXPECT_FALSE(must(select.step()));
}

TEST_F(StatementTest, EmptyTextAndBlobAreNotNull) {
    auto insert = must(database.prepare("INSERT INTO t VALUES (?, ?, ?)"));
    must(insert.add(std::string_view()).add_blob({}).add_null().run());
    EXPECT_EQ(must(database.integer("SELECT a IS NULL FROM t")), 0);
    EXPECT_EQ(must(database.integer("SELECT b IS NULL FROM t")), 0);
    EXPECT_EQ(must(database.integer("SELECT c IS NULL FROM t")), 1);
}

TEST_F(StatementTest, IsReadyAgainAfterRunningAndAfterAnError) {
    must(database.execute("CREATE UNIQUE INDEX u ON t (a)"));
    auto insert = must(database.prepare("INSERT INTO t (a) VALUES (?)"));
    must(insert.add(1).run());
    EXPECT_EQ(insert.add(1).run().error().code, ErrorCode::store_failed);
    must(insert.add(2).run());
    EXPECT_EQ(must(database.integer("SELECT count(*) FROM t")), 2);
}

TEST_F(StatementTest, AParameterTooManyIsAnErrorOfTheRun) {
    auto insert = must(database.prepare("INSERT INTO t (a) VALUES (?)"));
    EXPECT_EQ(insert.add(1).add(2).run().error().code, ErrorCode::store_failed);
    must(insert.add(1).run());
}

TEST_F(StatementTest, BadSqlIsAnError) {
    EXPECT_EQ(database.prepare("SELEKT").error().code, ErrorCode::store_failed);
    EXPECT_EQ(database.execute("SELEKT").error().code, ErrorCode::store_failed);
    EXPECT_EQ(database.integer("SELECT a FROM t").error().code, ErrorCode::store_failed) << "no row";
}

TEST_F(StatementTest, ATransactionThatIsNotCommittedLeavesNothing) {
    {
        auto transaction = must(adapters::Transaction::begin(database));
        must(database.execute("INSERT INTO t (a) VALUES (1)"));
    }
    EXPECT_EQ(must(database.integer("SELECT count(*) FROM t")), 0);
    {
        auto transaction = must(adapters::Transaction::begin(database));
        must(database.execute("INSERT INTO t (a) VALUES (1)"));
        must(transaction.commit());
    }
    EXPECT_EQ(must(database.integer("SELECT count(*) FROM t")), 1);
}

}  // namespace
}  // namespace signalbox::test
