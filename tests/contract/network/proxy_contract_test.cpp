// Plain connections through an HTTP proxy, and what is wrong with a proxy.
#include "tests/contract/network/network_fixture.h"
#include "tests/contract/network/relay.h"

namespace signalbox::contract {

namespace {

class ProxyContract : public NetworkContract<RealWorld> {
  protected:
    ErrorCode dial_error(std::string proxy) {
        const ports::Endpoint endpoint{{"127.0.0.1", 9}, false, std::move(proxy)};
        const auto stream = world.wait(world.network().connect(endpoint, clock.now() + 200ms));
        return stream ? ErrorCode::ok : stream.error().code;
    }
};

TEST_F(ProxyContract, PlainConnectionsTunnelToo) {
    listen();
    Relay relay(world, {"127.0.0.1", listener->port()});
    const ports::Endpoint endpoint{{"model.internal", 80}, false, relay.url()};
    auto accepting = world.start(listener->accept());
    auto dialled = world.wait(world.network().connect(endpoint, clock.now() + 2s));
    ASSERT_TRUE(dialled) << dialled.error().detail;
    server = *world.finish(accepting);
    ASSERT_TRUE(world.wait(send(**dialled, "hello")));
    EXPECT_EQ(world.wait(receive(*server, 5)), "hello");
    EXPECT_NE(relay.request().find("CONNECT model.internal:80 HTTP/1.1\r\n"), std::string::npos);
}

TEST_F(ProxyContract, ARefusalIsTold) {
    Relay relay(world, {"127.0.0.1", 9}, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    EXPECT_EQ(dial_error(relay.url()), ErrorCode::connect_refused);
}

TEST_F(ProxyContract, AProxyThatSaysNothingIsATimeout) {
    Relay relay(world, {"127.0.0.1", 9}, "");
    EXPECT_EQ(dial_error(relay.url()), ErrorCode::connect_timeout);
}

TEST_F(ProxyContract, GarbageFromAProxyIsRefused) {
    Relay relay(world, {"127.0.0.1", 9}, "SSH-2.0-OpenSSH\r\n\r\n");
    EXPECT_EQ(dial_error(relay.url()), ErrorCode::connect_refused);
}

TEST_F(ProxyContract, OnlyHttpProxiesAreKnown) {
    for (const auto* url : {"socks5://127.0.0.1:1", "http://", "http://host:port", "http://host:0", "http://:3128"})
        EXPECT_EQ(dial_error(url), ErrorCode::invalid_argument) << url;
}

}  // namespace

}  // namespace signalbox::contract
