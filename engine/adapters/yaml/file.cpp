// Where the configuration file is, and its bytes.
#include <fstream>
#include <iterator>

#include "engine/adapters/yaml/load.h"

namespace signalbox::adapters {

namespace fs = std::filesystem;

std::expected<std::string, core::ConfigFaults> read_config_file(const fs::path& file) {
    const auto unreadable = [&](std::string problem) {
        return std::unexpected(core::ConfigFaults{{file.string(), 0, "", std::move(problem), "check --config"}});
    };
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return unreadable("is not a file");
    if (fs::file_size(file, error) > config_bytes_max || error) return unreadable("is larger than 4 MiB");
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return unreadable("cannot be opened");
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad()) return unreadable("cannot be read");
    return text;
}

std::expected<Loaded, core::ConfigFaults> load_config_file(const fs::path& file, const ports::Secrets& secrets) {
    const auto text = read_config_file(file);
    if (!text) return std::unexpected(text.error());
    return load_config(*text, file.string(), secrets);
}

std::optional<fs::path> find_config_file(const std::optional<std::string>& asked, const ports::Secrets& secrets) {
    // Named by somebody: it must be this one, and loading says so when it is missing.
    if (asked) return *asked;
    const auto variable = [&](std::string_view name) {
        const auto value = secrets.environment(name);
        return value && !value->empty() ? std::optional<fs::path>(*value) : std::nullopt;
    };
    if (auto named = variable("SIGNALBOX_CONFIG")) return named;

    const fs::path relative = fs::path("signalbox") / "signalbox.yaml";
    std::optional<fs::path> user = variable("XDG_CONFIG_HOME");
    if (const auto home = variable("HOME"); !user && home) user = *home / ".config";
    std::error_code error;
    if (user && fs::is_regular_file(*user / relative, error)) return *user / relative;
    if (fs::path system = fs::path("/etc") / relative; fs::is_regular_file(system, error)) return system;
    return std::nullopt;
}

}  // namespace signalbox::adapters
