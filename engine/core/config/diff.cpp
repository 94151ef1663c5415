#include "engine/core/config/diff.h"

#include <map>
#include <set>
#include <utility>

#include "engine/core/config/schema_walk.h"

namespace signalbox::core {
namespace {

// Every field with its path, entries of lists by their label.
class Flattener final : public SchemaWalk {
  public:
    struct Line {
        std::string path, text;
        bool secret = false, item = false;
    };

    explicit Flattener(const Config& config) {
        schema::fields(static_cast<SchemaWalk&>(*this), config);
        for (const Line& line : lines) by_path.emplace(line.path, &line);
    }
    Flattener(const Flattener&) = delete;
    Flattener& operator=(const Flattener&) = delete;

    std::vector<Line> lines;
    std::map<std::string_view, const Line*> by_path;

  protected:
    void value(std::string_view name, const std::string& text, bool secret) override {
        lines.push_back({path(name), text, secret, false});
    }
    void begin(std::string_view name) override { trail_.push_back(path(name)); }
    void begin_item(const std::string& label) override {
        trail_.push_back(fmt::format("{}[{}]", trail_.back(), label));
        lines.push_back({trail_.back(), "", false, true});
    }
    void end() override { trail_.pop_back(); }

  private:
    [[nodiscard]] std::string path(std::string_view name) const {
        return trail_.empty() ? std::string(name) : fmt::format("{}.{}", trail_.back(), name);
    }

    std::vector<std::string> trail_;
};

// What `here` has and `there` lacks. `note` words one line; the fields of a missing entry are not listed one by one.
template <class F>
void missing(const Flattener& here, const Flattener& there, std::string_view word, std::vector<std::string>& out,
             F note) {
    std::string within;
    for (const auto& line : here.lines) {
        if (!within.empty() && line.path.starts_with(within)) continue;
        if (there.by_path.contains(line.path)) continue;
        if (line.item) {
            within = line.path + '.';
            out.push_back(fmt::format("{}: {}", line.path, word));
        } else {
            out.push_back(line.secret ? fmt::format("{}: {}", line.path, word) : note(line));
        }
    }
}

}  // namespace

std::vector<std::string> diff(const Config& before, const Config& after) {
    const Flattener old_lines(before), new_lines(after);
    std::vector<std::string> out;
    for (const auto& line : new_lines.lines) {
        const auto was = old_lines.by_path.find(line.path);
        if (was == old_lines.by_path.end() || was->second->text == line.text) continue;
        out.push_back(line.secret ? line.path + ": changed"
                                  : fmt::format("{}: {} → {}", line.path, was->second->text, line.text));
    }
    using Line = Flattener::Line;
    missing(new_lines, old_lines, "added", out,
            [](const Line& line) { return fmt::format("{}: none → {}", line.path, line.text); });
    missing(old_lines, new_lines, "removed", out,
            [](const Line& line) { return fmt::format("{}: {} → none", line.path, line.text); });
    return out;
}

}  // namespace signalbox::core
