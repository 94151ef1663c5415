#include "engine/sim/stream.h"

#include <algorithm>
#include <utility>

#include "engine/base/prng.h"

namespace signalbox::sim {

SimStream::SimStream(SimLoop& loop, ports::Random& random, Parts parts)
    : loop_(loop), random_(random), parts_(std::move(parts)), reader_(loop), writer_(loop) {
    parts_.in->set_reader(this);
    parts_.out->set_writer(this);
}

SimStream::~SimStream() {
    parts_.out->set_writer(nullptr);
    parts_.out->finish();
    parts_.in->leave();
}

ports::Task<void> SimStream::until_readable() {
    while (!stopped() && !peer_gone() && parts_.in->arrived().empty()) co_await reader_.sleep_until(deadline_);
}

ports::Task<Result<std::size_t>> SimStream::read_some(std::span<char> into) {
    co_await until_readable();
    if (const auto code = stopped()) co_return fail(*code);
    if (parts_.in->was_reset()) co_return fail(ErrorCode::io_reset);
    co_return parts_.in->arrived().empty() ? 0 : take(into);
}

std::size_t SimStream::take(std::span<char> into) {
    const auto arrived = parts_.in->arrived();
    std::size_t count = std::min(into.size(), arrived.size());
    if (parts_.link->partial_reads) count = 1 + below(random_.next(), count);
    arrived.copy(into.data(), count);
    parts_.in->take(count);
    return count;
}

ports::Task<Result<void>> SimStream::write(std::span<const std::string_view> pieces) {
    for (std::string_view piece : pieces) {
        while (!piece.empty()) {
            if (const auto code = stopped()) co_return fail(*code);
            if (parts_.in->was_reset() || parts_.out->reader_gone()) co_return fail(ErrorCode::io_reset);
            piece.remove_prefix(parts_.out->push(piece));
            if (!piece.empty()) co_await writer_.sleep_until(deadline_);
        }
    }
    co_return Result<void>{};
}

void SimStream::expire_at(Instant when) {
    deadline_ = when;
    reader_.change_time(when);
    writer_.change_time(when);
}

void SimStream::watch_peer(ports::PeerGone* watcher) {
    watcher_ = watcher;
    if (watcher == nullptr || !peer_gone()) return;
    loop_.post([this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) tell_watcher();
    });
}

void SimStream::abort() {
    if (std::exchange(aborted_, true)) return;
    parts_.out->reset();
    reader_.wake();
    writer_.wake();
}

bool SimStream::reusable() {
    return !stopped() && !peer_gone() && parts_.in->arrived().empty();
}

void SimStream::on_arrival() {
    reader_.wake();
    writer_.wake();
    if (peer_gone()) tell_watcher();
}

void SimStream::tell_watcher() {
    if (aborted_) return;
    if (auto* watcher = std::exchange(watcher_, nullptr)) watcher->peer_gone();
}

std::optional<ErrorCode> SimStream::stopped() const {
    if (aborted_) return ErrorCode::io_cancelled;
    if (deadline_ <= loop_.now()) return ErrorCode::io_timeout;
    return std::nullopt;
}

}  // namespace signalbox::sim
