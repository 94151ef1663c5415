// Tool calls of a stream without the index by which clients put their parts together: Gemini sends none, and the
// official SDKs stumble over it. Its streams also end such answers in an ordinary `stop`, for which agents take them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox::protocol {

// Numbers the calls of one streamed answer, in the order in which they come.
class CallNumbers {
  public:
    // A chunk inspect_chunk calls `unnumbered`, and every chunk with a finish_reason once there was one. An index for
    // every tool call that lacks one: a new one for a call with an id or a name, that of the call before for its
    // continuation. A `stop` after calls becomes `tool_calls`. Nothing else changes. `finish_reason` is a view into
    // `data`.
    [[nodiscard]] std::string mend(std::string_view data, std::string_view finish_reason);
    [[nodiscard]] bool begun() const { return begun_ > 0; }

  private:
    std::int64_t begun_ = 0;  // calls so far
};

}  // namespace signalbox::protocol
