// What every Network promises: connecting, listening, and the streams between the two.
#include <array>
#include <string>

#include "tests/contract/network/network_fixture.h"

namespace signalbox::contract {

namespace {

TYPED_TEST_SUITE(NetworkContract, Worlds);

TYPED_TEST(NetworkContract, WhatIsWrittenArrives) {
    this->connect();
    EXPECT_TRUE(this->world.wait(send(*this->client, "hello")));
    EXPECT_EQ(this->world.wait(receive(*this->server, 5)), "hello");
    EXPECT_TRUE(this->world.wait(send(*this->server, "yourself")));
    EXPECT_EQ(this->world.wait(receive(*this->client, 8)), "yourself");
}

TYPED_TEST(NetworkContract, ManyPiecesArriveInOrder) {
    this->connect();
    std::vector<std::string> texts;
    std::string all;
    for (int i = 0; i < 100; ++i) texts.push_back(i % 7 == 0 ? "" : std::to_string(i) + ",");
    for (const auto& text : texts) all += text;
    const std::vector<std::string_view> pieces(texts.begin(), texts.end());
    EXPECT_TRUE(this->world.wait(this->client->write(pieces)));
    EXPECT_EQ(this->world.wait(receive(*this->server, all.size())), all);
}

TYPED_TEST(NetworkContract, NothingToWriteIsFine) {
    this->connect();
    EXPECT_TRUE(this->world.wait(this->client->write({})));
    EXPECT_TRUE(this->world.wait(send(*this->client, "")));
}

TYPED_TEST(NetworkContract, BigTransfersBothWaysAtOnce) {
    this->connect();
    const std::string up = pattern(3'000'000, 'a'), down = pattern(2'000'000, 'A');
    auto sent_up = this->world.start(send(*this->client, up));
    auto sent_down = this->world.start(send(*this->server, down));
    auto got_up = this->world.start(receive(*this->server, up.size()));
    auto got_down = this->world.start(receive(*this->client, down.size()));
    EXPECT_TRUE(this->world.finish(got_up) == up);
    EXPECT_TRUE(this->world.finish(got_down) == down);
    EXPECT_TRUE(this->world.finish(sent_up));
    EXPECT_TRUE(this->world.finish(sent_down));
}

TYPED_TEST(NetworkContract, ACleanEndReadsAsZeroAgainAndAgain) {
    this->connect();
    ASSERT_TRUE(this->world.wait(send(*this->server, "bye")));
    this->server.reset();
    EXPECT_EQ(this->world.wait(receive(*this->client, 3)), "bye");
    EXPECT_EQ(this->read(*this->client), 0u);
    EXPECT_EQ(this->read(*this->client), 0u);
}

// A read that takes all bytes there are, and no event after it.
TYPED_TEST(NetworkContract, TheEndRightBehindTheBytesIsRead) {
    this->connect();
    ASSERT_TRUE(this->world.wait(send(*this->server, "the last words")));
    this->server.reset();
    this->pause(20ms);
    EXPECT_EQ(this->world.wait(receive(*this->client, 100)), "the last words");
    EXPECT_EQ(this->read(*this->client), 0u);
}

ports::Task<bool> told(ports::ByteStream& stream) {
    co_await stream.until_readable();
    co_return true;
}

TYPED_TEST(NetworkContract, WaitingToReadEndsWithBytesAndTakesNone) {
    this->connect();
    auto waiting = this->world.start(told(*this->client));
    this->world.breathe();
    EXPECT_FALSE(waiting->has_value());
    ASSERT_TRUE(this->world.wait(send(*this->server, "!")));
    EXPECT_TRUE(this->world.finish(waiting));
    EXPECT_TRUE(this->world.wait(told(*this->client)));
    EXPECT_EQ(this->read(*this->client), 1u);
    waiting = this->world.start(told(*this->client));
    this->world.breathe();
    EXPECT_FALSE(waiting->has_value());
    ASSERT_TRUE(this->world.wait(send(*this->server, "!")));
    EXPECT_TRUE(this->world.finish(waiting));
}

TYPED_TEST(NetworkContract, WaitingToReadEndsWithTheStreamTheDeadlineAndAnAbort) {
    this->connect();
    this->server.reset();
    EXPECT_TRUE(this->world.wait(told(*this->client)));
    EXPECT_EQ(this->read(*this->client), 0u);
    EXPECT_TRUE(this->world.wait(told(*this->client)));
    this->connect();
    this->client->expire_at(this->clock.now() + 20ms);
    EXPECT_TRUE(this->world.wait(told(*this->client)));
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_timeout);
    this->client->expire_at(never);
    auto waiting = this->world.start(told(*this->client));
    this->world.breathe();
    this->client->abort();
    EXPECT_TRUE(this->world.finish(waiting));
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_cancelled);
}

