// A fast OpenAI-compatible upstream for measurements: one thread, raw epoll, keep-alive, fixed answers.
//
//   mock_upstream [PORT]           0 or none: any free port; prints `mock: ready port=N`
//   POST …                      "stream":true -> `n` events, one per `delay` µs (0: at once each); else one JSON
//   GET /ctl?n=&delay=&fault=      changes the settings of later requests; answers the settings and the counters
//     fault: none | error (500) | overload (429) | cut (closed amid an answer) | silence (never answers) |
//            reset (before an answer) | garbage (200) | mixed (one request in five gets any of these)
//
// Requests must carry Content-Length; whether a body asks for a stream is read from its first and last 512 bytes.
#include <signal.h>
#include <strings.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/bench/sockets.h"

namespace signalbox::bench {
namespace {

using namespace std::string_view_literals;

struct Settings {
    int events = 64;
    std::uint64_t delay_us = 0;
    std::string fault = "none";
};

struct Counters {
    std::uint64_t requests = 0;  // POST
    std::uint64_t streams = 0;
    std::uint64_t connections = 0;
};

std::string with_head(std::string_view status, std::string_view extra, std::string_view body) {
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: application/json\r\n" + std::string(extra) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string chunk(std::string_view payload) {
    char size[16];
    const auto end = std::to_chars(size, size + sizeof size, payload.size(), 16).ptr;
    return std::string(size, end) + "\r\n" + std::string(payload) + "\r\n";
}

// Shaped and sized like a real provider's: 600 B for an answer, 276 B for an event.
constexpr auto completion =
    R"({"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion","created":1700000000,)"
    R"("model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":)"
    R"("The capital of France is Paris. It lies on the Seine and is the largest city of the country.",)"
    R"("refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":352,)"
    R"("completion_tokens":22,"total_tokens":374,"prompt_tokens_details":{"cached_tokens":0},)"
    R"("completion_tokens_details":{"reasoning_tokens":0}},"system_fingerprint":"fp_0123456789"})"sv;
constexpr auto event_start =
    R"(data: {"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1700000000,)"
    R"("model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0123456789","choices":[)"sv;
constexpr auto content = R"({"index":0,"delta":{"content":" country"},"logprobs":null,"finish_reason":null}])"sv;
constexpr auto stop = R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}])"sv;
constexpr auto usage = R"(],"usage":{"prompt_tokens":352,"completion_tokens":64,"total_tokens":416})"sv;

std::string event(std::string_view rest) {
    return chunk(std::string(event_start) + std::string(rest) + "}\n\n");
}

struct Answers {
    std::string whole = with_head("200 OK", "x-request-id: req_0123456789abcdef\r\n", completion);
    std::string error = with_head("500 Internal Server Error", "",
                                  R"({"error":{"message":"mock failure","type":"server_error","code":null}})");
    std::string overload = with_head("429 Too Many Requests", "Retry-After: 1\r\n",
                                     R"({"error":{"message":"mock overload","type":"requests","code":null}})");
    std::string stream_head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
        "x-request-id: req_0123456789abcdef\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string garbage = with_head("200 OK", "", "<html>maintenance</html>");
    std::string content_event = event(content);
    std::string stream_end = event(stop) + event(usage) + chunk("data: [DONE]\n\n") + "0\r\n\r\n";
};

struct Connection {
    Fd fd;
    std::uint64_t id = 0;
    std::vector<char> in = std::vector<char>(4096);
    std::size_t in_size = 0;
    std::string out;       // what the socket did not take yet
    int events_left = -1;  // of the running stream; -1: none runs
    bool fresh = true;     // no request has come on it
    std::uint64_t delay_ns = 0;
    bool cut = false;
    bool wants_write = false;
};

struct Due {
    std::uint64_t at_ns;
    std::uint64_t connection;
    bool operator>(const Due& other) const { return at_ns > other.at_ns; }
};

bool asks_for_stream(std::string_view body) {
    constexpr std::size_t edge = 512;
    const auto asks = [](std::string_view part) {
        return part.find("\"stream\":true") != part.npos || part.find("\"stream\": true") != part.npos;
    };
    if (body.size() <= 2 * edge) return asks(body);
    return asks(body.substr(0, edge)) || asks(body.substr(body.size() - edge));
}

