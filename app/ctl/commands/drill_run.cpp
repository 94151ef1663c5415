// drill run: the user's own configuration against every fault, in virtual time, here; no gateway is asked.
#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "engine/adapters/system/system_secrets.h"
#include "engine/adapters/yaml/load.h"
#include "engine/core/config/demo.h"
#include "engine/replay/scoreboard.h"

namespace signalbox::ctl {
namespace {

// A variable that is not set here, and every file, stands for itself: nobody is called, so nobody needs a key.
class StandInSecrets final : public ports::Secrets {
  public:
    [[nodiscard]] std::optional<std::string> environment(std::string_view name) const override {
        return system_.environment(name).value_or("(env." + std::string(name) + ")");
    }
    [[nodiscard]] Result<std::string> file(std::string_view path) const override {
        return "(file:" + std::string(path) + ")";
    }
    [[nodiscard]] bool conceals() const override { return true; }

  private:
    adapters::SystemSecrets system_;
};

// --config, or where signalboxd would look; the demo's where there is none. nullopt: its faults are told, the run over.
std::optional<core::Config> load(Session& session) {
    const auto asked = session.has("config") ? std::optional(session.option("config").toStdString()) : std::nullopt;
    const auto file = adapters::find_config_file(asked, adapters::SystemSecrets());
    if (!file) {
        session.err() << "There is no signalbox.yaml in the usual places: this is the demo's.\n";
        return core::demo_config();
    }
    auto loaded = adapters::load_config_file(*file, StandInSecrets());
    if (loaded) return std::move(loaded->config);
    for (const core::ConfigFault& fault : loaded.error()) {
        session.err() << printable(core::to_string(fault)) << '\n';
    }
    session.finish(exit_refused);
    return std::nullopt;
}

// [FAULT] [MODEL]: the first word is a fault if it is one's name.
bool read_words(Session& session, replay::DrillOptions& options) {
    QStringList words = session.arguments().words;
    const auto fault = words.isEmpty() ? std::nullopt : core::fault_from(words.first().toStdString());
    const bool playable = fault && fault != core::Fault::none && fault != core::Fault::status;
    if (playable) options.faults = {*fault};
    if (playable) words.removeFirst();
    if (words.size() > 1) {
        session.misuse(QStringLiteral("there is no fault “%1”; see signalboxctl drill faults").arg(words.first()));
        return false;
    }
    if (playable && session.has("all")) {
        session.misuse(QStringLiteral("--all is every fault, not one"));
        return false;
    }
    options.model = words.value(0).toStdString();
    return true;
}

}  // namespace

void run_drill_run(Session& session) {
    replay::DrillOptions options;
    if (!read_words(session, options)) return;
    const auto seed = session.number("seed", 1);
    if (!seed) return;
    options.seed = static_cast<std::uint64_t>(*seed);
    options.begins = [&](const std::string& model) {
        if (session.arguments().width > 0) session.err() << printable(model) << Qt::endl;
    };
    const std::optional<core::Config> config = load(session);
    if (!config) return;
    const Result<replay::Scoreboard> board = replay::run_drills(*config, options);
    if (!board) return session.misuse(QString::fromStdString(board.error().detail));
    const bool json = session.arguments().json;
    session.out() << QString::fromStdString(json ? replay::as_json(*board) : replay::as_table(*board));
    session.finish(board->passed() ? exit_ok : exit_refused);
}

}  // namespace signalbox::ctl
