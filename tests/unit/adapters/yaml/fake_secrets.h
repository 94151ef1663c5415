// An environment and files that exist only in the test.
#pragma once

#include <map>
#include <string>

#include "engine/ports/secrets.h"

namespace signalbox::adapters {

class FakeSecrets final : public ports::Secrets {
  public:
    std::map<std::string, std::string, std::less<>> variables, files;
    bool concealed = false;

    [[nodiscard]] std::optional<std::string> environment(std::string_view name) const override {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] Result<std::string> file(std::string_view path) const override {
        const auto found = files.find(path);
        if (found == files.end()) return fail(ErrorCode::not_found);
        return found->second;
    }
    [[nodiscard]] bool conceals() const override { return concealed; }
};

}  // namespace signalbox::adapters
