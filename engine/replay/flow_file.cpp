#include "engine/replay/flow_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/core/config/quantities.h"

namespace signalbox::replay {
namespace {

// Longest first, so that "<=" is not taken for "<".
constexpr std::array<std::pair<std::string_view, Relation>, 6> relations = {{{"<=", Relation::at_most},
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

}  // namespace

std::unexpected<Error> fail_at(int line, std::string_view what) {
    return fail(ErrorCode::invalid_argument, "line " + std::to_string(line) + ": " + std::string(what));
}

std::string to_string(const Term& term) {
    const auto row = std::ranges::find(relations, term.relation, &std::pair<std::string_view, Relation>::second);
    return term.key + std::string(row->first) + term.value;
}

Result<FlowFile> parse_flow(std::string_view text) {
    FlowFile file;
    for (int line = 1; !text.empty(); ++line) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view row = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::string_view rest = row;
        if (take_header(file, row) || take_word(rest).empty()) continue;
        Result<Statement> statement = parse_statement(row, line);
        if (!statement) return std::unexpected(std::move(statement.error()));
        file.statements.push_back(std::move(*statement));
    }
    if (file.name.empty() || file.description.empty() || file.group.empty()) {
        return fail_at(1, "a scenario begins with `# name: `, `# description: ` and `# group: `");
    }
    return file;
}

}  // namespace signalbox::replay
