#include "engine/protocol/dialect/translate.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/protocol/dialect/anthropic_stream.h"
#include "engine/protocol/dialect/chat_answer.h"
#include "engine/protocol/dialect/chat_request.h"
#include "engine/protocol/dialect/openai_stream.h"
#include "engine/protocol/dialect/responses_stream.h"

namespace signalbox::protocol {
namespace detail {
namespace {

// Where the bytes go through as they are and only their meaning is wanted.
class SilentWriter final : public StreamWriter {
  public:
    void start(std::string&, std::string_view, std::string_view) override {}
    void text(std::string&, std::string_view) override {}
    void thinking(std::string&, std::string_view) override {}
    void signature(std::string&, std::string_view) override {}
    void hidden_thinking(std::string&, std::string_view) override {}
    void tool_call(std::string&, std::string_view, std::string_view) override {}
    void arguments(std::string&, std::string_view) override {}
    void keep_alive(std::string&) override {}
    void end(std::string&, Stop, std::string_view, const TokenCount&) override {}
};

std::unique_ptr<StreamWriter> make_writer(DialectPair pair, const AnswerOptions& options) {
    if (pair.same()) return std::make_unique<SilentWriter>();
    if (pair.client == Dialect::anthropic) return std::make_unique<AnthropicWriter>(options);
    if (pair.client == Dialect::responses) return std::make_unique<ResponsesWriter>(options);
    return std::make_unique<OpenAiWriter>(options);
}

Result<void> read_request(const Node& root, Dialect client, ChatRequest& out) {
    if (client == Dialect::responses) return read_responses_request(root, out);
    return client == Dialect::anthropic ? read_anthropic_request(root, out) : read_openai_request(root, out);
}

// What a router wants to know of an answer that is no error.
AnswerInfo describe(const ChatAnswer& answer) {
    AnswerInfo info;
    info.valid = true;
    info.content = std::ranges::any_of(
        answer.parts, [](const Part& part) { return part.kind == Part::Kind::tool_call || !part.text.empty(); });
    info.usage = usage_of(answer.tokens);
    info.model = answer.model;
    if (answer.stop != Stop::unset) info.finish_reason = openai_stop(answer.stop);
    return info;
}

}  // namespace
}  // namespace detail

Result<TranslatedRequest> translate_request(std::string_view body, DialectPair pair, const RequestOptions& options) {
    SB_CHECK(!pair.same() && pair.provider != Dialect::responses);
    const auto root = detail::parse_tree(body);
    if (root.error()) {
        return fail(ErrorCode::malformed_json,
                    std::string("the body is not valid JSON: ") + simdjson::error_message(root.error()));
    }
    detail::ChatRequest request;
    Result<void> read = detail::read_request(root.value_unsafe(), pair.client, request);
    if (!read) return std::unexpected(std::move(read.error()));
    TranslatedRequest out;
    out.body = pair.provider == Dialect::anthropic ? detail::write_anthropic_request(request, options)
                                                   : detail::write_openai_request(request, options);
    out.dropped = request.dropped.take();
    if (options.drop_params || out.dropped.empty()) return out;
    return detail::wrong_parameter(out.dropped.front(), "this model's provider does not take it; leave it out");
}

AnswerInfo translate_answer(std::string_view body, DialectPair pair, const AnswerOptions& options, std::string& out) {
    AnswerInfo info = inspect_answer(body, Endpoint::chat);
    const auto root = detail::parse_tree(body);
    info.valid = info.valid && !root.error() && root.value_unsafe().is_object();
    if (!info.valid || info.error) return info;
    const bool anthropic = pair.provider == Dialect::anthropic;
    detail::ChatAnswer answer = anthropic ? detail::read_anthropic_answer(root.value_unsafe())
                                          : detail::read_openai_answer(root.value_unsafe());
    info = detail::describe(answer);
    if (pair.same()) return info;
    // Some servers call the end of a tool call an ordinary end.
    const bool calls = std::ranges::any_of(
        answer.parts, [](const detail::Part& part) { return part.kind == detail::Part::Kind::tool_call; });
    if (calls && (answer.stop == detail::Stop::end || answer.stop == detail::Stop::unset)) {
        answer.stop = detail::Stop::tool_call;
    }
    if (pair.client == Dialect::anthropic) {
        detail::write_anthropic_answer(out, answer);
    } else if (pair.client == Dialect::responses) {
        detail::write_responses_answer(out, answer, options);
    } else {
        detail::write_openai_answer(out, answer, options);
    }
    return info;
}

struct StreamTranslator::State {
    bool same;
    std::unique_ptr<detail::StreamReader> reader;
    std::unique_ptr<detail::StreamWriter> writer;
};

StreamTranslator::StreamTranslator(DialectPair pair, const AnswerOptions& options)
    : state_(new State{pair.same(), detail::make_stream_reader(pair.provider), detail::make_writer(pair, options)}) {}
StreamTranslator::StreamTranslator(StreamTranslator&&) noexcept = default;
StreamTranslator& StreamTranslator::operator=(StreamTranslator&&) noexcept = default;
StreamTranslator::~StreamTranslator() = default;

ChunkInfo StreamTranslator::event(const SseEvent& event, std::string& out) {
    ChunkInfo info;
    const std::size_t before = out.size();
    if (event.comment_only) {
        state_->writer->keep_alive(out);
    } else if (event.event == "error") {
        info = inspect_event(event, Endpoint::chat);
    } else {
        state_->reader->read(event.data, *state_->writer, out, info);
    }
    if (info.error || info.malformed) {
        out.resize(before);
    } else if (state_->same) {
        out += event.raw;
    }
    return info;
}

void StreamTranslator::finish(std::string& out) {
    state_->reader->finish(*state_->writer, out);
}

}  // namespace signalbox::protocol
