// Deadlines and peer watches of all streams of one loop. A stream only stores its deadline; now and then one pass looks
// at all of them, never more often than every 50 ms.
#pragma once

#include <vector>

#include <poll.h>

#include <boost/intrusive/list.hpp>

#include "engine/adapters/asio/reactor.h"

namespace signalbox::adapters {

// What the sweep sees of a stream. Leaves the list by itself when destroyed.
class SweptStream
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  protected:
    ~SweptStream() = default;

  private:
    friend class StreamSweep;
    virtual void on_expired() = 0;                     // called once for each deadline set
    virtual void on_peer_gone() = 0;                   // may destroy other streams
    [[nodiscard]] virtual int descriptor() const = 0;  // -1: closed

    Instant deadline_ = never;
    bool watched_ = false;
};

// Loop thread only.
class StreamSweep {
  public:
    explicit StreamSweep(Reactor& reactor) : reactor_(reactor) {}

    void set_deadline(SweptStream& stream, Instant when) {
        stream.deadline_ = when;
        if (when != never) want(stream, when);
    }
    void set_watched(SweptStream& stream, bool watched);
    // Does what is due; returns when the next pass is needed.
    Instant run(Instant now);

  private:
    using List = boost::intrusive::list<SweptStream, boost::intrusive::constant_time_size<false>>;

    void want(SweptStream& stream, Instant when);
    Instant expire(Instant now);
    void look_for_peers(Instant now);
    void tell(List& gone);

    Reactor& reactor_;
    List streams_;
    std::vector<pollfd> polled_;  // kept for their memory; empty between passes
    std::vector<SweptStream*> asked_;
    Instant last_pass_{};
    Instant next_pass_ = never;
    Instant next_look_ = never;
};

}  // namespace signalbox::adapters