TYPED_TEST(NetworkContract, AnAbortIsAResetForThePeer) {
    this->connect();
    this->server->abort();
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_reset);
}

TYPED_TEST(NetworkContract, WritingToAPeerThatResetFails) {
    this->connect();
    this->server->abort();
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_reset);
    const auto written = this->world.wait(send(*this->client, "anyone?"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::io_reset);
}

TYPED_TEST(NetworkContract, AnAbortEndsWhatIsUnderWay) {
    this->connect();
    auto reading = this->world.start(this->client->read_some(this->buffer));
    auto writing = this->world.start(send(*this->client, pattern(20'000'000, 'x')));
    this->world.breathe();
    EXPECT_FALSE(reading->has_value());
    EXPECT_FALSE(writing->has_value());
    this->client->abort();
    EXPECT_EQ(this->world.finish(reading).error().code, ErrorCode::io_cancelled);
    EXPECT_EQ(this->world.finish(writing).error().code, ErrorCode::io_cancelled);
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_cancelled);
}

TYPED_TEST(NetworkContract, AReadExpires) {
    this->connect();
    this->client->expire_at(this->clock.now() + 50ms);
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_timeout);
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_timeout);
}

TYPED_TEST(NetworkContract, AWriteToAReaderThatTakesNothingExpires) {
    this->connect();
    this->client->expire_at(this->clock.now() + 50ms);
    const auto written = this->world.wait(send(*this->client, pattern(20'000'000, 'x')));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::io_timeout);
}

TYPED_TEST(NetworkContract, ADeadlineMayMoveWhileSomebodyReads) {
    this->connect();
    auto reading = this->world.start(this->client->read_some(this->buffer));
    this->world.breathe();
    this->client->expire_at(this->clock.now() + 1h);
    this->client->expire_at(this->clock.now() + 30ms);
    EXPECT_EQ(this->world.finish(reading).error().code, ErrorCode::io_timeout);
}

TYPED_TEST(NetworkContract, ALiftedDeadlineDoesNotCount) {
    this->connect();
    this->client->expire_at(this->clock.now() + 30ms);
    this->client->expire_at(never);
    auto reading = this->world.start(this->client->read_some(this->buffer));
    this->pause(150ms);
    EXPECT_FALSE(reading->has_value());
    ASSERT_TRUE(this->world.wait(send(*this->server, "!")));
    EXPECT_EQ(this->world.finish(reading), 1u);
}

TYPED_TEST(NetworkContract, AnExpiredStreamWorksAgainWithANewDeadline) {
    this->connect();
    this->client->expire_at(this->clock.now() + 20ms);
    EXPECT_EQ(this->read_error(*this->client), ErrorCode::io_timeout);
    this->client->expire_at(never);
    ASSERT_TRUE(this->world.wait(send(*this->server, "!")));
    EXPECT_EQ(this->read(*this->client), 1u);
}

struct Watcher final : ports::PeerGone {
    int told = 0;
    void peer_gone() override { ++told; }
};

TYPED_TEST(NetworkContract, TheWatcherIsToldOnceOfAnEndAndOfAReset) {
    for (const bool clean : {true, false}) {
        this->connect();
        Watcher watcher;
        this->server->watch_peer(&watcher);
        this->pause(300ms);
        EXPECT_EQ(watcher.told, 0);
        if (clean)
            this->client.reset();
        else
            this->client->abort();
        this->pause(600ms);
        EXPECT_EQ(watcher.told, 1);
        this->server->watch_peer(nullptr);
    }
}

TYPED_TEST(NetworkContract, UnreadBytesDoNotHideThePeersEnd) {
    this->connect();
    ASSERT_TRUE(this->world.wait(send(*this->client, "a pipelined request")));
    this->client.reset();
    this->pause(50ms);
    Watcher watcher;
    this->server->watch_peer(&watcher);
    this->pause(600ms);
    EXPECT_EQ(watcher.told, 1);
}

