#include "engine/sim/channel.h"

#include <algorithm>

#include "engine/base/prng.h"

namespace signalbox::sim {

Nanos resending(double loss, Nanos pause, ports::Random& random) {
    Nanos all{};
    for (int i = 0; i < resends_max && loss > 0 && unit(random.next()) < loss; ++i) all += pause * (1 << i);
    return all;
}

std::size_t Channel::push(std::string_view bytes) {
    const std::size_t room = link_->window - std::min(under_way_, link_->window);
    bytes = bytes.substr(0, room);
    under_way_ += bytes.size();
    if (!bytes.empty()) send(Kind::bytes, std::string(bytes));
    return bytes.size();
}

void Channel::finish() {
    send(Kind::end, {});
}

// An end still under way is overtaken too, or nothing would ever arrive.
void Channel::reset() {
    if (finished_ || was_reset_) return;
    parcels_.clear();
    closed_ = false;
    send(Kind::reset, {});
}

void Channel::take(std::size_t bytes) {
    taken_ += bytes;
    under_way_ -= bytes;
    if (taken_ == arrived_.size()) {
        arrived_.clear();
        taken_ = 0;
    }
    if (writer_ != nullptr) writer_->on_room();
}

void Channel::leave() {
    reader_ = nullptr;
    reader_gone_ = true;
    if (writer_ != nullptr) writer_->on_room();
}

void Channel::send(Kind kind, std::string bytes) {
    if (closed_) return;
    closed_ = kind != Kind::bytes;
    Instant arrives = loop_.now() + link_->delay + resending(link_->loss, resend_bytes, random_);
    if (!parcels_.empty()) arrives = std::max(arrives, parcels_.back().arrives);  // nothing overtakes
    parcels_.push_back({arrives, kind, std::move(bytes)});
    schedule(arrives);
}

// Always by way of the loop: nobody is called back from inside his own call.
void Channel::schedule(Instant when) {
    auto arrive = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->deliver();
    };
    if (when > loop_.now())
        loop_.at(when, std::move(arrive));
    else
        loop_.post(std::move(arrive));
}

void Channel::deliver() {
    bool news = false;
    while (!link_->stalled && !parcels_.empty() && parcels_.front().arrives <= loop_.now()) {
        const Parcel parcel = std::move(parcels_.front());
        parcels_.pop_front();
        arrived_ += parcel.bytes;
        finished_ = finished_ || parcel.kind == Kind::end;
        was_reset_ = was_reset_ || parcel.kind == Kind::reset;
        loop_.note(parcel.bytes.size() + static_cast<std::uint64_t>(parcel.kind));
        news = true;
    }
    if (news && reader_ != nullptr) reader_->on_arrival();
}

}  // namespace signalbox::sim
