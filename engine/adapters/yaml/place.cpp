#include "engine/adapters/yaml/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace signalbox::adapters {
namespace {

bool is_variable_name(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
           std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

constexpr std::string_view environment_prefix = "env.";
constexpr std::string_view file_prefix = "file:";
constexpr std::size_t shown_max = 60;  // bytes of a wrong value repeated in a message

}  // namespace

int line_at(const YAML::Mark& mark) {
    return mark.is_null() ? 0 : mark.line + 1;
}

Place::Place(Reading& reading, YAML::Node node, std::string path, int line)
    : reading_(reading), node_(std::move(node)), path_(std::move(path)), line_(line) {
    if (++reading_.visits > config_values_max)
        throw YAML::Exception(node_.Mark(), fmt::format("more than {} values, aliases counted", config_values_max));
    reading_.lines.emplace(path_, line_);
}

void Place::fault(std::string problem, std::string remedy) const {
    if (reading_.concealed.contains(path_)) return;
    if (reading_.faults.size() < core::config_faults_max)
        reading_.faults.push_back({reading_.file_name, line_, path_, std::move(problem), std::move(remedy)});
}

bool Place::is_mapping() const {
    if (node_.IsMap()) return true;
    fault("is not a mapping", "write `name: value` lines below it, or { name: value }");
    return false;
}

bool Place::is_list() const {
    if (node_.IsSequence()) return true;
    fault("is not a list", "write `- value` lines below it, or [value, value]");
    return false;
}

std::string Place::raw() const {
    const std::string& scalar = node_.Scalar();
    return scalar.size() <= shown_max ? scalar : scalar.substr(0, shown_max) + "…";
}

std::optional<std::string> Place::text() const {
    if (!node_.IsScalar()) {
        fault("is not a single value");
        return std::nullopt;
    }
    const std::string_view scalar = node_.Scalar();
    auto resolved = resolve(scalar);
    if (resolved && reading_.secrets.conceals() && *resolved != scalar) reading_.concealed.insert(path_);
    return resolved;
}

std::optional<std::string> Place::resolve(std::string_view scalar) const {
    if (scalar.starts_with(environment_prefix) && is_variable_name(scalar.substr(environment_prefix.size())))
        return variable(scalar.substr(environment_prefix.size()));
    if (!scalar.starts_with(file_prefix)) return with_variables(scalar);

    auto content = reading_.secrets.file(from_home(scalar.substr(file_prefix.size())));
    if (content) return *std::move(content);
    fault(fmt::format("the file {} cannot be read ({})", raw().substr(file_prefix.size()),
                      to_string(content.error().code)),
          "create it, or make it readable for the user the gateway runs as");
    return std::nullopt;
}

std::optional<std::string> Place::path_text() const {
    auto path = text();
    return path ? std::optional(from_home(*path)) : std::nullopt;
}

Place Place::member(std::string_view name, const YAML::Node& key, const YAML::Node& value) const {
    return {reading_, value, path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name),
            line_at(key.Mark())};
}

Place Place::item(std::size_t index, const YAML::Node& value) const {
    return {reading_, value, fmt::format("{}[{}]", path_, index), line_at(value.Mark())};
}

std::optional<std::string> Place::variable(std::string_view name) const {
    auto value = reading_.secrets.environment(name);
    if (!value) fault(fmt::format("the environment variable {} is not set", name), "set it, or write the value itself");
    return value;
}

std::optional<std::string> Place::with_variables(std::string_view text) const {
    std::string result;
    for (;;) {
        const auto open = text.find("${");
        result += text.substr(0, open);
        if (open == std::string_view::npos) return result;
        const auto close = text.find('}', open);
        if (close == std::string_view::npos || !is_variable_name(text.substr(open + 2, close - open - 2))) {
            fault("has ${ without a variable's name and }", "write ${NAME}");
            return std::nullopt;
        }
        const auto value = variable(text.substr(open + 2, close - open - 2));
        if (!value) return std::nullopt;
        result += *value;
        text.remove_prefix(close + 1);
    }
}

std::string Place::from_home(std::string_view path) const {
    if (!path.starts_with("~/")) return std::string(path);
    return reading_.secrets.environment("HOME").value_or("~") + std::string(path.substr(1));
}

}  // namespace signalbox::adapters
