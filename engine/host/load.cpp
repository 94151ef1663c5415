#include "engine/host/load.h"

#include "engine/adapters/yaml/load.h"
#include "engine/core/config/demo.h"
#include "engine/core/config/validate.h"

namespace signalbox::host {
namespace {

// What the command line changes is held to the same rules as the file; the rest has been checked.
std::expected<core::Config, core::ConfigFaults> with_command_line(core::Config config, const HostOptions& options) {
    if (options.listen) config.gateway.listen = *options.listen;
    if (options.control) config.gateway.control = *options.control;
    if (!options.data_dir.empty()) config.gateway.data_dir = options.data_dir;
    core::ConfigFaults faults = core::validate_reach(config);
    if (!faults.empty()) return std::unexpected(std::move(faults));
    return config;
}

}  // namespace

std::optional<std::filesystem::path> config_file(const HostOptions& options, const ports::Secrets& secrets) {
    if (options.demo) return std::nullopt;
    return adapters::find_config_file(options.config_path, secrets);
}

std::expected<core::Config, core::ConfigFaults> load(const HostOptions& options,
                                                     const std::optional<std::filesystem::path>& file,
                                                     const ports::Secrets& secrets) {
    if (!file) return with_command_line(core::demo_config(), options);
    std::expected<adapters::Loaded, core::ConfigFaults> loaded = adapters::load_config_file(*file, secrets);
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    return with_command_line(std::move(loaded->config), options);
}

std::expected<core::Config, core::ConfigFaults> load_text(const HostOptions& options, const std::string& text,
                                                          const std::string& file_name, const ports::Secrets& secrets) {
    std::expected<adapters::Loaded, core::ConfigFaults> loaded = adapters::load_config(text, file_name, secrets);
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    return with_command_line(std::move(loaded->config), options);
}

}  // namespace signalbox::host
