#include "engine/protocol/http/response_head.h"

#include <gtest/gtest.h>

#include <string>

namespace signalbox::protocol {
namespace {

using Status = HeadParse::Status;

HeadParse parse(std::string_view text, ResponseHead& head) {
    return parse_response_head(text, 64 * 1024, head);
}

TEST(ResponseHead, ReadsStatusAndFraming) {
    ResponseHead head;
    const std::string_view text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5";
    const HeadParse result = parse(text, head);
    ASSERT_EQ(result.status, Status::done);
    EXPECT_EQ(text.substr(result.consumed), "5");
    EXPECT_EQ(head.status, 200);
    EXPECT_TRUE(head.chunked);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_EQ(head.find("content-type"), "text/event-stream");
}

TEST(ResponseHead, AnEmptyReasonIsFine) {
    ResponseHead head;
    ASSERT_EQ(parse("HTTP/1.1 529 \r\nContent-Length: 0\r\n\r\n", head).status, Status::done);
    EXPECT_EQ(head.status, 529);
}

TEST(ResponseHead, InterimAnswersAreSkippedByTheCaller) {
    std::string_view text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    ResponseHead head;
    HeadParse result = parse(text, head);
    ASSERT_EQ(result.status, Status::done);
    EXPECT_TRUE(head.interim());
    EXPECT_TRUE(head.without_body());
    text.remove_prefix(result.consumed);
    result = parse(text, head);
    ASSERT_EQ(result.status, Status::done);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.content_length, 2U);
    EXPECT_EQ(text.substr(result.consumed), "ok");
}

TEST(ResponseHead, NoBodyFor204And304) {
    ResponseHead head;
    for (const std::string_view text :
         {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"}) {
        ASSERT_EQ(parse(text, head).status, Status::done);
        EXPECT_TRUE(head.without_body());
    }
}

TEST(ResponseHead, ABodyUntilCloseIsNotKeptAlive) {
    ResponseHead head;
    ASSERT_EQ(parse("HTTP/1.1 200 OK\r\n\r\nrest", head).status, Status::done);
    EXPECT_FALSE(head.keep_alive);
    EXPECT_FALSE(head.content_length);
    EXPECT_FALSE(head.chunked);
}

TEST(ResponseHead, RefusesGarbageAsTheProvidersFault) {
    for (const std::string_view text :
         {"HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 099 No\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "ICY 200 OK\r\n\r\n",
          "HTTP/3.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n", "\x15\x03\x03 alert"}) {
        ResponseHead head;
        const HeadParse result = parse(text, head);
        EXPECT_EQ(result.status, Status::failed) << text;
        EXPECT_EQ(result.error.code, ErrorCode::upstream_malformed) << text;
    }
}

}  // namespace
}  // namespace signalbox::protocol
