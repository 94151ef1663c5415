// What goes in and what must come out, as files: golden/<client>_on_<provider>/<what>_<case>.{in,out}.{json,sse}.
// With GOLDEN_WRITE set in the environment the test writes what comes out instead; read the difference before you
// commit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/protocol/dialect/translate.h"
#include "engine/protocol/json/tree.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol {
namespace {

namespace fs = std::filesystem;

DialectPair pair_of(const fs::path& folder) {
    if (folder == "openai_on_anthropic") return {Dialect::openai, Dialect::anthropic};
    if (folder == "anthropic_on_openai") return {Dialect::anthropic, Dialect::openai};
    return {Dialect::responses, Dialect::openai};
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string compact(const std::string& json) {
    const auto node = detail::parse_tree(json);
    return node.error() ? "not JSON: " + json : detail::json_of(node.value_unsafe());
}

AnswerOptions answer_options() {
    AnswerOptions options;
    options.created = 1'700'000'000;
    options.input_estimate = 17;
    options.include_usage = true;
    return options;
}

// {"body":…,"dropped":[…]}
std::string request_out(const std::string& in, DialectPair pair) {
    RequestOptions options;
    options.model = "provider-model";
    options.max_output = 32000;
    options.completion_tokens = true;
    const auto translated = translate_request(in, pair, options);
    if (!translated) return "refused: " + translated.error().detail;
    std::string out;
    detail::JsonWriter json(out);
    json.begin('{').key("body").json(translated->body).key("dropped").begin('[');
    for (const std::string& name : translated->dropped) json.string(name);
    json.end(']').end('}');
    return out;
}

ErrorAnswer told(ErrorCode code, const std::string& words) {
    ErrorAnswer answer;
    answer.code = code;
    answer.message = words;
    answer.stage = stage_of(code);
    answer.request_id = "r-1";
    answer.attempts = 1;
    return answer;
}

std::string answer_out(const std::string& in, DialectPair pair) {
    std::string out;
    const AnswerInfo info = translate_answer(in, pair, answer_options(), out);
    return info.error ? error_body(pair.client, told(info.error_code, info.error_text)) : out;
}

std::string stream_out(const std::string& in, DialectPair pair) {
    StreamTranslator translator(pair, answer_options());
    SseDecoder decoder;
    std::string out;
    std::string_view rest = in;
    for (;;) {
        const auto event = decoder.next(rest);
        if (!event || !*event) break;
        const ChunkInfo info = translator.event(**event, out);
        if (info.malformed) return out + "malformed";
        if (info.error) return out + error_event(pair.client, told(info.error_code, info.error_text));
    }
    translator.finish(out);
    return out;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, File) {
    const fs::path path = GetParam();
    const std::string name = path.filename().string();
    const DialectPair pair = pair_of(path.parent_path().filename());
    const bool stream = name.starts_with("stream");
    const std::string in = read_file(path);
    const std::string out = stream                         ? stream_out(in, pair)
                            : name.starts_with("request_") ? request_out(in, pair)
                                                           : answer_out(in, pair);
    const fs::path expected = fs::path(path).replace_extension().replace_extension(stream ? ".out.sse" : ".out.json");
    if (std::getenv("GOLDEN_WRITE") != nullptr) std::ofstream(expected, std::ios::binary) << out;
    const std::string golden = read_file(expected);
    EXPECT_EQ(out, stream ? golden : compact(golden)) << expected;
}

std::vector<fs::path> inputs() {
    std::vector<fs::path> out;
    for (const auto& entry : fs::recursive_directory_iterator(GOLDEN)) {
        if (entry.path().filename().string().find(".in.") != std::string::npos) out.push_back(entry.path());
    }
    std::ranges::sort(out);
    return out;
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(inputs()), [](const auto& one) {
    std::string name = one.param.parent_path().filename().string() + "_" + one.param.filename().string();
    return name.substr(0, name.find('.'));
});

}  // namespace
}  // namespace signalbox::protocol
