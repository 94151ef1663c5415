// Answers of each dialect: whole ones through the model, streamed ones from a reader to a writer. Internal to dialect/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/protocol/dialect/chat_model.h"
#include "engine/protocol/dialect/translate.h"

namespace signalbox::protocol::detail {

[[nodiscard]] ChatAnswer read_openai_answer(const Node& root);
[[nodiscard]] ChatAnswer read_anthropic_answer(const Node& root);
void write_openai_answer(std::string& out, const ChatAnswer& answer, const AnswerOptions& options);
void write_anthropic_answer(std::string& out, const ChatAnswer& answer);
void write_responses_answer(std::string& out, const ChatAnswer& answer, const AnswerOptions& options);

// For a tool call whose provider gave it nothing to answer to; `ordinal` counts the calls of the answer `id`.
[[nodiscard]] std::string invented_id(std::string_view id, std::size_t ordinal);

// The words of each dialect. Unknown reasons end the answer like any other.
[[nodiscard]] Stop stop_from_openai(std::string_view word);
[[nodiscard]] Stop stop_from_anthropic(std::string_view word);
[[nodiscard]] std::string_view openai_stop(Stop stop);
[[nodiscard]] std::string_view anthropic_stop(Stop stop);

// Takes what `usage` says and leaves the rest as it is.
void read_openai_usage(const Node& usage, TokenCount& tokens);
void read_anthropic_usage(const Node& usage, TokenCount& tokens);
// {…}: the value of `usage`. What nobody said is 0.
[[nodiscard]] std::string openai_usage(const TokenCount& tokens);
[[nodiscard]] std::string anthropic_usage(const TokenCount& tokens);
[[nodiscard]] std::string responses_usage(const TokenCount& tokens);
[[nodiscard]] Usage usage_of(const TokenCount& tokens);

// What a streamed answer does, in order. Readers call it, writers append to `out` in their dialect. Every text belongs
// to what was begun last; beginning a tool call ends what came before. `start` comes first, once.
class StreamWriter {
  public:
    virtual ~StreamWriter() = default;
    virtual void start(std::string& out, std::string_view id, std::string_view model) = 0;
    virtual void text(std::string& out, std::string_view text) = 0;
    virtual void thinking(std::string& out, std::string_view text) = 0;
    virtual void signature(std::string& out, std::string_view signature) = 0;  // ends the thought
    virtual void hidden_thinking(std::string& out, std::string_view data) = 0;
    virtual void tool_call(std::string& out, std::string_view id, std::string_view name) = 0;
    virtual void arguments(std::string& out, std::string_view json) = 0;
    virtual void keep_alive(std::string& out) { out += ": keep-alive\n\n"; }
    // The last call.
    virtual void end(std::string& out, Stop stop, std::string_view stop_sequence, const TokenCount& tokens) = 0;
};

// Reads one data payload, tells the writer, and fills in what a router wants to know.
class StreamReader {
  public:
    virtual ~StreamReader() = default;
    virtual void read(std::string_view data, StreamWriter& writer, std::string& out, ChunkInfo& info) = 0;
    // The provider's stream is over: the writer's last call, if it has not come yet.
    void finish(StreamWriter& writer, std::string& out);

  protected:
    void start_once(const std::optional<Node>& message, StreamWriter& writer, std::string& out);

    TokenCount tokens_;
    Stop stop_ = Stop::unset;
    std::string stop_sequence_;
    bool called_tool_ = false;

  private:
    bool started_ = false;
    bool ended_ = false;
};
[[nodiscard]] std::unique_ptr<StreamReader> make_stream_reader(Dialect provider);

}  // namespace signalbox::protocol::detail
