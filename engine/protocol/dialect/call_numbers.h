// Tool calls of a stream without the index by which clients put their parts together: Gemini sends none, and the
// official SDKs stumble over it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox::protocol {

// Numbers the calls of one streamed answer, in the order in which they come.
class CallNumbers {
  public:
    // `data`, a chunk inspect_chunk calls `unnumbered`, with an index in every tool call that lacks one: a new one for
    // a call with an id, that of the call before for its continuation. Nothing else changes.
    [[nodiscard]] std::string number(std::string_view data);

  private:
    std::int64_t begun_ = 0;  // calls so far
};

}  // namespace signalbox::protocol
