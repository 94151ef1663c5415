// The text form of a scenario: a header of three comments, then one statement a line.
//
//   # name: fallback
//   # description: a failing provider is replaced before the client sees anything
//   # group: failover
//   provider p1 first_token=200ms
//   at 10ms client a chat stream model=main tokens=20
//   expect a status=200 served=p2/y attempts<=2
//
// A word is positional, `key=value` (or <=, >=, <, >, !=) is a term. `#` begins a comment.
//
// A scenario may be played in several cells, each with values of its own: `$tokens` anywhere stands for the value.
//
//   cell 512x8 tokens=512 clients=8     one cell
//   with policy=signalbox,incident      every cell once with each of these
//   quick STATEMENT, full STATEMENT     only in a quick run, only in a full one
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace signalbox::replay {

enum class Relation : std::uint8_t { equal, unequal, at_most, at_least, less, more };
[[nodiscard]] std::string_view to_string(Relation relation);  // "<="
[[nodiscard]] std::optional<Relation> relation_from(std::string_view sign);

template <class T>
[[nodiscard]] bool relates(const T& left, Relation relation, const T& right) {
    switch (relation) {
        case Relation::equal:
            return left == right;
        case Relation::unequal:
            return left != right;
        case Relation::at_most:
            return left <= right;
        case Relation::at_least:
            return left >= right;
        case Relation::less:
            return left < right;
        case Relation::more:
            return left > right;
    }
    return false;
}

struct Term {
    std::string key;
    Relation relation = Relation::equal;
    std::string value;
};
[[nodiscard]] std::string to_string(const Term& term);  // as it was written

struct Statement {
    int line = 0;
    std::optional<Nanos> at;         // since the start; none: before the start, for `expect` at the end
    std::vector<std::string> words;  // never empty; words[0] is the verb
    std::vector<Term> terms;
    [[nodiscard]] const std::string& verb() const { return words.front(); }
};

struct FlowFile {
    std::string name, description, group;
    std::vector<Statement> statements;
};

struct Cell {
    std::string name;  // what tells it from the others; empty: there is only one
    std::map<std::string, std::string, std::less<>> values;
};

// In the order of the file; never empty. Errors as of parse_flow.
[[nodiscard]] Result<std::vector<Cell>> cells_of(std::string_view text, bool quick = false);
// Error: invalid_argument, the detail begins with "line N: ".
[[nodiscard]] Result<FlowFile> parse_flow(std::string_view text, const Cell& cell = {}, bool quick = false);
[[nodiscard]] std::unexpected<Error> fail_at(int line, std::string_view what);

}  // namespace signalbox::replay
