// One value in a YAML file: the node, its field path, and the ways to read it. Reading never throws for what the file
// says; it notes a fault and leaves the target as it was.
#pragma once

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <string_view>

#include "engine/adapters/yaml/load.h"
#include "engine/core/config/fault.h"
#include "engine/ports/secrets.h"

namespace signalbox::adapters {

// What one load collects. Aliases may repeat a value any number of times, so visits are counted too.
struct Reading {
    std::string file_name;
    const ports::Secrets& secrets;
    FieldLines lines;
    core::ConfigFaults faults;
    std::size_t visits = 0;
    std::set<std::string, std::less<>> concealed = {};  // fields whose value is not known, see Secrets::conceals()
};

class Place {
  public:
    // Notes the line of `path`. `line` is 1-based.
    Place(Reading& reading, YAML::Node node, std::string path, int line);

    [[nodiscard]] const YAML::Node& node() const { return node_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Reading& reading() const { return reading_; }

    // Says nothing about a concealed value.
    void fault(std::string problem, std::string remedy = {}) const;
    // Faults unless the value is of the wanted kind.
    [[nodiscard]] bool is_mapping() const;
    [[nodiscard]] bool is_list() const;
    // The scalar with env.NAME, ${NAME} and file:PATH resolved; nullopt after a fault.
    [[nodiscard]] std::optional<std::string> text() const;
    // The scalar as it stands in the file, for messages. Never a resolved secret.
    [[nodiscard]] std::string raw() const;
    // text() with a leading ~/ replaced by the home directory.
    [[nodiscard]] std::optional<std::string> path_text() const;

    [[nodiscard]] Place member(std::string_view name, const YAML::Node& key, const YAML::Node& value) const;
    [[nodiscard]] Place item(std::size_t index, const YAML::Node& value) const;

  private:
    [[nodiscard]] std::optional<std::string> resolve(std::string_view scalar) const;
    [[nodiscard]] std::optional<std::string> variable(std::string_view name) const;
    [[nodiscard]] std::optional<std::string> with_variables(std::string_view text) const;
    [[nodiscard]] std::string from_home(std::string_view path) const;

    Reading& reading_;
    YAML::Node node_;
    std::string path_;
    int line_;
};

// 1-based; 0 when the parser does not know.
[[nodiscard]] int line_at(const YAML::Mark& mark);

}  // namespace signalbox::adapters