// 0 without the header. `head` ends with a line feed that more bytes follow.
std::size_t content_length(std::string_view head) {
    constexpr auto name = "content-length:"sv;
    for (std::size_t line = head.find('\n'); line != head.npos; line = head.find('\n', line + 1)) {
        if (strncasecmp(head.data() + line + 1, name.data(), name.size()) != 0) continue;
        return std::strtoull(head.data() + line + 1 + name.size(), nullptr, 10);
    }
    return 0;
}

std::string_view query_value(std::string_view target, std::string_view name) {
    for (std::size_t at = target.find(name); at != target.npos; at = target.find(name, at + 1)) {
        if (target[at - 1] != '?' && target[at - 1] != '&') continue;
        const auto value = target.substr(at + name.size());
        return value.substr(0, value.find_first_of("& "));
    }
    return {};
}

class Mock {
  public:
    explicit Mock(std::uint16_t port) : listener_(listen_on_loopback(port)) {
        epoll_.add(listener_.get(), EPOLLIN, 0);
        std::printf("mock: ready port=%d\n", port_of(listener_.get()));
        std::fflush(stdout);
    }

    [[noreturn]] void run() {
        epoll_event events[256];
        for (;;) {
            const int ready = epoll_.wait(events, time_to_next());
            for (int i = 0; i < ready; ++i) {
                const std::uint64_t id = events[i].data.u64;  // the kernel's struct is packed: no reference into it
                if (id == 0) {
                    accept_all();
                } else if (auto found = connections_.find(id); found != connections_.end()) {
                    if (!serve(*found->second, events[i].events)) connections_.erase(found);
                }
            }
            send_due();
        }
    }

  private:
    std::uint64_t time_to_next() const {
        if (due_.empty()) return 3'600'000'000'000;
        const auto now = now_ns();
        return due_.top().at_ns > now ? due_.top().at_ns - now : 0;
    }

    void accept_all() {
        for (;;) {
            const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            send_at_once(fd);
            auto connection = std::make_unique<Connection>();
            connection->fd = Fd(fd);
            connection->id = ++counters_.connections;
            epoll_.add(fd, EPOLLIN, connection->id);
            connections_.emplace(connection->id, std::move(connection));
        }
    }

    // Every function that answers bool says whether the connection lives on.
    bool serve(Connection& c, std::uint32_t events) {
        if ((events & EPOLLOUT) != 0 && !send(c, {})) return false;
        return (events & ~EPOLLOUT) == 0 || read(c);
    }

    bool read(Connection& c) {
        for (;;) {
            if (c.in_size == c.in.size()) c.in.resize(c.in.size() * 4);
            const auto room = c.in.size() - c.in_size;
            const auto got = recv(c.fd.get(), c.in.data() + c.in_size, room, 0);
            if (got < 0 && errno == EAGAIN) return true;
            if (got <= 0) return false;
            c.in_size += static_cast<std::size_t>(got);
            if (!take_requests(c)) return false;
            if (static_cast<std::size_t>(got) < room) return true;
        }
    }

    bool take_requests(Connection& c) {
        std::size_t taken = 0;
        for (;;) {
            const std::string_view rest(c.in.data() + taken, c.in_size - taken);
            const auto head_end = rest.find("\r\n\r\n");
            if (head_end == rest.npos) break;
            const auto head = rest.substr(0, head_end + 2);
            const auto size = head_end + 4 + content_length(head);
            if (rest.size() < size) break;
            taken += size;
            if (!answer(c, head, rest.substr(head_end + 4, size - head_end - 4))) return false;
        }
        std::memmove(c.in.data(), c.in.data() + taken, c.in_size - taken);
        c.in_size -= taken;
        return true;
    }

