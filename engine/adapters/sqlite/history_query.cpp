#include "engine/adapters/sqlite/history_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/adapters/sqlite/record_rows.h"
#include "engine/base/limits.h"

namespace signalbox::adapters {
namespace {

using ports::HistoryFilter;
using ports::HistoryPage;
using ports::Outcome;

constexpr std::size_t selective_prefix = 8;     // characters of an id: less than a second of requests
constexpr std::size_t filter_values_max = 512;  // SQLite refuses an expression nested deeper than 1000

bool has_wildcard(const std::string& pattern) {
    return pattern.contains('*');
}

// Our only wildcard is `*`; GLOB has two more, which a set of one character takes literally.
std::string glob(std::string_view pattern) {
    std::string out;
    for (const char c : pattern) {
        if (c == '?' || c == '[') {
            out += {'[', c, ']'};
        } else {
            out += c;
        }
    }
    return out;
}

// The conditions of a WHERE, with the values they bind in the order of their marks.
class Where {
  public:
    void literal(std::string_view condition) { sql_ += fmt::format(" AND {}", condition); }

    void integer(std::string_view condition, std::int64_t value) {
        literal(condition);
        values_.emplace_back(value);
    }

    void text(std::string_view condition, std::string value) {
        literal(condition);
        values_.emplace_back(std::move(value));
    }

    // `match` says how one entry of the list is compared; it adds the value itself.
    template <class List, class Match>
    void any_of(const List& list, Match match) {
        if (list.empty()) return;
        std::string choice;
        for (const auto& entry : list) choice += fmt::format("{}{}", choice.empty() ? "" : " OR ", match(entry));
        literal(fmt::format("({})", choice));
    }

    // "column = ?" or "column GLOB ?", whichever the pattern needs.
    std::string compare(std::string_view column, const std::string& pattern) {
        values_.emplace_back(has_wildcard(pattern) ? glob(pattern) : pattern);
        return fmt::format("{} {} ?", column, has_wildcard(pattern) ? "GLOB" : "=");
    }

    std::string equals(std::string_view column, std::int64_t value) {
        values_.emplace_back(value);
        return fmt::format("{} = ?", column);
    }

    void bind(Statement& statement) const {
        for (const auto& value : values_) {
            std::visit([&](const auto& v) { statement.add(v); }, value);
        }
    }

    [[nodiscard]] const std::string& sql() const { return sql_; }
    [[nodiscard]] std::size_t size() const { return values_.size(); }

