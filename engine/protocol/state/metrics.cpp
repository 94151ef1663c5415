// vLLM's and SGLang's state in the Prometheus text format: one line per series, `name{label="value",…} number`.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "engine/base/limits.h"
#include "engine/protocol/state/server_state.h"

namespace signalbox::protocol {
namespace {

constexpr std::string_view blanks = " \t";

// What a line says, as views into it.
struct Sample {
    std::string_view name, labels;
    double value = 0;
};

// Where the braces of the labels end, quotes and escapes minded.
std::size_t labels_end(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == '}')
            return i;
    }
    return std::string_view::npos;
}

std::optional<Sample> read_sample(std::string_view line) {
    Sample sample;
    const std::size_t name_end = line.find_first_of("{ \t");
    if (line.starts_with('#') || name_end == 0 || name_end == std::string_view::npos) return std::nullopt;
    sample.name = line.substr(0, name_end);
    line.remove_prefix(name_end);
    if (line.starts_with('{')) {
        const std::size_t end = labels_end(line);
        if (end == std::string_view::npos) return std::nullopt;
        sample.labels = line.substr(1, end - 1);
        line.remove_prefix(end + 1);
    }
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const auto [rest, problem] = std::from_chars(line.data(), line.data() + line.size(), sample.value);
    if (problem != std::errc{} || !std::isfinite(sample.value)) return std::nullopt;
    return sample;
}

// The value of one label, with its escapes as they stand: a name that needs any is nobody's model.
std::string_view label(std::string_view labels, std::string_view name) {
    while (!labels.empty()) {
        labels.remove_prefix(std::min(labels.find_first_not_of(", \t"), labels.size()));
        const std::size_t equals = labels.find("=\"");
        if (equals == std::string_view::npos) return {};
        const std::string_view found = labels.substr(0, equals);
        labels.remove_prefix(equals + 2);
        std::size_t end = 0;
        while (end < labels.size() && labels[end] != '"') end += labels[end] == '\\' ? 2 : 1;
        if (end >= labels.size()) return {};
        if (found == name) return labels.substr(0, end);
        labels.remove_prefix(end + 1);
    }
    return {};
}

std::optional<std::int64_t> label_count(std::string_view labels, std::string_view name) {
    const std::string_view text = label(labels, name);
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

enum class Series : std::uint8_t { running, waiting, usage, capacity, cache_config, sleep };
struct SeriesRow {
    std::string_view name;
    Series series;
};
constexpr SeriesRow vllm_series[] = {
    {"vllm:num_requests_running", Series::running},   {"vllm:num_requests_waiting", Series::waiting},
    {"vllm:kv_cache_usage_perc", Series::usage},      {"vllm:gpu_cache_usage_perc", Series::usage},
    {"vllm:cache_config_info", Series::cache_config}, {"vllm:engine_sleep_state", Series::sleep},
};
constexpr SeriesRow sglang_series[] = {
    {"sglang:num_running_reqs", Series::running},
    {"sglang:num_queue_reqs", Series::waiting},
    {"sglang:token_usage", Series::usage},
    {"sglang:max_total_num_tokens", Series::capacity},
};

// One server serves one model, from one or several engines; names are few.
class Gathering {
  public:
    void take(Series series, const Sample& sample) {
        if (series == Series::cache_config) return take_cache_config(sample.labels);
        // Every rank of one engine may tell the same figures.
        for (const std::string_view rank : {"tp_rank", "pp_rank"}) {
            const std::string_view value = label(sample.labels, rank);
            if (!value.empty() && value != "0") return;
        }
        Row* row = row_of(label(sample.labels, "model_name"));
        if (row == nullptr || sample.value < 0) return;
        const auto count = static_cast<std::int64_t>(std::min(sample.value, 1e15));
        if (series == Series::running) row->state.busy = row->state.busy.value_or(0) + count;
        if (series == Series::waiting) row->state.queued = row->state.queued.value_or(0) + count;
        if (series == Series::capacity) row->capacity += static_cast<double>(count);
        if (series == Series::usage) {
            row->usage += std::min(sample.value, 1.0);
            ++row->engines;
        }
        const bool asleep = series == Series::sleep && label(sample.labels, "sleep_state") == "awake" && count == 0;
        if (asleep) row->state.phase = ModelState::Phase::cold;
    }

    [[nodiscard]] ModelStates finish() && {
        ModelStates models;
        if (rows_.size() == 1) rows_.front().capacity += unnamed_capacity_;
        for (Row& row : rows_) {
            if (row.capacity > 0) {
                row.state.kv_tokens = static_cast<std::int64_t>(std::min(row.capacity, 1e15));
                if (row.engines > 0)
                    row.state.kv_tokens_used =
                        std::llround(row.usage / row.engines * static_cast<double>(*row.state.kv_tokens));
            }
            models.push_back(std::move(row.state));
        }
        return models;
    }

  private:
    struct Row {
        ModelState state;
        double capacity = 0;  // tokens
        double usage = 0;     // shares of all engines, summed
        int engines = 0;
    };

    Row* row_of(std::string_view model) {
        if (model.empty() || model.size() > limits::name_length_max) return nullptr;
        for (Row& row : rows_) {
            if (row.state.model == model) return &row;
        }
        if (rows_.size() >= limits::heartbeat_models_max) return nullptr;
        Row& row = rows_.emplace_back();
        row.state.model = model;
        row.state.phase = ModelState::Phase::loaded;
        return &row;
    }
    void take_cache_config(std::string_view labels) {
        const auto block = label_count(labels, "block_size");
        const auto blocks = label_count(labels, "num_gpu_blocks");
        if (block && blocks) unnamed_capacity_ += static_cast<double>(*block) * static_cast<double>(*blocks);
    }

    std::vector<Row> rows_;
    double unnamed_capacity_ = 0;  // said without the model's name
};

Result<ModelStates> parse_metrics(std::string_view text, std::span<const SeriesRow> wanted) {
    if (text.size() > limits::slot_state_max) return fail(ErrorCode::upstream_malformed, "too long");
    Gathering gathering;
    bool any = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const auto sample = read_sample(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!sample) continue;
        any = true;
        for (const SeriesRow& row : wanted) {
            if (row.name == sample->name) gathering.take(row.series, *sample);
        }
    }
    if (!any) return fail(ErrorCode::upstream_malformed, "no metrics");
    return std::move(gathering).finish();
}

}  // namespace

Result<ModelStates> parse_vllm_metrics(std::string_view text) {
    return parse_metrics(text, vllm_series);
}

Result<ModelStates> parse_sglang_metrics(std::string_view text) {
    return parse_metrics(text, sglang_series);
}

}  // namespace signalbox::protocol
