// A closed-loop client of event streams: C connections, each with one stream after another, for S seconds.
//
//   stream_load PORT CONNECTIONS SECONDS BODYFILE      -> one line of JSON on stdout
//
// Times are microseconds as the client sees them. A stream counts when [DONE] and the last chunk have come; a status
// other than 200, an error event or a closed connection is an error, and the connection is opened anew.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/load_parts.h"
#include "tests/bench/sockets.h"

namespace signalbox::bench {
namespace {

struct Stream {
    Fd fd;
    std::uint64_t sent_at = 0;
    std::uint64_t last_event_at = 0;  // 0: none yet
    std::string tail;                 // the last bytes seen, for marks that two reads share
};

class Load {
  public:
    Load(std::uint16_t port, std::size_t connections, std::string request)
        : port_(port), request_(std::move(request)), streams_(connections) {}

    void run(double seconds) {
        started_ = now_ns();
        const auto end = started_ + static_cast<std::uint64_t>(seconds * 1e9);
        for (std::size_t i = 0; i < streams_.size() && now_ns() < end; ++i) open(i);
        epoll_event events[256];
        for (auto now = now_ns(); now < end; now = now_ns()) {
            const int ready = epoll_.wait(events, end - now);
            for (int i = 0; i < ready; ++i) read(events[i].data.u64);
        }
        elapsed_ = now_ns() - started_;
    }

    void print() {
        const auto seconds = static_cast<double>(elapsed_) / 1e9;
        std::printf(
            "{\"streams\":%lu,\"events\":%lu,\"events_per_s\":%.0f,\"seconds\":%.3f,\"errors\":%lu,"
            "\"ttft_p50\":%.1f,\"ttft_p99\":%.1f,\"gap_p50\":%.1f,\"gap_p99\":%.1f,\"gap_max\":%.1f}\n",
            done_, events_, static_cast<double>(events_) / seconds, seconds, errors_, ttft_.percentile(.5),
            ttft_.percentile(.99), gap_.percentile(.5), gap_.percentile(.99), gap_.percentile(1));
    }

  private:
    void open(std::size_t index) {
        auto& s = streams_[index];
        s.fd = connect_to_loopback(port_);
        if (s.fd.get() < 0) return void(++errors_);
        epoll_.add(s.fd.get(), EPOLLIN, index);
        request(s);
    }

    void request(Stream& s) {
        s.tail.clear();
        s.last_event_at = 0;
        s.sent_at = now_ns();
        const auto sent = send(s.fd.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request_.size())) ++errors_;
    }

    void read(std::size_t index) {
        auto& s = streams_[index];
        const auto got = recv(s.fd.get(), buffer_, sizeof buffer_, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0 || !take(s, {buffer_, static_cast<std::size_t>(got)})) {
            ++errors_;
            open(index);
        }
    }

    bool take(Stream& s, std::string_view bytes) {
        constexpr std::size_t overlap = 24;  // covers "[DONE]\n\n\r\n0\r\n\r\n"
        const bool first = s.tail.empty();
        const std::string joined = s.tail + std::string(bytes);
        if (first && joined.size() >= 12 && joined.substr(9, 3) != "200") return false;
        if (joined.find("{\"error\":", s.tail.size() > 9 ? s.tail.size() - 9 : 0) != joined.npos) return false;

        // An event ends with two line feeds; the mark may begin in the byte before this read.
        const auto now = now_ns();
        auto at = joined.find("\n\n", first ? 0 : s.tail.size() - 1);
        for (; at != joined.npos; at = joined.find("\n\n", at + 2)) note_event(s, now);

        const auto done = joined.find("[DONE]");
        if (done != joined.npos && joined.ends_with("\r\n0\r\n\r\n")) {
            ++done_;
            request(s);
        } else {
            // [DONE] stays in the tail until the last chunk has come.
            const auto keep = joined.size() - std::min(joined.size(), overlap);
            s.tail = joined.substr(std::min(done, keep));
        }
        return true;
    }

    void note_event(Stream& s, std::uint64_t now) {
        ++events_;
        if (s.last_event_at == 0) {
            ttft_.add(now - s.sent_at);
        } else {
            gap_.add(now - s.last_event_at);
        }
        s.last_event_at = now;
    }

    std::uint16_t port_;
    std::string request_;
    std::vector<Stream> streams_;
    Epoll epoll_;
    std::uint64_t started_ = 0, elapsed_ = 0;
    std::uint64_t done_ = 0, events_ = 0, errors_ = 0;
    Samples ttft_, gap_;
    char buffer_[1 << 16];
};

}  // namespace
}  // namespace signalbox::bench

int main(int count, char** words) {
    if (count != 5) {
        std::fputs("usage: stream_load PORT CONNECTIONS SECONDS BODYFILE\n", stderr);
        return 2;
    }
    auto load = std::make_unique<signalbox::bench::Load>(static_cast<std::uint16_t>(std::atoi(words[1])),
                                                         static_cast<std::size_t>(std::atoi(words[2])),
                                                         signalbox::bench::request_with(words[4]));
    load->run(std::atof(words[3]));
    load->print();
}
