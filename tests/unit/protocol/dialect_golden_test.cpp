// What goes in and what must come out, as files, for every client's dialect with every kind of provider:
//   golden/client/<dialect>/<name>.json            requests, as a client sends them
//   golden/provider/<kind>/<what>_<name>.<ext>     answers, streams and errors, as that kind of provider sends them
//   golden/out/<dialect>_on_<kind>/<name>.<ext>    what the other side gets, and what the router understands
// Every request is taken to every dialect of providers, and all that a provider sends to every client it can have: a
// new input is a new file, and the test asks for all of its outcomes.
// With GOLDEN_WRITE set in the environment the test writes what comes out instead; read the difference before you
// commit.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/protocol/dialect/call_numbers.h"
#include "engine/protocol/dialect/translate.h"
#include "engine/protocol/json/splice.h"
#include "engine/protocol/json/tree.h"
#include "engine/protocol/json/write.h"
#include "tests/unit/protocol/padded.h"

namespace signalbox::protocol {
namespace {

namespace fs = std::filesystem;

const fs::path golden = GOLDEN;

constexpr std::string_view clients[] = {"openai", "anthropic", "responses"};

Dialect dialect_of(std::string_view name) {
    if (name == "anthropic") return Dialect::anthropic;
    return name == "responses" ? Dialect::responses : Dialect::openai;
}
Endpoint endpoint_of_dialect(Dialect dialect) {
    if (dialect == Dialect::anthropic) return Endpoint::messages;
    return dialect == Dialect::responses ? Endpoint::responses : Endpoint::chat;
}

struct Case {
    std::string client, provider;  // a dialect, a kind
    fs::path in;

