// A request body with another model name, without touching the prompt: views into the old body around small new parts.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "engine/protocol/json/scan.h"

namespace signalbox::protocol {

struct SpliceOptions {
    std::string_view model{};    // the name the provider knows; any text, it is escaped here
    bool drop_fallbacks = true;  // `fallbacks` is ours, providers refuse it
    bool ensure_usage = false;   // make stream_options.include_usage true; for streams only
};

// Lives no longer than `body`; does not move because the pieces point into it.
class Splice {
  public:
    // `scan` is what scan_request said of this very body.
    Splice(std::string_view body, const BodyScan& scan, const SpliceOptions& options);
    Splice(const Splice&) = delete;
    Splice& operator=(const Splice&) = delete;

    [[nodiscard]] std::span<const std::string_view> pieces() const { return {pieces_.data(), count_}; }
    [[nodiscard]] std::size_t size() const { return size_; }  // bytes of all pieces, the Content-Length
    [[nodiscard]] std::string joined() const;                 // one copy, for those who must have it

  private:
    void add(std::string_view piece);

    static constexpr std::size_t edits_max_ = 3;
    std::string model_token_;
    std::array<std::string_view, 2 * edits_max_ + 1> pieces_;
    std::size_t count_ = 0;
    std::size_t size_ = 0;
};

}  // namespace signalbox::protocol
