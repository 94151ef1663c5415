// A ByteStream between two coroutines of one SimLoop. Deadlines are exact, the peer's going is told at once.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/ports/network.h"
#include "engine/ports/random.h"
#include "engine/sim/channel.h"

namespace signalbox::sim {

class SimStream final : public ports::ByteStream, private ChannelEnd {
  public:
    struct Parts {
        std::shared_ptr<Channel> in, out;
        std::shared_ptr<const Link> link;
        std::string peer;
    };

    SimStream(SimLoop& loop, ports::Random& random, Parts parts);
    ~SimStream() override;

    ports::Task<void> until_readable() override;
    ports::Task<Result<std::size_t>> read_some(std::span<char> into) override;
    ports::Task<Result<void>> write(std::span<const std::string_view> pieces) override;
    void expire_at(Instant when) override;
    void watch_peer(ports::PeerGone* watcher) override;
    void abort() override;
    [[nodiscard]] bool reusable() override;
    [[nodiscard]] std::string_view peer() const override { return parts_.peer; }

  private:
    void on_arrival() override;
    void on_room() override { writer_.wake(); }
    [[nodiscard]] std::optional<ErrorCode> stopped() const;
    [[nodiscard]] bool peer_gone() const { return parts_.in->finished() || parts_.in->was_reset(); }
    [[nodiscard]] std::size_t take(std::span<char> into);
    void tell_watcher();

    SimLoop& loop_;
    ports::Random& random_;
    const Parts parts_;
    Parking reader_;
    Parking writer_;
    Instant deadline_ = never;
    ports::PeerGone* watcher_ = nullptr;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    bool aborted_ = false;
};

}  // namespace signalbox::sim
