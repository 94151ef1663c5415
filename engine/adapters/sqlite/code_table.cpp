#include "engine/adapters/sqlite/code_table.h"

#include <algorithm>

namespace signalbox::adapters {
namespace {

constexpr std::int64_t numbers_max = 100'000;  // a damaged file must not make us allocate without end

}  // namespace

Result<CodeTable> CodeTable::load(Database& database) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    CodeTable table;
    if (auto done = table.read(database); !done) return std::unexpected(done.error());
    auto insert = database.prepare("INSERT INTO error_codes (word) VALUES (?)");
    if (!insert) return std::unexpected(insert.error());
    for (int i = 0; i < error_code_count; ++i) {
        if (table.numbers_[static_cast<std::size_t>(i)] != 0) continue;
        auto done = insert->add(to_string(static_cast<ErrorCode>(i))).run();
        if (!done) return std::unexpected(done.error());
    }
    if (auto done = table.read(database); !done) return std::unexpected(done.error());
    if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
    return table;
}

Result<void> CodeTable::read(Database& database) {
    auto select = database.prepare("SELECT number, word FROM error_codes");
    if (!select) return std::unexpected(select.error());
    while (true) {
        const auto row = select->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        const auto number = select->integer();
        const auto code = error_code_from(select->text());
        if (!code || number < 1 || number > numbers_max) continue;
        numbers_[static_cast<std::size_t>(*code)] = number;
        const auto at = static_cast<std::size_t>(number);
        codes_.resize(std::max(codes_.size(), at + 1), ErrorCode::internal);
        codes_[at] = *code;
    }
}

ErrorCode CodeTable::code(std::int64_t number) const {
    const auto at = static_cast<std::size_t>(number);
    return number > 0 && at < codes_.size() ? codes_[at] : ErrorCode::internal;
}

}  // namespace signalbox::adapters
