// `midstream: resume`: the text a client has been given, and how another answer to the same request is joined to it.
//
// The other answer is a new one, from its beginning; nobody is asked to continue another's words. What repeats the text
// already given is held back, what follows it is passed on, and an answer that differs from it is of no use. Only plain
// text of one choice can be joined: after a tool call, reasoning or a second choice there is nothing to resume.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/sse/decoder.h"

namespace signalbox::flow {

class Transcript {
  public:
    static constexpr std::size_t text_max = 1024 * 1024;  // bytes given; a longer answer is not resumed

    explicit Transcript(protocol::Endpoint endpoint) : endpoint_(endpoint) {}

    // Another answer begins.
    void restart();
    // Whole events of the answer, OpenAI's. Appends what the client is to get. False: it differs from what was given.
    [[nodiscard]] bool join(std::string_view events, std::string& out);
    // What was joined has reached the client.
    void given();

    [[nodiscard]] bool begun() const { return !given_.empty(); }
    [[nodiscard]] bool catching_up() const { return repeated_ < given_.size(); }
    [[nodiscard]] bool resumable() const { return resumable_; }

  private:
    [[nodiscard]] bool repeat(const protocol::SseEvent& event, std::string& out);
    void note(std::string_view data);

    protocol::Endpoint endpoint_;
    protocol::SseDecoder events_;
    std::string given_, joined_;  // joined_: not given yet
    std::size_t repeated_ = 0;    // of given_, by the present answer
    bool resumable_ = true;
};

}  // namespace signalbox::flow
