#include "engine/adapters/system/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace signalbox::adapters {

Result<DataDir> DataDir::open(const std::filesystem::path& path) {
    std::error_code problem;
    const bool made = std::filesystem::create_directories(path, problem);
    if (problem) {
        return fail(ErrorCode::permission_denied, "cannot make the data directory " + path.string() + ": " +
                                                      problem.message() + "; choose another with --data-dir");
    }
    if (made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, problem);
    const std::filesystem::path lock_file = path / "lock";
    const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        return fail(ErrorCode::permission_denied, "cannot write to the data directory " + path.string() + ": " +
                                                      std::strerror(errno) + "; choose another with --data-dir");
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return fail(ErrorCode::conflict, "another gateway uses the data directory " + path.string() +
                                             "; stop it, or choose another with --data-dir");
    }
    return DataDir(path, lock);
}

DataDir::DataDir(DataDir&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDir::~DataDir() {
    if (lock_ >= 0) ::close(lock_);
}

std::filesystem::path data_dir_path(const std::string& configured, const ports::Secrets& environment) {
    const std::filesystem::path home = environment.environment("HOME").value_or("/");
    if (configured.starts_with("~/")) return home / configured.substr(2);
    if (!configured.empty()) return configured;
    const auto xdg = environment.environment("XDG_DATA_HOME");
    return (xdg && !xdg->empty() ? std::filesystem::path(*xdg) : home / ".local/share") / "signalbox";
}

}  // namespace signalbox::adapters
