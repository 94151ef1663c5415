// One request on its way: what every step reads and extends. Lives in the journey's frame.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/flow/attempt.h"
#include "engine/flow/buffer.h"
#include "engine/flow/keep_alive.h"
#include "engine/flow/keeping.h"
#include "engine/flow/services.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/http/request_head.h"
#include "engine/protocol/json/scan.h"

namespace signalbox::flow {

// The client's side: a connection that serves one request after the other.
struct Connection {
    ports::Stream stream;
    Buffer in;
    bool busy = false;  // a request has begun; false while waiting for the next one
    bool fresh = true;  // no request has come yet
};

// Notices that the client left, and stops whatever the journey is waiting for: itself, and a hedge beside it.
class ClientWatch final : public ports::PeerGone {
  public:
    enum Who : std::uint8_t { journey, hedge };

    void peer_gone() override;
    // What to abort when the client leaves; nullptr: nothing. At most one of each at a time.
    void stop_stream(ports::ByteStream* stream, Who who = journey) { waits_[who].stream = stream; }
    void stop_alarm(std::shared_ptr<ports::Alarm> alarm, Who who = journey) { waits_[who].alarm = std::move(alarm); }
    // One of the two only, and the client is still there.
    void stop(Who who);
    [[nodiscard]] bool gone() const { return gone_; }
    void mark_gone() { gone_ = true; }

  private:
    struct Wait {
        ports::ByteStream* stream = nullptr;
        std::shared_ptr<ports::Alarm> alarm;
    };
    std::array<Wait, 2> waits_;
    bool gone_ = false;
};

struct Exchange {
    Exchange(Services& services, Connection& connection) : s(services), client(connection) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    Services& s;
    Connection& client;
    ClientWatch watch;

    // parse
    Result<void> parsed;            // what is wrong with the request, if anything
    Instant arrived{};              // when its head was complete
    protocol::RequestHead head;     // views into client.in, or into nothing after the commit point
    std::string_view body;          // view into client.in or chunked_body
    std::string chunked_body;       // a body that came in chunks, put together; padded
    std::size_t message_bytes = 0;  // of client.in that belong to this request
    protocol::Endpoint endpoint = protocol::Endpoint::unknown;
    protocol::BodyScan scan;
    std::uint64_t body_hash = 0;  // of a request that somebody repeats; 0: nobody did so far
    bool keep_alive = false;      // the client wants another request on this connection
    bool must_close = false;      // the connection cannot be used after this answer

    // authenticate, admit
    Rules rules;
    const core::AccountConfig* account = nullptr;  // lives in rules.accounts
    core::Plan plan;
    int plan_draw = 0;  // decides shares of overrides, the same way for the whole request
    Instant total_deadline = never;
    bool sticky = false;               // it goes on from a response that only one target can go on from
    std::unique_ptr<Keeping> keeping;  // its answer may be kept; nullptr: the cache has no part in it

    // the attempts
    Entry entry;
    std::vector<core::CandidateVerdict> trace;  // of the last decision that did not simply take its first choice
    std::vector<core::Tried> tried;
    int attempts = 0;
    std::optional<Error> last_error;
    std::optional<Nanos> retry_after;  // the last provider's wish

    core::AskEnd end;              // what the account is settled with
    std::int64_t next_top_up = 0;  // output tokens, from which on the account is charged more

    SignsOfLife alive;
    std::unique_ptr<Transcript> transcript;  // of a stream that broke off, for the attempt that resumes it
    bool head_sent = false;                  // of a streamed answer: what goes wrong now is told inside it

    Nanos queued{};
    Nanos waited{};          // for the client's body, for providers, for backoffs: not our own share
    bool answered = false;   // a final answer was written whole
    bool fell_back = false;  // what answers is not of the plan's first step

    ports::RequestRecord record;

    [[nodiscard]] const core::Config& config() const { return rules.table->config(); }
    // Where an attempt goes, and its row in the history.
    [[nodiscard]] const core::PlanStep& step(const Attempt& a) const {
        return plan.steps[static_cast<std::size_t>(a.decision.chosen.step)];
    }
    [[nodiscard]] const core::Deployment& deployment(const Attempt& a) const {
        return rules.table->deployments()[static_cast<std::size_t>(a.decision.chosen.deployment)];
    }
    [[nodiscard]] const core::Lane& lane(const Attempt& a) const {
        return deployment(a).lanes[static_cast<std::size_t>(a.decision.chosen.lane_index)];
    }
    [[nodiscard]] const core::ProviderConfig& provider(const Attempt& a) const {
        return config().providers[static_cast<std::size_t>(deployment(a).provider)];
    }
    // The provider's name for the model.
    [[nodiscard]] std::string_view upstream_model(const Attempt& a) const {
        const std::string& fixed = deployment(a).upstream;
        return fixed.empty() ? step(a).upstream : fixed;
    }
    // The secret it goes with; empty: none.
    [[nodiscard]] std::string_view key_value(const Attempt& a) const {
        const int key = lane(a).key;
        return key < 0 ? std::string_view() : provider(a).keys[static_cast<std::size_t>(key)].value;
    }
    [[nodiscard]] ports::AttemptRecord& row(const Attempt& a) { return record.attempts[a.row]; }
    [[nodiscard]] const ports::AttemptRecord& row(const Attempt& a) const { return record.attempts[a.row]; }
    // Somebody repeats this request: while its body is there, note what tells it from others.
    void remember_intent() {
        if (body_hash == 0) body_hash = std::hash<std::string_view>{}(body) | 1;
    }
    [[nodiscard]] Nanos since_arrival() const { return s.clock.now() - arrived; }
};

}  // namespace signalbox::flow
