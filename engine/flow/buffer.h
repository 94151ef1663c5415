// Bytes read from a stream and not used up yet. Memory comes from the loop's pool and goes back to it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/protocol/json/scan.h"

namespace signalbox::flow {

// Keeps protocol::json_padding readable bytes behind the data, so that a body can be scanned in place.
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(std::size_t capacity);

    [[nodiscard]] std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] std::size_t readable() const;  // bytes from data().data() that may be read, padding included
    [[nodiscard]] std::span<char> space();       // where the next read goes; may be empty
    void filled(std::size_t bytes) { end_ += bytes; }
    void consume(std::size_t bytes);
    // Drops `bytes` of data() from `offset` on; what stands behind them moves up.
    void erase(std::size_t offset, std::size_t bytes);
    // Afterwards data() plus space() hold at least `bytes`; moves what is there, so views into it are gone.
    void reserve(std::size_t bytes);
    [[nodiscard]] bool allocated() const { return bytes_ != nullptr; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    void clear() { begin_ = end_ = 0; }

  private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;  // without the padding
    std::size_t begin_ = 0, end_ = 0;
};

// Buffers of limits::read_buffer_initial, kept for reuse. One per loop.
class BufferPool {
  public:
    [[nodiscard]] Buffer take();
    void give_back(Buffer buffer);  // larger ones are freed

  private:
    std::vector<Buffer> free_;
};

}  // namespace signalbox::flow
