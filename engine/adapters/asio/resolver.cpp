#include "engine/adapters/asio/resolver.h"

#include <cstring>
#include <system_error>
#include <thread>

#include <netdb.h>

#include <boost/asio/ip/tcp.hpp>

namespace signalbox::adapters {

namespace net = boost::asio;

namespace {

constexpr Nanos answer_kept = 30s;
constexpr std::size_t threads_max = 32;  // lookups under way at a time
constexpr std::size_t names_max = 1024;  // answers kept

// Blocks.
Result<Addresses> ask_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
        return fail(ErrorCode::dns_failed, host + ": " + ::gai_strerror(error));
    Addresses addresses;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        net::ip::tcp::endpoint endpoint;
        if (one->ai_addrlen > endpoint.capacity()) continue;
        std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
        addresses.push_back(endpoint.address());
    }
    ::freeaddrinfo(found);
    if (addresses.empty()) return fail(ErrorCode::dns_failed, host + ": no address");
    return addresses;
}

}  // namespace

Resolver::Resolver(ports::Clock& clock, ports::Spawner& spawner) : clock_(clock), spawner_(spawner) {
    mailbox_->owner = this;
}

Resolver::~Resolver() {
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->owner = nullptr;
}

ports::Task<Result<Addresses>> Resolver::resolve(std::string host, Instant deadline) {
    boost::system::error_code not_numeric;
    const auto numeric = net::ip::make_address(host, not_numeric);
    if (!not_numeric) co_return Addresses{numeric};
    const auto lookup = find_or_start(host);
    if (!lookup->done) {
        const auto alarm = clock_.make_alarm();
        lookup->waiting.push_back(alarm);
        co_await alarm->wait_until(deadline);
    }
    if (!lookup->done) co_return fail(ErrorCode::connect_timeout, "looking up " + host);
    co_return lookup->answer;
}

std::shared_ptr<Resolver::Lookup> Resolver::find_or_start(const std::string& host) {
    const Instant now = clock_.now();
    if (const auto known = lookups_.find(host); known != lookups_.end()) {
        if (!known->second->done || now < known->second->fresh_until) return known->second;
        lookups_.erase(known);
    }
    if (lookups_.size() >= names_max) std::erase_if(lookups_, [](const auto& entry) { return entry.second->done; });
    auto lookup = lookups_.emplace(host, std::make_shared<Lookup>()).first->second;
    if (auto started = start(host); !started) finish(host, std::unexpected(started.error()));
    return lookup;
}

Result<void> Resolver::start(const std::string& host) {
    if (threads_ >= threads_max) return fail(ErrorCode::dns_failed, host + ": too many lookups under way");
    try {
        std::thread([host, mailbox = mailbox_] {
            auto answer = ask_system(host);
            const std::lock_guard lock(mailbox->mutex);
            if (mailbox->owner == nullptr) return;
            mailbox->owner->spawner_.post([mailbox, host, answer = std::move(answer)] {
                if (mailbox->owner == nullptr) return;
                --mailbox->owner->threads_;
                mailbox->owner->finish(host, answer);
            });
        }).detach();
    } catch (const std::system_error& error) {
        return fail(ErrorCode::dns_failed, host + ": " + error.what());
    }
    ++threads_;
    return {};
}

// Failures are told to those who wait and forgotten: the next caller asks again.
void Resolver::finish(const std::string& host, Result<Addresses> answer) {
    const auto found = lookups_.find(host);
    if (found == lookups_.end()) return;
    const auto lookup = found->second;
    lookup->answer = std::move(answer);
    lookup->done = true;
    lookup->fresh_until = lookup->answer ? clock_.now() + answer_kept : Instant{};
    if (!lookup->answer) lookups_.erase(found);
    for (const auto& alarm : lookup->waiting) alarm->ring();
    lookup->waiting.clear();
}

}  // namespace signalbox::adapters
