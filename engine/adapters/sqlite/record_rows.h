// One finished request as one row of the table `requests`, both ways.
#pragma once

#include <string>

#include "engine/adapters/sqlite/code_table.h"
#include "engine/adapters/sqlite/statement.h"
#include "engine/ports/request_record.h"

namespace signalbox::adapters {

// The columns read_record() reads, in its order: `row` is not among them.
inline constexpr const char* page_columns =
    "id, time, outcome, error, why, status, requested_model, served_model, account, override_id, streamed, "
    "first_token_us, total_us, why_detail, endpoint, served_deployment, tags, client, user_agent, config_revision, "
    "client_retry, estimated_input_tokens, input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, "
    "queue_us, overhead_us, bytes_in, bytes_out, cached, attempts";
// What read_detail() reads, right after page_columns.
inline constexpr const char* detail_columns = "candidates, fleet";

// True for a row that is anything but served at first choice: such rows have an index of their own.
[[nodiscard]] bool is_notable(const ports::RequestRecord& record);

// Writes records one after the other; keeps its buffers.
class RecordInsert {
  public:
    static Result<RecordInsert> prepare(Database& database);
    // An id that is there already keeps its first row.
    Result<void> run(const ports::RequestRecord& record, const CodeTable& codes);

  private:
    explicit RecordInsert(Statement statement) : statement_(std::move(statement)) {}

    Statement statement_;
    std::string attempts_;
    std::string candidates_;
};

[[nodiscard]] ports::RequestRecord read_record(Statement& row, const CodeTable& codes);
void read_detail(Statement& row, ports::RequestRecord& record);

}  // namespace signalbox::adapters
