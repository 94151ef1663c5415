#include "engine/adapters/yaml/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <tuple>

#include "engine/adapters/yaml/reader.h"
#include "engine/core/config/validate.h"

namespace signalbox::adapters {
namespace {

// Walks the file once without building anything, so that a hostile one is refused before it costs memory.
class Surveyor final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { count(mark); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { count(mark); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
        count(mark);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        enter(mark);
    }
    void OnSequenceEnd() override { --depth_; }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
        enter(mark);
    }
    void OnMapEnd() override { --depth_; }

  private:
    void count(const YAML::Mark& mark) {
        if (++values_ > config_values_max)
            throw YAML::Exception(mark, fmt::format("more than {} values", config_values_max));
    }
    void enter(const YAML::Mark& mark) {
        count(mark);
        if (++depth_ > config_depth_max)
            throw YAML::Exception(mark, fmt::format("more than {} lists and mappings in each other", config_depth_max));
    }

    std::size_t values_ = 0;
    int depth_ = 0;
};

// The tree of the file's one document; throws YAML::Exception.
YAML::Node parse(const std::string& text) {
    std::istringstream survey(text);
    YAML::Parser parser(survey);
    Surveyor surveyor;
    for (int documents = 0; parser.HandleNextDocument(surveyor);)
        if (++documents > 1)
            throw YAML::Exception(YAML::Mark::null_mark(), "more than one document (`---`) in the file");
    return YAML::Load(text);
}

// What makes no sense, except where the value could not even be read: one fault per field is enough.
void add_semantic_faults(const core::Config& config, Reading& reading) {
    std::set<std::string, std::less<>> faulty;
    for (const auto& fault : reading.faults) faulty.insert(fault.field);
    for (auto& fault : core::validate(config)) {
        if (faulty.contains(fault.field) || reading.concealed.contains(fault.field)) continue;
        if (reading.faults.size() >= core::config_faults_max) continue;
        fault.file = reading.file_name;
        fault.line = line_of(reading.lines, fault.field);
        reading.faults.push_back(std::move(fault));
    }
}

core::Config read_config(const std::string& text, Reading& reading) {
    core::Config config;
    try {
        const YAML::Node root = parse(text);
        if (root.IsDefined() && !root.IsNull()) read(Place(reading, root, "", 1), config);
        for (auto& provider : config.providers)
            while (provider.base_url.ends_with('/')) provider.base_url.pop_back();
        add_semantic_faults(config, reading);
    } catch (const YAML::Exception& e) {
        reading.faults.push_back({reading.file_name, line_at(e.mark), "", e.msg, "correct the YAML there"});
    }
    return config;
}

}  // namespace

std::string suggestion(std::string_view word, std::span<const std::string> choices) {
    const auto near = core::nearest(word, choices, 2);
    if (!near.empty()) return fmt::format("did you mean {}?", fmt::join(near, " or "));
    return fmt::format("choose from {}", fmt::join(choices, ", "));
}

std::expected<Loaded, core::ConfigFaults> load_config(std::string_view text, std::string_view file_name,
                                                      const ports::Secrets& secrets) {
    Reading reading{std::string(file_name), secrets, {}, {}, 0};
    if (text.size() > config_bytes_max)
        return std::unexpected(core::ConfigFaults{{reading.file_name, 0, "", "is larger than 4 MiB", ""}});
    core::Config config = read_config(std::string(text), reading);
    if (reading.faults.empty()) return Loaded{std::move(config), std::move(reading.lines)};
    std::ranges::sort(reading.faults, {},
                      [](const core::ConfigFault& fault) { return std::tie(fault.line, fault.field); });
    return std::unexpected(std::move(reading.faults));
}

int line_of(const FieldLines& lines, std::string_view field) {
    for (;;) {
        if (const auto found = lines.find(field); found != lines.end()) return found->second;
        const auto cut = field.find_last_of(".[");
        if (cut == std::string_view::npos) return 0;
        field = field.substr(0, cut);
    }
}

}  // namespace signalbox::adapters
