#include "engine/control/connect_codec.h"

#include <google/protobuf/util/json_util.h>

#include <array>
#include <limits>

#include "engine/base/check.h"
#include "engine/protocol/http/header.h"

namespace signalbox::control {
namespace {

struct TypeRow {
    std::string_view word;
    ContentType type;
};
constexpr std::array<TypeRow, 4> content_types = {{
    {"application/json", {Encoding::json, false}},
    {"application/proto", {Encoding::proto, false}},
    {"application/connect+json", {Encoding::json, true}},
    {"application/connect+proto", {Encoding::proto, true}},
}};

constexpr ConnectCode invalid{"invalid_argument", 400};
constexpr ConnectCode exhausted{"resource_exhausted", 429};

Result<std::string> to_json(const google::protobuf::Message& message) {
    std::string json;
    const auto status = google::protobuf::util::MessageToJsonString(message, &json);
    if (!status.ok()) return fail(ErrorCode::internal, std::string(status.message()));
    return json;
}

std::size_t payload_size(std::string_view head) {
    std::size_t size = 0;
    for (std::size_t i = 1; i < envelope_head_size; ++i) size = size << 8 | static_cast<unsigned char>(head[i]);
    return size;
}

}  // namespace

std::optional<ContentType> parse_content_type(std::string_view field) {
    field = field.substr(0, field.find(';'));
    field = field.substr(0, field.find_last_not_of(" \t") + 1);
    for (const TypeRow& row : content_types) {
        if (protocol::equal_ignoring_case(row.word, field)) return row.type;
    }
    return std::nullopt;
}

std::string_view to_string(ContentType type) {
    for (const TypeRow& row : content_types) {
        if (row.type == type) return row.word;
    }
    return {};
}

Result<void> decode(Encoding encoding, std::string_view bytes, google::protobuf::Message& into) {
    into.Clear();
    if (bytes.empty()) return {};
    if (encoding == Encoding::proto) {
        const bool fits = bytes.size() <= std::numeric_limits<int>::max();
        if (fits && into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
        return fail(ErrorCode::invalid_argument, "not a " + into.GetTypeName());
    }
    const auto status = google::protobuf::util::JsonStringToMessage({bytes.data(), bytes.size()}, &into);
    if (status.ok()) return {};
    return fail(ErrorCode::invalid_argument, std::string(status.message()));
}

Result<std::string> encode(Encoding encoding, const google::protobuf::Message& message) {
    if (encoding == Encoding::json) return to_json(message);
    return message.SerializeAsString();
}

ConnectCode connect_code(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument:
        case ErrorCode::malformed_json:
        case ErrorCode::invalid_utf8:
        case ErrorCode::invalid_parameter:
        case ErrorCode::config_invalid:
            return invalid;
        case ErrorCode::unauthenticated:
            return {"unauthenticated", 401};
        case ErrorCode::permission_denied:
            return {"permission_denied", 403};
        case ErrorCode::not_found:
        case ErrorCode::model_not_found:
            return {"not_found", 404};
        case ErrorCode::unknown_path:
        case ErrorCode::method_not_allowed:
            return {"unimplemented", 404};
        case ErrorCode::conflict:
            return {"already_exists", 409};
        case ErrorCode::body_too_large:
        case ErrorCode::limit_reached:
            return exhausted;
        case ErrorCode::unavailable:
        case ErrorCode::draining:
        case ErrorCode::store_failed:
            return {"unavailable", 503};
        default:
            return {"internal", 500};
    }
}

std::string error_body(const api::Failure& failure) {
    api::v1::ControlError error;
    error.set_code(std::string(connect_code(failure.code).word));
    error.set_message(failure.message);
    error.set_reason(std::string(to_string(failure.code)));
    error.set_conflict_id(failure.conflict_id);
    return to_json(error).value_or(R"({"code":"internal"})");
}

void append_envelope(std::string& out, std::uint8_t flags, std::string_view payload) {
    SB_CHECK(payload.size() <= std::numeric_limits<std::uint32_t>::max());
    const auto size = static_cast<std::uint32_t>(payload.size());
    out += static_cast<char>(flags);
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xFF);
    out += payload;
}

void append_end(std::string& out, const std::optional<api::Failure>& failure) {
    append_envelope(out, envelope_end, failure ? "{\"error\":" + error_body(*failure) + "}" : "{}");
}

Result<std::optional<Envelope>> EnvelopeReader::next() {
    if (buffer_.size() < envelope_head_size) return std::nullopt;
    const auto flags = static_cast<std::uint8_t>(buffer_[0]);
    if ((flags & ~envelope_end) != 0) {
        return fail(ErrorCode::invalid_argument, "compressed envelopes are not taken");
    }
    const std::size_t size = payload_size(buffer_);
    if (size > payload_max_) return fail(ErrorCode::body_too_large, "the message is too large");
    if (buffer_.size() < envelope_head_size + size) return std::nullopt;
    Envelope envelope{flags, buffer_.substr(envelope_head_size, size)};
    buffer_.erase(0, envelope_head_size + size);
    return envelope;
}

}  // namespace signalbox::control
