#include "engine/control/prometheus_text.h"

#include <fmt/format.h>

#include <iterator>

namespace signalbox::control {
namespace {

void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void PrometheusText::name_and_labels(std::string_view name, Labels labels) {
    out_ += name;
    char separator = '{';
    for (const auto& [label, value] : labels) {
        out_ += separator;
        out_ += label;
        out_ += "=\"";
        append_escaped(out_, value);
        out_ += '"';
        separator = ',';
    }
    if (labels.size() != 0) out_ += '}';
    out_ += ' ';
}

void PrometheusText::sample(std::string_view name, Labels labels, double value) {
    name_and_labels(name, labels);
    fmt::format_to(std::back_inserter(out_), "{}\n", value);
}

void PrometheusText::sample(std::string_view name, Labels labels, std::int64_t value) {
    name_and_labels(name, labels);
    fmt::format_to(std::back_inserter(out_), "{}\n", value);
}

}  // namespace signalbox::control
