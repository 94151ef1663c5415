// Step 1: takes connections and serves them one request after the other.
#pragma once

#include <memory>
#include <set>

#include "engine/flow/exchange.h"

namespace signalbox::flow {

// One per loop and listener; loop thread only. Outlives its coroutines: destroy it after the loop has stopped.
class Acceptor {
  public:
    Acceptor(Services& services, std::unique_ptr<ports::Listener> listener);

    void start();
    // Takes nothing new and closes connections between two requests; those under way finish. Watch open() for the end.
    void drain();

    [[nodiscard]] std::size_t open() const { return open_.size(); }
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }

  private:
    Task<void> accept_loop();
    Task<void> serve(ports::Stream stream);

    Services& s_;
    std::unique_ptr<ports::Listener> listener_;
    std::set<Connection*> open_;
};

}  // namespace signalbox::flow
