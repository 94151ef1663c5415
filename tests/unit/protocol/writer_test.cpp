#include "engine/protocol/http/writer.h"

#include <gtest/gtest.h>

#include "engine/protocol/http/request_head.h"
#include "engine/protocol/http/response_head.h"

namespace signalbox::protocol {
namespace {

TEST(HeadWriter, WritesWhatTheParsersRead) {
    std::string out;
    HeadWriter(out).request("POST", "/v1/x?y=1").header("host", "gw").content_length(12).end();
    EXPECT_EQ(out, "POST /v1/x?y=1 HTTP/1.1\r\nhost: gw\r\ncontent-length: 12\r\n\r\n");
    RequestHead request;
    EXPECT_EQ(parse_request_head(out, 4096, request).consumed, out.size());

    out.clear();
    HeadWriter(out).status(504).chunked().end();
    EXPECT_EQ(out, "HTTP/1.1 504 Gateway Timeout\r\ntransfer-encoding: chunked\r\n\r\n");
    ResponseHead response;
    EXPECT_EQ(parse_response_head(out, 4096, response).consumed, out.size());
}

TEST(HeadWriter, NoValueCanInjectAHeader) {
    using namespace std::string_literals;
    std::string out;
    HeadWriter writer(out);
    writer.header("x-\r\na: b", "v\r\nSet-Cookie: 1\0\x7f\t."s);
    EXPECT_EQ(out, "x-ab: vSet-Cookie: 1\t.\r\n");
    out.clear();
    writer.header("\r\n :", "gone");
    EXPECT_EQ(out, "");
    writer.request("GET\r\n", "/a b\r\nX: y");
    EXPECT_EQ(out, "GET /abX:y HTTP/1.1\r\n");
}

TEST(HeadWriter, KeepsBytesAboveAscii) {
    std::string out;
    HeadWriter(out).header("x", "caf\xC3\xA9");
    EXPECT_EQ(out, "x: caf\xC3\xA9\r\n");
}

TEST(HeadWriter, NamesEveryStatusSomehow) {
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(499), "Client Closed Request");
    EXPECT_EQ(reason_phrase(299), "Unknown");
    std::string out;
    HeadWriter(out).status(-7);
    EXPECT_EQ(out, "HTTP/1.1 100 Unknown\r\n");
}

TEST(ChunkHead, IsHexadecimal) {
    std::string out;
    append_chunk_head(out, 0x1f2e);
    EXPECT_EQ(out, "1f2e\r\n");
}

}  // namespace
}  // namespace signalbox::protocol
