// Names to addresses. The system's resolver blocks and cannot be cancelled, so every lookup runs on a thread of its own
// and is abandoned, not awaited, when the deadline passes: one dead name never holds up another.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/spawner.h"

namespace signalbox::adapters {

using Addresses = std::vector<boost::asio::ip::address>;

// Loop thread only. Answers are kept for 30 s; callers who ask for the same name share one lookup.
class Resolver {
  public:
    Resolver(ports::Clock& clock, ports::Spawner& spawner);
    ~Resolver();

    // At least one address, in the system's order of preference. Errors: dns_failed, connect_timeout.
    ports::Task<Result<Addresses>> resolve(std::string host, Instant deadline);

  private:
    struct Lookup {
        Result<Addresses> answer;
        std::vector<std::shared_ptr<ports::Alarm>> waiting;
        bool done = false;
        Instant fresh_until{};
    };
    // The way back from a lookup's thread; cut when the resolver goes away first.
    struct Mailbox {
        std::mutex mutex;
        Resolver* owner = nullptr;
    };

    std::shared_ptr<Lookup> find_or_start(const std::string& host);
    Result<void> start(const std::string& host);
    void finish(const std::string& host, Result<Addresses> answer);

    ports::Clock& clock_;
    ports::Spawner& spawner_;
    std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
    std::map<std::string, std::shared_ptr<Lookup>> lookups_;
    std::size_t threads_ = 0;
};

}  // namespace signalbox::adapters
