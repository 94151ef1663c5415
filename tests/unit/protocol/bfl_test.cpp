#include "engine/protocol/dialect/bfl.h"

#include <gtest/gtest.h>

#include "engine/base/base64.h"

namespace signalbox::protocol {
namespace {

RequestOptions options(std::string_view model = "flux-2-pro", bool drop = true) {
    RequestOptions out;
    out.model = model;
    out.drop_params = drop;
    return out;
}

std::string body_of(std::string_view in, std::string_view model = "flux-2-pro") {
    const auto out = bfl_request(in, options(model));
    return out ? out->body : "refused: " + out.error().detail;
}

std::string refused(std::string_view in, bool drop = true) {
    const auto out = bfl_request(in, options("flux-2-pro", drop));
    if (out) return "taken";
    EXPECT_EQ(out.error().code, ErrorCode::invalid_parameter);
    return out.error().detail.substr(0, out.error().detail.find(':'));
}

TEST(Bfl, ARequestBecomesATask) {
    EXPECT_EQ(body_of(R"({"model":"flux","prompt":"a \"cat\"","n":1,"size":"1536x1024","seed":7,"stream":false})"),
              R"({"prompt":"a \"cat\"","width":1536,"height":1024,"seed":7})");
    EXPECT_EQ(body_of(R"({"model":"m","prompt":"x","size":"auto","output_format":"png","safety_tolerance":2})"),
              R"({"prompt":"x","output_format":"png","safety_tolerance":2})");
    EXPECT_EQ(body_of(R"({"model":"m","prompt":"x","input_image":"aGk=","input_image_8":"https://h/p.png"})"),
              R"({"prompt":"x","input_image":"aGk=","input_image_8":"https://h/p.png"})");
}

TEST(Bfl, ModelsThatTakeNoPixelsGetTheRatio) {
    const std::string_view in = R"({"model":"m","prompt":"x","size":"1792x1024"})";
    EXPECT_EQ(body_of(in, "flux-kontext-pro"), R"({"prompt":"x","aspect_ratio":"7:4"})");
    EXPECT_EQ(body_of(in, "flux-pro-1.1-ultra"), R"({"prompt":"x","aspect_ratio":"7:4"})");
}

TEST(Bfl, TheirOwnMeasuresOutweighSize) {
    EXPECT_EQ(body_of(R"({"model":"m","prompt":"x","size":"64x64","aspect_ratio":"16:9"})"),
              R"({"prompt":"x","aspect_ratio":"16:9"})");
    EXPECT_EQ(body_of(R"({"model":"m","prompt":"x","size":"64x64","width":128})"), R"({"prompt":"x","width":128})");
}

TEST(Bfl, WhatItDoesNotKnowIsNamed) {
    const std::string_view in =
        R"({"model":"m","prompt":"x","quality":"high","style":"auto","user":"u","finetune_id":"f","webhook_url":"h"})";
    const auto out = bfl_request(in, options());
    ASSERT_TRUE(out);
    EXPECT_EQ(out->body, R"({"prompt":"x"})");
    EXPECT_EQ(out->dropped, (std::vector<std::string>{"quality", "user", "finetune_id", "webhook_url"}));
    EXPECT_EQ(refused(in, false), "quality");
    EXPECT_EQ(refused(R"({"model":"m","prompt":"x","quality":"auto","style":null})", false), "taken");
}

TEST(Bfl, WhatWouldBeSomethingElseIsRefused) {
    EXPECT_EQ(refused(R"({"model":"m"})"), "prompt");
    EXPECT_EQ(refused(R"({"model":"m","prompt":7})"), "prompt");
    EXPECT_EQ(refused(R"({"model":"m","prompt":"x","n":2})"), "n");
    EXPECT_EQ(refused(R"({"model":"m","prompt":"x","n":"one"})"), "n");
    EXPECT_EQ(refused(R"({"model":"m","prompt":"x","stream":true})"), "stream");
    EXPECT_EQ(refused(R"({"model":"m","prompt":"x","response_format":"gif"})"), "response_format");
    for (const std::string_view size : {"1024", "x", "1024x", "-1x5", "0x64", "1024x1024 ", "99999x1", "1e3x1"}) {
        EXPECT_EQ(refused(R"({"model":"m","prompt":"x","size":")" + std::string(size) + "\"}"), "size") << size;
    }
    EXPECT_EQ(bfl_request("[", options()).error().code, ErrorCode::malformed_json);
}

TEST(Bfl, AModelsNameIsOnePlainPiecePathAndNothingElse) {
    for (const std::string_view good : {"flux-2-pro", "flux-pro-1.1-ultra", "x_1"}) EXPECT_TRUE(is_bfl_model(good));
    for (const std::string_view bad :
         {"", ".", "..", "a/b", "../credits", "a?b", "a#b", "a b", "a%2fb", "a\r\nx: y", "\xC3\xA4"}) {
        EXPECT_FALSE(is_bfl_model(bad)) << bad;
    }
}

TEST(Bfl, TheFormOfThePicture) {
    EXPECT_EQ(picture_form(R"({"response_format":"url"})"), PictureForm::url);
    EXPECT_EQ(picture_form(R"({"response_format":"b64_json"})"), PictureForm::b64_json);
    EXPECT_EQ(picture_form(R"({"prompt":"x"})"), PictureForm::b64_json);
    EXPECT_EQ(picture_form("garbage"), PictureForm::b64_json);
}

TEST(Bfl, TasksAsTheyAreAnswered) {
    const auto task =
        read_bfl_task(R"({"id":"t","polling_url":"https://api.eu.bfl.ai/v1/get_result?id=t","cost":4.5})");
    ASSERT_TRUE(task);
    EXPECT_EQ(task->polling_url, "https://api.eu.bfl.ai/v1/get_result?id=t");
    EXPECT_EQ(task->cost, MicroUsd{45'000});
    EXPECT_FALSE(read_bfl_task(R"({"polling_url":"u","cost":-1})")->cost);
    EXPECT_FALSE(read_bfl_task(R"({"polling_url":"u","cost":1e300})")->cost);
    EXPECT_FALSE(read_bfl_task(R"({"polling_url":"u","cost":"free"})")->cost);
    for (const std::string_view other : {"", "[]", "7", R"({"id":"t"})", R"({"polling_url":7})", "<html>"}) {
        EXPECT_FALSE(read_bfl_task(other)) << other;
    }
}

TEST(Bfl, EveryStateOfATask) {
    const auto state = [](std::string_view body) { return read_bfl_progress(body).state; };
    EXPECT_EQ(state(R"({"id":"t","status":"Pending","result":null,"progress":0.4})"), BflState::pending);
    EXPECT_EQ(state(R"({"status":"Reasoning"})"), BflState::pending);
    EXPECT_EQ(state(R"({"status":"Error","result":null})"), BflState::failed);
    EXPECT_EQ(state(R"({"status":"Task not found"})"), BflState::missing);
    EXPECT_EQ(state(R"({"status":"Ready","result":{}})"), BflState::unreadable);
    EXPECT_EQ(state(R"({"status":"Ready"})"), BflState::unreadable);
    for (const std::string_view other : {"", "[]", "{}", R"({"status":null})", R"({"detail":"no"})", "<html>"}) {
        EXPECT_EQ(state(other), BflState::unreadable) << other;
    }
    const BflProgress ready = read_bfl_progress(
        R"({"status":"Ready","result":{"sample":"https://delivery-eu1.bfl.ai/p.png?sig=1","prompt":"a cat"}})");
    EXPECT_EQ(ready.state, BflState::ready);
    EXPECT_EQ(ready.picture_url, "https://delivery-eu1.bfl.ai/p.png?sig=1");
    EXPECT_EQ(ready.prompt, "a cat");
}

TEST(Bfl, WhyThereIsNoPictureIsToldInItsWords) {
    const BflProgress asked = read_bfl_progress(
        R"({"status":"Request Moderated","details":{"Moderation Reasons":["Derivative Works Filter","Other",7]}})");
    EXPECT_EQ(asked.state, BflState::moderated);
    EXPECT_EQ(asked.words, "Request Moderated: Derivative Works Filter, Other");
    EXPECT_EQ(read_bfl_progress(R"({"status":"Content Moderated"})").words, "Content Moderated");
    EXPECT_EQ(read_bfl_progress(R"({"status":"Error","error":"out of\nmemory"})").words, "Error: out of memory");
    EXPECT_EQ(read_bfl_progress(R"({"status":"Error","details":"boom"})").words, "Error: boom");
    const std::string long_words = R"({"status":"Error","error":")" + std::string(5000, 'x') + "\"}";
    EXPECT_LE(read_bfl_progress(long_words).words.size(), error_detail_max);
}

TEST(Bfl, ThePictureIsAnsweredAsOpenAiWould) {
    EXPECT_EQ(picture_answer(PictureForm::b64_json, "hi!", "a cat", 7),
              R"({"created":7,"data":[{"b64_json":"aGkh","revised_prompt":"a cat"}]})");
    EXPECT_EQ(picture_answer(PictureForm::url, "https://h/p?a=\"", "", 7),
              R"({"created":7,"data":[{"url":"https://h/p?a=\""}]})");
}

TEST(Base64, TheVectorsOfTheStandard) {
    const auto encoded = [](std::string_view bytes) {
        std::string out = ">";
        append_base64(out, bytes);
        return out;
    };
    EXPECT_EQ(encoded(""), ">");
    EXPECT_EQ(encoded("f"), ">Zg==");
    EXPECT_EQ(encoded("fo"), ">Zm8=");
    EXPECT_EQ(encoded("foo"), ">Zm9v");
    EXPECT_EQ(encoded("foob"), ">Zm9vYg==");
    EXPECT_EQ(encoded("fooba"), ">Zm9vYmE=");
    EXPECT_EQ(encoded("foobar"), ">Zm9vYmFy");
    EXPECT_EQ(encoded(std::string_view("\xFF\xFE\x00", 3)), ">//4A");
}

}  // namespace
}  // namespace signalbox::protocol
