// Builds HTTP/1.1 heads by appending to a string the caller owns and reserves once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox::protocol {

// Bytes that could end a line or a field early are dropped, so no value can inject a header.
class HeadWriter {
  public:
    explicit HeadWriter(std::string& out) : out_(out) {}

    HeadWriter& request(std::string_view method, std::string_view target);
    HeadWriter& status(int code);
    // A name without any character a field name may have is left out, value and all.
    HeadWriter& header(std::string_view name, std::string_view value);
    HeadWriter& content_length(std::uint64_t bytes);
    HeadWriter& chunked();
    void end();

  private:
    std::string& out_;
};

// A chunk on the wire is: its head, the payload, chunk_tail. The body ends with last_chunk.
void append_chunk_head(std::string& out, std::size_t payload_bytes);
inline constexpr std::string_view chunk_tail = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// "Unknown" for a code nobody named.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace signalbox::protocol
