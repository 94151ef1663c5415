// Finished requests for the tests of the stores.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/ports/request_record.h"

namespace signalbox::test {

// The n-th id: 26 characters, later ones sort after earlier ones.
std::string id_of(std::int64_t n);

// A plain served request: id_of(n), at n seconds.
ports::RequestRecord plain_record(std::int64_t n);

// Every field set, to something no other field has.
ports::RequestRecord full_record(std::int64_t n);

// All fields, also those only get() gives.
void expect_same(const ports::RequestRecord& got, const ports::RequestRecord& wanted);

std::vector<std::string> ids(const std::vector<ports::RequestRecord>& rows);

}  // namespace signalbox::test
