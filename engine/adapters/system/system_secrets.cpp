#include "engine/adapters/system/system_secrets.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace signalbox::adapters {

std::optional<std::string> SystemSecrets::environment(std::string_view name) const {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> SystemSecrets::file(std::string_view path) const {
    const std::string name(path);
    if (access(name.c_str(), F_OK) != 0) return fail(ErrorCode::not_found, "there is no file " + name);
    std::ifstream in(name, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf())) return fail(ErrorCode::permission_denied, name + " cannot be read");
    std::string value = std::move(text).str();
    while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
    return value;
}

}  // namespace signalbox::adapters
