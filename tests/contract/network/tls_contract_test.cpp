// TLS on real sockets: the stream's contract holds, and nobody is trusted who should not be.
#include <cstdlib>

#include "tests/contract/network/certificates.h"
#include "tests/contract/network/network_fixture.h"
#include "tests/contract/network/relay.h"

namespace signalbox::contract {

namespace {

class TlsContract : public NetworkContract<RealWorld> {
  protected:
    static void SetUpTestSuite() {
        certificates = std::make_unique<Certificates>();
        ::setenv("SSL_CERT_FILE", certificates->ca().c_str(), 1);  // what OpenSSL takes for the system's store
    }
    static void TearDownTestSuite() { certificates.reset(); }
    void SetUp() override { ASSERT_TRUE(certificates->made()) << "the openssl command is missing"; }

    static ports::ListenOptions options() {
        ports::ListenOptions options;
        options.address = {"127.0.0.1", 0};
        options.tls_cert = certificates->cert();
        options.tls_key = certificates->key();
        return options;
    }
    void listen_with(const ports::ListenOptions& options) {
        auto result = world.network().listen(options);
        ASSERT_TRUE(result) << result.error().detail;
        listener = *std::move(result);
    }
    // A server shakes hands in its first operation, so it reads while the client connects.
    Result<ports::Stream> dial(const ports::Endpoint& endpoint) {
        auto accepting = world.start(listener->accept());
        auto connecting = world.start(world.network().connect(endpoint, clock.now() + 2s));
        server = *world.finish(accepting);
        server->expire_at(clock.now() + 5s);
        first_read = world.start(server->read_some(server_buffer));
        return world.finish(connecting);
    }
    [[nodiscard]] ports::Endpoint endpoint(std::string host = "localhost") const {
        return {{std::move(host), listener->port()}, true, {}};
    }
    void connect_tls() {
        listen_with(options());
        auto dialled = dial(endpoint());
        ASSERT_TRUE(dialled) << dialled.error().detail;
        client = *std::move(dialled);
        ASSERT_TRUE(world.wait(send(*client, "?")));
        ASSERT_EQ(world.finish(first_read), 1u);
    }

