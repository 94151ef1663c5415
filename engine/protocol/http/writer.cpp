#include "engine/protocol/http/writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

namespace signalbox::protocol {
namespace {

// One entry per byte: heads are written for every request, and a table beats a chain of comparisons.
using ByteClass = std::array<bool, 256>;

template <class Allowed>
consteval ByteClass class_of(Allowed allowed) {
    ByteClass out{};
    for (int byte = 0; byte < 256; ++byte) out[static_cast<std::size_t>(byte)] = allowed(static_cast<char>(byte));
    return out;
}

constexpr ByteClass token_bytes = class_of([](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
});
constexpr ByteClass target_bytes = class_of([](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
constexpr ByteClass value_bytes =
    class_of([](char c) { return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t'; });

// Without an early end, which would keep it from looking at many bytes at once.
bool all_allowed(std::string_view text, const ByteClass& allowed) {
    bool all = true;
    for (const char c : text) all &= allowed[static_cast<unsigned char>(c)];
    return all;
}

bool is_value(std::string_view text) {
    unsigned bad = 0;
    for (const char c : text) bad |= static_cast<unsigned>((c >= 0 && c < 0x20 && c != '\t') || c == 0x7f);
    return bad == 0;
}

void append_allowed(std::string& out, std::string_view text, const ByteClass& allowed) {
    const bool clean = &allowed == &value_bytes ? is_value(text) : all_allowed(text, allowed);
    if (clean) {
        out += text;
        return;
    }
    std::ranges::copy_if(text, std::back_inserter(out),
                         [&allowed](char c) { return allowed[static_cast<unsigned char>(c)]; });
}

void append_number(std::string& out, std::uint64_t value, int base) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    out.append(digits.data(), end);
}

constexpr std::pair<int, std::string_view> phrases[] = {
    {100, "Continue"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {529, "Overloaded"},
};

}  // namespace

HeadWriter& HeadWriter::request(std::string_view method, std::string_view target) {
    append_allowed(out_, method, token_bytes);
    out_ += ' ';
    append_allowed(out_, target, target_bytes);
    out_ += " HTTP/1.1\r\n";
    return *this;
}

HeadWriter& HeadWriter::status(int code) {
    out_ += "HTTP/1.1 ";
    append_number(out_, static_cast<std::uint64_t>(std::clamp(code, 100, 999)), 10);
    out_ += ' ';
    out_ += reason_phrase(code);
    out_ += "\r\n";
    return *this;
}

HeadWriter& HeadWriter::header(std::string_view name, std::string_view value) {
    const std::size_t before = out_.size();
    append_allowed(out_, name, token_bytes);
    if (out_.size() == before) return *this;
    out_ += ": ";
    append_allowed(out_, value, value_bytes);
    out_ += "\r\n";
    return *this;
}

HeadWriter& HeadWriter::content_length(std::uint64_t bytes) {
    out_ += "content-length: ";
    append_number(out_, bytes, 10);
    out_ += "\r\n";
    return *this;
}

HeadWriter& HeadWriter::chunked() {
    out_ += "transfer-encoding: chunked\r\n";
    return *this;
}

void HeadWriter::end() {
    out_ += "\r\n";
}

void append_chunk_head(std::string& out, std::size_t payload_bytes) {
    append_number(out, payload_bytes, 16);
    out += "\r\n";
}

std::string_view reason_phrase(int status) {
    const auto found = std::ranges::find(phrases, status, &std::pair<int, std::string_view>::first);
    return found == std::end(phrases) ? "Unknown" : found->second;
}

}  // namespace signalbox::protocol