    bool answer(Connection& c, std::string_view head, std::string_view body) {
        if (head.starts_with("GET /ctl")) return send(c, control(head.substr(0, head.find('\r'))));
        counters_.requests += head.starts_with("POST");
        const bool fresh = std::exchange(c.fresh, false);
        const std::string_view fault = settings_.fault == "mixed" ? any_fault(fresh) : settings_.fault;
        if (fault == "silence") return true;
        if (fault == "reset") return reset(c);
        if (fault == "error") return send(c, answers_.error);
        if (fault == "overload") return send(c, answers_.overload);
        if (fault == "garbage") return send(c, answers_.garbage);
        c.cut = fault == "cut";
        if (!asks_for_stream(body)) {
            return send(c, std::string_view(answers_.whole).substr(0, c.cut ? 200 : answers_.whole.npos)) && !c.cut;
        }
        ++counters_.streams;
        c.events_left = c.cut ? settings_.events / 2 : settings_.events;
        c.delay_ns = settings_.delay_us * 1'000;
        if (!send(c, answers_.stream_head)) return false;
        if (c.delay_ns == 0) return stream_all(c);
        due_.push({now_ns() + c.delay_ns, c.id});
        return true;
    }

    // A used connection is not reset: to a gateway that looks as if it had died while idle, and is tried again.
    std::string_view any_fault(bool fresh) {
        struct Share {
            unsigned of_a_thousand;
            std::string_view fault;
        };
        constexpr Share shares[] = {{60, "error"}, {60, "cut"}, {60, "garbage"}, {10, "overload"}, {10, "silence"}};
        chance_ = chance_ * 6364136223846793005U + 1442695040888963407U;
        auto draw = static_cast<unsigned>((chance_ >> 33) % 1000);
        for (const auto& [of_a_thousand, fault] : shares) {
            if (draw < of_a_thousand) return fault;
            draw -= of_a_thousand;
        }
        return fresh && draw < 100 ? "reset"sv : "none"sv;
    }

    static bool reset(const Connection& c) {
        const linger at_once{1, 0};
        setsockopt(c.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    }

    bool stream_all(Connection& c) {
        while (c.events_left >= 0) {
            if (!stream_one(c)) return false;
        }
        return true;
    }

    bool stream_one(Connection& c) {
        if (c.events_left-- > 0) return send(c, answers_.content_event);
        return !c.cut && send(c, answers_.stream_end);
    }

    void send_due() {
        const auto now = now_ns();
        while (!due_.empty() && due_.top().at_ns <= now) {
            const auto due = due_.top();
            due_.pop();
            const auto found = connections_.find(due.connection);
            if (found == connections_.end()) continue;
            auto& c = *found->second;
            if (!stream_one(c)) {
                connections_.erase(found);
            } else if (c.events_left >= 0) {
                due_.push({std::max(due.at_ns + c.delay_ns, now), c.id});
            }
        }
    }

    bool send(Connection& c, std::string_view bytes) {
        if (!c.out.empty()) c.out += bytes;
        std::string_view rest = c.out.empty() ? bytes : c.out;
        while (!rest.empty()) {
            const auto sent = ::send(c.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN) return false;
            if (sent < 0) break;
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
        c.out = std::string(rest);
        if (c.out.empty() == c.wants_write) {
            c.wants_write = !c.out.empty();
            epoll_.change(c.fd.get(), c.wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN, c.id);
        }
        return true;
    }

    std::string control(std::string_view target) {
        const auto set = [&](std::string_view name, auto& number) {
            const auto value = query_value(target, name);
            std::from_chars(value.data(), value.data() + value.size(), number);
        };
        set("n=", settings_.events);
        set("delay=", settings_.delay_us);
        if (const auto fault = query_value(target, "fault="); !fault.empty()) settings_.fault = fault;
        return with_head(
            "200 OK", "",
            "{\"n\":" + std::to_string(settings_.events) + ",\"delay\":" + std::to_string(settings_.delay_us) +
                ",\"fault\":\"" + settings_.fault + "\",\"requests\":" + std::to_string(counters_.requests) +
                ",\"streams\":" + std::to_string(counters_.streams) + ",\"connections\":" +
                std::to_string(counters_.connections) + ",\"open\":" + std::to_string(connections_.size() - 1) + "}\n");
    }

    Fd listener_;
    Epoll epoll_;
    Settings settings_;
    std::uint64_t chance_ = 1;
    Counters counters_;
    const Answers answers_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;  // by id; ids are never reused
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace
}  // namespace signalbox::bench

int main(int count, char** words) {
    signal(SIGPIPE, SIG_IGN);
    signalbox::bench::Mock(count > 1 ? static_cast<std::uint16_t>(std::atoi(words[1])) : 0).run();
}
