// A store on a file, opened or the test ends; and a look into the file beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "engine/adapters/sqlite/sqlite_store.h"

namespace signalbox::test {

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().detail);
    return std::move(*result);
}

inline void must(Result<void> result) {
    if (!result) throw std::runtime_error(result.error().detail);
}

inline std::unique_ptr<adapters::SqliteStore> open_store(const std::string& path,
                                                         adapters::RetentionLimits retention = {}, WallTime now = {}) {
    return must(adapters::SqliteStore::open(path, {retention, [now] { return now; }}));
}

inline adapters::Database open_file(const std::string& path) {
    return must(adapters::Database::open(path, adapters::Durability::process_crash));
}

// One number out of the file.
inline std::int64_t ask(const std::string& path, std::string_view sql) {
    return must(open_file(path).integer(sql));
}

}  // namespace signalbox::test
