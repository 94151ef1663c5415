// A pool of lanes in virtual time, each with its Health: arrivals, a plain choice (least busy, repelled by failures),
// failover, free checks. What the breaker's constants were measured with; independent of the real selection.
#pragma once

#include <cmath>
#include <functional>
#include <numbers>
#include <queue>
#include <vector>

#include "engine/base/prng.h"
#include "engine/core/routing/health.h"

namespace signalbox::core::test {

struct Answer {
    ErrorCode code = ErrorCode::ok;
    Nanos takes{};
    Nanos cool_for{};  // a 429's Retry-After
};

using Behaviour = std::function<Answer(Instant sent, Prng& prng)>;
using CheckAnswer = std::function<FreeCheck(Instant at)>;

// Log-normal, median 8 s, p90 15 s.
inline Nanos usual_latency(Prng& prng) {
    const double radius = std::sqrt(-2 * std::log(1 - unit(prng.next())));
    const double normal = radius * std::cos(2 * std::numbers::pi * unit(prng.next()));
    return Nanos{static_cast<Nanos::rep>(8e9 * std::exp(0.5 * normal))};
}

inline Behaviour good(double failing = 0) {
    return [failing](Instant, Prng& prng) -> Answer {
        if (unit(prng.next()) < failing) return {ErrorCode::upstream_server_error, 20ms, {}};
        return {ErrorCode::ok, usual_latency(prng), {}};
    };
}

struct PoolLane {
    Behaviour behaviour;
    CheckAnswer check;  // empty: this deployment has no free check
    Health health{};
    std::int64_t in_flight = 0;
    Instant cool_until{};
    std::int64_t sent = 0, failed = 0;
    std::int64_t failed_until_open = 0;  // before it opened first
    Instant first_good{};                // after `watch_from`
    Instant full_at{};
    std::int64_t ramp_breaches = 0;  // more in flight than the stage allows
};

class Pool {
  public:
    static constexpr int attempts = 3;

    explicit Pool(std::uint64_t seed) : prng_(seed) {}

    std::vector<PoolLane> lanes;
    HealthConfig config;
    std::function<double(Instant)> per_hour = [](Instant) { return 400.0; };
    enum class Choice : std::uint8_t {
        best,   // least busy, repelled by failures; now and then by lot
        lot,    // blindly among those the breaker admits, as a weighted strategy does
        chain,  // the first the breaker admits, as with fallbacks
    } choice = Choice::best;
    Instant watch_from = never;
    std::int64_t user_failures = 0, requests = 0;

