#include "engine/adapters/sqlite/record_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "engine/adapters/sqlite/blob_codec.h"

namespace signalbox::adapters {
namespace {

using ports::Outcome;
using ports::RequestRecord;

// One "?" for every column of the list.
std::string placeholders(std::string_view columns) {
    std::string marks = "?";
    for (auto commas = std::ranges::count(columns, ','); commas > 0; --commas) marks += ", ?";
    return marks;
}

Outcome outcome_from(std::int64_t number) {
    return number >= 0 && number < ports::outcome_count ? static_cast<Outcome>(number) : Outcome::failed;
}

}  // namespace

bool is_notable(const RequestRecord& record) {
    return record.outcome != Outcome::served || record.why != ErrorCode::ok;
}

Result<RecordInsert> RecordInsert::prepare(Database& database) {
    const auto columns = fmt::format("{}, {}, notable", page_columns, detail_columns);
    auto statement = database.prepare(fmt::format("INSERT INTO requests ({}) VALUES ({}) ON CONFLICT (id) DO NOTHING",
                                                  columns, placeholders(columns)));
    if (!statement) return std::unexpected(statement.error());
    return RecordInsert(std::move(*statement));
}

Result<void> RecordInsert::run(const RequestRecord& r, const CodeTable& codes) {
    encode_attempts(r.attempts, codes, attempts_);
    encode_candidates(r.candidates, candidates_);
    auto& row = statement_;
    row.add(r.id).add(r.time.unix_us).add(static_cast<std::int64_t>(r.outcome));
    row.add(codes.number(r.error)).add(codes.number(r.why)).add(r.status);
    row.add(r.requested_model).add(r.served_model).add(r.account).add(r.override_id).add(r.streamed);
    row.add(r.first_token_us).add(r.total_us);
    row.add(r.why_detail).add(r.endpoint).add(r.served_deployment).add(r.tags).add(r.client).add(r.user_agent);
    row.add(r.config_revision).add(r.client_retry).add(r.estimated_input_tokens);
    row.add(r.usage.input_tokens).add(r.usage.output_tokens).add(r.usage.cached_input_tokens).add(r.cost.value);
    row.add(r.queue_us).add(r.overhead_us).add(r.bytes_in).add(r.bytes_out).add(r.cached);
    row.add_blob(attempts_).add_blob(candidates_).add(r.fleet);
    if (is_notable(r)) {
        row.add(1);
    } else {
        row.add_null();
    }
    return row.run();
}

RequestRecord read_record(Statement& row, const CodeTable& codes) {
    RequestRecord r;
    r.id = row.text();
    r.time.unix_us = row.integer();
    r.outcome = outcome_from(row.integer());
    r.error = codes.code(row.integer());
    r.why = codes.code(row.integer());
    r.status = static_cast<std::int32_t>(row.integer());
    r.requested_model = row.text();
    r.served_model = row.text();
    r.account = row.text();
    r.override_id = row.integer();
    r.streamed = row.integer() != 0;
    r.first_token_us = row.integer();
    r.total_us = row.integer();
    r.why_detail = row.text();
    r.endpoint = row.text();
    r.served_deployment = row.text();
    r.tags = row.text();
    r.client = row.text();
    r.user_agent = row.text();
    r.config_revision = row.integer();
    r.client_retry = static_cast<std::int32_t>(row.integer());
    r.estimated_input_tokens = row.integer();
    r.usage.input_tokens = row.integer();
    r.usage.output_tokens = row.integer();
    r.usage.cached_input_tokens = row.integer();
    r.cost.value = row.integer();
    r.queue_us = row.integer();
    r.overhead_us = row.integer();
    r.bytes_in = row.integer();
    r.bytes_out = row.integer();
    r.cached = row.integer() != 0;
    r.attempts = decode_attempts(row.blob(), codes);
    return r;
}

void read_detail(Statement& row, RequestRecord& record) {
    record.candidates = decode_candidates(row.blob());
    record.fleet = row.text();
}

}  // namespace signalbox::adapters
