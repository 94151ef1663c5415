#include "engine/flow/keep_alive.h"

#include <array>

#include "engine/flow/response_head.h"
#include "engine/flow/steps.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {
namespace {

constexpr Nanos silence = 10s;  // and then a sign
constexpr Nanos look_every = 1s;
constexpr std::string_view sign = ": waiting\n\n";

bool streams_events(const Exchange& x) {
    return x.scan.stream && x.endpoint != protocol::Endpoint::embeddings && x.endpoint != protocol::Endpoint::images;
}

Task<void> give_sign(Exchange& x) {
    std::string head;
    if (!x.head_sent) head = early_head(x);
    x.head_sent = true;  // whatever becomes of the write
    if (x.head.understands_chunks) protocol::append_chunk_head(head, sign.size());
    const std::array<std::string_view, 3> pieces = {head, sign, x.head.understands_chunks ? protocol::chunk_tail : ""};
    const bool sent = co_await send(x, pieces);
    if (!sent) x.watch.peer_gone();
    x.alive.writing = false;
    x.alive.next = after(x.s.clock.now(), silence);
    if (x.alive.written) x.alive.written->ring();
}

// One for all clients of a loop; ends with the last that waits.
Task<void> watch_waiting(Services& s) {
    const std::shared_ptr<ports::Alarm> alarm = s.clock.make_alarm();
    while (!s.waiting.empty()) {
        co_await alarm->wait_until(after(s.clock.now(), look_every));
        const Instant now = s.clock.now();
        for (std::size_t i = 0; i < s.waiting.size(); ++i) {
            Exchange& x = *s.waiting[i];
            if (x.alive.writing || now < x.alive.next || x.watch.gone()) continue;
            x.alive.writing = true;
            s.spawner.spawn("sign of life", give_sign(x));
        }
    }
    s.watching = false;
}

}  // namespace

void keep_alive(Exchange& x) {
    if (x.alive.wanted || !streams_events(x)) return;
    x.alive.wanted = true;
    x.alive.next = after(x.s.clock.now(), silence);
    x.alive.place = x.s.waiting.size();
    x.s.waiting.push_back(&x);
    if (x.s.watching) return;
    x.s.watching = true;
    x.s.spawner.spawn("waiting clients", watch_waiting(x.s));
}

Task<void> stop_keeping_alive(Exchange& x) {
    if (!x.alive.wanted) co_return;
    x.alive.wanted = false;
    Exchange* const last = x.s.waiting.back();
    x.s.waiting[x.alive.place] = last;
    last->alive.place = x.alive.place;
    x.s.waiting.pop_back();
    if (!x.alive.writing) co_return;
    x.alive.written = x.s.clock.make_alarm();
    while (x.alive.writing) co_await x.alive.written->wait_until(never);
    x.alive.written = nullptr;
}

}  // namespace signalbox::flow
