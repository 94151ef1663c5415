#include "engine/adapters/asio/stream_sweep.h"

#include <algorithm>

namespace signalbox::adapters {

namespace {
constexpr Nanos pass_pause = 50ms;
constexpr Nanos look_pause = 250ms;
}  // namespace

void StreamSweep::set_watched(SweptStream& stream, bool watched) {
    stream.watched_ = watched;
    if (!watched) return;
    if (next_look_ == never) next_look_ = after(steady_now(), look_pause);
    want(stream, next_look_);
}

void StreamSweep::want(SweptStream& stream, Instant when) {
    if (!stream.is_linked()) streams_.push_back(stream);
    when = std::max(when, last_pass_ + pass_pause);
    if (when >= next_pass_) return;
    next_pass_ = when;
    reactor_.wake_by(when);
}

Instant StreamSweep::run(Instant now) {
    if (now < next_pass_) return next_pass_;
    last_pass_ = now;
    next_pass_ = never;
    const Instant next_deadline = expire(now);
    if (now >= next_look_) look_for_peers(now);
    const Instant next = std::min({next_pass_, next_deadline, next_look_});
    next_pass_ = next == never ? never : std::max(next, now + pass_pause);
    return next_pass_;
}

// Cancelling only queues completions, so nothing of ours runs while the list is walked.
Instant StreamSweep::expire(Instant now) {
    Instant next = never;
    for (auto it = streams_.begin(); it != streams_.end();) {
        SweptStream& stream = *it;
        if (stream.deadline_ <= now) {
            stream.deadline_ = never;
            stream.on_expired();
        }
        next = std::min(next, stream.deadline_);
        const bool idle = stream.deadline_ == never && !stream.watched_;
        it = idle ? streams_.erase(it) : std::next(it);
    }
    return next;
}

// One poll for all: POLLRDHUP sees the peer's FIN even behind bytes that nobody has read yet.
void StreamSweep::look_for_peers(Instant now) {
    for (SweptStream& stream : streams_) {
        if (!stream.watched_ || stream.descriptor() < 0) continue;
        polled_.push_back({stream.descriptor(), POLLRDHUP, 0});
        asked_.push_back(&stream);
    }
    next_look_ = asked_.empty() ? never : now + look_pause;
    ::poll(polled_.data(), polled_.size(), 0);
    List gone;
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        if (polled_[i].revents == 0) continue;
        streams_.erase(streams_.iterator_to(*asked_[i]));
        gone.push_back(*asked_[i]);
    }
    polled_.clear();
    asked_.clear();
    tell(gone);
}

// Being told may destroy any stream; a destroyed one leaves either list by itself.
void StreamSweep::tell(List& gone) {
    while (!gone.empty()) {
        SweptStream& stream = gone.front();
        gone.pop_front();
        streams_.push_back(stream);
        stream.watched_ = false;
        stream.on_peer_gone();
    }
}

}  // namespace signalbox::adapters