    void run_until(Instant end) {
        if (events_.empty()) {
            events_.push({now_ + arrival_gap(), Event::arrival});
            events_.push({now_ + Nanos{static_cast<Nanos::rep>(below(prng_.next(), 60'000'000'000))}, Event::check});
        }
        while (events_.top().at <= end) {
            const Event event = events_.top();
            events_.pop();
            now_ = event.at;
            switch (event.kind) {
                case Event::arrival:
                    ++requests;
                    send({});
                    events_.push({now_ + arrival_gap(), Event::arrival});
                    break;
                case Event::check:
                    check_all();
                    events_.push({now_ + config.free_check, Event::check});
                    break;
                case Event::answer:
                    settle(event);
                    break;
            }
        }
        now_ = end;
    }

  private:
    struct Tried {
        std::uint32_t lanes = 0;  // bit per lane
        int attempts = 0;
    };
    struct Event {
        Instant at;
        enum Kind : std::uint8_t { arrival, check, answer } kind;
        std::size_t lane = 0;
        Tried tried{};
        Answer result{};
        bool probe = false;
        Instant began{};
        friend bool operator<(const Event& a, const Event& b) { return a.at > b.at; }
    };

    Nanos arrival_gap() {
        const double hours = -std::log(1 - unit(prng_.next())) / per_hour(now_);
        return Nanos{static_cast<Nanos::rep>(hours * 3.6e12)};
    }

    void check_all() {
        for (PoolLane& lane : lanes) {
            if (!lane.check || lane.health.state() == BreakerState::closed) continue;
            (void)lane.health.note_free_check(lane.check(now_), now_, config);
        }
    }

    double score(const PoolLane& lane, std::size_t index) {
        constexpr double busy_s = 8, repel_s = 2 * 15;
        const double tie = unit(prng_.next()) * 0.01;
        if (choice == Choice::chain) return static_cast<double>(index);
        if (choice == Choice::lot || explore_) return tie;
        return static_cast<double>(lane.in_flight) * busy_s + lane.health.penalty(now_) * repel_s + tie;
    }

    // Probe, then canary, then the best score, then whatever there is.
    std::size_t choose(const Tried& tried, bool& probe) {
        explore_ = below(prng_.next(), 32) == 0;
        std::size_t best = lanes.size(), due = lanes.size(), least_bad = lanes.size();
        double best_score = 0;
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            PoolLane& lane = lanes[i];
            if ((tried.lanes >> i & 1) != 0 || lane.cool_until > now_) continue;
            const Health::Gate gate = lane.health.gate(now_);
            if (gate == Health::Gate::probe_only) {
                due = i;
                probe = true;
            }
            const bool admitted =
                gate == Health::Gate::open_to_all ||
                (gate == Health::Gate::ramping && lane.health.ramp_admits(lane.in_flight, now_, prng_.next()));
            if (!admitted) {
                if (least_bad == lanes.size() || gate == Health::Gate::ramping) least_bad = i;
                continue;
            }
            if (gate == Health::Gate::ramping && lane.health.canary_due(now_) && due == lanes.size()) due = i;
            const double score = this->score(lane, i);
            if (best == lanes.size() || score < best_score) {
                best = i;
                best_score = score;
            }
        }
        const bool failover_left = best != lanes.size() && tried.attempts + 1 < attempts;
        if (due != lanes.size() && failover_left) return due;
        probe = false;
        return best != lanes.size() ? best : least_bad;
    }

    void send(Tried tried) {
        bool probe = false;
        const std::size_t index = choose(tried, probe);
        if (index == lanes.size()) {
            ++user_failures;
            return;
        }
        PoolLane& lane = lanes[index];
        if (probe) lane.health.claim_probe(now_, now_ + 90s);
        if (lane.health.gate(now_) == Health::Gate::ramping) {
            lane.health.note_ramp_admission(now_);
            const auto stage = static_cast<std::size_t>(lane.health.ramp_stage());
            lane.ramp_breaches += lane.in_flight >= ramp_stages()[stage].in_flight;
        }
        ++lane.in_flight;
        ++lane.sent;
        tried.lanes |= 1U << index;
        ++tried.attempts;
        const Answer answer = lane.behaviour(now_, prng_);
        events_.push({now_ + answer.takes, Event::answer, index, tried, answer, probe, now_});
    }

    void settle(const Event& event) {
        PoolLane& lane = lanes[event.lane];
        const Answer& answer = event.result;
        --lane.in_flight;
        if (answer.code == ErrorCode::ok) {
            if (lane.first_good == Instant{} && event.began >= watch_from) lane.first_good = now_;
        } else {
            ++lane.failed;
            if (lane.health.trips() == 0) ++lane.failed_until_open;
            lane.cool_until = now_ + answer.cool_for;
        }
        (void)lane.health.note({answer.code, 0, {}, event.probe, event.began}, now_, config, prng_.next());
        if (lane.full_at == Instant{} && lane.first_good != Instant{} && lane.health.word(now_) == HealthState::full) {
            lane.full_at = now_;
        }
        if (answer.code == ErrorCode::ok) return;
        if (event.tried.attempts < attempts) return send(event.tried);
        ++user_failures;
    }

    Prng prng_;
    bool explore_ = false;
    Instant now_{1h};
    std::priority_queue<Event> events_;
};

}  // namespace signalbox::core::test
