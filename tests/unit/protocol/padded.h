// A JSON text with the room behind it that the scanner asks for.
#pragma once

#include <string>
#include <string_view>

#include "engine/protocol/json/scan.h"

namespace signalbox::protocol {

class Padded {
  public:
    explicit Padded(std::string_view text) : size_(text.size()), bytes_(text) { bytes_.append(json_padding, ' '); }
    [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }
    [[nodiscard]] Result<BodyScan> scan() const { return scan_request(text(), bytes_.size()); }

  private:
    std::size_t size_;
    std::string bytes_;
};

}  // namespace signalbox::protocol
