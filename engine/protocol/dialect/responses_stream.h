// A streamed answer as the events of a response. Internal to dialect/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/protocol/dialect/chat_answer.h"

namespace signalbox::protocol::detail {

// Its last event repeats the whole answer: it keeps what it has written, as much as the provider sends.
class ResponsesWriter final : public StreamWriter {
  public:
    explicit ResponsesWriter(const AnswerOptions& options) : options_(options) {}

    void start(std::string& out, std::string_view id, std::string_view model) override;
    void text(std::string& out, std::string_view text) override;
    void thinking(std::string& out, std::string_view text) override;
    void signature(std::string&, std::string_view) override {}
    void hidden_thinking(std::string&, std::string_view) override {}
    void tool_call(std::string& out, std::string_view id, std::string_view name) override;
    void arguments(std::string& out, std::string_view part) override;
    void end(std::string& out, Stop stop, std::string_view stop_sequence, const TokenCount& tokens) override;

  private:
    // `rest`: the event's own members, each with a comma before it.
    void event(std::string& out, std::string_view type, std::string_view rest);
    void state(std::string& out, std::string_view type, Stop stop, const TokenCount& tokens);
    void open(std::string& out, Part::Kind kind);
    void close(std::string& out);
    void delta(std::string& out, std::string_view type, std::string_view text);
    [[nodiscard]] std::string item(bool done) const;
    [[nodiscard]] std::string place() const;  // ,"item_id":…,"output_index":n

    AnswerOptions options_;
    std::string id_, model_;
    std::string output_;              // the items that are done, with commas between them
    std::optional<Part::Kind> kind_;  // of the item under way
    std::string item_id_, call_id_, name_, said_;
    int index_ = 0;  // of the item under way, or of the next one
    int sequence_ = 0;
};

}  // namespace signalbox::protocol::detail
