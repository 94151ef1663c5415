// Load on a gateway: requests by the clock, whatever becomes of them (so many an hour), or clients that ask again once
// they have their answer. What each of them saw is handed out as a Visit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/config/config.h"
#include "engine/replay/options.h"
#include "engine/sim/client.h"
#include "engine/sim/loop.h"
#include "engine/sim/random.h"

namespace signalbox::replay {

struct LoadSpec {
    std::string name;
    std::string model;
    core::Shape shape = core::Shape::chat;
    bool stream = true;         // chat only
    double per_second = 0;      // by the clock, at random moments; 0: `clients` instead
    bool even = false;          // by the clock, in equal steps
    int clients = 0;            // at a time
    Nanos ramp{};               // clients come one after the other in so long
    Nanos think{};              // from an answer to the same client's next request
    std::int64_t requests = 0;  // clients stop after so many in all; 0: at `to`
    Nanos from{}, to = 1h;
    std::int64_t max_tokens = 0;  // asked for at most; 0: unsaid
    Range prompt{5, 5};           // tokens
    std::vector<std::string> fallbacks;
    std::string account;  // empty: anonymous
    std::string tags;     // x-signalbox-tags
    Nanos patience = 600s;
    bool sdk_retries = false;  // as the official SDKs do: twice, with a backoff
};

// One request as its client means it: with the retries of the client.
struct Visit {
    Nanos began{};  // since the start
    Nanos total{};
    Nanos first{-1};  // to the first content; -1: none came, or it was not streamed
    bool served = false;
    int sends = 0;
    std::string code{};  // what it was told in the end, if not served
    Nanos retry_after{-1};
    [[nodiscard]] Nanos ended() const { return began + total; }
};

class Loads {
  public:
    struct Parts {
        sim::SimLoop& loop;
        ports::Network& network;
        ports::Address gateway;
        std::function<void(const LoadSpec&, const Visit&)> visited;
        std::function<void()> sent;  // one HTTP request more
    };

    Loads(Parts parts, std::vector<LoadSpec> specs, std::uint64_t seed);
    Loads(const Loads&) = delete;
    Loads& operator=(const Loads&) = delete;

    // Outlives its coroutines: run the loop until done().
    void start();
    [[nodiscard]] bool done() const { return under_way_ == 0; }
    [[nodiscard]] const std::vector<LoadSpec>& specs() const { return specs_; }
    // The user agent of a load's requests.
    [[nodiscard]] static std::string agent_of(const LoadSpec& spec) { return "load " + spec.name; }

  private:
    struct Course {
        const LoadSpec& spec;
        std::int64_t begun = 0;
        std::int64_t seen = 0;
    };

    ports::Task<void> by_the_clock(Course& course);
    ports::Task<void> one_client(Course& course, Nanos comes);
    ports::Task<void> visit(Course& course);
    ports::Task<void> pause(Nanos duration);
    ports::Task<void> counted(ports::Task<void> task);
    void spawn(std::string_view name, ports::Task<void> task);
    [[nodiscard]] sim::ClientRequest request_of(Course& course);
    [[nodiscard]] Nanos now() const { return parts_.loop.now().time_since_epoch(); }
    // Zero: it is not asked again.
    [[nodiscard]] Nanos sdk_pause(const sim::ClientAnswer& answer, int sends);

    Parts parts_;
    const std::vector<LoadSpec> specs_;
    std::vector<Course> courses_;
    sim::SimRandom random_;
    int under_way_ = 0;
};

}  // namespace signalbox::replay
