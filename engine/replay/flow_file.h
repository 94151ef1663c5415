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
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace signalbox::replay {

enum class Relation : std::uint8_t { equal, unequal, at_most, at_least, less, more };

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

// Error: invalid_argument, the detail begins with "line N: ".
[[nodiscard]] Result<FlowFile> parse_flow(std::string_view text);
[[nodiscard]] std::unexpected<Error> fail_at(int line, std::string_view what);

}  // namespace signalbox::replay
