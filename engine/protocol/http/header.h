// What request and response heads have in common. Everything is a view into the buffer given to the parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace signalbox::protocol {

inline constexpr std::size_t max_headers = 128;  // fields of one head

struct Header {
    std::string_view name, value;  // the value without the white space around it
};

class HeaderList {
  public:
    [[nodiscard]] std::span<const Header> headers() const { return fields_; }
    // The first field of that name, whatever its case; empty if absent.
    [[nodiscard]] std::string_view find(std::string_view lower_case_name) const;
    // False when the list is full.
    [[nodiscard]] bool add(Header header);
    // Gives the memory back as well.
    void clear() { fields_ = {}; }

  private:
    std::vector<Header> fields_;
};

// done: `consumed` bytes were the head and the body starts there. need_more: call again with a longer buffer.
// failed: `error` says why; the connection cannot be used any more.
struct HeadParse {
    enum class Status : std::uint8_t { need_more, done, failed };
    Status status = Status::need_more;
    std::size_t consumed = 0;
    Error error;
};

// ASCII only, as HTTP wants it.
[[nodiscard]] constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace signalbox::protocol
