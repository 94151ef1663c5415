#include "engine/replay/flow_file.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "engine/core/config/quantities.h"

namespace signalbox::replay {
namespace {

// Longest first, so that "<=" is not taken for "<".
using SignOf = std::pair<std::string_view, Relation>;
constexpr std::array<SignOf, 6> relations = {{{"<=", Relation::at_most},
                                              {">=", Relation::at_least},
                                              {"!=", Relation::unequal},
                                              {"=", Relation::equal},
                                              {"<", Relation::less},
                                              {">", Relation::more}}};

std::string_view take_word(std::string_view& rest) {
    constexpr std::string_view blanks = " \t\r";
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    return word.starts_with('#') ? rest = {}, std::string_view{} : word;
}

std::optional<Term> term_of(std::string_view word) {
    const auto place = word.find_first_of("<>!=");
    if (place == std::string_view::npos || place == 0) return std::nullopt;
    for (const auto& [sign, relation] : relations) {
        if (!word.substr(place).starts_with(sign)) continue;
        return Term{std::string(word.substr(0, place)), relation, std::string(word.substr(place + sign.size()))};
    }
    return std::nullopt;
}

Result<Statement> parse_statement(std::string_view text, int line) {
    Statement statement{line, {}, {}, {}};
    std::string_view word = take_word(text);
    if (word == "at") {
        const Result<Nanos> when = core::parse_duration(take_word(text));
        if (!when) return fail_at(line, "the time after `at` " + when.error().detail);
        statement.at = *when;
        word = take_word(text);
    }
    for (; !word.empty(); word = take_word(text)) {
        if (std::optional<Term> term = term_of(word))
            statement.terms.push_back(std::move(*term));
        else
            statement.words.emplace_back(word);
    }
    if (statement.words.empty()) return fail_at(line, "a statement begins with a verb");
    return statement;
}

bool take_header(FlowFile& file, std::string_view text) {
    const std::array<std::pair<std::string_view, std::string*>, 3> fields = {
        {{"# name: ", &file.name}, {"# description: ", &file.description}, {"# group: ", &file.group}}};
    for (const auto& [prefix, into] : fields) {
        if (!into->empty() || !text.starts_with(prefix)) continue;
        *into = text.substr(prefix.size());
        return true;
    }
    return false;
}

// One line of the file without its newline, and its number.
struct Row {
    std::string_view text;
    int number = 0;
};

Row take_row(std::string_view& text, int number) {
    const auto end = std::min(text.find('\n'), text.size());
    const Row row{text.substr(0, end), number};
    text.remove_prefix(std::min(end + 1, text.size()));
    return row;
}

// The first word, and what stands behind `quick` or `full`; an empty word: the row says nothing in this run.
std::string_view enter_row(std::string_view& row, bool quick) {
    std::string_view rest = row;
    std::string_view word = take_word(rest);
    if (word != "quick" && word != "full") return word;
    row = rest;
    return (word == "quick") == quick ? take_word(rest) : std::string_view{};
}

bool part_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

Result<std::string> with_values(Row row, const Cell& cell) {
    std::string out;
    while (!row.text.empty()) {
        const auto dollar = std::min(row.text.find('$'), row.text.size());
        out += row.text.substr(0, dollar);
        row.text.remove_prefix(dollar);
        if (row.text.empty()) break;
        row.text.remove_prefix(1);
        const auto length = std::ranges::find_if_not(row.text, part_of_name) - row.text.begin();
        const std::string_view name = row.text.substr(0, static_cast<std::size_t>(length));
        const auto value = cell.values.find(name);
        if (value == cell.values.end()) return fail_at(row.number, "no cell gives a value to $" + std::string(name));
        out += value->second;
        row.text.remove_prefix(name.size());
    }
    return out;
}

Result<Cell> parse_cell(const Statement& s) {
    Cell cell;
    for (const std::string& word : std::span(s.words).subspan(1)) cell.name += (cell.name.empty() ? "" : " ") + word;
    for (const Term& term : s.terms) cell.values[term.key] = term.value;
    if (cell.name.empty()) return fail_at(s.line, "cell NAME key=value…");
    return cell;
}

// Every cell of `cells` once with each of the values of one term.
std::vector<Cell> crossed(const std::vector<Cell>& cells, const Term& term) {
    std::vector<Cell> out;
    for (const Cell& cell : cells) {
        for (std::size_t begin = 0; begin <= term.value.size();) {
            const std::size_t end = std::min(term.value.find(',', begin), term.value.size());
            Cell& made = out.emplace_back(cell);
            const std::string value = term.value.substr(begin, end - begin);
            made.name += (made.name.empty() ? "" : " ") + value;
            made.values[term.key] = value;
            begin = end + 1;
        }
    }
    return out;
}

}  // namespace

std::unexpected<Error> fail_at(int line, std::string_view what) {
    return fail(ErrorCode::invalid_argument, "line " + std::to_string(line) + ": " + std::string(what));
}

std::string_view to_string(Relation relation) {
    return std::ranges::find(relations, relation, &SignOf::second)->first;
}

std::optional<Relation> relation_from(std::string_view sign) {
    const auto row = std::ranges::find(relations, sign, &SignOf::first);
    return row == relations.end() ? std::nullopt : std::optional(row->second);
}

std::string to_string(const Term& term) {
    return term.key + std::string(to_string(term.relation)) + term.value;
}

Result<std::vector<Cell>> cells_of(std::string_view text, bool quick) {
    std::vector<Cell> cells;
    std::vector<Term> crossings;
    for (int line = 1; !text.empty(); ++line) {
        Row row = take_row(text, line);
        const std::string_view verb = enter_row(row.text, quick);
        if (verb != "cell" && verb != "with") continue;
        Result<Statement> statement = parse_statement(row.text, line);
        if (!statement) return std::unexpected(std::move(statement.error()));
        if (verb == "with") {
            crossings.insert(crossings.end(), statement->terms.begin(), statement->terms.end());
            continue;
        }
        Result<Cell> cell = parse_cell(*statement);
        if (!cell) return std::unexpected(std::move(cell.error()));
        cells.push_back(std::move(*cell));
    }
    if (cells.empty()) cells.emplace_back();
    for (const Term& term : crossings) cells = crossed(cells, term);
    return cells;
}

Result<FlowFile> parse_flow(std::string_view text, const Cell& cell, bool quick) {
    FlowFile file;
    for (int line = 1; !text.empty(); ++line) {
        Row row = take_row(text, line);
        if (take_header(file, row.text)) continue;
        const std::string_view verb = enter_row(row.text, quick);
        if (verb.empty() || verb == "cell" || verb == "with") continue;
        const Result<std::string> filled = with_values(row, cell);
        if (!filled) return std::unexpected(filled.error());
        Result<Statement> statement = parse_statement(*filled, line);
        if (!statement) return std::unexpected(std::move(statement.error()));
        file.statements.push_back(std::move(*statement));
    }
    if (file.name.empty() || file.description.empty() || file.group.empty()) {
        return fail_at(1, "a scenario begins with `# name: `, `# description: ` and `# group: `");
    }
    return file;
}

}  // namespace signalbox::replay
