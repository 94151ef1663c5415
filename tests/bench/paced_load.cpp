// An open-loop client: so many requests a second over C connections, for S seconds, whatever the answers do.
//
//   paced_load PORT CONNECTIONS PER_SECOND SECONDS BODYFILE      -> one line of JSON on stdout
//
// Times are microseconds from when a request was due, so that a stall counts for everything it held up. Requests that
// find no free connection wait for one. Answers must carry Content-Length.
#include <strings.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <string_view>

#include "tests/bench/load_parts.h"
#include "tests/bench/sockets.h"

namespace signalbox::bench {
namespace {

struct Call {
    Fd fd;
    std::uint64_t due_at = 0;
    std::string in;
};

// The whole answer's size; 0: its head is not there yet.
std::size_t answer_size(std::string_view in) {
    const auto end = in.find("\r\n\r\n");
    if (end == in.npos) return 0;
    for (std::size_t line = 0; line < end; line = in.find('\n', line) + 1) {
        constexpr std::string_view name = "content-length:";
        if (strncasecmp(in.data() + line, name.data(), name.size()) == 0) {
            return end + 4 + std::strtoull(in.data() + line + name.size(), nullptr, 10);
        }
    }
    return end + 4;
}

class Load {
  public:
    Load(std::uint16_t port, std::size_t connections, std::string request)
        : port_(port), request_(std::move(request)), calls_(connections) {}

    void run(double per_second, double seconds) {
        for (std::size_t i = 0; i < calls_.size(); ++i) open(i);
        const auto pause = static_cast<std::uint64_t>(1e9 / per_second);
        const auto started = now_ns();
        const auto end = started + static_cast<std::uint64_t>(seconds * 1e9);
        std::uint64_t due = started;
        epoll_event events[256];
        for (auto now = started; now < end; now = now_ns()) {
            for (; due <= now; due += pause) waiting_.push_back(due);
            while (!waiting_.empty() && !free_.empty()) send_next();
            const int ready = epoll_.wait(events, due > now ? due - now : 0);
            for (int i = 0; i < ready; ++i) read(events[i].data.u64);
        }
        seconds_ = static_cast<double>(now_ns() - started) / 1e9;
    }

    void print() {
        std::printf("{\"requests\":%lu,\"seconds\":%.3f,\"errors\":%lu,\"left\":%zu,\"p50\":%.1f,\"p99\":%.1f}\n",
                    done_, seconds_, errors_, waiting_.size(), times_.percentile(.5), times_.percentile(.99));
    }

  private:
    void open(std::size_t index) {
        Call& call = calls_[index];
        call.fd = connect_to_loopback(port_);
        call.in.clear();
        if (call.fd.get() < 0) return void(++errors_);
        epoll_.add(call.fd.get(), EPOLLIN, index);
        free_.push_back(index);
    }

    void send_next() {
        Call& call = calls_[free_.front()];
        free_.pop_front();
        call.due_at = waiting_.front();
        waiting_.pop_front();
        const auto sent = send(call.fd.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request_.size())) ++errors_;
    }

    void read(std::size_t index) {
        Call& call = calls_[index];
        const auto got = recv(call.fd.get(), buffer_, sizeof buffer_, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            ++errors_;
            return open(index);
        }
        call.in.append(buffer_, static_cast<std::size_t>(got));
        const std::size_t size = answer_size(call.in);
        if (size == 0 || call.in.size() < size) return;
        if (call.in.compare(9, 3, "200") != 0) ++errors_;
        ++done_;
        times_.add(now_ns() - call.due_at);
        call.in.clear();
        free_.push_back(index);
    }

    std::uint16_t port_;
    std::string request_;
    std::vector<Call> calls_;
    std::deque<std::size_t> free_;       // connections
    std::deque<std::uint64_t> waiting_;  // when they were due
    Epoll epoll_;
    double seconds_ = 0;
    std::uint64_t done_ = 0, errors_ = 0;
    Samples times_;
    char buffer_[1 << 16];
};

}  // namespace
}  // namespace signalbox::bench

int main(int count, char** words) {
    if (count != 6) {
        std::fputs("usage: paced_load PORT CONNECTIONS PER_SECOND SECONDS BODYFILE\n", stderr);
        return 2;
    }
    auto load = std::make_unique<signalbox::bench::Load>(static_cast<std::uint16_t>(std::atoi(words[1])),
                                                         static_cast<std::size_t>(std::atoi(words[2])),
                                                         signalbox::bench::request_with(words[5]));
    load->run(std::atof(words[3]), std::atof(words[4]));
    load->print();
}
