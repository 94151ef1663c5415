// A streamed answer as the events of a message. Internal to dialect/.
#pragma once

#include <string>
#include <string_view>

#include "engine/protocol/dialect/chat_answer.h"

namespace signalbox::protocol::detail {

class AnthropicWriter final : public StreamWriter {
  public:
    explicit AnthropicWriter(const AnswerOptions& options) : options_(options) {}

    void start(std::string& out, std::string_view id, std::string_view model) override;
    void text(std::string& out, std::string_view text) override;
    void thinking(std::string& out, std::string_view text) override;
    void signature(std::string& out, std::string_view signature) override;
    void hidden_thinking(std::string& out, std::string_view data) override;
    void tool_call(std::string& out, std::string_view id, std::string_view name) override;
    void arguments(std::string& out, std::string_view part) override;
    void keep_alive(std::string& out) override;
    void end(std::string& out, Stop stop, std::string_view stop_sequence, const TokenCount& tokens) override;

  private:
    // Opens a block of this kind unless one is under way. `block`: its first state as JSON.
    void open(std::string& out, Part::Kind kind, std::string_view block);
    void begin_block(std::string& out, Part::Kind kind, std::string_view block);
    void close(std::string& out);
    void delta(std::string& out, std::string_view type, std::string_view key, std::string_view text);

    AnswerOptions options_;
    std::optional<Part::Kind> block_;  // under way
    int next_ = 0;                     // index of the next block
    std::string scratch_;
};

}  // namespace signalbox::protocol::detail