TYPED_TEST(NetworkContract, AWatcherThatStoppedWatchingIsNotTold) {
    this->connect();
    Watcher watcher;
    this->server->watch_peer(&watcher);
    this->server->watch_peer(nullptr);
    this->client.reset();
    this->pause(600ms);
    EXPECT_EQ(watcher.told, 0);
}

// Being told may take the stream itself away.
struct Dropper final : ports::PeerGone {
    explicit Dropper(ports::Stream& stream) : stream_(stream) {}
    ports::Stream& stream_;
    void peer_gone() override { stream_.reset(); }
};

TYPED_TEST(NetworkContract, TheWatcherMayDestroyTheStream) {
    this->connect();
    Dropper dropper(this->server);
    this->server->watch_peer(&dropper);
    this->client.reset();
    this->pause(600ms);
    EXPECT_EQ(this->server, nullptr);
}

TYPED_TEST(NetworkContract, AQuietStreamIsReusable) {
    this->connect();
    EXPECT_TRUE(this->client->reusable());
    EXPECT_TRUE(this->server->reusable());
}

TYPED_TEST(NetworkContract, AStreamWhosePeerEndedIsNotReusable) {
    this->connect();
    this->server.reset();
    this->pause(30ms);
    EXPECT_FALSE(this->client->reusable());
}

TYPED_TEST(NetworkContract, UnaskedBytesMakeAStreamUnusable) {
    this->connect();
    ASSERT_TRUE(this->world.wait(send(*this->server, "HTTP/1.1 408 Request Timeout")));
    this->pause(30ms);
    EXPECT_FALSE(this->client->reusable());
}

TYPED_TEST(NetworkContract, AnAbortedStreamIsNotReusable) {
    this->connect();
    this->client->abort();
    EXPECT_FALSE(this->client->reusable());
}

TYPED_TEST(NetworkContract, BothSidesKnowTheirPeersAddress) {
    this->connect();
    EXPECT_EQ(this->client->peer(), "127.0.0.1:" + std::to_string(this->listener->port()));
    EXPECT_NE(this->server->peer().find(':'), std::string_view::npos);
}

TYPED_TEST(NetworkContract, ConnectingSaysWhyItFailed) {
    EXPECT_EQ(this->connect_error(this->world.refusing()), ErrorCode::connect_refused);
    EXPECT_EQ(this->connect_error(this->world.unknown()), ErrorCode::dns_failed);
    EXPECT_EQ(this->connect_error(this->world.hanging()), ErrorCode::connect_timeout);
}

TYPED_TEST(NetworkContract, ADeadlineInThePastConnectsNowhere) {
    this->listen();
    const ports::Endpoint endpoint{{"127.0.0.1", this->listener->port()}, false, {}};
    const auto result = this->world.wait(this->world.network().connect(endpoint, this->clock.now() - 1s));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::connect_timeout);
}

TYPED_TEST(NetworkContract, ConnectingByNameWorks) {
    this->listen();
    const ports::Endpoint endpoint{{"localhost", this->listener->port()}, false, {}};
    EXPECT_TRUE(this->world.wait(this->world.network().connect(endpoint, this->clock.now() + 5s)));
}

TYPED_TEST(NetworkContract, ClosingAListenerEndsTheAccept) {
    this->listen();
    auto accepting = this->world.start(this->listener->accept());
    this->world.breathe();
    this->listener->close();
    EXPECT_EQ(this->world.finish(accepting).error().code, ErrorCode::io_cancelled);
    EXPECT_EQ(this->world.wait(this->listener->accept()).error().code, ErrorCode::io_cancelled);
    EXPECT_EQ(this->connect_error({"127.0.0.1", this->listener->port()}), ErrorCode::connect_refused);
}

TYPED_TEST(NetworkContract, APortInUseIsTold) {
    this->listen();
    EXPECT_NE(this->listener->port(), 0);
    EXPECT_EQ(this->world.second_listen(this->listener->port()), ErrorCode::address_in_use);
    this->listener.reset();
    this->world.breathe();
}

}  // namespace

}  // namespace signalbox::contract
