// One prepared SQL statement. Parameters and columns go by order, so a row is written and read as one list.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace signalbox::adapters {

// The error of the connection's last call: `unavailable` when another process holds the lock, else store_failed.
[[nodiscard]] Error sqlite_error(sqlite3* connection, std::string_view doing);

// Belongs to the thread its Database belongs to, and must not outlive that Database.
class Statement {
  public:
    static Result<Statement> prepare(sqlite3* connection, std::string_view sql);

    // Bind the next parameter. Text and blobs are not copied: they must live until run() or the last step().
    Statement& add(std::int64_t value);
    Statement& add(std::string_view text);
    Statement& add_blob(std::string_view bytes);
    Statement& add_null();

    // True: a row is ready and the column functions read it from its first column on. False: the end; the statement
    // is ready for new parameters. A failed bind is reported here.
    Result<bool> step();
    // Runs to the end, whatever rows there are.
    Result<void> run();
    // Leaves the rows that were not read and makes the statement ready for new parameters.
    void reset();

    // The next column of the current row.
    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] std::string text();
    // Valid until the next step().
    [[nodiscard]] std::string_view blob();

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    Statement& bound(int code);

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int parameter_ = 0;  // bound so far
    int column_ = 0;     // read so far
    int bind_error_ = 0;
};

}  // namespace signalbox::adapters
