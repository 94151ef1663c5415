// sweep SEEDS_FILE [SEED]: random fleets under random faults and clients, in virtual time.
//
// Safety is looked at every virtual second while faults come and go. Then they stop, and liveness is owed: every
// request ends in bounded time, every breaker that traffic reaches closes again, and everybody is served.
//
// Plays the seeds of the file (those that failed once), then 1…SIGNALBOX_SEEDS; or the one SEED alone.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "engine/replay/bodies.h"
#include "engine/replay/checkers.h"
#include "tests/scenario/weather.h"

namespace signalbox::replay {
namespace {

constexpr int seeds_normally = 200;
constexpr int stormy_seconds = 120;
constexpr Nanos longest_request = 180s;  // total deadline, a client that reads nothing, and a margin
constexpr int calm_rounds = 24;          // of one request for each model
constexpr Nanos calm_pace = 5s;
constexpr int rounds_all_served = 8;  // the last ones

using Tally = std::map<ErrorCode, int>;

class Sweep {
  public:
    explicit Sweep(std::uint64_t seed) : weather_(seed), rig_(weather_.fleet(), seed) {}

    // What the requests ended with, added to `tally`.
    void count(Tally& tally) const {
        for (const auto& ask : rig_.asks()) {
            for (const ports::RequestRecord& row : rig_.rows(ask->name)) ++tally[row.error];
        }
    }

    std::vector<std::string> run() {
        storm();
        Weather::clear(rig_);
        rig_.loop.run_for(longest_request);
        blame(broken_at_rest(rig_));
        if (complaints_.empty()) calm();
        return std::move(complaints_);
    }

  private:
    void storm() {
        for (int second = 0; second < stormy_seconds && complaints_.empty(); ++second) {
            for (int i = weather_.between(0, 3); i > 0; --i) weather_.visit(rig_);
            if (weather_.one_in(2)) weather_.strike(rig_);
            rig_.loop.run_for(1s);
            blame(broken_now(rig_));
        }
    }

    void calm() {
        const auto& models = rig_.router.rules().table->config().models;
        for (int round = 0; round < calm_rounds; ++round) {
            for (const core::ModelConfig& model : models) {
                RequestText body;
                body.model = model.name;
                sim::ClientRequest request;
                request.body = body_of(core::Shape::chat, body);
                rig_.ask({.name = fmt::format("calm.{}.{}", round, model.name)}, std::move(request));
            }
            rig_.loop.run_for(calm_pace);
        }
        rig_.loop.run_for(longest_request);
        blame(broken_at_rest(rig_));
        check_recovery(models.size() * rounds_all_served);
    }

    void check_recovery(std::size_t last) {
        const flow::FleetView view = rig_.router.view();
        for (std::size_t i = 0; i < view.lanes.size(); ++i) {
            const bool implicit = view.lane_names[i].find("/*") != std::string::npos;
            if (implicit || view.lanes[i].health.state() == core::BreakerState::closed) continue;
            complaints_.push_back("the breaker of " + view.lane_names[i] + " never closed");
        }
        const auto& asks = rig_.asks();
        for (const auto& ask : std::span(asks).last(last)) {
            if (ask->answer.status == 200) continue;
            complaints_.push_back(fmt::format("{} got {} in calm weather", ask->name, ask->answer.status));
        }
    }

    void blame(std::vector<std::string> complaints) {
        for (std::string& what : complaints) {
            complaints_.push_back(fmt::format("at {} s: {}", to_ms(rig_.loop.now().time_since_epoch()) / 1000, what));
        }
    }

    Weather weather_;
    Rig rig_;
    std::vector<std::string> complaints_;
};

std::vector<std::uint64_t> chosen_seeds(std::span<char*> arguments) {
    std::vector<std::uint64_t> seeds;
    if (arguments.size() == 2) return {std::strtoull(arguments[1], nullptr, 10)};
    if (arguments.size() == 1) {
        std::ifstream file(arguments[0]);
        for (std::uint64_t seed = 0; file >> seed;) seeds.push_back(seed);
    }
    const char* asked = std::getenv("SIGNALBOX_SEEDS");
    const int count = asked == nullptr ? seeds_normally : std::atoi(asked);
    for (int seed = 1; seed <= count; ++seed) seeds.push_back(static_cast<std::uint64_t>(seed));
    return seeds;
}

int run(std::span<char*> arguments) {
    int failed = 0;
    Tally tally;
    const std::vector<std::uint64_t> seeds = chosen_seeds(arguments);
    for (const std::uint64_t seed : seeds) {
        Sweep sweep(seed);
        const std::vector<std::string> complaints = sweep.run();
        sweep.count(tally);
        if (complaints.empty()) continue;
        ++failed;
        fmt::print("seed {} failed; to see it again: sweep seeds.txt {}\n", seed, seed);
        for (const std::string& what : complaints) fmt::print("  {}\n", what);
    }
    for (const auto& [code, requests] : tally) fmt::print("{} {}, ", requests, to_string(code));
    fmt::print("{} passed, {} failed\n", seeds.size() - static_cast<std::size_t>(failed), failed);
    return failed == 0 && !seeds.empty() ? 0 : 1;
}

}  // namespace
}  // namespace signalbox::replay

int main(int argc, char** argv) {
    return signalbox::replay::run({argv + 1, static_cast<std::size_t>(argc - 1)});
}
