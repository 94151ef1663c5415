// The messages of one server stream that its reader has not taken yet: bounded, whatever the reader does.
#pragma once

#include <google/protobuf/message.h>

#include <memory>

namespace signalbox::control {

// Of snapshots the latest wins. Rows of a live tail are joined into one message; beyond limits::tail_queue_max the
// oldest go and are counted in its `dropped`.
class Outbox {
  public:
    void push(const google::protobuf::Message& message);
    // nullptr: nothing waits.
    [[nodiscard]] std::unique_ptr<google::protobuf::Message> take() { return std::move(waiting_); }

  private:
    std::unique_ptr<google::protobuf::Message> waiting_;
};

}  // namespace signalbox::control
