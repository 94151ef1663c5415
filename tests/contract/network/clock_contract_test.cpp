// What every Clock, Alarm and Spawner promises.
#include <string>
#include <vector>

#include "tests/contract/network/world.h"

namespace signalbox::contract {

namespace {

template <class World>
class ClockContract : public testing::Test {
  protected:
    World world;
    ports::Clock& clock = world.clock();
    std::shared_ptr<ports::Alarm> alarm = clock.make_alarm();
};
TYPED_TEST_SUITE(ClockContract, Worlds);

ports::Task<int> note_after(ports::Clock& clock, Nanos pause, std::string& into, char mark) {
    const auto alarm = clock.make_alarm();
    co_await alarm->wait_until(after(clock.now(), pause));
    into += mark;
    co_return 0;
}

TYPED_TEST(ClockContract, TimePassesWhenNobodyRings) {
    const Instant when = this->clock.now() + 30ms;
    EXPECT_FALSE(this->world.wait(this->alarm->wait_until(when)));
    EXPECT_GE(this->clock.now(), when);
}

TYPED_TEST(ClockContract, ATimeInThePastNeedsNoWait) {
    EXPECT_FALSE(this->world.wait(this->alarm->wait_until(this->clock.now() - 1s)));
}

TYPED_TEST(ClockContract, ARingBeforeTheWaitCounts) {
    this->alarm->ring();
    EXPECT_TRUE(this->world.wait(this->alarm->wait_until(never)));
}

TYPED_TEST(ClockContract, ARingBeforeTheWaitBeatsATimeInThePast) {
    this->alarm->ring();
    EXPECT_TRUE(this->world.wait(this->alarm->wait_until(this->clock.now() - 1s)));
}

TYPED_TEST(ClockContract, ARingEndsTheWait) {
    auto waiting = this->world.start(this->alarm->wait_until(never));
    this->world.breathe();
    EXPECT_FALSE(waiting->has_value());
    this->alarm->ring();
    EXPECT_TRUE(this->world.finish(waiting));
}

TYPED_TEST(ClockContract, TwoRingsCountOnceAndTheBellIsResetByTheWait) {
    this->alarm->ring();
    this->alarm->ring();
    EXPECT_TRUE(this->world.wait(this->alarm->wait_until(never)));
    EXPECT_FALSE(this->world.wait(this->alarm->wait_until(this->clock.now() + 20ms)));
}

TYPED_TEST(ClockContract, ARingAfterTheWaitCountsForTheNext) {
    EXPECT_FALSE(this->world.wait(this->alarm->wait_until(this->clock.now() + 10ms)));
    this->alarm->ring();
    EXPECT_TRUE(this->world.wait(this->alarm->wait_until(never)));
}

TYPED_TEST(ClockContract, AlarmsGoOffInOrderOfTime) {
    std::string order;
    auto late = this->world.start(note_after(this->clock, 90ms, order, 'c'));
    auto early = this->world.start(note_after(this->clock, 10ms, order, 'a'));
    auto middle = this->world.start(note_after(this->clock, 50ms, order, 'b'));
    this->world.finish(late);
    EXPECT_EQ(order, "abc");
}

TYPED_TEST(ClockContract, AnAlarmMayOutliveItsOwnersInterest) {
    auto held = this->alarm;
    this->alarm.reset();
    held->ring();
    held.reset();
    this->world.breathe();
}

TYPED_TEST(ClockContract, WhoStillWaitsAtTheEndIsLetGo) {
    auto waiting = this->world.start(this->alarm->wait_until(never));
    const auto other = this->clock.make_alarm();
    auto later = this->world.start(other->wait_until(this->clock.now() + 1h));
    this->world.breathe();
    EXPECT_FALSE(waiting->has_value());
}

TYPED_TEST(ClockContract, PostedWorkRunsInOrder) {
    std::string order;
    for (char mark = 'a'; mark <= 'j'; ++mark) this->world.spawner().post([&order, mark] { order += mark; });
    this->world.breathe();
    EXPECT_EQ(order, "abcdefghij");
}

TYPED_TEST(ClockContract, LiveCoroutinesAreCounted) {
    EXPECT_EQ(this->world.spawner().running(), 0u);
    auto waiting = this->world.start(this->alarm->wait_until(never));
    this->world.breathe();
    EXPECT_EQ(this->world.spawner().running(), 1u);
    this->alarm->ring();
    this->world.finish(waiting);
    this->world.breathe();
    EXPECT_EQ(this->world.spawner().running(), 0u);
}

ports::Task<void> throwing() {
    throw std::logic_error("nobody catches this");
    co_return;
}

TYPED_TEST(ClockContract, AnEscapingExceptionEndsTheProcess) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_DEATH(
        {
            this->world.spawner().spawn("thrower", throwing());
            this->world.breathe();
        },
        "thrower.*nobody catches this");
}

}  // namespace

}  // namespace signalbox::contract