    static inline std::unique_ptr<Certificates> certificates;
    std::array<char, 100> server_buffer{};
    Pending<Result<std::size_t>> first_read;
};

TEST_F(TlsContract, WhatIsWrittenArrives) {
    connect_tls();
    ASSERT_TRUE(world.wait(send(*server, "certainly")));
    EXPECT_EQ(world.wait(receive(*client, 9)), "certainly");
}

TEST_F(TlsContract, BigTransfersBothWaysAtOnce) {
    connect_tls();
    const std::string up = pattern(2'000'000, 'a'), down = pattern(3'000'000, 'A');
    auto sent_up = world.start(send(*client, up));
    auto sent_down = world.start(send(*server, down));
    auto got_up = world.start(receive(*server, up.size()));
    auto got_down = world.start(receive(*client, down.size()));
    EXPECT_TRUE(world.finish(got_up) == up);
    EXPECT_TRUE(world.finish(got_down) == down);
    EXPECT_TRUE(world.finish(sent_up));
    EXPECT_TRUE(world.finish(sent_down));
}

TEST_F(TlsContract, AnEndWithAFarewellIsCleanAndOneWithoutIsAReset) {
    connect_tls();
    server.reset();
    EXPECT_EQ(read(*client), 0u);
    connect_tls();
    server->abort();
    EXPECT_EQ(read_error(*client), ErrorCode::io_reset);
}

TEST_F(TlsContract, ATruncatedStreamIsNotACleanEnd) {
    listen_with(options());
    Relay relay(world, {"127.0.0.1", listener->port()});
    auto dialled = dial({{"localhost", listener->port()}, true, relay.url()});
    ASSERT_TRUE(dialled) << dialled.error().detail;
    client = *std::move(dialled);
    relay.end_cleanly();  // the TCP connection ends, TLS says nothing
    EXPECT_EQ(read_error(*client), ErrorCode::io_reset);
}

TEST_F(TlsContract, ASecondConnectionResumes) {
    connect_tls();
    ASSERT_TRUE(world.wait(send(*server, "!")));
    EXPECT_EQ(read(*client), 1u);
    auto again = dial(endpoint());
    ASSERT_TRUE(again) << again.error().detail;
    client = *std::move(again);
    ASSERT_TRUE(world.wait(send(*client, "??")));
    EXPECT_EQ(world.finish(first_read), 2u);
}

TEST_F(TlsContract, DeadlinesAndAbortHold) {
    connect_tls();
    client->expire_at(clock.now() + 30ms);
    EXPECT_EQ(read_error(*client), ErrorCode::io_timeout);
    auto reading = world.start(server->read_some(server_buffer));
    world.breathe();
    server->abort();
    EXPECT_EQ(world.finish(reading).error().code, ErrorCode::io_cancelled);
}

TEST_F(TlsContract, AStrangersCertificateIsRefused) {
    auto strange = options();
    strange.tls_cert = certificates->stranger_cert();
    strange.tls_key = certificates->stranger_key();
    listen_with(strange);
    EXPECT_EQ(dial(endpoint()).error().code, ErrorCode::tls_failed);
    EXPECT_FALSE(world.finish(first_read));
}

TEST_F(TlsContract, ACertificateForAnotherNameIsRefused) {
    auto everywhere = options();
    everywhere.address.host = "0.0.0.0";
    listen_with(everywhere);
    EXPECT_EQ(dial(endpoint("127.0.0.2")).error().code, ErrorCode::tls_failed);
    EXPECT_FALSE(world.finish(first_read));
}

TEST_F(TlsContract, AnAddressInTheCertificateIsAccepted) {
    listen_with(options());
    auto dialled = dial(endpoint("127.0.0.1"));
    ASSERT_TRUE(dialled) << dialled.error().detail;
    world.wait(send(**dialled, "x")).value();
    EXPECT_EQ(world.finish(first_read), 1u);
}

TEST_F(TlsContract, AServerMayAskWhoCalls) {
    auto mutual = options();
    mutual.tls_client_ca = certificates->ca();
    listen_with(mutual);
    auto dialled = dial(endpoint());  // a client learns of the refusal only when it reads (TLS 1.3)
    EXPECT_FALSE(world.finish(first_read));
    if (dialled) EXPECT_EQ(read_error(**dialled), ErrorCode::io_reset);
}

TEST_F(TlsContract, AClientThatSaysNothingIsTimedOut) {
    listen_with(options());
    auto dialled = dial({{"127.0.0.1", listener->port()}, false, {}});
    ASSERT_TRUE(dialled);
    server->expire_at(clock.now() + 30ms);
    EXPECT_EQ(world.finish(first_read).error().code, ErrorCode::io_timeout);
}

TEST_F(TlsContract, GarbageInsteadOfAHandshakeIsRefused) {
    listen_with(options());
    auto dialled = dial({{"127.0.0.1", listener->port()}, false, {}});
    ASSERT_TRUE(dialled);
    ASSERT_TRUE(world.wait(send(**dialled, "GET / HTTP/1.1\r\n\r\n")));
    EXPECT_EQ(world.finish(first_read).error().code, ErrorCode::tls_failed);
}

TEST_F(TlsContract, AServerThatNeverShakesHandsIsAConnectTimeout) {
    listen();
    auto accepting = world.start(listener->accept());
    const auto result = world.wait(world.network().connect(endpoint(), clock.now() + 100ms));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::connect_timeout);
    world.finish(accepting);
}

TEST_F(TlsContract, APooledStreamIsReusableUntilThePeerEnds) {
    connect_tls();
    ASSERT_TRUE(world.wait(send(*server, "!")));
    EXPECT_EQ(read(*client), 1u);
    EXPECT_TRUE(client->reusable());
    server.reset();
    pause(30ms);
    EXPECT_FALSE(client->reusable());
}

TEST_F(TlsContract, BadFilesAreToldAtOnce) {
    for (const auto& [cert, key] : {std::pair{std::string("/nowhere.pem"), certificates->key()},
                                    std::pair{certificates->cert(), std::string("/nowhere.key")},
                                    std::pair{certificates->cert(), certificates->stranger_key()}}) {
        auto bad = options();
        bad.tls_cert = cert;
        bad.tls_key = key;
        const auto result = world.network().listen(bad);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
    }
}

TEST_F(TlsContract, ThroughAProxy) {
    listen_with(options());
    Relay relay(world, {"127.0.0.1", listener->port()});
    auto dialled = dial({{"localhost", listener->port()}, true, relay.url()});
    ASSERT_TRUE(dialled) << dialled.error().detail;
    ASSERT_TRUE(world.wait(send(**dialled, "hello")));
    EXPECT_EQ(world.finish(first_read), 5u);
    EXPECT_NE(relay.request().find("CONNECT localhost:"), std::string::npos);
    EXPECT_NE(relay.request().find("Proxy-Authorization: Basic dXNlcjpwYTpzcw=="), std::string::npos);
}

}  // namespace

}  // namespace signalbox::contract
