#include "engine/adapters/sqlite/statement.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace signalbox::adapters {

Error sqlite_error(sqlite3* connection, std::string_view doing) {
    const int primary = sqlite3_errcode(connection) & 0xff;
    const bool busy = primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
    return {busy ? ErrorCode::unavailable : ErrorCode::store_failed,
            fmt::format("{}: {}", doing, sqlite3_errmsg(connection))};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Result<Statement> Statement::prepare(sqlite3* connection, std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) {
        return std::unexpected(sqlite_error(connection, "prepare"));
    }
    return Statement(raw);
}

Statement& Statement::bound(int code) {
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::add(std::int64_t value) {
    return bound(sqlite3_bind_int64(statement_.get(), ++parameter_, value));
}

// An empty view may hold a null pointer, which SQLite would store as NULL.
Statement& Statement::add(std::string_view text) {
    const char* data = text.data() == nullptr ? "" : text.data();
    return bound(sqlite3_bind_text64(statement_.get(), ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::add_blob(std::string_view bytes) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    return bound(sqlite3_bind_blob64(statement_.get(), ++parameter_, data, bytes.size(), SQLITE_STATIC));
}

Statement& Statement::add_null() {
    return bound(sqlite3_bind_null(statement_.get(), ++parameter_));
}

Result<bool> Statement::step() {
    if (bind_error_ != SQLITE_OK) {
        Error error{ErrorCode::store_failed, sqlite3_errstr(bind_error_)};
        reset();
        return std::unexpected(std::move(error));
    }
    column_ = 0;
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    Error error = sqlite_error(sqlite3_db_handle(statement_.get()), "step");
    reset();
    return std::unexpected(std::move(error));
}

Result<void> Statement::run() {
    while (true) {
        const auto row = step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
    }
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    parameter_ = 0;
    column_ = 0;
    bind_error_ = SQLITE_OK;
}

std::int64_t Statement::integer() {
    return sqlite3_column_int64(statement_.get(), column_++);
}

std::string Statement::text() {
    return std::string(blob());
}

std::string_view Statement::blob() {
    const int column = column_++;
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace signalbox::adapters
