#include "engine/protocol/http/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace signalbox::protocol {
namespace {

using Status = HeadParse::Status;
constexpr std::size_t header_max = 16 * 1024;

std::string with_fields(std::string_view fields) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

HeadParse parse(std::string_view text, RequestHead& head) {
    return parse_request_head(text, header_max, head);
}

TEST(RequestHead, ReadsWhatTheJourneyNeeds) {
    const std::string text =
        "POST /v1/chat/completions?a=1 HTTP/1.1\r\nHost: gw\r\nContent-Length:  5 \r\nX-Tag:a b\r\n"
        "Expect: 100-Continue\r\n\r\nhello";
    RequestHead head;
    const HeadParse result = parse(text, head);
    ASSERT_EQ(result.status, Status::done);
    EXPECT_EQ(text.substr(result.consumed), "hello");
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/v1/chat/completions?a=1");
    EXPECT_EQ(head.path, "/v1/chat/completions");
    EXPECT_EQ(head.content_length, 5U);
    EXPECT_FALSE(head.chunked);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_TRUE(head.expect_continue);
    EXPECT_EQ(head.find("x-tag"), "a b");
    EXPECT_EQ(head.find("absent"), "");
    EXPECT_EQ(head.headers().size(), 4U);
}

TEST(RequestHead, ViewsPointIntoTheBuffer) {
    const std::string text = with_fields("X-Long: value\r\n");
    RequestHead head;
    ASSERT_EQ(parse(text, head).status, Status::done);
    const std::string_view value = head.find("x-long");
    EXPECT_GE(value.data(), text.data());
    EXPECT_LE(value.data() + value.size(), text.data() + text.size());
}

TEST(RequestHead, WaitsForTheRestWhereverItIsCut) {
    const std::string text = with_fields("Content-Length: 5\r\n");
    RequestHead head;
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
        EXPECT_EQ(parse(std::string_view(text).substr(0, cut), head).status, Status::need_more) << cut;
    }
    EXPECT_EQ(parse(text, head).status, Status::done);
}

TEST(RequestHead, ForgetsThePreviousRequest) {
    RequestHead head;
    ASSERT_EQ(parse(with_fields("Content-Length: 5\r\nExpect: 100-continue\r\n"), head).status, Status::done);
    const std::string second = "GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n";
    ASSERT_EQ(parse(second, head).status, Status::done);
    EXPECT_FALSE(head.content_length);
    EXPECT_FALSE(head.expect_continue);
    EXPECT_EQ(head.headers().size(), 1U);
}

TEST(RequestHead, KeepAliveFollowsTheVersion) {
    struct Case {
        std::string_view text;
        bool keep_alive;
    };
    const Case cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nConnection: TE, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
    };
    for (const Case& c : cases) {
        RequestHead head;
        ASSERT_EQ(parse(c.text, head).status, Status::done) << c.text;
        EXPECT_EQ(head.keep_alive, c.keep_alive) << c.text;
        EXPECT_EQ(head.understands_chunks, c.text.contains("HTTP/1.1")) << c.text;
    }
}

TEST(RequestHead, ToleratesTheAbsoluteForm) {
    RequestHead head;
    ASSERT_EQ(parse("GET http://gw:8080/v1/models?x HTTP/1.1\r\n\r\n", head).status, Status::done);
    EXPECT_EQ(head.path, "/v1/models");
    ASSERT_EQ(parse("GET http://gw HTTP/1.1\r\n\r\n", head).status, Status::done);
    EXPECT_EQ(head.path, "/");
    ASSERT_EQ(parse("GET /a?u=http://b/c HTTP/1.1\r\n\r\n", head).status, Status::done);
    EXPECT_EQ(head.path, "/a");
}

TEST(RequestHead, AcceptsChunkedInAnyCase) {
    RequestHead head;
    ASSERT_EQ(parse(with_fields("Transfer-Encoding: Chunked\r\n"), head).status, Status::done);
    EXPECT_TRUE(head.chunked);
}

TEST(RequestHead, RefusesWhatTwoServersCouldReadDifferently) {
    using namespace std::string_literals;
    const std::string cases[] = {
        with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        with_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        with_fields("Content-Length: 5\r\nContent-Length: 6\r\n"),
        with_fields("Content-Length: 5\r\nContent-Length: 5\r\n"),
        with_fields("Content-Length: 5, 5\r\n"),
        with_fields("Content-Length: +5\r\n"),
        with_fields("Content-Length: -5\r\n"),
        with_fields("Content-Length: 0x5\r\n"),
        with_fields("Content-Length: 5 5\r\n"),
        with_fields("Content-Length:\r\n"),
        with_fields("Content-Length: 99999999999999999999\r\n"),
        with_fields("Transfer-Encoding: gzip, chunked\r\n"),
        with_fields("Transfer-Encoding: chunked, chunked\r\n"),
        with_fields("Transfer-Encoding: identity\r\n"),
        with_fields("Transfer-Encoding: xchunked\r\n"),
        with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        with_fields("Transfer-Encoding : chunked\r\n"),
        with_fields("Transfer-Encoding\t: chunked\r\n"),
        with_fields("X: a\r\n b\r\n"),
        with_fields("X:\r\n\tb\r\n"),
        with_fields(" X: a\r\n"),
        with_fields("X: a\rY: b\r\n"),
        with_fields("X: a\nY: b\r\n"),
        with_fields("X: a\0b\r\n"s),
        with_fields("X: a\x7f\r\n"),
        with_fields("X\r\n"),
        with_fields(": a\r\n"),
        with_fields("X(: a\r\n"),
        with_fields("Host: b\r\n"),
        "GET / HTTP/1.1\r\nHost:\r\nHost: b\r\n\r\n",
        with_fields("Authorization: Bearer a\r\nauthorization: Bearer b\r\n"),
        with_fields("X-Api-Key: a\r\nx-api-key: a\r\n"),
        "GET / HTTP/1.1\nHost: a\n\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/0.9\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "G\x01T / HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "\x16\x03\x01\x02\x05 a TLS hello",
        "\n\n\n\n",
    };
    for (const std::string& text : cases) {
        RequestHead head;
        const HeadParse result = parse(text, head);
        EXPECT_EQ(result.status, Status::failed) << text;
        EXPECT_EQ(result.error.code, ErrorCode::malformed_http) << text;
    }
}

TEST(RequestHead, BoundsSizeAndNumberOfFields) {
    RequestHead head;
    const std::string large = with_fields("X: " + std::string(header_max, 'a') + "\r\n");
    for (const std::string_view text : {std::string_view(large), std::string_view(large).substr(0, header_max + 1)}) {
        const HeadParse result = parse(text, head);
        EXPECT_EQ(result.status, Status::failed);
        EXPECT_EQ(result.error.code, ErrorCode::header_too_large);
    }
    std::string fields;
    for (std::size_t i = 1; i < max_headers; ++i) fields += "X: y\r\n";  // with Host that makes max_headers
    EXPECT_EQ(parse(with_fields(fields), head).status, Status::done);
    const HeadParse result = parse(with_fields(fields + "X: y\r\n"), head);
    EXPECT_EQ(result.status, Status::failed);
    EXPECT_EQ(result.error.code, ErrorCode::header_too_large);
}

}  // namespace
}  // namespace signalbox::protocol
