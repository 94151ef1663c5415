// The Connect protocol's bytes: messages, error bodies and stream envelopes. Pure; survives any input.
// https://connectrpc.com/docs/protocol
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/gateway.h"
#include "engine/base/result.h"

namespace signalbox::control {

enum class Encoding : std::uint8_t { json, proto };

struct ContentType {
    Encoding encoding = Encoding::json;
    bool stream = false;
    friend bool operator==(const ContentType&, const ContentType&) = default;
};
// nullopt: none of application/{json,proto,connect+json,connect+proto}. Parameters such as charset are ignored.
[[nodiscard]] std::optional<ContentType> parse_content_type(std::string_view field);
[[nodiscard]] std::string_view to_string(ContentType type);

// JSON takes lowerCamelCase and snake_case names and refuses unknown ones: a mistyped scope must not become "everyone".
// An empty body is an empty message. Error: invalid_argument.
[[nodiscard]] Result<void> decode(Encoding encoding, std::string_view bytes, google::protobuf::Message& into);
// Error: internal (a string of the message is no UTF-8).
[[nodiscard]] Result<std::string> encode(Encoding encoding, const google::protobuf::Message& message);

// Connect's word for one of our codes and the HTTP status of a unary answer that carries it.
struct ConnectCode {
    std::string_view word;
    int status;
};
[[nodiscard]] ConnectCode connect_code(ErrorCode code);
// A ControlError as JSON: the body of a unary error whatever the request's encoding was.
[[nodiscard]] std::string error_body(const api::Failure& failure);

enum EnvelopeFlags : std::uint8_t { envelope_compressed = 1, envelope_end = 2 };
inline constexpr std::size_t envelope_head_size = 5;  // flags, then the length as 32 bits, big endian

// Appends one envelope of a stream.
void append_envelope(std::string& out, std::uint8_t flags, std::string_view payload);
// The last envelope of a stream: {} or {"error": ControlError}.
void append_end(std::string& out, const std::optional<api::Failure>& failure);

struct Envelope {
    std::uint8_t flags = 0;
    std::string payload;
};

// Takes a stream apart, however the bytes are cut.
class EnvelopeReader {
  public:
    // `payload_max`: bytes of one message.
    explicit EnvelopeReader(std::size_t payload_max) : payload_max_(payload_max) {}
    void feed(std::string_view bytes) { buffer_ += bytes; }
    // nullopt: more bytes are needed. Errors: invalid_argument (compressed or unknown flags), body_too_large; the
    // stream cannot be read on after one.
    [[nodiscard]] Result<std::optional<Envelope>> next();
    // No bytes of a further envelope have come.
    [[nodiscard]] bool empty() const { return buffer_.empty(); }

  private:
    std::size_t payload_max_;
    std::string buffer_;
};

}  // namespace signalbox::control
