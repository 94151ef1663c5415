#include "engine/control/connect_codec.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

namespace signalbox::control {
namespace {

namespace v1 = api::v1;

TEST(ContentTypes, KnowsFourAndIgnoresParametersAndCase) {
    EXPECT_EQ(parse_content_type("application/json"), (ContentType{Encoding::json, false}));
    EXPECT_EQ(parse_content_type("Application/JSON; charset=utf-8"), (ContentType{Encoding::json, false}));
    EXPECT_EQ(parse_content_type("application/proto"), (ContentType{Encoding::proto, false}));
    EXPECT_EQ(parse_content_type("application/connect+json ;x"), (ContentType{Encoding::json, true}));
    EXPECT_EQ(parse_content_type("application/connect+proto"), (ContentType{Encoding::proto, true}));
    for (const auto* other : {"", "text/plain", "application/grpc", "application/jsonx", ";application/json", " "}) {
        EXPECT_EQ(parse_content_type(other), std::nullopt) << other;
    }
    EXPECT_EQ(to_string({Encoding::proto, true}), "application/connect+proto");
}

TEST(Messages, JsonTakesBothSpellingsAndRefusesUnknownNames) {
    v1::CreateOverrideRequest request;
    ASSERT_TRUE(decode(Encoding::json, R"({"from":"a","ttlSeconds":60,"scopeTag":"t=1"})", request));
    EXPECT_EQ(request.ttl_seconds(), 60);
    ASSERT_TRUE(decode(Encoding::json, R"({"from":"a","ttl_seconds":"61"})", request));
    EXPECT_EQ(request.ttl_seconds(), 61);
    EXPECT_TRUE(request.scope_tag().empty()) << "an earlier message must not shine through";
    const auto typo = decode(Encoding::json, R"({"from":"a","scopeAcount":"ci"})", request);
    ASSERT_FALSE(typo);
    EXPECT_EQ(typo.error().code, ErrorCode::invalid_argument);
}

TEST(Messages, GarbageIsInvalidArgument) {
    v1::CreateOverrideRequest request;
    const std::string deep(5000, '[');
    for (const std::string& bytes :
         {std::string("{"), std::string("[]"), std::string("\"x\""), std::string("{\"from\":1}x"),
          std::string("{\"from\":\"\xff\xfe\"}"), deep, std::string(3, '\0')}) {
        const auto done = decode(Encoding::json, bytes, request);
        ASSERT_FALSE(done) << bytes.substr(0, 20);
        EXPECT_EQ(done.error().code, ErrorCode::invalid_argument);
    }
    EXPECT_FALSE(decode(Encoding::proto, "\xff\xff\xff", request));
    EXPECT_FALSE(decode(Encoding::proto, std::string("\x12\x02\xff\xfe", 4), request)) << "text must be UTF-8";
}

TEST(Messages, EmptyBodyIsAnEmptyMessage) {
    v1::ListEventsRequest request;
    request.set_limit(3);
    EXPECT_TRUE(decode(Encoding::json, "", request));
    EXPECT_EQ(request.limit(), 0);
    EXPECT_TRUE(decode(Encoding::proto, "", request));
}

TEST(Messages, RoundTripInBothEncodings) {
    v1::InfoResponse info;
    info.set_data_url("http://127.0.0.1:8080/v1");
    info.set_started_unix_us(1'700'000'000'000'000);
    for (const Encoding encoding : {Encoding::json, Encoding::proto}) {
        v1::InfoResponse back;
        const auto bytes = encode(encoding, info);
        ASSERT_TRUE(bytes);
        ASSERT_TRUE(decode(encoding, *bytes, back));
        EXPECT_EQ(back.SerializeAsString(), info.SerializeAsString());
    }
    EXPECT_NE(encode(Encoding::json, info)->find("\"dataUrl\""), std::string::npos);
    EXPECT_EQ(encode(Encoding::json, v1::InfoResponse{}), "{}");
}

TEST(Errors, CarryConnectsWordOurCodeAndTheConflict) {
    const auto body = error_body({ErrorCode::conflict, "taken", 41});
    v1::ControlError error;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(body, &error).ok());
    EXPECT_EQ(error.code(), "already_exists");
    EXPECT_EQ(error.reason(), "conflict");
    EXPECT_EQ(error.conflict_id(), 41);
}

TEST(Errors, HaveConnectsStatus) {
    const auto status = [](ErrorCode code) { return connect_code(code).status; };
    EXPECT_EQ(status(ErrorCode::invalid_argument), 400);
    EXPECT_EQ(status(ErrorCode::config_invalid), 400);
    EXPECT_EQ(status(ErrorCode::unauthenticated), 401);
    EXPECT_EQ(status(ErrorCode::permission_denied), 403);
    EXPECT_EQ(status(ErrorCode::not_found), 404);
    EXPECT_EQ(status(ErrorCode::model_not_found), 404);
    EXPECT_EQ(status(ErrorCode::conflict), 409);
    EXPECT_EQ(status(ErrorCode::limit_reached), 429);
    EXPECT_EQ(status(ErrorCode::store_failed), 503);
    EXPECT_EQ(status(ErrorCode::internal), 500);
}

std::string three_envelopes() {
    std::string bytes;
    append_envelope(bytes, 0, "first");
    append_envelope(bytes, 0, "");
    append_end(bytes, std::nullopt);
    return bytes;
}

std::vector<std::string> drain(EnvelopeReader& reader) {
    std::vector<std::string> out;
    for (;;) {
        auto envelope = reader.next();
        if (!envelope || !*envelope) return out;
        out.push_back(std::to_string((*envelope)->flags) + (*envelope)->payload);
    }
}

TEST(Envelopes, AreWhatTheProtocolSays) {
    std::string bytes;
    append_envelope(bytes, envelope_end, std::string(258, 'x'));
    EXPECT_EQ(bytes.substr(0, 5), std::string("\x02\x00\x00\x01\x02", 5));
    EXPECT_EQ(bytes.size(), 5 + 258U);
}

TEST(Envelopes, SurviveEveryCut) {
    const std::string bytes = three_envelopes();
    const std::vector<std::string> expected = {"0first", "0", "2{}"};
    for (std::size_t a = 0; a <= bytes.size(); ++a) {
        for (std::size_t b = a; b <= bytes.size(); ++b) {
            EnvelopeReader reader(100);
            std::vector<std::string> got;
            for (const std::string& piece : {bytes.substr(0, a), bytes.substr(a, b - a), bytes.substr(b)}) {
                reader.feed(piece);
                std::ranges::copy(drain(reader), std::back_inserter(got));
            }
            ASSERT_EQ(got, expected) << a << " " << b;
            EXPECT_TRUE(reader.empty());
        }
    }
}

TEST(Envelopes, RefuseWhatIsTooLargeBeforeItHasCome) {
    EnvelopeReader reader(100);
    reader.feed(std::string("\x00\xff\xff\xff\xff", 5));
    EXPECT_EQ(reader.next().error().code, ErrorCode::body_too_large);
}

TEST(Envelopes, RefuseCompressionAndUnknownFlags) {
    for (const char flags : {'\x01', '\x03', '\x80'}) {
        EnvelopeReader reader(100);
        reader.feed(std::string(1, flags) + std::string(4, '\0'));
        EXPECT_EQ(reader.next().error().code, ErrorCode::invalid_argument);
    }
}

TEST(Envelopes, EndCarriesTheFailure) {
    std::string bytes;
    append_end(bytes, api::Failure{ErrorCode::unavailable, "going \"down\""});
    EnvelopeReader reader(1000);
    reader.feed(bytes);
    auto end = reader.next();
    ASSERT_TRUE(end && *end);
    EXPECT_EQ((*end)->flags, envelope_end);
    EXPECT_TRUE((*end)->payload.starts_with(R"({"error":{"code":"unavailable","message":"going \"down\"")"));
}

}  // namespace
}  // namespace signalbox::control
