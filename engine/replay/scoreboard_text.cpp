// The scoreboard as text and as JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "engine/replay/scoreboard.h"
#include "engine/replay/text.h"

namespace signalbox::replay {
namespace {

std::string seconds(Nanos time) {
    return fmt::format("{:.2f} s", static_cast<double>(to_ms(time)) / 1000);
}

Row row_of(const DrillResult& result) {
    const std::string status = result.status == 0 ? std::string("-") : std::to_string(result.status);
    return {result.passed() ? "PASS" : "FAIL",
            result.model,
            std::string(core::to_string(result.fault)),
            result.streamed ? "streamed" : "whole",
            result.code.empty() ? std::string(to_string(result.got))
                                : fmt::format("{}: {} {}", to_string(result.got), status, result.code),
            std::to_string(result.attempts),
            seconds(result.total),
            result.served_by.empty() ? "-" : result.served_by};
}

// Each sentence once, with the faults it was found under.
std::string sentences(const Scoreboard& board, std::string DrillResult::* sentence) {
    std::vector<std::string> order;
    std::map<std::string, std::vector<std::string>> faults;
    for (const DrillResult& result : board.rows) {
        const std::string text = result.*sentence;
        if (text.empty()) continue;
        const std::string line = result.model + ": " + text;
        auto& under = faults[line];
        if (under.empty()) order.push_back(line);
        const std::string word(core::to_string(result.fault));
        if (std::ranges::find(under, word) == under.end()) under.push_back(word);
    }
    std::string out;
    for (const std::string& line : order) out += fmt::format("  {}\n    {}\n", line, fmt::join(faults[line], ", "));
    return out;
}

std::string json_of(const DrillResult& result) {
    return fmt::format(
        R"({{"model":{},"fault":{},"streamed":{},"struck":{},"got":{},"status":{},"code":{},"attempts":{},)"
        R"("total_ms":{},"served_by":{},"passed":{},"finding":{},"hint":{}}})",
        quoted(result.model), quoted(core::to_string(result.fault)), result.streamed, quoted(result.struck),
        quoted(to_string(result.got)), result.status, quoted(result.code), result.attempts, to_ms(result.total),
        quoted(result.served_by), result.passed(), quoted(result.finding), quoted(result.hint));
}

}  // namespace

std::string as_table(const Scoreboard& board) {
    std::vector<Row> rows{{"", "MODEL", "FAULT", "ASKED", "THE CLIENT GOT", "ATTEMPTS", "TIME", "SERVED BY"}};
    for (const DrillResult& result : board.rows) rows.push_back(row_of(result));
    std::string out = aligned(rows, Align::left);
    if (const std::string findings = sentences(board, &DrillResult::finding); !findings.empty()) {
        out += "\nFindings\n" + findings;
    }
    if (const std::string hints = sentences(board, &DrillResult::hint); !hints.empty()) {
        out += "\nCould be better\n" + hints;
    }
    const auto passed = std::ranges::count_if(board.rows, &DrillResult::passed);
    return out + fmt::format("\n{} of {} pass\n", passed, board.rows.size());
}

std::string as_json(const Scoreboard& board) {
    return fmt::format(R"({{"seed":{},"passed":{},"drills":{}}})", board.seed, board.passed(),
                       json_array(board.rows, [](const DrillResult& result) { return json_of(result); })) +
           "\n";
}

}  // namespace signalbox::replay
