// One direction of a simulated connection.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "engine/ports/random.h"
#include "engine/sim/link.h"
#include "engine/sim/loop.h"

namespace signalbox::sim {

// Both ends take themselves off the channel before they go.
class ChannelEnd {
  public:
    virtual void on_arrival() = 0;  // from the loop, never from inside a call of ours
    virtual void on_room() = 0;     // or when the reader left

  protected:
    ~ChannelEnd() = default;
};

// What losses add to the way of one piece, sent again after `pause`, 2 × `pause`, …
[[nodiscard]] Nanos resending(double loss, Nanos pause, ports::Random& random);

class Channel : public std::enable_shared_from_this<Channel> {
  public:
    Channel(SimLoop& loop, ports::Random& random, std::shared_ptr<const Link> link)
        : loop_(loop), random_(random), link_(std::move(link)) {}

    // Writer's side. Takes what the window has room for.
    std::size_t push(std::string_view bytes);
    void finish();  // a clean end behind everything pushed
    void reset();   // an end that overtakes what has not been read
    [[nodiscard]] bool has_room() const { return under_way_ < link_->window; }
    [[nodiscard]] bool reader_gone() const { return reader_gone_; }

    // Reader's side.
    [[nodiscard]] std::string_view arrived() const { return std::string_view(arrived_).substr(taken_); }
    void take(std::size_t bytes);
    [[nodiscard]] bool finished() const { return finished_; }
    [[nodiscard]] bool was_reset() const { return was_reset_; }
    void leave();  // nobody reads any more

    void set_reader(ChannelEnd* reader) { reader_ = reader; }
    void set_writer(ChannelEnd* writer) { writer_ = writer; }
    // After the link changed: what a stall held back may go.
    void poke() { schedule(loop_.now()); }

  private:
    enum class Kind : std::uint8_t { bytes, end, reset };
    struct Parcel {
        Instant arrives;
        Kind kind;
        std::string bytes;
    };

    void send(Kind kind, std::string bytes);
    void schedule(Instant when);
    void deliver();

    SimLoop& loop_;
    ports::Random& random_;
    const std::shared_ptr<const Link> link_;
    std::deque<Parcel> parcels_;
    std::string arrived_;
    std::size_t taken_ = 0;      // of arrived_
    std::size_t under_way_ = 0;  // bytes pushed and not taken
    ChannelEnd* reader_ = nullptr;
    ChannelEnd* writer_ = nullptr;
    bool finished_ = false;
    bool was_reset_ = false;
    bool closed_ = false;  // an end was sent; nothing follows
    bool reader_gone_ = false;
};

}  // namespace signalbox::sim
