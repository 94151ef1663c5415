#include "engine/replay/bars.h"

#include <algorithm>
#include <utility>

#include "engine/core/config/quantities.h"

namespace signalbox::replay {
namespace {

constexpr std::string_view anything = "any";

using Maybe = std::optional<Value>;

Result<Maybe> operand(const std::string& text, const Measurements& seen) {
    if (const Result<double> number = core::parse_number(text)) return Value{*number, Unit::count};
    if (const Result<Nanos> duration = core::parse_duration(text)) {
        return Value{std::chrono::duration<double>(*duration).count(), Unit::seconds};
    }
    return seen.find(text);
}

// Products bind closer than sums. The unit of the result is that of the last operand with one.
Result<Maybe> right_side(const std::vector<std::string>& words, const Measurements& seen) {
    double sum = 0;
    double product = 1;
    Unit unit = Unit::count;
    for (std::size_t i = 0; i < words.size(); i += 2) {
        const Result<Maybe> value = operand(words[i], seen);
        if (!value || !*value) return value;
        if ((*value)->unit != Unit::count) unit = (*value)->unit;
        const bool adds = i > 0 && words[i - 1] == "+";
        if (adds) sum += std::exchange(product, 1.0);
        product *= (*value)->number;
    }
    return Value{sum + product, unit};
}

}  // namespace

std::string Bar::text() const {
    std::string out = figure + " " + std::string(to_string(relation));
    for (const std::string& word : right) out += " " + word;
    return out;
}

Result<Bar> read_bar(const Statement& s) {
    const auto wrong = [&] { return fail_at(s.line, "bar FIGURE <= VALUE [* VALUE] [+ VALUE], with blanks between"); };
    if (s.words.size() < 4 || s.words.size() % 2 != 0) return wrong();
    const std::optional<Relation> relation = relation_from(s.words[2]);
    if (!relation) return wrong();
    Bar bar{s.line, s.words[1], *relation, {s.words.begin() + 3, s.words.end()}};
    bar.applies = std::ranges::all_of(s.terms, [](const Term& term) { return term.key == term.value; });
    for (std::size_t i = 1; i < bar.right.size(); i += 2) {
        if (bar.right[i] != "*" && bar.right[i] != "+") return wrong();
    }
    return bar;
}

Result<BarResult> evaluate(const Bar& bar, const Measurements& seen) {
    BarResult result{bar.text(), true, false, {}, {}};
    if (!bar.applies || std::ranges::find(bar.right, anything) != bar.right.end()) return result;
    const Result<Maybe> is = seen.find(bar.figure);
    if (!is) return fail_at(bar.line, is.error().detail);
    const Result<Maybe> limit = right_side(bar.right, seen);
    if (!limit) return fail_at(bar.line, limit.error().detail);
    result.applies = true;
    result.is = *is;
    result.limit = *limit;
    result.holds = *is && *limit && relates((*is)->number, bar.relation, (*limit)->number);
    return result;
}

}  // namespace signalbox::replay
