// The journey under virtual time: real steps, simulated network, providers that answer with scripted bytes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/flow/accept.h"
#include "engine/flow/buffer.h"
#include "engine/flow/upstream.h"
#include "engine/sim/loop.h"
#include "engine/sim/memory_ledger.h"
#include "engine/sim/memory_store.h"
#include "engine/sim/network.h"

namespace signalbox::flow {

// Requests of one line.
inline const std::string plain = R"({"model":"main","messages":[{"role":"user","content":"hi"}]})";
inline const std::string streamed = R"({"model":"main","messages":[{"role":"user","content":"hi"}],"stream":true})";

// What a provider does with one request: bytes, each after a pause. After the last one it keeps the connection, or not.
struct Script {
    struct Part {
        Nanos pause{};
        std::string bytes;
    };
    std::vector<Part> parts;
    enum class End : std::uint8_t { keep_alive, close, reset, hang } end = End::keep_alive;
};

// A whole answer with Content-Length.
[[nodiscard]] Script answer(int status, std::string body, std::string extra_headers = {});
[[nodiscard]] Script chat_answer(std::string text);
// A streamed answer: role, one chunk per word, finish, usage, [DONE].
[[nodiscard]] Script chat_stream(const std::vector<std::string>& words, Nanos first_token = 100ms, Nanos pace = 10ms);
// The same cut off before part `parts_kept`.
[[nodiscard]] Script cut_after(Script script, std::size_t parts_kept, Script::End end);
[[nodiscard]] std::string sse(const std::string& data);  // one event as one HTTP chunk

struct ScriptedProvider {
    std::deque<Script> next;        // one per request; the last one is used again and again
    std::vector<std::string> seen;  // requests, head and body
    int connections = 0;
    int gone = 0;  // connections the gateway ended while a script was running
};

struct Reply {
    bool closed = false;  // the connection ended before a whole answer
    int status = 0;
    std::string head, body;  // body without its framing
    Instant first_byte{}, last_byte{};
    [[nodiscard]] std::string header(std::string_view name) const;
};

class JourneyFixture {
  public:
    // Providers p1, p2, p3 at 10.0.0.1… ; `main` = p1/m with fallback `spare` = p2/s, and `last` = p3/l.
    // Money is kept in `ledger`, whose entries become durable by themselves, or when a test commits them.
    enum class Books : std::uint8_t { committed, by_hand };
    explicit JourneyFixture(core::Config config = base_config(), std::uint64_t seed = 1,
                            Books books = Books::committed);
    ~JourneyFixture();
    [[nodiscard]] static core::Config base_config();

    ScriptedProvider& provider(int n) { return providers_[n]; }
    // The provider `n` answers there, too; numbers above 3 are somebody else.
    void answer_at(int n, const ports::Address& address, bool tls = true);
    // Sends one request on a new connection; the reply is complete when the returned object says so.
    std::shared_ptr<Reply> send(std::string body, std::string path = "/v1/chat/completions", std::string headers = {});
    std::shared_ptr<Reply> send_raw(std::string bytes, Nanos vanish_after = Nanos::max());
    void run() { loop.run(); }
    // send() and run until everything came to rest.
    Reply ask(std::string body, std::string path = "/v1/chat/completions", std::string headers = {});
    [[nodiscard]] ports::RequestRecord row(std::size_t newest_first = 0);
    [[nodiscard]] std::size_t rows();
    [[nodiscard]] std::int64_t in_flight();

    sim::SimLoop loop;
    sim::SimNetwork network;
    sim::SimRandom random;
    sim::MemoryStore store;
    sim::MemoryLedger ledger;
    Router router;
    Gauges gauges;
    NullLog log;

  private:
    Task<void> serve_provider(int n, ports::Listener& listener);
    Task<void> serve_connection(int n, ports::Stream stream);
    Task<void> client(std::string bytes, std::shared_ptr<Reply> reply, Nanos vanish_after);

    std::map<int, ScriptedProvider> providers_;
    UpstreamPool upstreams_;
    BufferPool buffers_;
    Services services_;
    std::unique_ptr<Acceptor> acceptor_;
    std::vector<std::unique_ptr<ports::Listener>> listeners_;
};

}  // namespace signalbox::flow
