// signalbox.yaml -> core::Config. Reports everything that is wrong at once: what cannot be read and what makes no
// sense. Survives any bytes. Any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/config/config.h"
#include "engine/core/config/fault.h"
#include "engine/ports/secrets.h"

namespace signalbox::adapters {

inline constexpr std::size_t config_bytes_max = 4 * 1024 * 1024;  // of one file
inline constexpr std::size_t config_values_max = 100'000;         // scalars, lists and mappings in it
inline constexpr int config_depth_max = 32;                       // of lists and mappings in each other

// Field path ("providers[0].keys[1].value") -> 1-based line.
using FieldLines = std::map<std::string, int, std::less<>>;

struct Loaded {
    core::Config config;
    FieldLines lines;
};

// `file_name` is only for the faults. Strings env.NAME, ${NAME} and file:PATH are resolved through `secrets`.
// Faults come in the order of their lines.
[[nodiscard]] std::expected<Loaded, core::ConfigFaults> load_config(std::string_view text, std::string_view file_name,
                                                                    const ports::Secrets& secrets);

// The same for a file on disk; a file that cannot be read is a fault too.
[[nodiscard]] std::expected<Loaded, core::ConfigFaults> load_config_file(const std::filesystem::path& file,
                                                                         const ports::Secrets& secrets);

// The text of a configuration file. Faults: it is no regular file, cannot be read, or is too large.
[[nodiscard]] std::expected<std::string, core::ConfigFaults> read_config_file(const std::filesystem::path& file);

// The line of `field`, or of the nearest enclosing field the file has; 0 when it has none.
[[nodiscard]] int line_of(const FieldLines& lines, std::string_view field);

// `asked` (--config) when given, whether or not it exists; else $SIGNALBOX_CONFIG likewise; else the first that exists
// of $XDG_CONFIG_HOME/signalbox/signalbox.yaml (default ~/.config) and /etc/signalbox/signalbox.yaml. None: demo.
[[nodiscard]] std::optional<std::filesystem::path> find_config_file(const std::optional<std::string>& asked,
                                                                    const ports::Secrets& secrets);

}  // namespace signalbox::adapters
