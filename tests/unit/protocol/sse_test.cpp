#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/protocol/sse/decoder.h"

namespace signalbox::protocol {
namespace {

struct Seen {
    std::string event, data, raw;
    bool comment_only = false;
    friend bool operator==(const Seen&, const Seen&) = default;
};

Seen keep(const SseEvent& event) {
    return {std::string(event.event), std::string(event.data), std::string(event.raw), event.comment_only};
}

std::vector<Seen> decode(std::string_view wire, std::size_t part) {
    SseDecoder decoder;
    std::vector<Seen> out;
    while (!wire.empty()) {
        // A copy of its own size, so that reading past the end or keeping a view too long shows under ASan.
        const std::string bytes(wire.substr(0, part));
        wire.remove_prefix(bytes.size());
        std::string_view in = bytes;
        for (;;) {
            const auto event = decoder.next(in);
            EXPECT_TRUE(event);
            if (!event || !*event) break;
            out.push_back(keep(**event));
        }
        EXPECT_TRUE(in.empty());
    }
    if (const auto last = decoder.finish_at_eof()) out.push_back(keep(*last));
    return out;
}

TEST(SseDecoder, EventsDoNotDependOnTheCuts) {
    const std::string wire =
        "\xEF\xBB\xBF"
        "data: one\n\n: OPENROUTER PROCESSING\n\nevent: error\ndata:two\r\ndata\r\ndata:  three\r\n\r\n\n"
        "id: 7\ndata: four\r\rdata: [DONE]\n\n";
    const std::vector<Seen> whole = decode(wire, wire.size());
    ASSERT_EQ(whole.size(), 6U);
    EXPECT_EQ(whole[0].data, "one");
    EXPECT_TRUE(whole[1].comment_only);
    EXPECT_EQ(whole[1].raw, ": OPENROUTER PROCESSING\n\n");
    EXPECT_EQ(whole[2],
              (Seen{"error", "two\n\n three", "event: error\ndata:two\r\ndata\r\ndata:  three\r\n\r\n", false}));
    EXPECT_EQ(whole[3], (Seen{"", "", "\n", true}));
    EXPECT_EQ(whole[4].data, "four");
    EXPECT_EQ(whole[5], (Seen{"", "[DONE]", "data: [DONE]\n\n", false}));
    std::string raw;
    for (const Seen& seen : whole) raw += seen.raw;
    EXPECT_EQ("\xEF\xBB\xBF" + raw, wire);
    for (std::size_t part = 1; part < wire.size(); ++part) EXPECT_EQ(decode(wire, part), whole) << part;
}

TEST(SseDecoder, AFieldNamedErrorIsAnEventOfThatName) {
    const std::vector<Seen> seen = decode("error: {\"code\":500}\n\ndata: [DONE]\n\n", 100);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0], (Seen{"error", "{\"code\":500}", "error: {\"code\":500}\n\n", false}));
    EXPECT_EQ(seen[1].event, "");
}

TEST(SseDecoder, AWholeEventIsNotCopied) {
    SseDecoder decoder;
    const std::string wire = "data: abc\n\ndata: d";
    std::string_view in = wire;
    const auto event = decoder.next(in);
    ASSERT_TRUE(event && *event);
    EXPECT_EQ((*event)->data.data(), wire.data() + 6);
    EXPECT_EQ(in, "data: d");
    EXPECT_TRUE(decoder.between_events());
    ASSERT_TRUE(decoder.next(in));
    EXPECT_FALSE(decoder.between_events());
}

TEST(SseDecoder, ReadsFieldsAsTheStandardSays) {
    EXPECT_EQ(decode("data:{\"a\":1}\n\n", 100)[0].data, "{\"a\":1}");
    EXPECT_EQ(decode("data\n\n", 100)[0], (Seen{"", "", "data\n\n", false}));
    EXPECT_EQ(decode("datax: 1\n\n", 100)[0].comment_only, true);
    EXPECT_EQ(decode("data: a:b\n\n", 100)[0].data, "a:b");
    EXPECT_EQ(decode(" data: a\n\n", 100)[0].comment_only, true);
    EXPECT_EQ(decode("event: ping\n\n", 100)[0].comment_only, false);
}

TEST(SseDecoder, AtTheEndOnlyWholeLinesCount) {
    EXPECT_EQ(decode("data: [DONE]\n", 100).at(0).data, "[DONE]");
    EXPECT_EQ(decode("data: [DONE]\r\n\r", 100).at(0).data, "[DONE]");
    EXPECT_TRUE(decode("data: {\"cut", 100).empty());
    EXPECT_TRUE(decode("", 100).empty());
}

TEST(SseDecoder, BoundsOneEvent) {
    for (const std::size_t part : {1, 7, 100}) {
        SseDecoder decoder(16);
        const std::string wire = "data: 12345678\n\ndata: 123456789\n\n";  // 16 bytes fit, 17 do not
        int events = 0;
        ErrorCode code = ErrorCode::ok;
        for (std::string_view rest = wire; !rest.empty() && code == ErrorCode::ok;) {
            std::string_view in = rest.substr(0, part);
            rest.remove_prefix(in.size());
            while (code == ErrorCode::ok) {
                const auto event = decoder.next(in);
                if (!event) code = event.error().code;
                if (!event || !*event) break;
                ++events;
            }
        }
        EXPECT_EQ(events, 1) << part;
        EXPECT_EQ(code, ErrorCode::upstream_malformed) << part;
    }
}

TEST(AppendSse, IsReadBackTheSame) {
    std::string wire;
    append_sse(wire, "error", "one\ntwo\r\n\r three");
    append_sse(wire, "", "");
    append_sse(wire, "a\nb", "x");
    const std::vector<Seen> seen = decode(wire, 3);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].event, "error");
    EXPECT_EQ(seen[0].data, "one\ntwo\n\n three");
    EXPECT_EQ(seen[1].data, "");
    EXPECT_FALSE(seen[1].comment_only);
    EXPECT_EQ(seen[2].event, "a");
}

}  // namespace
}  // namespace signalbox::protocol
