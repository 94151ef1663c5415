// What the load tools share: what they ask, and what they remember of the answers' times.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace signalbox::bench {

// Microseconds.
class Samples {
  public:
    void add(std::uint64_t ns) { values_.push_back(static_cast<float>(static_cast<double>(ns) / 1e3)); }
    double percentile(double share) {
        if (values_.empty()) return 0;
        const auto rank = static_cast<std::size_t>(share * static_cast<double>(values_.size() - 1));
        const auto at = values_.begin() + static_cast<std::ptrdiff_t>(rank);
        std::nth_element(values_.begin(), at, values_.end());
        return static_cast<double>(*at);
    }

  private:
    std::vector<float> values_;
};

inline std::string request_with(const char* body_file) {
    std::ifstream file(body_file, std::ios::binary);
    const std::string body{std::istreambuf_iterator<char>(file), {}};
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
           "Authorization: Bearer sk-test-0123456789abcdef0123456789abcdef\r\nUser-Agent: OpenAI/Python 1.50.0\r\n"
           "Accept: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace signalbox::bench
