// A streamed answer as chunks of a chat completion. Internal to dialect/.
#pragma once

#include <string>
#include <string_view>

#include "engine/protocol/dialect/chat_answer.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {

class OpenAiWriter final : public StreamWriter {
  public:
    explicit OpenAiWriter(const AnswerOptions& options) : options_(options) {}

    void start(std::string& out, std::string_view id, std::string_view model) override;
    void text(std::string& out, std::string_view text) override;
    void thinking(std::string& out, std::string_view text) override;
    void signature(std::string& out, std::string_view signature) override;
    void hidden_thinking(std::string& out, std::string_view data) override;
    void tool_call(std::string& out, std::string_view id, std::string_view name) override;
    void arguments(std::string& out, std::string_view part) override;
    void end(std::string& out, Stop stop, std::string_view stop_sequence, const TokenCount& tokens) override;

  private:
    static constexpr std::size_t thought_max = 1024 * 1024;  // bytes kept of one thought

    void say(std::string& out, std::string_view key, std::string_view text);
    void delta(std::string& out, std::string_view json);
    void end_call(std::string& out);

    AnswerOptions options_;
    std::string prefix_;   // of every chunk, up to its choices
    std::string scratch_;  // of one delta
    std::string thought_;
    int calls_ = 0;
    bool in_call_ = false;
    bool call_said_ = false;  // some arguments came
};

}  // namespace signalbox::protocol::detail
