// What only the simulated world promises: the same story for the same seed, exact time, and faults on demand.
#include "engine/sim/client.h"
#include "engine/sim/provider.h"
#include "tests/contract/network/network_fixture.h"

namespace signalbox::contract {

namespace {

class Simulation : public testing::Test {
  protected:
    explicit Simulation(sim::LoopOptions options = {}) : loop(options) {}

    void connect() {
        ports::ListenOptions options;
        options.address = address;
        listener = *network.listen(options);
        std::optional<Result<ports::Stream>> accepted, connected;
        loop.spawn("accept", keep(listener->accept(), accepted));
        loop.spawn("connect", keep(network.connect(plain_endpoint, never), connected));
        loop.run();
        client = **std::move(connected);
        server = **std::move(accepted);
    }
    template <class T>
    static ports::Task<void> keep(ports::Task<T> task, std::optional<T>& into) {
        T result = co_await std::move(task);
        into.emplace(std::move(result));
    }
    // Starts a read of the client; `got` is set when it ended.
    void read(std::optional<Result<std::size_t>>& got) { loop.spawn("read", keep(client->read_some(buffer), got)); }
    void write(ports::ByteStream& stream, std::string text) {
        std::optional<Result<void>> sent;
        loop.spawn("write", keep(send(stream, std::move(text)), sent));
        loop.run_until(loop.now());
        ASSERT_TRUE(sent && *sent);
    }

    sim::SimLoop loop;
    sim::SimNetwork network{loop, 1};
    const ports::Address address{"upstream", 80};
    const ports::Endpoint plain_endpoint{address, false, {}};
    const ports::Endpoint tls_endpoint{address, true, {}};
    std::unique_ptr<ports::Listener> listener;
    ports::Stream client, server;
    std::array<char, 1000> buffer{};
};

TEST_F(Simulation, DeadlinesAreExact) {
    connect();
    std::optional<Result<std::size_t>> got;
    client->expire_at(loop.now() + 10ms);
    read(got);
    loop.run_until(loop.now() + 10ms - 1ns);
    EXPECT_FALSE(got);
    loop.run_for(1ns);
    EXPECT_EQ(got->error().code, ErrorCode::io_timeout);
}

TEST_F(Simulation, BytesTakeTheirTime) {
    connect();
    network.set_link(address, {.delay = 40ms});
    std::optional<Result<std::size_t>> got;
    read(got);
    write(*server, "x");
    loop.run_until(loop.now() + 39ms);
    EXPECT_FALSE(got);
    loop.run_for(1ms);
    EXPECT_TRUE(got && *got);
}

TEST_F(Simulation, AStallHoldsBytesUntilItIsLifted) {
    connect();
    network.set_link(address, {.stalled = true});
    std::optional<Result<std::size_t>> got;
    read(got);
    write(*server, "held back");
    loop.run_for(1h);
    EXPECT_FALSE(got);
    network.set_link(address, {});
    loop.run_until(loop.now());
    EXPECT_EQ(**got, 9u);
}

TEST_F(Simulation, AResetReachesBothSides) {
    connect();
    network.reset(address);
    loop.run();
    std::optional<Result<std::size_t>> got;
    read(got);
    loop.run();
    EXPECT_EQ(got->error().code, ErrorCode::io_reset);
    EXPECT_FALSE(server->reusable());
}

TEST_F(Simulation, AHalfClosedConnectionStillCarriesTheOtherWay) {
    connect();
    network.half_close(address);
    std::optional<Result<std::size_t>> got;
    read(got);
    loop.run();
    EXPECT_EQ(**got, 0u);
    write(*client, "still here");
    EXPECT_FALSE(server->reusable());  // the bytes have arrived
}

TEST_F(Simulation, ATlsListenerWantsTls) {
    ports::ListenOptions options;
    options.address = address;
    options.tls_cert = "cert.pem";
    listener = *network.listen(options);
    std::optional<Result<ports::Stream>> plain, tls;
    loop.spawn("plain", keep(network.connect(plain_endpoint, never), plain));
    loop.spawn("tls", keep(network.connect(tls_endpoint, never), tls));
    loop.run();
    EXPECT_EQ(plain->error().code, ErrorCode::tls_failed);
    EXPECT_TRUE(*tls);
}

TEST_F(Simulation, TheWallMayJumpAndTimeDoesNot) {
    const Instant before = loop.now();
    loop.set_wall({1'000'000});
    EXPECT_EQ(loop.wall().unix_us, 1'000'000);
    EXPECT_EQ(loop.now(), before);
    loop.run_for(1s);
    EXPECT_EQ(loop.wall().unix_us, 2'000'000);
}

// Twenty clients with a provider that fails half of the time; everything that can differ, differs by the seed.
std::uint64_t trace_of(std::uint64_t seed, bool shuffle) {
    sim::SimLoop loop({.seed = seed, .shuffle = shuffle});
    sim::SimNetwork network(loop, seed, {.delay = 1ms, .partial_reads = true});
    sim::SimRandom random(seed);
    sim::ProviderScript script;
    script.fault = sim::ProviderFault::cut;
    script.share = 0.5;
    sim::SimProvider provider({loop, loop, random}, script);
    ports::ListenOptions options;
    options.address = {"upstream", 80};
    provider.serve(*network.listen(options));
    std::vector<std::optional<sim::ClientAnswer>> answers(20);
    for (auto& answer : answers) {
        sim::ClientRequest request;
        request.to.address = options.address;
        request.body = sim::chat_body("m", true);
        loop.spawn("client", [](auto& on, auto& by, auto asks, auto& into) -> ports::Task<void> {
            auto told = co_await sim::ask(on, by, std::move(asks));
            into.emplace(std::move(told));
        }(network, loop, std::move(request), answer));
    }
    loop.run();
    for (const auto& answer : answers) EXPECT_TRUE(answer && answer->status == 200);
    return loop.trace();
}

TEST(SimulationTrace, TheSameSeedTellsTheSameStory) {
    for (const bool shuffle : {false, true}) {
        EXPECT_EQ(trace_of(1, shuffle), trace_of(1, shuffle));
        EXPECT_NE(trace_of(1, shuffle), trace_of(2, shuffle));
    }
}

}  // namespace

}  // namespace signalbox::contract
