#include "engine/adapters/system/system_secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "engine/base/limits.h"

namespace signalbox::adapters {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

}  // namespace

std::optional<std::string> SystemSecrets::environment(std::string_view name) const {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> SystemSecrets::file(std::string_view path) const {
    const std::string name(path);
    // Not to be held up by a pipe nobody writes to.
    const Descriptor in(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (in.number() < 0 && errno == ENOENT) return fail(ErrorCode::not_found, "there is no file " + name);
    if (in.number() < 0) return fail(ErrorCode::permission_denied, name + " cannot be read");
    struct stat facts{};
    if (fstat(in.number(), &facts) != 0 || !S_ISREG(facts.st_mode))
        return fail(ErrorCode::permission_denied, name + " is not a file");

    std::string value(limits::secret_file_max + 1, '\0');
    std::size_t size = 0;
    while (size < value.size()) {
        const ssize_t got = ::read(in.number(), value.data() + size, value.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(ErrorCode::permission_denied, name + " cannot be read");
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > limits::secret_file_max) return fail(ErrorCode::invalid_argument, name + " is too large");
    value.resize(size);
    while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
    return value;
}

}  // namespace signalbox::adapters
