#include "tests/journey/journey_fixture.h"

#include <fmt/format.h>

#include <array>

#include "engine/base/check.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/http/response_head.h"

namespace signalbox::flow {
namespace {

const ports::Address gateway_address{"127.0.0.1", 8080};

ports::Address provider_address(int n) {
    return {fmt::format("10.0.0.{}", n), 80};
}

std::string chunk(const std::string& payload) {
    return fmt::format("{:x}\r\n{}\r\n", payload.size(), payload);
}

std::string delta(const std::string& inside, const char* finish = "null") {
    return sse(fmt::format(R"({{"id":"c","object":"chat.completion.chunk","choices":[{{"index":0,"delta":{},)"
                           R"("finish_reason":{}}}]}})",
                           inside, finish));
}

core::ModelConfig model(const std::string& name, const std::string& provider, std::vector<std::string> fallbacks) {
    core::ModelConfig m;
    m.name = name;
    core::DeploymentConfig d;
    d.provider = provider;
    d.model = name.substr(0, 1);
    d.price = core::Price{{1'000'000}, {2'000'000}, {0}};
    m.deployments = {d};
    m.fallbacks = std::move(fallbacks);
    return m;
}

}  // namespace

std::string sse(const std::string& data) {
    return chunk("data: " + data + "\n\n");
}

Script answer(int status, std::string body, std::string extra_headers) {
    return {{{10ms, fmt::format("HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}\r\n{}",
                                status, body.size(), extra_headers, body)}},
            Script::End::keep_alive};
}

Script chat_answer(std::string text) {
    return answer(200, fmt::format(R"({{"id":"c","model":"m","choices":[{{"index":0,"message":{{"role":"assistant",)"
                                   R"("content":"{}"}},"finish_reason":"stop"}}],)"
                                   R"("usage":{{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}}})",
                                   text));
}

Script chat_stream(const std::vector<std::string>& words, Nanos first_token, Nanos pace) {
    Script script;
    script.parts.push_back(
        {10ms, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
                   delta(R"({"role":"assistant","content":""})")});
    Nanos pause = first_token;
    for (const std::string& word : words) {
        script.parts.push_back({pause, delta(fmt::format(R"({{"content":"{}"}})", word))});
        pause = pace;
    }
    script.parts.push_back({pace, delta("{}", "\"stop\"")});
    script.parts.push_back(
        {Nanos::zero(), sse(R"({"id":"c","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}})")});
    script.parts.push_back({Nanos::zero(), sse("[DONE]") + "0\r\n\r\n"});
    return script;
}

Script cut_after(Script script, std::size_t parts_kept, Script::End end) {
    script.parts.resize(parts_kept);
    script.end = end;
    return script;
}

std::string Reply::header(std::string_view name) const {
    protocol::ResponseHead parsed;
    if (protocol::parse_response_head(head, 1 << 16, parsed).status != protocol::HeadParse::Status::done) return {};
    return std::string(parsed.find(name));
}

core::Config JourneyFixture::base_config() {
    core::Config config;
    for (int n = 1; n <= 3; ++n) {
        core::ProviderConfig provider;
        provider.name = fmt::format("p{}", n);
        provider.base_url = fmt::format("http://{}/v1", provider_address(n).host);
        provider.keys = {{"only", fmt::format("sk-{}", n), 1, {}, {}, {}}};
        config.providers.push_back(provider);
    }
    config.models = {model("main", "p1", {"spare"}), model("spare", "p2", {}), model("last", "p3", {})};
    return config;
}

JourneyFixture::JourneyFixture(core::Config config, std::uint64_t seed, Books books)
    : loop({.seed = seed}),
      network(loop, seed),
      random(seed),
      ledger(books == Books::committed ? sim::MemoryLedger(loop) : sim::MemoryLedger()),
      router(std::make_shared<const core::Config>(std::move(config)), &ledger, {loop.now(), loop.wall()}),
      services_{loop, random, network, loop, store, router, gauges, log, upstreams_, buffers_} {
    acceptor_ = std::make_unique<Acceptor>(services_, std::move(*network.listen({gateway_address, {}, {}, {}})));
    acceptor_->start();
    ledger.on_progress([this](const ports::LedgerProgress& progress) { router.note_ledger(progress); });
    for (int n = 1; n <= 3; ++n) answer_at(n, provider_address(n), false);
}

void JourneyFixture::answer_at(int n, const ports::Address& address, bool tls) {
    listeners_.push_back(std::move(*network.listen({address, tls ? "certificate" : "", {}, {}})));
    loop.spawn("provider", serve_provider(n, *listeners_.back()));
}

JourneyFixture::~JourneyFixture() {
    ledger.on_progress({});
    upstreams_.close_all();
    acceptor_->drain();

    for (const auto& listener : listeners_) listener->close();
    loop.run();
}

Task<void> JourneyFixture::serve_provider(int n, ports::Listener& listener) {
    for (;;) {
        Result<ports::Stream> stream = co_await listener.accept();
        if (!stream) co_return;
        ++providers_[n].connections;
        loop.spawn("provider connection", serve_connection(n, std::move(*stream)));
    }
}

Task<void> JourneyFixture::serve_connection(int n, ports::Stream stream) {
    ScriptedProvider& me = providers_[n];
    std::string in;
    std::array<char, 4096> space;
    for (;;) {
        protocol::RequestHead head;
        protocol::HeadParse parsed = protocol::parse_request_head(in, 1 << 16, head);
        const std::size_t whole = parsed.consumed + head.content_length.value_or(0);
        if (parsed.status != protocol::HeadParse::Status::done || in.size() < whole) {
            Result<std::size_t> got = co_await stream->read_some(space);
            if (!got || *got == 0) co_return;
            in.append(space.data(), *got);
            continue;
        }
        me.seen.push_back(in.substr(0, whole));
        in.erase(0, whole);
        const Script script = me.next.empty() ? chat_answer("hello") : me.next.front();
        if (me.next.size() > 1) me.next.pop_front();
        for (const Script::Part& part : script.parts) {
            std::shared_ptr<ports::Alarm> alarm = loop.make_alarm();
            co_await alarm->wait_until(loop.now() + part.pause);
            const std::array<std::string_view, 1> pieces = {part.bytes};
            Result<void> sent = co_await stream->write(pieces);
            if (!sent) {
                ++me.gone;
                co_return;
            }
        }
        if (script.end == Script::End::reset) stream->abort();
        if (script.end == Script::End::hang) {
            Result<std::size_t> got = co_await stream->read_some(space);
            if (!got || *got == 0) ++me.gone;
        }
        if (script.end != Script::End::keep_alive) co_return;
    }
}

Task<void> JourneyFixture::client(std::string bytes, std::shared_ptr<Reply> reply, Nanos vanish_after) {
    Result<ports::Stream> stream = co_await network.connect({gateway_address, false, {}}, never);
    if (!stream) {
        reply->closed = true;
        co_return;
    }
    const std::array<std::string_view, 1> pieces = {bytes};
    if (vanish_after != Nanos::max()) (*stream)->expire_at(loop.now() + vanish_after);
    (void)co_await (*stream)->write(pieces);
    std::string in;
    std::array<char, 65536> space;
    std::optional<protocol::BodyReader> body;
    for (;;) {
        Result<std::size_t> got = co_await (*stream)->read_some(space);
        if (!got || *got == 0) {
            reply->closed = !(got && body && body->finish_at_eof().has_value());
            co_return;
        }
        if (reply->first_byte == Instant{}) reply->first_byte = loop.now();
        reply->last_byte = loop.now();
        in.append(space.data(), *got);
        if (!body) {
            protocol::ResponseHead head;
            protocol::HeadParse parsed = protocol::parse_response_head(in, 1 << 16, head);
            if (parsed.status != protocol::HeadParse::Status::done) continue;
            reply->status = head.status;
            reply->head = in.substr(0, parsed.consumed);
            in.erase(0, parsed.consumed);
            body = protocol::BodyReader::for_response(head);
        }
        while (!in.empty() && !body->done()) {
            Result<protocol::BodyReader::Step> step = body->next(in);
            if (!step) {
                reply->closed = true;
                co_return;
            }
            reply->body += step->data;
            in.erase(0, step->consumed);
        }
        if (body->done()) co_return;
    }
}

std::shared_ptr<Reply> JourneyFixture::send_raw(std::string bytes, Nanos vanish_after) {
    auto reply = std::make_shared<Reply>();
    loop.spawn("client", client(std::move(bytes), reply, vanish_after));
    return reply;
}

std::shared_ptr<Reply> JourneyFixture::send(std::string body, std::string path, std::string headers) {
    return send_raw(
        fmt::format("POST {} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}\r\n{}",
                    path, body.size(), headers, body));
}

Reply JourneyFixture::ask(std::string body, std::string path, std::string headers) {
    const auto reply = send(std::move(body), std::move(path), std::move(headers));
    loop.run_for(10min);
    return *reply;
}

ports::RequestRecord JourneyFixture::row(std::size_t newest_first) {
    ports::HistoryPage page = *store.query({}, {}, 1000);
    SB_CHECK(newest_first < page.rows.size());
    return *store.get(page.rows[newest_first].id);
}

std::size_t JourneyFixture::rows() {
    return store.size();
}

std::int64_t JourneyFixture::in_flight() {
    std::int64_t sum = 0;
    for (const core::LaneState& lane : router.view().lanes) sum += lane.in_flight;
    return sum;
}

}  // namespace signalbox::flow
