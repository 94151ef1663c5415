// The result of an experiment as text and as JSON.
#include <algorithm>

#include <fmt/format.h>

#include "engine/replay/experiment.h"
#include "engine/replay/text.h"

namespace signalbox::replay {
namespace {

constexpr std::string_view never_measured = "-";
constexpr std::size_t complaints_shown = 5;

std::string value_text(const std::optional<Value>& value) {
    return value ? to_string(*value) : std::string(never_measured);
}

std::optional<Value> value_of(const PlayResult& played, const std::string& figure) {
    const Result<std::optional<Value>> value = played.seen.find(figure);
    return value ? *value : std::nullopt;
}

// "users.ttft_p99" in two lines.
void add_heads(const std::vector<std::string>& report, std::vector<Row>& rows) {
    Row subjects{""};
    Row figures{"cell"};
    std::string last;
    for (const std::string& figure : report) {
        const auto dot = figure.rfind('.');
        const std::string subject = figure.substr(0, dot);
        subjects.push_back(subject == last ? "" : subject);
        figures.push_back(figure.substr(dot + 1));
        last = subject;
    }
    rows.push_back(std::move(subjects));
    rows.push_back(std::move(figures));
}

std::string told_text(const CellResult& cell) {
    std::string out;
    for (const auto& [code, times] : cell.played.seen.failures()) {
        const auto known = error_code_from(code);
        out += fmt::format("  {}: {} × {} ({})\n", cell.cell.name, times, code,
                           known ? signalbox::to_string(stage_of(*known)) : "provider");
    }
    for (const std::string& example : cell.played.seen.idle_examples) {
        out += fmt::format("  {}: {}\n", cell.cell.name, example);
    }
    for (const std::string& alert : cell.played.seen.alerts) {
        out += fmt::format("  {}: operators were told, {}\n", cell.cell.name, alert);
    }
    return out;
}

std::string bars_text(const ExperimentResult& result) {
    std::string out;
    std::size_t hold = 0;
    std::size_t fail = 0;
    for (const CellResult& cell : result.cells) {
        for (const BarResult& bar : cell.played.bars) {
            if (!bar.applies) continue;
            ++(bar.holds ? hold : fail);
            if (bar.holds) continue;
            out += fmt::format("  FAILS  {}: {}   is {}, the bar is {}\n", cell.cell.name, bar.text, value_text(bar.is),
                               value_text(bar.limit));
        }
        const auto& complaints = cell.played.complaints;
        for (std::size_t i = 0; i < std::min(complaints.size(), complaints_shown); ++i) {
            out += fmt::format("  BROKEN {}: {}\n", cell.cell.name, complaints[i]);
        }
        if (complaints.size() > complaints_shown) {
            out += fmt::format("  BROKEN {}: and {} more\n", cell.cell.name, complaints.size() - complaints_shown);
        }
    }
    return out + fmt::format("{} bars hold, {} fail\n", hold, fail);
}

std::string json_of(const std::optional<Value>& value) {
    return value ? fmt::format("{}", value->number) : "null";
}

template <class Map>
std::string json_object(const Map& map, auto value_text_of) {
    std::string out;
    for (const auto& [key, value] : map) {
        out += fmt::format("{}{}:{}", out.empty() ? "" : ",", quoted(key), value_text_of(value));
    }
    return "{" + out + "}";
}

std::string json_of(const FleetSample& sample) {
    const auto number = [](int n) { return std::to_string(n); };
    return fmt::format(R"({{"ms":{},"warm":{},"warming":{},"cold":{},"in_flight":{},"queued":{}}})", to_ms(sample.at),
                       json_object(sample.warm, number), json_object(sample.warming, number),
                       json_object(sample.cold, number), sample.in_flight, sample.queued);
}

std::string json_of(const BarResult& bar) {
    return fmt::format(R"({{"bar":{},"applies":{},"holds":{},"is":{},"limit":{}}})", quoted(bar.text), bar.applies,
                       bar.holds, json_of(bar.is), json_of(bar.limit));
}

std::string json_of(const CellResult& cell) {
    std::map<std::string, std::optional<Value>> figures;
    for (const std::string& figure : cell.played.report) figures[figure] = value_of(cell.played, figure);
    return fmt::format(R"({{"name":{},"values":{},"passed":{},"figures":{},"failures":{},"bars":{},"alerts":{},)"
                       R"("complaints":{},"fleet":{}}})",
                       quoted(cell.cell.name), json_object(cell.cell.values, quoted), cell.passed(),
                       json_object(figures, [](const auto& value) { return json_of(value); }),
                       json_object(cell.played.seen.failures(), [](std::int64_t n) { return std::to_string(n); }),
                       json_array(cell.played.bars, [](const BarResult& bar) { return json_of(bar); }),
                       json_array(cell.played.seen.alerts, quoted), json_array(cell.played.complaints, quoted),
                       json_array(cell.played.seen.samples, [](const FleetSample& sample) { return json_of(sample); }));
}

}  // namespace

std::string as_table(const ExperimentResult& result) {
    std::vector<Row> rows;
    std::string told;
    for (const CellResult& cell : result.cells) {
        if (rows.empty()) add_heads(cell.played.report, rows);
        Row row{cell.cell.name};
        for (const std::string& figure : cell.played.report) row.push_back(value_text(value_of(cell.played, figure)));
        rows.push_back(std::move(row));
        told += told_text(cell);
    }
    std::string out = fmt::format("{}: {}\nseed {}{}\n\n{}\n", result.name, result.description, result.seed,
                                  result.quick ? ", quick" : "", aligned(rows, Align::right));
    if (!told.empty()) out += "What people were told\n" + told + "\n";
    return out + bars_text(result);
}

std::string as_json(const ExperimentResult& result) {
    return fmt::format(R"({{"scenario":{},"description":{},"seed":{},"quick":{},"passed":{},"cells":{}}})",
                       quoted(result.name), quoted(result.description), result.seed, result.quick, result.passed(),
                       json_array(result.cells, [](const CellResult& cell) { return json_of(cell); })) +
           "\n";
}

}  // namespace signalbox::replay
