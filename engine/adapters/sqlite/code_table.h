// How error codes are numbered in the file. The enum's own numbers move when a code is added in the middle of the
// list; the words never change, so the file keeps a table from number to word.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/adapters/sqlite/database.h"
#include "engine/base/error_code.h"
#include "engine/base/result.h"

namespace signalbox::adapters {

// Constant after load(): any thread.
class CodeTable {
  public:
    // Reads the table and adds the words it does not know yet.
    static Result<CodeTable> load(Database& database);

    [[nodiscard]] std::int64_t number(ErrorCode code) const { return numbers_[static_cast<std::size_t>(code)]; }
    // `internal` for a number this version has no code for.
    [[nodiscard]] ErrorCode code(std::int64_t number) const;

  private:
    Result<void> read(Database& database);

    std::array<std::int64_t, error_code_count> numbers_{};  // 0: not in the file yet
    std::vector<ErrorCode> codes_;                          // by number
};

}  // namespace signalbox::adapters
