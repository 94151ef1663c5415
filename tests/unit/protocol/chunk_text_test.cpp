#include "engine/protocol/dialect/chunk_text.h"

#include <gtest/gtest.h>

namespace signalbox::protocol {
namespace {

TEST(ChunkText, is_found_where_it_stands_and_can_be_replaced) {
    const std::string data =
        R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content" : "caf\u00e9 \"x\"\n"},)"
        R"("logprobs":null}]})";
    const ChunkText found = chunk_text(data);
    EXPECT_EQ(found.text, "café \"x\"\n");
    EXPECT_FALSE(found.more);
    EXPECT_EQ(data.substr(found.begin, found.end - found.begin), R"("caf\u00e9 \"x\"\n")");
    EXPECT_EQ(with_text(data, found, "a\"b"),
              R"({"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content" : "a\"b"},"logprobs":null}]})");
}

TEST(ChunkText, of_completions_stands_in_the_choice) {
    const ChunkText found = chunk_text(R"({"choices":[{"text":"one","index":0}]})");
    EXPECT_EQ(found.text, "one");
    EXPECT_FALSE(found.more);
}

TEST(ChunkText, what_is_more_than_text_is_noticed) {
    for (const char* data : {
             R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]})",
             R"({"choices":[{"index":0,"delta":{"content":"a","reasoning_content":"b"}}]})",
             R"({"choices":[{"index":1,"delta":{"content":"a"}}]})",
             R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":0,"delta":{"content":"b"}}]})",
             R"({"choices":[{"index":0,"delta":{"content":[{"type":"text"}]}}]})",
         }) {
        EXPECT_TRUE(chunk_text(data).more) << data;
    }
}

TEST(ChunkText, nothing_is_nothing) {
    for (const char* data : {
             "",
             "[DONE]",
             "{",
             "[]",
             "null",
             R"({"choices":null})",
             R"({"choices":[]})",
             R"({"choices":[1]})",
             R"({"choices":[{"index":0,"delta":{"role":"assistant","content":null,"refusal":null,"tool_calls":[]}}]})",
             R"({"choices":[{"index":0,"delta":{"content":"\ud800"}}]})",
             R"({"choices":[{"index":0,"delta":{"content":"cut)",
         }) {
        const ChunkText found = chunk_text(data);
        EXPECT_TRUE(found.text.empty()) << data;
        EXPECT_FALSE(found.more) << data;
    }
}

}  // namespace
}  // namespace signalbox::protocol
