#include "engine/flow/hedge.h"

#include "engine/flow/dialect.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

// Two attempts for one request, in the frame of attempt_and_hedge(), which leaves when both have walked out.
struct Pair {
    Exchange& x;
    Attempt& first;
    Attempt second{};
    std::shared_ptr<ports::Alarm> bell, second_over;
    bool first_ended = false, second_began = false, second_ended = false;
    const Attempt* decided = nullptr;  // whose end is the request's, and stops the other

    // Whether the other is still trying.
    [[nodiscard]] bool alone(const Attempt& a) const {
        return &a == &first ? !second_began || second_ended : first_ended;
    }
};

// `a` has ended. What is left unsettled is the journey's to go on with.
void ended(Pair& pair, Attempt& a) {
    Exchange& x = pair.x;
    const bool ok = a.error.code == ErrorCode::ok;
    if (pair.decided != nullptr) {
        if (ok || a.error.code == ErrorCode::overtaken) return settle_overtaken(x, a);
        return note_loss(x, a);
    }
    // What the first target says of the request stands, as it does without a hedge.
    const bool verdict = !ok && &a == &pair.first && is_final(x, a);
    if (!ok && !verdict && !pair.alone(a)) return note_loss(x, a);
    pair.decided = &a;
    Attempt& other = &a == &pair.first ? pair.second : pair.first;
    other.overtaken = true;
    x.watch.stop(who(other));
}

// A place for the second attempt, now or not at all.
bool reserve_second(Pair& pair) {
    Exchange& x = pair.x;
    if (pair.first.first_token_us >= 0 || x.attempts >= attempts_allowed(x)) return false;
    const Instant now = x.s.clock.now();
    std::vector<core::Tried> tried = x.tried;
    for (const core::Lane& lane : x.deployment(pair.first).lanes) tried.push_back({lane.id, 0, true});
    core::DecideInput input = decide_input(x, now, x.s.random.next());
    input.tried = tried;
    input.hedge_step = pair.first.decision.chosen.step;
    Attempt& second = pair.second;
    second.reservation = x.s.router.hedge(input, x.entry, x.s.clock.wall(), x.s.scratch);
    if (!second.reservation.held()) return false;
    second.decision = x.s.scratch;
    second.deadlines = pair.first.deadlines;
    ++x.end.hedges;
    x.s.gauges.hedged.fetch_add(1, std::memory_order_relaxed);
    return true;
}

// Sleeps until the first attempt is late, and then makes the second one.
Task<void> hedge(Pair& pair) {
    Exchange& x = pair.x;
    co_await pair.bell->wait_until(after(x.s.clock.now(), pair.first.decision.hedge_after));
    x.watch.stop_alarm(nullptr, ClientWatch::hedge);
    if (!pair.first_ended && !x.watch.gone() && reserve_second(pair)) {
        pair.second_began = true;
        co_await attempt(x, pair.second);
        pair.second_ended = true;
        ended(pair, pair.second);
    }
    pair.second_ended = true;
    pair.second_over->ring();
}

// A connection being made. Whoever waits for it may walk away: it is closed then.
struct Connecting {
    std::shared_ptr<ports::Alarm> bell;
    std::optional<Result<ports::Stream>> done;
};

Task<void> make_connection(ports::Network& network, ports::Endpoint endpoint, Instant deadline,
                           std::shared_ptr<Connecting> connecting) {
    connecting->done = co_await network.connect(endpoint, deadline);
    connecting->bell->ring();
}

}  // namespace

bool may_hedge(const Exchange& x, const Attempt& a) {
    // A task that was taken costs money whoever answers first.
    if (paints_by_task(x, a)) return false;
    return a.decision.hedge_after != core::Hedging::for_ever && !x.transcript && x.attempts + 1 < attempts_allowed(x);
}

Task<void> attempt_and_hedge(Exchange& x, Attempt& a) {
    Pair pair{.x = x, .first = a, .bell = x.s.clock.make_alarm(), .second_over = x.s.clock.make_alarm()};
    a.rivalled = pair.second.rivalled = pair.second.hedge = true;
    x.watch.stop_alarm(pair.bell, ClientWatch::hedge);
    x.s.spawner.spawn("hedge", hedge(pair));
    co_await attempt(x, a);
    const Instant first_end = x.s.clock.now();
    pair.first_ended = true;
    ended(pair, a);
    while (!pair.second_ended) co_await pair.second_over->wait_until(never);
    if (pair.second_began) x.s.gauges.hedged.fetch_sub(1, std::memory_order_relaxed);
    x.waited += x.s.clock.now() - first_end;
    if (pair.decided != &pair.second) co_return;
    if (pair.second.error.code == ErrorCode::ok && x.record.why == ErrorCode::ok) {
        x.record.why = ErrorCode::overtaken;
        x.record.why_detail = x.row(a).deployment;
    }
    a = std::move(pair.second);
}

Task<Result<ports::Stream>> connect_or_stop(Exchange& x, const Attempt& a, Instant deadline) {
    const auto connecting = std::make_shared<Connecting>();
    connecting->bell = x.s.clock.make_alarm();
    x.watch.stop_alarm(connecting->bell, who(a));
    x.s.spawner.spawn("connect", make_connection(x.s.network, a.address->endpoint, deadline, connecting));
    co_await connecting->bell->wait_until(never);
    x.watch.stop_alarm(nullptr, who(a));
    if (!connecting->done) co_return fail(ErrorCode::io_cancelled, "nobody waits for this connection any more");
    co_return std::move(*connecting->done);
}

}  // namespace signalbox::flow
