// Answers to GET /v1/models and GET /v1/models/{id}.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signalbox::protocol {

struct ModelEntry {
    std::string_view id;
    std::int64_t created = 0;  // seconds since 1970
    std::string_view owned_by = "signalbox";
};

[[nodiscard]] std::string models_body(std::span<const ModelEntry> models);
[[nodiscard]] std::string model_body(const ModelEntry& model);

}  // namespace signalbox::protocol
