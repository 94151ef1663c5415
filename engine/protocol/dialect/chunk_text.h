// The text in a streamed chunk of chat or completions: what it adds to the answer, and where it stands in the chunk.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signalbox::protocol {

struct ChunkText {
    std::string text;                // of the first choice, decoded
    std::size_t begin = 0, end = 0;  // of its JSON string in `data`, quotes included; equal: there is none
    bool more = false;  // it carries something of the answer besides: a tool call, reasoning, a further choice
};
// Of anything that is no such chunk: nothing.
[[nodiscard]] ChunkText chunk_text(std::string_view data);

// The chunk with another text in that place. Precondition: `where` is what chunk_text said of `data`, and has text.
[[nodiscard]] std::string with_text(std::string_view data, const ChunkText& where, std::string_view text);

}  // namespace signalbox::protocol
