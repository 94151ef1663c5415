// kill -9 in the middle of writing: what was told to the observer is there, and the file needs no repair.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>

#include "tests/contract/store/records.h"
#include "tests/contract/store/temp_folder.h"
#include "tests/unit/adapters/sqlite/open_store.h"

namespace signalbox::test {
namespace {

constexpr std::int64_t a_later_one = 1'000'000'000'000;

// Writes as fast as it can, for ever; tells how many records are committed after every commit.
[[noreturn]] void write_for_ever(const std::string& path, int progress) {
    const auto store = open_store(path);
    std::int64_t committed = 0;
    store->on_commit([&](const auto& batch) {
        committed += static_cast<std::int64_t>(batch.size());
        if (::write(progress, &committed, sizeof committed) != sizeof committed) _exit(1);
    });
    for (std::int64_t n = 0;; ++n) {
        while (!store->offer(full_record(n))) {
        }
        if (n % 1000 == 0 && !store->append_event({}).has_value()) _exit(1);
    }
}

// The last number the pipe holds once it has at least `enough`; 0 when the writer ended before.
std::int64_t read_progress(int progress, std::int64_t enough) {
    std::int64_t last = 0;
    std::int64_t number = 0;
    while (last < enough && ::read(progress, &number, sizeof number) == sizeof number) last = number;
    return last;
}

TEST(SqliteCrash, AfterAKillTheFileIsSoundAndHoldsEveryCommit) {
    const TempFolder folder;
    const auto path = folder.file("history.db");
    for (const std::int64_t enough : {1, 5'000, 30'000}) {
        std::array<int, 2> pipe_ends{};
        ASSERT_EQ(::pipe(pipe_ends.data()), 0);
        const auto file = path + std::to_string(enough);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(pipe_ends[0]);
            write_for_ever(file, pipe_ends[1]);
        }
        ::close(pipe_ends[1]);
        const auto seen = read_progress(pipe_ends[0], enough);
        ::kill(child, SIGKILL);
        const auto rest = read_progress(pipe_ends[0], INT64_MAX);  // told between the last read and the kill
        ::close(pipe_ends[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself";
        const auto committed = std::max(seen, rest);
        ASSERT_GE(committed, enough);

        const auto store = open_store(file);
        auto check = open_file(file);
        auto integrity = must(check.prepare("PRAGMA integrity_check"));
        ASSERT_TRUE(must(integrity.step()));
        EXPECT_EQ(integrity.text(), "ok");
        EXPECT_GE(must(check.integer("SELECT count(*) FROM requests")), committed);
        EXPECT_EQ(must(check.integer("SELECT count(*) FROM requests WHERE id < '" + id_of(committed) + "'")),
                  committed);
        expect_same(must(store->get(id_of(committed - 1))), full_record(committed - 1));
        ASSERT_TRUE(store->offer(plain_record(a_later_one)));
        store->flush();
        EXPECT_TRUE(store->get(id_of(a_later_one)).has_value());
    }
}

}  // namespace
}  // namespace signalbox::test
