// What a real loop allows other threads to do.
#include <atomic>
#include <thread>

#include "tests/contract/network/world.h"

namespace signalbox::contract {

namespace {

ports::Task<int> count_rings(std::shared_ptr<ports::Alarm> alarm, const std::atomic<bool>& finished) {
    int rings = 0;
    do {
        co_await alarm->wait_until(never);
        ++rings;
    } while (!finished);
    co_return rings;
}

TEST(LoopThreads, AnAlarmMayBeRungFromAnotherThread) {
    RealWorld world;
    const auto alarm = world.clock().make_alarm();
    std::atomic<bool> finished = false;
    auto counting = world.start(count_rings(alarm, finished));
    std::thread ringer([alarm, &finished] {
        for (int i = 0; i < 10'000; ++i) alarm->ring();
        finished = true;
        alarm->ring();
    });
    EXPECT_GE(world.finish(counting), 1);
    ringer.join();
}

TEST(LoopThreads, WorkMayBePostedFromAnotherThread) {
    RealWorld world;
    int done = 0;  // loop thread only
    std::thread poster([&] {
        for (int i = 0; i < 1000; ++i)
            world.spawner().post([&] {
                if (++done == 1000) world.stepped();
            });
    });
    world.run_to([&] { return done == 1000; });
    poster.join();
    EXPECT_EQ(done, 1000);
}

TEST(LoopThreads, AStopBeforeTheRunCounts) {
    adapters::EventLoop loop;
    loop.stop();
    loop.run();
}

TEST(LoopThreads, TwoLoopsShareAPort) {
    adapters::EventLoop one, two;
    ports::ListenOptions options;
    options.address = {"127.0.0.1", 0};
    const auto first = one.network().listen(options);
    ASSERT_TRUE(first);
    options.address.port = (*first)->port();
    EXPECT_TRUE(two.network().listen(options));
}

// A lookup that is still under way when its loop ends has nobody left to tell.
TEST(LoopThreads, ALoopMayEndDuringALookup) {
    RealWorld world;
    const ports::Endpoint endpoint{{"name.invalid", 80}, false, {}};
    const auto result = world.wait(world.network().connect(endpoint, world.clock().now()));
    EXPECT_FALSE(result);
}

}  // namespace

}  // namespace signalbox::contract
