// The configuration a host starts from: a file or the demo, with the command line's changes on top.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/core/config/config.h"
#include "engine/core/config/fault.h"
#include "engine/host/gateway_host.h"
#include "engine/ports/secrets.h"

namespace signalbox::host {

// The file of `options`; none: the demo.
[[nodiscard]] std::optional<std::filesystem::path> config_file(const HostOptions& options,
                                                               const ports::Secrets& secrets);

[[nodiscard]] std::expected<core::Config, core::ConfigFaults> load(const HostOptions& options,
                                                                   const std::optional<std::filesystem::path>& file,
                                                                   const ports::Secrets& secrets);
// The same from text instead of the file's content.
[[nodiscard]] std::expected<core::Config, core::ConfigFaults> load_text(const HostOptions& options,
                                                                        const std::string& text,
                                                                        const std::string& file_name,
                                                                        const ports::Secrets& secrets);

}  // namespace signalbox::host
