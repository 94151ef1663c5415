// Who waits for which deployments: what those ahead of a request wait for is reserved for them, and nothing else is.
//
// Waiters of one model that wait for the same deployments stand in one line. The head of the queue may take any place;
// the first of a line may take what neither the head nor an earlier first waits for; who comes anew, what nobody waits
// for. So a waiter that cannot use a place keeps nobody else from it. Pure: whoever owns it brings the lock.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/admission/wait_queue.h"
#include "engine/core/routing/routing_table.h"

namespace signalbox::core {

class WaitLines {
  public:
    using Ticket = WaitQueues::Ticket;
    static constexpr Ticket newcomer = ~Ticket{0};

    // The deployments that were full for this waiter at its last decision, sorted, each once. Replaces what it said.
    void wait_for(std::string_view model, Ticket ticket, const std::vector<DeploymentId>& deployments);
    void leave(std::string_view model, Ticket ticket);

    // What is not for `ticket` (or a newcomer) to take while `head` is the queue's head: sorted, some perhaps twice;
    // valid until the next call of anything.
    [[nodiscard]] std::span<const DeploymentId> reserved(std::string_view model, Ticket ticket, Ticket head);
    // The first of every line: together with the heads of the queues those worth waking when a place was given back.
    void firsts(std::vector<Ticket>& out) const;

  private:
    using Needs = std::vector<DeploymentId>;
    using Lines = std::map<Needs, std::set<Ticket>>;
    std::map<std::string, Lines, std::less<>> models_;
    std::map<Ticket, Lines::iterator> line_of_;
    Needs union_;  // scratch of reserved()
};

}  // namespace signalbox::core
