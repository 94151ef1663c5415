#include "engine/protocol/json/splice.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/protocol/padded.h"

namespace signalbox::protocol {
namespace {

std::string spliced(std::string_view text, const SpliceOptions& options) {
    const Padded body(text);
    const auto scan = body.scan();
    EXPECT_TRUE(scan) << text;
    if (!scan) return {};
    const Splice splice(body.text(), *scan, options);
    EXPECT_EQ(splice.size(), splice.joined().size());
    return splice.joined();
}

TEST(Splice, ReplacesOnlyTheModel) {
    EXPECT_EQ(spliced(R"({ "model" : "a" , "x":[1, 2]})", {.model = "bb"}), R"({ "model" : "bb" , "x":[1, 2]})");
    EXPECT_EQ(spliced(R"({"model":"a\"b\\"})", {.model = "c"}), R"({"model":"c"})");
    EXPECT_EQ(spliced(R"({"model":"a"})", {.model = "q\"\\\n"}), R"({"model":"q\"\\\n"})");
}

TEST(Splice, CutsFallbacksWithOneComma) {
    EXPECT_EQ(spliced(R"({"fallbacks":["b"],"model":"a"})", {.model = "c"}), R"({"model":"c"})");
    EXPECT_EQ(spliced(R"({"model":"a","fallbacks":["b"]})", {.model = "c"}), R"({"model":"c"})");
    EXPECT_EQ(spliced(R"({"model":"a" , "fallbacks" : [ ] , "x":1})", {.model = "c"}), R"({"model":"c" ,  "x":1})");
    EXPECT_EQ(spliced("{\"model\":\"a\" ,\n \"fallbacks\":null\n}", {.model = "c"}), "{\"model\":\"c\" }");
    EXPECT_EQ(spliced(R"({"model":"a","fallbacks":["b"]})", {.model = "c", .drop_fallbacks = false}),
              R"({"model":"c","fallbacks":["b"]})");
}

TEST(Splice, MakesTheProviderReportUsage) {
    const auto ensured = [](std::string_view text) { return spliced(text, {.model = "m", .ensure_usage = true}); };
    EXPECT_EQ(ensured(R"({"model":"m"})"), R"({"stream_options":{"include_usage":true},"model":"m"})");
    EXPECT_EQ(ensured(R"({"model":"m","stream_options":null})"),
              R"({"model":"m","stream_options":{"include_usage":true}})");
    EXPECT_EQ(ensured(R"({"model":"m","stream_options":{}})"),
              R"({"model":"m","stream_options":{"include_usage":true}})");
    EXPECT_EQ(ensured(R"({"model":"m","stream_options":{"x":1}})"),
              R"({"model":"m","stream_options":{"include_usage":true,"x":1}})");
    EXPECT_EQ(ensured(R"({"model":"m","stream_options":{"include_usage":false}})"),
              R"({"model":"m","stream_options":{"include_usage":true}})");
    EXPECT_EQ(ensured(R"({"model":"m","stream_options":{"include_usage": null }})"),
              R"({"model":"m","stream_options":{"include_usage": true }})");
    EXPECT_EQ(ensured(R"({"model":"m","stream_options":{"include_usage":true}})"),
              R"({"model":"m","stream_options":{"include_usage":true}})");
}

TEST(Splice, AllEditsAtOnceInAnyOrder) {
    const SpliceOptions options{.model = "new", .ensure_usage = true};
    for (const std::string_view text :
         {R"({"fallbacks":["f"],"model":"m","stream_options":{}})", R"({"model":"m","fallbacks":["f"],"prompt":"p"})",
          R"({"stream_options":null,"model":"m","fallbacks":["f"]})", R"({"fallbacks":["f"],"model":"m"})",
          R"( { "stream_options" : {"include_usage":false} , "fallbacks" : [ "f" ] , "model" : "m" } )"}) {
        const std::string result = spliced(text, options);
        const auto again = Padded(result).scan();
        ASSERT_TRUE(again) << result;
        EXPECT_EQ(again->model, "new");
        EXPECT_TRUE(again->include_usage) << result;
        EXPECT_TRUE(again->fallbacks.empty());
        EXPECT_EQ(again->fallbacks_begin, again->fallbacks_end);
    }
}

TEST(Splice, ThePromptIsNotCopied) {
    const Padded body(R"({"model":"m","prompt":"a long text"})");
    const auto scan = body.scan();
    ASSERT_TRUE(scan);
    const Splice splice(body.text(), *scan, {.model = "n"});
    const std::string_view last = splice.pieces().back();
    EXPECT_EQ(last.data() + last.size(), body.text().data() + body.text().size());
}

}  // namespace
}  // namespace signalbox::protocol