    [[nodiscard]] DialectPair pair() const { return {dialect_of(client), dialect_of(provider)}; }
    [[nodiscard]] std::string stem() const { return in.stem().string(); }
    [[nodiscard]] fs::path out() const {
        const bool request = in.parent_path().parent_path().filename() == "client";
        return golden / "out" / (client + "_on_" + provider) / ((request ? "request_" : "") + in.filename().string());
    }
};

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

// What the router reads of an answer, beside what the client gets.
template <class Info>
std::string meaning(const Info& info, Usage usage, std::string_view finish) {
    std::string out;
    detail::JsonWriter json(out);
    json.begin('{').key("content").boolean(info.content).member("finish", finish);
    json.key("input").number(usage.input_tokens).key("output").number(usage.output_tokens);
    json.key("cached").number(usage.cached_input_tokens).end('}');
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

// {"body":…,"dropped":[…]}
std::string request_out(const std::string& in, const Case& one) {
    std::string body;
    std::vector<std::string> dropped;
    const auto refused = [&](const Error& error) {
        return error_body(one.pair().client, told(error.code, error.detail));
    };
    if (one.pair().same()) {
        const Padded padded(in);
        const auto scan = padded.scan();
        if (!scan) return refused(scan.error());
        body = Splice(padded.text(), *scan, {"provider-model", true, false}).joined();
    } else {
        RequestOptions options;
        options.model = "provider-model";
        options.max_output = 32000;
        options.completion_tokens = one.provider == "openai";
        options.signed_calls = one.provider == "gemini";
        auto translated = translate_request(in, one.pair(), options);
        if (!translated) return refused(translated.error());
        body = std::move(translated->body);
        dropped = std::move(translated->dropped);
    }
    std::string out;
    detail::JsonWriter json(out);
    json.begin('{').key("body").json(body).key("dropped").begin('[');
    for (const std::string& name : dropped) json.string(name);
    json.end(']').end('}');
    return compact(out);
}

// {"body":…,"means":…}; what goes through as it is stands there as null.
std::string answer_out(const std::string& in, const Case& one) {
    std::string body;
    const bool as_is = one.pair().same() && one.client != "anthropic";
    const AnswerInfo info = as_is ? inspect_answer(in, endpoint_of_dialect(one.pair().client))
                                  : translate_answer(in, one.pair(), answer_options(), body);
    if (info.error) return error_body(one.pair().client, told(info.error_code, info.error_text));
    std::string out;
    detail::JsonWriter json(out);
    json.begin('{').key("body").json(body.empty() ? "null" : body);
    json.key("means").json(info.valid ? meaning(info, info.usage, info.finish_reason) : "null").end('}');
    return out;
}

void merge(Usage& total, const Usage& news) {
    if (news.input_tokens >= 0) total.input_tokens = news.input_tokens;
    if (news.output_tokens >= 0) total.output_tokens = news.output_tokens;
    if (news.cached_input_tokens >= 0) total.cached_input_tokens = news.cached_input_tokens;
}

// The client's stream as a relay sends it, and a comment with what it means.
std::string stream_out(const std::string& in, const Case& one) {
    const DialectPair pair = one.pair();
    const bool as_is = pair.same() && one.client != "anthropic";
    StreamTranslator translator(as_is ? DialectPair{} : pair, answer_options());
    CallNumbers calls;
    SseDecoder decoder;
    std::string out;
    std::string finish;
    Usage usage;
    ChunkInfo all;
    std::string_view rest = in;
    for (;;) {
        const auto event = decoder.next(rest);
        if (!event || !*event) break;
        const SseEvent& one_event = **event;
        if (as_is && one_event.comment_only) {
            out += one_event.raw;
            continue;
        }
        const ChunkInfo info =
            as_is ? inspect_event(one_event, endpoint_of_dialect(pair.client)) : translator.event(one_event, out);
        if (info.malformed) return out + "malformed";
        if (info.error) return out + error_event(pair.client, told(info.error_code, info.error_text));
        const bool mended = info.unnumbered || (info.finish && calls.begun());
        if (as_is && mended) append_sse(out, one_event.event, calls.mend(one_event.data, info.finish_reason));
        if (as_is && !mended) out += one_event.raw;
        merge(usage, info.usage);
        all.content |= info.content;
        if (info.finish) finish = info.finish_reason;
    }
    if (!as_is) translator.finish(out);
    return out + ": means " + meaning(all, usage, finish) + "\n\n";
}

// error_<status>_<name>.json
std::string error_out(const std::string& in, const Case& one) {
    int status = 0;
    const std::string stem = one.stem();
    const char* digits = stem.data() + std::string_view("error_").size();
    EXPECT_EQ(std::from_chars(digits, stem.data() + stem.size(), status).ec, std::errc{}) << stem;
    std::string words;
    const ErrorCode code = classify_error(status, in, words);
    return error_body(one.pair().client, told(code, words));
}

std::string outcome(const std::string& in, const Case& one) {
    if (one.out().filename().string().starts_with("request_")) return request_out(in, one);
    if (one.stem().starts_with("stream_")) return stream_out(in, one);
    return one.stem().starts_with("error_") ? error_out(in, one) : answer_out(in, one);
}

void PrintTo(const Case& one, std::ostream* out) {
    *out << one.in << " for " << one.client;
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, File) {
    const Case& one = GetParam();
    const bool stream = one.in.extension() == ".sse";
    const std::string out = outcome(read_file(one.in), one);
    if (std::getenv("GOLDEN_WRITE") != nullptr) {
        fs::create_directories(one.out().parent_path());
        std::ofstream(one.out(), std::ios::binary) << out << (stream ? "" : "\n");
    }
    const std::string expected = read_file(one.out());
    EXPECT_EQ(out, stream ? expected : compact(expected)) << one.out();
}

std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

// What a provider answers in the words of responses goes to nobody else.
bool can_meet(std::string_view client, std::string_view provider) {
    return provider != "responses" || client == "responses";
}

std::vector<Case> cases() {
    std::vector<Case> out;
    for (const std::string_view client : clients) {
        for (const fs::path& request : files_of(golden / "client" / client)) {
            for (const char* provider : {"openai", "anthropic", "gemini"}) {
                out.push_back({std::string(client), provider, request});
            }
        }
        for (const fs::path& folder : files_of(golden / "provider")) {
            const std::string provider = folder.filename().string();
            if (!can_meet(client, provider)) continue;
            for (const fs::path& in : files_of(folder)) out.push_back({std::string(client), provider, in});
        }
    }
    return out;
}

std::string name_of(const testing::TestParamInfo<Case>& one) {
    std::string name = one.param.client + "_on_" + one.param.provider + "_" + one.param.out().stem().string();
    std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(cases()), name_of);

TEST(GoldenFiles, NoOutcomeIsLeftOver) {
    std::vector<fs::path> wanted;
    for (const Case& one : cases()) wanted.push_back(one.out());
    for (const auto& entry : fs::recursive_directory_iterator(golden / "out")) {
        if (!entry.is_regular_file()) continue;
        EXPECT_TRUE(std::ranges::find(wanted, entry.path()) != wanted.end()) << entry.path();
    }
}

}  // namespace
}  // namespace signalbox::protocol
