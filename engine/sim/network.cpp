#include "engine/sim/network.h"

#include <deque>
#include <utility>

namespace signalbox::sim {

namespace {

std::string name_of(const ports::Address& address) {
    return (address.host == "localhost" ? "127.0.0.1" : address.host) + ":" + std::to_string(address.port);
}

using Channels = std::vector<std::weak_ptr<Channel>>;

template <class Act>
void for_each_live(const Channels& channels, Act act) {
    for (const auto& weak : channels)
        if (const auto channel = weak.lock()) act(*channel);
}

// The dead are cleared away only when the memory would have to grow.
void remember(Channels& channels, const std::shared_ptr<Channel>& channel) {
    if (channels.size() == channels.capacity())
        std::erase_if(channels, [](const auto& weak) { return weak.expired(); });
    channels.push_back(channel);
}

}  // namespace

class SimListener final : public ports::Listener {
  public:
    SimListener(SimNetwork& network, std::string name, std::uint16_t port, bool tls)
        : network_(network), name_(std::move(name)), port_(port), tls_(tls), waiting_(network.loop_) {}
    ~SimListener() override { close(); }

    ports::Task<Result<ports::Stream>> accept() override {
        while (open_ && arrived_.empty()) co_await waiting_.sleep_until(never);
        if (!open_) co_return fail(ErrorCode::io_cancelled);
        auto stream = std::move(arrived_.front());
        arrived_.pop_front();
        co_return stream;
    }
    void close() override {
        if (!std::exchange(open_, false)) return;
        network_.places_[name_].listener = nullptr;
        for (const auto& stream : arrived_) stream->abort();
        arrived_.clear();
        waiting_.wake();
    }
    [[nodiscard]] std::uint16_t port() const override { return port_; }

    void arrive(ports::Stream stream) {
        arrived_.push_back(std::move(stream));
        waiting_.wake();
    }
    [[nodiscard]] bool tls() const { return tls_; }

  private:
    SimNetwork& network_;
    const std::string name_;
    const std::uint16_t port_;
    const bool tls_;
    bool open_ = true;
    std::deque<ports::Stream> arrived_;
    Parking waiting_;
};

SimNetwork::Place& SimNetwork::place(const ports::Address& address) {
    Place& where = places_[name_of(address)];
    if (!where.link) where.link = std::make_shared<Link>(normal_);
    return where;
}

void SimNetwork::set_link(const ports::Address& address, const Link& link) {
    Place& where = place(address);
    *where.link = link;
    for (auto* channels : {&where.to_server, &where.to_client})
        for_each_live(*channels, [](Channel& channel) { channel.poke(); });
}

Link SimNetwork::link(const ports::Address& address) {
    return *place(address).link;
}

void SimNetwork::reset(const ports::Address& address) {
    for (auto* channels : {&place(address).to_server, &place(address).to_client})
        for_each_live(*channels, [](Channel& channel) { channel.reset(); });
}

void SimNetwork::half_close(const ports::Address& address) {
    for_each_live(place(address).to_client, [](Channel& channel) { channel.finish(); });
}

Result<std::unique_ptr<ports::Listener>> SimNetwork::listen(const ports::ListenOptions& options) {
    ports::Address address = options.address;
    while (address.port == 0 || (options.address.port == 0 && place(address).listener != nullptr))
        address.port = next_listener_port_++;
    Place& where = place(address);
    if (where.listener != nullptr) return fail(ErrorCode::address_in_use, name_of(address));
    auto listener = std::make_unique<SimListener>(*this, name_of(address), address.port, !options.tls_cert.empty());
    where.listener = listener.get();
    return listener;
}

ports::Task<Result<ports::Stream>> SimNetwork::connect(const ports::Endpoint& endpoint, Instant deadline) {
    const std::string name = name_of(endpoint.address);
    Place& where = place(endpoint.address);
    const bool hangs = where.link->connect == ConnectFault::hang;
    const Nanos way = 2 * where.link->delay + resending(where.link->loss, resend_connect, random_);
    const bool in_time = co_await pass_time(hangs ? Nanos::max() : way, deadline);
    if (!in_time) co_return fail(ErrorCode::connect_timeout, name);
    switch (where.link->connect) {
        case ConnectFault::dns_failure:
            co_return fail(ErrorCode::dns_failed, name);
        case ConnectFault::refused:
            co_return fail(ErrorCode::connect_refused, name);
        case ConnectFault::tls_failure:
            co_return fail(ErrorCode::tls_failed, name);
        case ConnectFault::hang:
        case ConnectFault::none:
            break;
    }
    if (where.listener == nullptr) co_return fail(ErrorCode::connect_refused, name);
    if (where.listener->tls() != endpoint.tls) co_return fail(ErrorCode::tls_failed, name);
    co_return join(where, name);
}

ports::Stream SimNetwork::join(Place& where, const std::string& name) {
    auto to_server = std::make_shared<Channel>(loop_, random_, where.link);
    auto to_client = std::make_shared<Channel>(loop_, random_, where.link);
    remember(where.to_server, to_server);
    remember(where.to_client, to_client);
    const std::string client = "10.0.0.1:" + std::to_string(next_client_port_++);
    where.listener->arrive(
        std::make_unique<SimStream>(loop_, random_, SimStream::Parts{to_server, to_client, where.link, client}));
    return std::make_unique<SimStream>(loop_, random_, SimStream::Parts{to_client, to_server, where.link, name});
}

ports::Task<bool> SimNetwork::pass_time(Nanos duration, Instant deadline) {
    const Instant until = after(loop_.now(), duration);
    Parking parking(loop_);
    if (std::min(until, deadline) > loop_.now()) co_await parking.sleep_until(std::min(until, deadline));
    co_return until <= loop_.now() && loop_.now() <= deadline;
}

}  // namespace signalbox::sim
