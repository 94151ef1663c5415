#include "engine/adapters/prometheus/text_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/check.h"

namespace signalbox::adapters {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// [a-zA-Z_][a-zA-Z0-9_]*: right for labels, and for metrics all but the colon, which belongs to recording rules.
bool is_name(std::string_view name) {
    return !name.empty() && !is_digit(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}

void append_escaped(std::string& out, std::string_view text, bool quoted) {
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quoted) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

}  // namespace

void TextWriter::begin(Kind kind, std::string_view name, std::string_view help) {
    SB_CHECK(is_name(name));
    constexpr std::string_view types[] = {"", "counter", "gauge", "histogram"};
    kind_ = kind;
    name_ = name;
    text_ += fmt::format("# HELP {} ", name);
    append_escaped(text_, help, false);
    text_ += fmt::format("\n# TYPE {} {}\n", name, types[static_cast<int>(kind)]);
}

void TextWriter::sample(MetricLabels labels, std::int64_t value) {
    SB_CHECK(kind_ == Kind::counter || kind_ == Kind::gauge);
    line("", labels, "", fmt::to_string(value));
}

void TextWriter::sample(MetricLabels labels, double value) {
    SB_CHECK(kind_ == Kind::counter || kind_ == Kind::gauge);
    line("", labels, "", number(value));
}

void TextWriter::sample(MetricLabels labels, const HistogramCounts& histogram) {
    SB_CHECK(kind_ == Kind::histogram && histogram.counts.size() == histogram.bounds.size() + 1);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.bounds.size(); ++i) {
        below += histogram.counts[i];
        line("_bucket", labels, number(histogram.bounds[i]), fmt::to_string(below));
    }
    const auto all = fmt::to_string(below + histogram.counts.back());
    line("_bucket", labels, "+Inf", all);
    line("_sum", labels, "", number(histogram.sum));
    line("_count", labels, "", all);
}

// `bound` becomes the label `le`; empty: none.
void TextWriter::line(std::string_view suffix, MetricLabels labels, std::string_view bound, std::string_view value) {
    text_ += name_;
    text_ += suffix;
    char before = '{';
    const auto label = [&](std::string_view name, std::string_view content) {
        text_ += before;
        text_ += name;
        text_ += "=\"";
        append_escaped(text_, content, true);
        text_ += '"';
        before = ',';
    };
    for (const auto& [name, content] : labels) {
        SB_CHECK(is_name(name) && name != "le");
        label(name, content);
    }
    if (!bound.empty()) label("le", bound);
    if (before == ',') text_ += '}';
    text_ += ' ';
    text_ += value;
    text_ += '\n';
}

std::string TextWriter::take() {
    kind_ = Kind::none;
    name_.clear();
    return std::exchange(text_, {});
}

}  // namespace signalbox::adapters
