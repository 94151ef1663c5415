#include "engine/flow/buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace signalbox::flow {

Buffer::Buffer(std::size_t capacity)
    : bytes_(std::make_unique_for_overwrite<char[]>(capacity + protocol::json_padding)), capacity_(capacity) {}

std::size_t Buffer::readable() const {
    return capacity_ + protocol::json_padding - begin_;
}

std::span<char> Buffer::space() {
    return {bytes_.get() + end_, capacity_ - end_};
}

void Buffer::consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) clear();
}

void Buffer::erase(std::size_t offset, std::size_t bytes) {
    char* const at = bytes_.get() + begin_ + offset;
    std::memmove(at, at + bytes, end_ - begin_ - offset - bytes);
    end_ -= bytes;
}

void Buffer::reserve(std::size_t bytes) {
    if (capacity_ - begin_ >= bytes) return;
    if (capacity_ >= bytes) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    } else {
        Buffer larger(bytes);
        std::memcpy(larger.bytes_.get(), bytes_.get() + begin_, end_ - begin_);
        bytes_ = std::move(larger.bytes_);
        capacity_ = bytes;
    }
    end_ -= begin_;
    begin_ = 0;
}

Buffer BufferPool::take() {
    if (free_.empty()) return Buffer(limits::read_buffer_initial);
    Buffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
}

void BufferPool::give_back(Buffer buffer) {
    if (buffer.capacity() != limits::read_buffer_initial || free_.size() >= limits::read_buffer_pooled) return;
    buffer.clear();
    free_.push_back(std::move(buffer));
}

}  // namespace signalbox::flow
