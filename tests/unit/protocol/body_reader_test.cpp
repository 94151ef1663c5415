#include "engine/protocol/http/body_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace signalbox::protocol {
namespace {

ResponseHead chunked_head() {
    ResponseHead head;
    head.status = 200;
    head.chunked = true;
    return head;
}
ResponseHead sized_head(std::uint64_t length) {
    ResponseHead head;
    head.status = 200;
    head.content_length = length;
    return head;
}
ResponseHead open_head() {
    ResponseHead head;
    head.status = 200;
    return head;
}

struct Outcome {
    std::string payload, rest;
    bool done = false;
    ErrorCode code = ErrorCode::ok;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Feeds `wire` in parts of `part` bytes.
Outcome read_all(BodyReader reader, std::string_view wire, std::size_t part) {
    Outcome out;
    while (!wire.empty() && !out.done) {
        std::string_view in = wire.substr(0, part);
        wire.remove_prefix(in.size());
        while (!in.empty() && !out.done) {
            const auto step = reader.next(in);
            if (!step) {
                out.code = step.error().code;
                return out;
            }
            EXPECT_TRUE(step->done || step->consumed > 0);
            out.payload += step->data;
            in.remove_prefix(step->consumed);
            out.done = step->done;
        }
        out.rest = in;
    }
    out.rest += wire;
    return out;
}

TEST(BodyReader, ASizedBodyLeavesTheNextMessageAlone) {
    for (const std::size_t part : {1, 3, 100}) {
        const Outcome out = read_all(BodyReader::for_response(sized_head(5)), "helloHTTP/1.1", part);
        EXPECT_EQ(out, (Outcome{"hello", "HTTP/1.1", true, ErrorCode::ok})) << part;
    }
}

TEST(BodyReader, WithoutABodyItIsDoneAtOnce) {
    RequestHead request;
    EXPECT_TRUE(BodyReader::for_request(request).done());
    EXPECT_TRUE(BodyReader::for_response(sized_head(0)).done());
    ResponseHead empty = chunked_head();
    empty.status = 204;
    EXPECT_TRUE(BodyReader::for_response(empty).done());
    auto step = BodyReader::for_request(request).next("GET");
    ASSERT_TRUE(step);
    EXPECT_TRUE(step->done);
    EXPECT_EQ(step->consumed, 0U);
}

TEST(BodyReader, ChunksComeOutTheSameHoweverTheyAreCut) {
    constexpr std::string_view wire =
        "5\r\nhello\r\n1;a=\"b\"\r\n \r\n00000A \r\n0123456789\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nNEXT";
    for (std::size_t part = 1; part <= wire.size(); ++part) {
        const Outcome out = read_all(BodyReader::for_response(chunked_head()), wire, part);
        EXPECT_EQ(out, (Outcome{"hello 0123456789", "NEXT", true, ErrorCode::ok})) << part;
    }
}

TEST(BodyReader, PayloadIsNeverCopied) {
    const std::string wire = "5\r\nhello\r\n0\r\n\r\n";
    BodyReader reader = BodyReader::for_response(chunked_head());
    const auto step = reader.next(wire);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->data.data(), wire.data() + 3);
    EXPECT_TRUE(step->done);  // the end is seen in the same step
}

TEST(BodyReader, RefusesBadChunks) {
    for (const std::string_view wire :
         {"\r\n", "g\r\n", "-1\r\n", "0x5\r\n", "5\nhello", "5\r\nhelloX", "5\r\nhello\n", "5\r\nhello\r0", ";a\r\n",
          "5;a\n\r\n", "5\rX", "123456789012345678\r\n", "0\r\nX: a\nY: b\r\n\r\n", "0\r\n\rX", " 5\r\n", "5 5\r\n",
          "5\t0\r\n", "5 \n", "5;a\x01z\r\n"}) {
        EXPECT_EQ(read_all(BodyReader::for_response(chunked_head()), wire, 1).code, ErrorCode::upstream_malformed)
            << wire;
        EXPECT_EQ(read_all(BodyReader::for_response(chunked_head()), wire, 64).code, ErrorCode::upstream_malformed)
            << wire;
    }
    RequestHead request;
    request.chunked = true;
    EXPECT_EQ(read_all(BodyReader::for_request(request), "x", 1).code, ErrorCode::malformed_http);
}

TEST(BodyReader, BoundsExtensionsAndTrailers) {
    const std::string fits = "1;" + std::string(chunk_extension_max, 'a') + "\r\nx\r\n0\r\n\r\n";
    EXPECT_TRUE(read_all(BodyReader::for_response(chunked_head()), fits, 100).done);
    const std::string zeros = std::string(chunk_size_max - 1, '0') + "1\r\nx\r\n0\r\n\r\n";
    EXPECT_TRUE(read_all(BodyReader::for_response(chunked_head()), zeros, 100).done);
    for (const std::string& endless :
         {std::string(chunk_size_max + 1, '0'), "1" + std::string(chunk_extension_max + 2, ' ')})
        EXPECT_EQ(read_all(BodyReader::for_response(chunked_head()), endless, 7).code, ErrorCode::upstream_malformed);
    const std::string extension = "1;" + std::string(chunk_extension_max + 1, 'a');
    EXPECT_EQ(read_all(BodyReader::for_response(chunked_head()), extension, 100).code, ErrorCode::upstream_malformed);
    std::string trailers = "0\r\n";
    for (std::size_t i = 0; i <= trailer_max; ++i) trailers += "a\r\n";
    EXPECT_EQ(read_all(BodyReader::for_response(chunked_head()), trailers, 100).code, ErrorCode::upstream_malformed);
}

TEST(BodyReader, TheEndOfTheConnectionEndsOnlyAnOpenBody) {
    BodyReader open = BodyReader::for_response(open_head());
    const auto step = open.next("all of it");
    ASSERT_TRUE(step);
    EXPECT_EQ(step->data, "all of it");
    EXPECT_FALSE(step->done);
    EXPECT_TRUE(open.finish_at_eof());
    EXPECT_TRUE(open.done());

    BodyReader sized = BodyReader::for_response(sized_head(5));
    ASSERT_TRUE(sized.next("hell"));
    EXPECT_EQ(sized.remaining(), 1U);
    EXPECT_EQ(sized.finish_at_eof().error().code, ErrorCode::stream_cut);
    BodyReader chunked = BodyReader::for_response(chunked_head());
    ASSERT_TRUE(chunked.next("5\r\nhello\r\n"));
    EXPECT_EQ(chunked.finish_at_eof().error().code, ErrorCode::stream_cut);
    ASSERT_TRUE(chunked.next("0\r\n\r\n"));
    EXPECT_TRUE(chunked.finish_at_eof());
}

}  // namespace
}  // namespace signalbox::protocol
