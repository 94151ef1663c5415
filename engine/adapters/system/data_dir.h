// The directory a gateway keeps its state in, held exclusively.
#pragma once

#include <filesystem>

#include "engine/base/result.h"
#include "engine/ports/secrets.h"

namespace signalbox::adapters {

// Held until destroyed; the kernel lets go of it when the process dies.
class DataDir {
  public:
    // Creates it (mode 0700) if need be. Errors: permission_denied (cannot be made or written), conflict (another
    // gateway holds it).
    [[nodiscard]] static Result<DataDir> open(const std::filesystem::path& path);
    DataDir(DataDir&& other) noexcept;
    DataDir& operator=(DataDir&&) = delete;
    ~DataDir();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    DataDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::filesystem::path path_;
    int lock_ = -1;
};

// `configured`, with a leading ~/ replaced; empty: $XDG_DATA_HOME/signalbox, else ~/.local/share/signalbox.
[[nodiscard]] std::filesystem::path data_dir_path(const std::string& configured, const ports::Secrets& environment);

}  // namespace signalbox::adapters
