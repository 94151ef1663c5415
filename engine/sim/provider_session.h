// One client's connection to a simulated provider.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/json/scan.h"
#include "engine/sim/provider.h"
#include "engine/sim/provider_answer.h"

namespace signalbox::sim {

class ProviderSession;

struct SimProvider::State {
    Ports ports;
    ProviderScript script;
    ProviderCounters counters{};
    ProviderMemory memory{};
    std::vector<std::weak_ptr<ports::Listener>> listeners{};
    std::list<ProviderSession*> sessions{};  // in order of arrival
    std::deque<ProviderSession*> waiting{};  // for a slot
};

class ProviderSession final : private ports::PeerGone {
  public:
    ProviderSession(std::shared_ptr<SimProvider::State> state, ports::Stream stream);
    ~ProviderSession();

    // Answers requests until the client or the script ends the connection.
    ports::Task<void> run();
    // Ends it from outside, with a reset.
    void kill();

  private:
    // What is asked for.
    enum class Kind : std::uint8_t { unknown, models, state, load, unload, generation };
    struct Request {
        Kind kind = Kind::unknown;
        protocol::Endpoint endpoint = protocol::Endpoint::unknown;  // of a generation
        protocol::BodyScan scan{};
        bool has_prompt = false;
        [[nodiscard]] bool costs_nothing() const { return kind != Kind::generation || error || !has_prompt; }
        int inputs = 1;
        std::optional<Error> error{};  // what is wrong with it
        std::string load{};            // model to load or to let go
        bool keep_alive = false;
        bool key_refused = false;
    };

    void peer_gone() override;
    [[nodiscard]] static Kind kind_of(std::string_view method, std::string_view path);

    ports::Task<std::optional<Request>> read_request();
    ports::Task<std::optional<std::string>> read_body(protocol::BodyReader reader);
    ports::Task<bool> fill();  // false: the client ended

    // Each returns whether the connection may be used again.
    ports::Task<bool> answer(const Request& request);
    // Why nothing is generated; status 0: nothing speaks against it.
    [[nodiscard]] static HttpError objection(const Request& request, const ProviderScript& script);
    ports::Task<bool> load_model(const Request& request);
    ports::Task<bool> generate(const Request& request, const ProviderScript& script);
    ports::Task<bool> stream_answer(const Request& request, const ProviderScript& script, const AnswerFacts& facts);
    ports::Task<bool> whole_answer(const Request& request, const ProviderScript& script, const AnswerFacts& facts);
    ports::Task<bool> break_off(ProviderFault fault);
    ports::Task<bool> send_body(int status, std::string body, std::optional<Nanos> retry_after = {});
    ports::Task<bool> send_event(std::string payload);
    ports::Task<bool> send_chunk(std::string payload);
    ports::Task<bool> send(std::string bytes);

    ports::Task<bool> take_slot(int slots);
    void free_slot();
    void leave_memory();
    ports::Task<bool> pause_until(Instant when);  // false: the client left
    [[nodiscard]] ProviderScript draw_script();
    [[nodiscard]] Nanos time_to_first(const Request& request, const ProviderScript& script,
                                      const AnswerFacts& facts) const;
    [[nodiscard]] Nanos token_gap(const ProviderScript& script) const;
    [[nodiscard]] AnswerFacts draw_facts(const Request& request, const ProviderScript& script);

    const std::shared_ptr<SimProvider::State> state_;
    const ports::Stream stream_;
    const std::shared_ptr<ports::Alarm> alarm_;
    std::list<ProviderSession*>::iterator place_;
    std::string buffer_;  // read and not yet consumed
    bool gone_ = false;
    bool has_slot_ = false;
    bool messages_ = false;  // the present request came to Anthropic's endpoint
    bool oddly_ = false;     // it is answered in odd framing
    struct MemoryPlace {
        std::string model;
        core::KvNeed need;
    };
    std::optional<MemoryPlace> memory_;
};

}  // namespace signalbox::sim
