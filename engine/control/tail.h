// The live tail: every finished request, as the store commits it, to every subscriber whose filter takes it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/control/backend.h"
#include "engine/control/inbox.h"
#include "engine/ports/store.h"

namespace signalbox::control {

namespace v1 = api::v1;

// Records come on the store's thread and leave on the control loop. Between the two at most limits::tail_queue_max
// wait; what does not fit is counted and told to every subscriber. Nothing is copied while nobody listens. Construct
// and destroy on the control loop; the store outlives it.
class Tail {
  public:
    Tail(ports::Store& store, std::shared_ptr<Inbox> inbox);
    ~Tail();
    Tail(const Tail&) = delete;
    Tail& operator=(const Tail&) = delete;

    // Control loop. The sink gets TailRequestsResponse messages, also after the Tail is gone none.
    // Refusal: limit_reached (limits::subscribers_max).
    [[nodiscard]] api::Answer<std::unique_ptr<api::Subscription>> subscribe(ports::HistoryFilter filter,
                                                                            api::AnySink sink);

  private:
    struct Hub;
    std::shared_ptr<Hub> hub_;
    ports::Store& store_;
};

}  // namespace signalbox::control
