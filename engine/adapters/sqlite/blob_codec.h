// Attempts and candidates of one request as one compact value each: a table of their own would double the cost of
// writing a request, and both are only ever read together with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/adapters/sqlite/code_table.h"
#include "engine/ports/request_record.h"

namespace signalbox::adapters {

// Replace what is in `out`, so a buffer can be used again. An empty list is an empty value.
void encode_attempts(const std::vector<ports::AttemptRecord>& attempts, const CodeTable& codes, std::string& out);
void encode_candidates(const std::vector<ports::CandidateRecord>& candidates, std::string& out);

// Read as far as the bytes make sense; a damaged value gives the entries before the damage.
[[nodiscard]] std::vector<ports::AttemptRecord> decode_attempts(std::string_view bytes, const CodeTable& codes);
[[nodiscard]] std::vector<ports::CandidateRecord> decode_candidates(std::string_view bytes);

}  // namespace signalbox::adapters
