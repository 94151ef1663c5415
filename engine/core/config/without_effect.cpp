#include "engine/core/config/without_effect.h"

#include "engine/core/config/diff.h"

namespace signalbox::core {
namespace {

// The configuration that does the same and has nothing to say about what is not acted on.
Config obeyed(Config config) {
    config.history.bodies = HistoryConfig{}.bodies;
    for (std::string* text :
         {&config.alerts_webhook, &config.otlp_endpoint, &config.fleet_redis, &config.fleet_postgres})
        text->clear();
    return config;
}

}  // namespace

std::vector<std::string> fields_without_effect(const Config& config) {
    std::vector<std::string> paths = diff(obeyed(config), config);
    for (std::string& line : paths) line.erase(line.find(": "));  // names have no blanks
    return paths;
}

}  // namespace signalbox::core
