#include "engine/adapters/system/concealed_secrets.h"

#include <cstdlib>
#include <filesystem>

namespace signalbox::adapters {

std::optional<std::string> ConcealedSecrets::environment(std::string_view name) const {
    const std::string variable(name);
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) return std::nullopt;
    return variable == "HOME" ? std::string(value) : "(env." + variable + ")";
}

Result<std::string> ConcealedSecrets::file(std::string_view path) const {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return fail(ErrorCode::not_found);
    return "(file:" + std::string(path) + ")";
}

}  // namespace signalbox::adapters