  private:
    std::string sql_ = "1";
    std::vector<std::variant<std::int64_t, std::string>> values_;
};

// Whether every row the filter lets through is notable, so the index of those may be used.
bool only_notable(const HistoryFilter& filter) {
    const auto not_served = [](Outcome outcome) { return outcome != Outcome::served; };
    const auto not_ok = [](const std::string& word) { return !has_wildcard(word) && word != "ok"; };
    return filter.fallback == true || (!filter.outcomes.empty() && std::ranges::all_of(filter.outcomes, not_served)) ||
           (!filter.why.empty() && std::ranges::all_of(filter.why, not_ok));
}

// An index is used for one exact model: its entries are in row order. With several models or a pattern SQLite would
// sort all that match, so the `+` keeps it on the rows themselves.
void add_names(Where& where, const HistoryFilter& filter) {
    const bool one_model = filter.requested.size() == 1 && !has_wildcard(filter.requested.front());
    const char* requested = one_model ? "requested_model" : "+requested_model";
    where.any_of(filter.requested, [&](const auto& p) { return where.compare(requested, p); });
    where.any_of(filter.served, [&](const auto& p) { return where.compare("served_model", p); });
    where.any_of(filter.accounts, [&](const auto& p) { return where.compare("account", p); });
    where.any_of(filter.why, [&](const auto& p) {
        return fmt::format("why IN (SELECT number FROM error_codes WHERE {})", where.compare("word", p));
    });
}

void add_numbers(Where& where, const HistoryFilter& filter) {
    where.any_of(filter.outcomes, [&](Outcome o) { return where.equals("outcome", static_cast<std::int64_t>(o)); });
    where.any_of(filter.statuses, [&](std::int32_t s) { return where.equals(s < 10 ? "status / 100" : "status", s); });
    if (filter.fallback) {
        where.integer(*filter.fallback ? "outcome = ?" : "outcome <> ?",
                      static_cast<std::int64_t>(Outcome::served_fallback));
    }
    if (filter.streamed) where.integer("streamed = ?", *filter.streamed);
    if (filter.overridden) where.literal(*filter.overridden ? "override_id <> 0" : "override_id = 0");
    if (filter.override_id) where.integer("override_id = ?", *filter.override_id);
    if (filter.since) where.integer("time >= ?", filter.since->unix_us);
    if (filter.until) where.integer("time < ?", filter.until->unix_us);
    if (filter.min_total_us) where.integer("total_us >= ?", *filter.min_total_us);
    // -1 means "never", which is not short.
    if (filter.min_first_token_us)
        where.integer("first_token_us >= ?", std::max<std::int64_t>(0, *filter.min_first_token_us));
}

// A long prefix is looked up in the index of the ids first; a short one finds its page soon by going along the rows.
void add_id_prefix(Where& where, const std::string& prefix) {
    const bool selective = prefix.size() >= selective_prefix;
    where.text(selective ? "row IN (SELECT row FROM requests WHERE id >= ?" : "id >= ?", prefix);
    where.text(selective ? "id < ?)" : "id < ?", prefix + '\x7f');  // ids are ASCII letters and digits
}

Where where_of(const HistoryFilter& filter) {
    Where where;
    if (only_notable(filter)) where.literal("notable = 1");
    add_names(where, filter);
    add_numbers(where, filter);
    if (!filter.id_prefix.empty()) add_id_prefix(where, filter.id_prefix);
    return where;
}

// The row below which the page begins.
Result<std::int64_t> parse_cursor(const std::string& cursor) {
    if (cursor.empty()) return INT64_MAX;
    std::int64_t row = 0;
    const char* end = cursor.data() + cursor.size();
    const auto [stop, error] = std::from_chars(cursor.data(), end, row);
    if (error != std::errc() || stop != end || row <= 0) return fail(ErrorCode::invalid_argument, "unknown cursor");
    return row;
}

}  // namespace

Result<HistoryPage> query_history(Database& database, const CodeTable& codes, const HistoryFilter& filter,
                                  const std::string& cursor, int limit) {
    const auto below = parse_cursor(cursor);
    if (!below) return std::unexpected(below.error());
    const auto where = where_of(filter);
    if (where.size() > filter_values_max) return fail(ErrorCode::invalid_argument, "too many values in the filter");
    const auto rows = static_cast<std::size_t>(std::clamp(limit, 1, static_cast<int>(limits::history_page_max)));

    auto select = database.prepare(fmt::format(
        "SELECT row, {} FROM requests WHERE {} AND row < ? ORDER BY row DESC LIMIT ?", page_columns, where.sql()));
    if (!select) return std::unexpected(select.error());
    where.bind(*select);
    select->add(*below).add(static_cast<std::int64_t>(rows) + 1);  // one more tells whether a page follows

    HistoryPage page;
    std::int64_t last = 0;
    while (true) {
        const auto more = select->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return page;
        if (page.rows.size() == rows) {
            page.next = std::to_string(last);
            return page;
        }
        last = select->integer();
        page.rows.push_back(read_record(*select, codes));
    }
}

Result<ports::RequestRecord> get_record(Database& database, const CodeTable& codes, const std::string& id) {
    auto select =
        database.prepare(fmt::format("SELECT {}, {} FROM requests WHERE id = ?", page_columns, detail_columns));
    if (!select) return std::unexpected(select.error());
    const auto found = select->add(id).step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return fail(ErrorCode::not_found, fmt::format("no request {} in the history", id));
    auto record = read_record(*select, codes);
    read_detail(*select, record);
    return record;
}

}  // namespace signalbox::adapters
