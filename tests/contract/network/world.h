// The two worlds every contract is held against, behind one way of running coroutines step by step.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "engine/adapters/asio/event_loop.h"
#include "engine/sim/loop.h"
#include "engine/sim/network.h"

namespace signalbox::contract {

template <class T>
using Pending = std::shared_ptr<std::optional<T>>;

// Starting and finishing coroutines; `World` provides spawner() and run_to(done).
template <class World>
class Steps {
  public:
    template <class T>
    Pending<T> start(ports::Task<T> task) {
        auto pending = std::make_shared<std::optional<T>>();
        world().spawner().spawn("test", store(std::move(task), pending));
        return pending;
    }
    template <class T>
    T finish(const Pending<T>& pending) {
        const bool ended = world().run_to([&] { return pending->has_value(); });
        if (!ended) throw std::runtime_error("the coroutine never ends");
        return std::move(**pending);
    }
    template <class T>
    T wait(ports::Task<T> task) {
        return finish(start(std::move(task)));
    }
    // Lets everything that is ready run.
    void breathe() {
        for (int turn = 0; turn < 3; ++turn) {
            auto turned = std::make_shared<bool>(false);
            world().spawner().post([this, turned] {
                *turned = true;
                world().stepped();
            });
            world().run_to([&] { return *turned; });
        }
    }

  private:
    World& world() { return static_cast<World&>(*this); }
    template <class T>
    ports::Task<void> store(ports::Task<T> task, Pending<T> into) {
        T result = co_await std::move(task);
        into->emplace(std::move(result));
        world().stepped();
    }
};

class RealWorld : public Steps<RealWorld> {
  public:
    ~RealWorld();
    ports::Clock& clock() { return loop_; }
    ports::Spawner& spawner() { return loop_; }
    ports::Network& network() { return loop_.network(); }
    // Takes connections into its queue until that is full, and answers none after.
    ports::Address hanging();
    ports::Address refusing();
    ports::Address unknown() { return {"no such host", 80}; }
    // What a second gateway would be told on this port.
    ErrorCode second_listen(std::uint16_t port);

    bool run_to(const std::function<bool()>& done);
    void stepped() { loop_.stop(); }

  private:
    adapters::EventLoop loop_;
    std::vector<int> descriptors_;
};

class SimWorld : public Steps<SimWorld> {
  public:
    SimWorld() : SimWorld({}, {}) {}
    ports::Clock& clock() { return loop_; }
    ports::Spawner& spawner() { return loop_; }
    ports::Network& network() { return network_; }
    ports::Address hanging() { return faulty(sim::ConnectFault::hang); }
    ports::Address refusing() { return faulty(sim::ConnectFault::refused); }
    ports::Address unknown() { return faulty(sim::ConnectFault::dns_failure); }
    ErrorCode second_listen(std::uint16_t port);

    bool run_to(const std::function<bool()>& done) { return loop_.run_to(done); }
    void stepped() {}

  protected:
    SimWorld(sim::LoopOptions options, sim::Link link) : loop_(options), network_(loop_, options.seed, link) {}

  private:
    ports::Address faulty(sim::ConnectFault fault);

    sim::SimLoop loop_;
    sim::SimNetwork network_;
};

// Time passes on the wire, reads come in pieces, and what is ready runs in any order.
class RoughSimWorld : public SimWorld {
  public:
    RoughSimWorld() : SimWorld({.seed = 7, .shuffle = true}, {.delay = 3ms, .partial_reads = true}) {}
};

using Worlds = testing::Types<RealWorld, SimWorld, RoughSimWorld>;

}  // namespace signalbox::contract
