// Pictures from a provider that takes tasks: submitted, asked for, fetched, and everything that goes wrong on the way.
#include "engine/flow/task_place.h"

#include "tests/journey/accounts.h"
#include "tests/journey/fault_scripts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

const std::string images = "/v1/images/generations";
const std::string paint = R"({"model":"main","prompt":"a cat","size":"1024x768","seed":7})";
const std::string by_url = R"({"model":"main","prompt":"a cat","response_format":"url"})";

// p1 takes tasks, p2 paints at once.
core::Config painting() {
    core::Config config = JourneyFixture::base_config();
    for (core::ModelConfig& model : config.models) model.shape = core::Shape::image;
    config.providers[0].kind = core::ProviderKind::bfl;
    config.models[0].deployments[0].model = "flux-2-pro";
    config.models[0].deployments[0].price = core::Price{{}, {}, {}, {30'000}};
    return config;
}

core::Config alone() {
    core::Config config = painting();
    config.models[0].fallbacks.clear();
    return config;
}

Script taken(const std::string& polling_url = "http://10.0.0.1/v1/get_result?id=t%201") {
    return answer(200, R"({"id":"t 1","polling_url":")" + polling_url + R"(","cost":4.5,"output_mp":1})");
}
Script status(const std::string& word, int http = 200, const std::string& more = "") {
    return answer(http, R"({"id":"t 1","status":")" + word + "\"" + more + "}");
}
Script ready(const std::string& sample = "http://10.0.0.1/results/p.png?sig=a%2Fb") {
    return status("Ready", 200, R"(,"result":{"sample":")" + sample + R"(","prompt":"a fat cat","seed":7})");
}
Script picture(const std::string& bytes = "hi!") {
    return {{{10ms, "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: " + std::to_string(bytes.size()) +
                        "\r\n\r\n" + bytes}},
            Script::End::keep_alive};
}
Script painted() {
    return answer(200, R"({"created":1,"data":[{"b64_json":"rescued"}]})");
}
Script silence() {
    return {{}, hang};
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string line_of(const std::string& seen) {
    return seen.substr(0, seen.find("\r\n"));
}

TEST(ImageTask, is_submitted_asked_for_and_its_picture_sent) {
    JourneyFixture f(painting());
    f.provider(1).next = {taken(), status("Pending"), status("Pending"), ready(), picture()};
    const Reply reply = f.ask(paint, images, "authorization: Bearer client\r\n");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("content-type"), "application/json");
    EXPECT_TRUE(holds(reply.body, R"("data":[{"b64_json":"aGkh","revised_prompt":"a fat cat"}]})")) << reply.body;
    const std::vector<std::string>& seen = f.provider(1).seen;
    ASSERT_EQ(seen.size(), 5u);
    EXPECT_EQ(line_of(seen[0]), "POST /v1/flux-2-pro HTTP/1.1");
    EXPECT_TRUE(holds(seen[0], "x-key: sk-1\r\n"));
    EXPECT_FALSE(holds(seen[0], "authorization"));
    EXPECT_TRUE(seen[0].ends_with(R"({"prompt":"a cat","width":1024,"height":768,"seed":7})"));
    for (const std::size_t poll : {1u, 2u, 3u}) {
        EXPECT_EQ(line_of(seen[poll]), "GET /v1/get_result?id=t%201 HTTP/1.1");
        EXPECT_TRUE(holds(seen[poll], "x-key: sk-1\r\n"));
    }
    EXPECT_EQ(line_of(seen[4]), "GET /results/p.png?sig=a%2Fb HTTP/1.1");
    EXPECT_FALSE(holds(seen[4], "sk-1"));
    EXPECT_EQ(f.provider(1).connections, 1);  // all of it over one
    const ports::RequestRecord row = f.row();
    EXPECT_EQ(row.outcome, Outcome::served);
    EXPECT_EQ(row.usage.images, 1);
    EXPECT_EQ(row.attempts.size(), 1u);
    EXPECT_GE(row.attempts[0].first_token_us, 2'375'000);  // from the task to its picture: three pauses
    EXPECT_EQ(f.in_flight(), 0);
}

TEST(ImageTask, whoever_wants_an_address_gets_the_providers) {
    JourneyFixture f(painting());
    f.provider(1).next = {taken(), ready("https://delivery-eu1.bfl.ai/p.png?sig=1")};
    const Reply reply = f.ask(by_url, images);
    EXPECT_TRUE(holds(reply.body, R"("url":"https://delivery-eu1.bfl.ai/p.png?sig=1")"));
    EXPECT_EQ(f.provider(1).seen.size(), 2u);
}

TEST(ImageTask, costs_what_the_provider_says_it_does) {
    JourneyFixture f(painting());
    f.provider(1).next = {taken(), ready(), picture()};
    (void)f.ask(paint, images);
    EXPECT_EQ(f.row().cost.value, 45'000);
    JourneyFixture mute(painting());
    mute.provider(1).next = {answer(200, R"({"id":"t","polling_url":"http://10.0.0.1/r"})"), ready(), picture()};
    (void)mute.ask(paint, images);
    EXPECT_EQ(mute.row().cost.value, 30'000);
    core::Config config = painting();
    config.models[0].deployments[0].price.reset();
    JourneyFixture unpriced(config);
    unpriced.provider(1).next = {taken(), ready(), picture()};
    (void)unpriced.ask(paint, images);
    EXPECT_EQ(unpriced.row().cost.value, 0);
}

TEST(ImageTask, what_the_provider_cannot_take_is_named_or_refused) {
    core::Config config = painting();
    JourneyFixture f(config);
    f.provider(1).next = {taken(), ready(), picture()};
    const std::string fine = R"({"model":"main","prompt":"x","quality":"hd","user":"u"})";
    EXPECT_EQ(f.ask(fine, images).header("x-signalbox-dropped"), "quality, user");
    EXPECT_TRUE(f.provider(1).seen[0].ends_with(R"({"prompt":"x"})"));
    config.defaults.drop_params = false;
    JourneyFixture strict(config);
    const Reply refused = strict.ask(fine, images);
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(holds(refused.body, R"("param":"quality")"));
    EXPECT_EQ(strict.provider(1).seen.size() + strict.provider(2).seen.size(), 0u);
}

TEST(ImageTask, more_than_one_picture_is_refused_and_a_fallback_that_cannot_makes_room_for_the_real_failure) {
    JourneyFixture f(painting());
    const std::string two = R"({"model":"main","prompt":"x","n":2})";
    EXPECT_EQ(f.ask(two, images).status, 400);
    core::Config config = painting();
    std::swap(config.providers[0].kind, config.providers[1].kind);
    JourneyFixture swapped(config);
    swapped.provider(1).next = {answer(500, crashed)};
    const Reply reply = swapped.ask(two, images);
    EXPECT_EQ(reply.status, 502);
    EXPECT_TRUE(holds(reply.body, "upstream_server_error")) << reply.body;
}

TEST(ImageTask, chat_is_not_for_a_provider_that_paints) {
    JourneyFixture f(painting());
    const Reply reply = f.ask(R"({"model":"p1/flux-3","messages":[{"role":"user","content":"hi"}]})");
    EXPECT_EQ(reply.status, 400);
    EXPECT_TRUE(holds(reply.body, "/v1/images/generations")) << reply.body;
}

TEST(ImageTask, a_model_named_by_the_client_cannot_lead_to_another_path) {
    JourneyFixture f(painting());
    for (const std::string name : {"../credits", "delete?x=", "a b", "a/b"}) {
        EXPECT_EQ(f.ask(R"({"model":"p1/)" + name + R"(","prompt":"x"})", images).status, 400) << name;
    }
    EXPECT_TRUE(f.provider(1).seen.empty());
    f.provider(1).next = {taken(), ready(), picture()};
    EXPECT_EQ(f.ask(R"({"model":"p1/flux-dev","prompt":"x"})", images).status, 200);
    EXPECT_EQ(line_of(f.provider(1).seen[0]), "POST /v1/flux-dev HTTP/1.1");
}

// What ends a task at once: the answers about it, the code, and whether somebody else is asked.
struct Ending {
    const char* name;
    std::vector<Script> scripts;
    ErrorCode code;
    bool rescued;
};

class Endings : public testing::TestWithParam<Ending> {};

TEST_P(Endings, AreWhatTheyAre) {
    const Ending& ending = GetParam();
    JourneyFixture f(painting());
    f.provider(1).next = {ending.scripts.begin(), ending.scripts.end()};
    f.provider(2).next = {painted()};
    const Reply reply = f.ask(paint, images);
    EXPECT_EQ(f.row().attempts[0].result, ending.code) << to_string(f.row().attempts[0].result);
    EXPECT_EQ(holds(reply.body, "rescued"), ending.rescued) << reply.body;
    EXPECT_FALSE(holds(reply.body, "sk-1"));
    EXPECT_EQ(f.in_flight(), 0);
}

const std::string moderated = R"(,"details":{"Moderation Reasons":["Derivative Works Filter"]})";

INSTANTIATE_TEST_SUITE_P(
    ImageTask, Endings,
    testing::Values(
        Ending{"request_moderated",
               {taken(), status("Request Moderated", 200, moderated)},
               ErrorCode::upstream_content_filter,
               false},
        Ending{"picture_moderated",
               {taken(), status("Pending"), status("Content Moderated")},
               ErrorCode::upstream_content_filter,
               false},
        Ending{"submit_without_credits",
               {answer(402, R"({"detail":"Insufficient credits"})")},
               ErrorCode::upstream_quota_exhausted,
               true},
        Ending{"too_many_tasks",
               {answer(429, R"({"detail":"Too many active tasks"})")},
               ErrorCode::upstream_rate_limited,
               true},
        Ending{"no_such_model", {answer(404, R"({"detail":"Not Found"})")}, ErrorCode::upstream_not_found, true},
        Ending{
            "bad_key", {answer(403, R"({"detail":"Not authenticated sk-1"})")}, ErrorCode::upstream_unauthorized, true},
        Ending{"bad_request",
               {answer(422, R"({"detail":[{"loc":["body","width"],"msg":"too small"}]})")},
               ErrorCode::upstream_bad_request,
               false},
        Ending{"no_task", {answer(200, R"({"id":"t"})")}, ErrorCode::upstream_malformed, true},
        Ending{"garbage", {answer(200, "<html>")}, ErrorCode::upstream_malformed, true},
        Ending{"never_known", {taken(), status("Task not found", 404)}, ErrorCode::upstream_server_error, true},
        Ending{"key_revoked_meanwhile", {taken(), answer(401, "{}")}, ErrorCode::upstream_unauthorized, true},
        Ending{"polls_in_garbage", {taken(), answer(200, "{}")}, ErrorCode::upstream_malformed, true},
        Ending{"polls_that_fail",
               {taken(), answer(404, R"({"detail":"Not Found"})")},
               ErrorCode::upstream_server_error,
               true},
        Ending{"polls_that_reset", {taken(), {{}, reset}}, ErrorCode::upstream_reset, true},
        Ending{"ready_without_a_picture",
               {taken(), status("Ready", 200, R"(,"result":{})")},
               ErrorCode::upstream_malformed,
               true},
        Ending{"picture_gone", {taken(), ready(), answer(403, "<xml>")}, ErrorCode::upstream_server_error, true},
        Ending{"picture_empty", {taken(), ready(), picture("")}, ErrorCode::upstream_server_error, true},
        Ending{"picture_too_large",
               {taken(),
                ready(),
                {{{1ms, "HTTP/1.1 200 OK\r\ncontent-length: 40000000\r\n\r\n"},
                  {1ms, std::string(limits::picture_max + 1, 'x')}},
                 hang}},
               ErrorCode::upstream_malformed,
               true}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ImageTask, moderation_is_the_clients_to_read_and_nobodys_fault) {
    JourneyFixture f(painting());
    f.provider(1).next = {taken(), status("Request Moderated", 200, moderated)};
    const Reply reply = f.ask(paint, images);
    EXPECT_EQ(reply.status, 400);
    EXPECT_TRUE(holds(reply.body, "Request Moderated: Derivative Works Filter"));
    EXPECT_TRUE(holds(reply.body, R"("code":"upstream_content_filter")")) << reply.body;
    for (int i = 0; i < 20; ++i) {
        f.provider(1).next = {taken(), status("Request Moderated", 200, moderated)};
        (void)f.ask(paint, images);
    }
    EXPECT_EQ(f.row().attempts.size(), 1u);  // still the first one asked
}

TEST(ImageTask, a_task_that_failed_is_given_again_once) {
    JourneyFixture f(alone());
    f.provider(1).next = {taken(), status("Error", 200, R"(,"error":"boom")"), taken(), ready(), picture()};
    EXPECT_EQ(f.ask(paint, images).status, 200);
    EXPECT_EQ(f.row().attempts.size(), 2u);
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::upstream_server_error);
    EXPECT_EQ(f.row().attempts[0].detail, "Error: boom");
}

TEST(ImageTask, a_task_that_was_taken_and_lost_is_not_given_again) {
    JourneyFixture f(alone());
    f.provider(1).next = {taken(), {{}, reset}};
    EXPECT_EQ(f.ask(paint, images).status, 502);
    EXPECT_EQ(f.row().attempts.size(), 1u);
    int submitted = 0;
    for (const std::string& seen : f.provider(1).seen) submitted += seen.starts_with("POST ") ? 1 : 0;
    EXPECT_EQ(submitted, 1);
}

TEST(ImageTask, questions_that_fail_now_and_then_are_asked_again) {
    JourneyFixture f(alone());
    f.provider(1).next = {taken(),           status("Task not found", 503),
                          {{}, reset},       answer(500, "{}"),
                          answer(429, "{}"), status("Pending"),
                          {{}, reset},       silence(),
                          ready(),           answer(503, ""),
                          picture()};
    const Reply reply = f.ask(paint, images);
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(f.row().attempts.size(), 1u);
}

TEST(ImageTask, one_that_never_ends_leaves_time_for_another_target) {
    JourneyFixture f(painting());
    f.provider(1).next = {taken(), status("Pending")};
    f.provider(2).next = {painted()};
    const Reply reply = f.ask(paint, images);
    EXPECT_TRUE(holds(reply.body, "rescued"));
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::header_timeout);
    EXPECT_GT(f.row().attempts[0].total_us, 290'000'000);
    EXPECT_LE(f.row().attempts[0].total_us, 301'000'000);
    EXPECT_LT(f.provider(1).seen.size(), 170u);  // every two seconds
}

TEST(ImageTask, nothing_outlives_the_total_deadline) {
    JourneyFixture f(alone());
    f.provider(1).next = {taken(), status("Pending")};
    const Reply reply = f.ask(paint, images, "x-signalbox-deadline-ms: 7000\r\n");
    EXPECT_EQ(reply.status, 504);
    EXPECT_EQ(f.row().error, ErrorCode::deadline_exceeded);
    EXPECT_LE(f.row().total_us, 7'100'000);
    EXPECT_EQ(f.in_flight(), 0);
    JourneyFixture silent(alone());
    silent.provider(1).next = {taken(), silence()};
    EXPECT_EQ(silent.ask(paint, images, "x-signalbox-deadline-ms: 7000\r\n").status, 504);
}

TEST(ImageTask, a_submission_that_gets_no_answer_ends_with_the_deadline_for_heads) {
    JourneyFixture f(painting());
    f.provider(1).next = {silence()};
    f.provider(2).next = {painted()};
    EXPECT_TRUE(holds(f.ask(paint, images).body, "rescued"));
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::header_timeout);
    EXPECT_LT(f.row().attempts[0].total_us, 31'000'000);
}

TEST(ImageTask, who_leaves_is_not_painted_for_any_longer) {
    for (const Nanos when : {200ms, 700ms, 1600ms}) {  // in the first pause, in a question, in a later one
        JourneyFixture f(painting());
        f.provider(1).next = {taken(), after_a_while(status("Pending"), 400ms)};
        const std::string request = "POST " + images +
                                    " HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(paint.size()) +
                                    "\r\n\r\n" + paint;
        (void)f.send_raw(request, when);
        f.loop.run_for(60s);
        EXPECT_EQ(f.row().outcome, Outcome::cancelled);
        EXPECT_LT(f.row().total_us, 2'000'000);
        EXPECT_TRUE(f.provider(2).seen.empty());
        EXPECT_EQ(f.in_flight(), 0);
    }
}

TEST(ImageTask, active_tasks_are_bounded_by_max_in_flight) {
    core::Config config = alone();
    config.models[0].deployments[0].max_in_flight = 1;
    JourneyFixture f(config);
    f.provider(1).next = {taken(),   status("Pending"), status("Pending"), ready(),
                          picture(), taken(),           ready(),           picture()};
    const auto one = f.send(paint, images);
    const auto two = f.send(paint, images);
    f.loop.run_for(1s);
    EXPECT_EQ(f.in_flight(), 1);
    int submitted = 0;
    for (const std::string& seen : f.provider(1).seen) submitted += seen.starts_with("POST ") ? 1 : 0;
    EXPECT_EQ(submitted, 1);
    f.loop.run_for(60s);
    EXPECT_EQ(one->status, 200);
    EXPECT_EQ(two->status, 200);
}

// ---- where a provider may send us

TEST(TaskPlace, the_regions_and_the_store_of_the_provider_are_followed) {
    core::Config config = painting();
    config.providers[0].base_url = "https://api.bfl.ai/v1";
    config.providers[0].headers = {{"x-team", "secret-header"}};
    JourneyFixture f(config);
    f.answer_at(4, {"api.bfl.ai", 443});
    f.answer_at(5, {"api.eu2.bfl.ai", 443});
    f.answer_at(6, {"delivery-eu1.bfl.ai", 443});
    f.provider(4).next = {taken("https://api.eu2.bfl.ai/v1/get_result?id=1")};
    f.provider(5).next = {ready("https://delivery-eu1.bfl.ai/p.png?sig=1")};
    f.provider(6).next = {picture()};
    EXPECT_EQ(f.ask(paint, images).status, 200);
    ASSERT_EQ(f.provider(5).seen.size(), 1u);
    EXPECT_TRUE(holds(f.provider(5).seen[0], "host: api.eu2.bfl.ai\r\n"));
    EXPECT_TRUE(holds(f.provider(5).seen[0], "x-key: sk-1\r\n"));
    ASSERT_EQ(f.provider(6).seen.size(), 1u);
    EXPECT_TRUE(holds(f.provider(6).seen[0], "host: delivery-eu1.bfl.ai\r\n"));
    EXPECT_FALSE(holds(f.provider(6).seen[0], "sk-1"));
    EXPECT_FALSE(holds(f.provider(6).seen[0], "secret-header"));
}

TEST(TaskPlace, a_provider_cannot_make_us_call_anybody_else) {
    JourneyFixture f(painting());
    f.answer_at(4, {"169.254.169.254", 80}, false);
    f.provider(2).next = {painted()};
    f.provider(1).next = {taken("http://169.254.169.254/latest/meta-data")};
    EXPECT_TRUE(holds(f.ask(paint, images).body, "rescued"));
    f.provider(1).next = {taken(), ready("http://169.254.169.254/latest/meta-data")};
    EXPECT_TRUE(holds(f.ask(paint, images).body, "rescued"));
    EXPECT_EQ(f.provider(4).connections, 0);
    EXPECT_EQ(f.row().attempts[0].result, ErrorCode::upstream_malformed);
}

bool follows(std::string base, std::string_view url, TaskUse use) {
    core::ProviderConfig provider;
    provider.kind = core::ProviderKind::bfl;
    provider.base_url = std::move(base);
    return task_place(provider, -1, url, use).has_value();
}

TEST(TaskPlace, only_the_providers_own_hosts_see_its_key) {
    const std::string real = "https://api.bfl.ai/v1";
    for (const char* good : {"https://api.bfl.ai/v1/get_result?id=1", "https://api.us1.bfl.ai/x",
                             "https://API.BFL.AI/x", "https://api.bfl.ai:443/x", "https://bfl.ai"}) {
        EXPECT_TRUE(follows(real, good, TaskUse::poll)) << good;
    }
    for (const char* bad : {"http://api.bfl.ai/x",
                            "https://api.bfl.ai:8443/x",
                            "https://evilbfl.ai/x",
                            "https://bfl.ai.evil.example/x",
                            "https://evil.example/?https://api.bfl.ai/",
                            "https://api.bfl.ai@evil.example/x",
                            "https://evil.example#api.bfl.ai",
                            "https://evil.example\\.bfl.ai/x",
                            "https://127.0.0.1/x",
                            "https://[::1]/x",
                            "//api.bfl.ai/x",
                            "/v1/get_result",
                            "file:///etc/passwd",
                            "",
                            "https://",
                            "https:///x",
                            "https://api.bfl.ai/a b",
                            "https://api.bfl.ai/\r\nx: y",
                            "https://api.bfl.ai/\xC3\xA4",
                            "https://x%2e.bfl.ai/",
                            "https://somewhere.blob.core.windows.net/x",
                            "https://api.bfl.ai:0/x",
                            "https://api.bfl.ai:99999/x"}) {
        EXPECT_FALSE(follows(real, bad, TaskUse::poll)) << bad;
    }
    // Whose base is not theirs keeps the key to itself.
    EXPECT_FALSE(follows("https://flux.corp.example/v1", "https://api.bfl.ai/x", TaskUse::poll));
    EXPECT_FALSE(follows("https://flux.corp.example/v1", "https://other.corp.example/x", TaskUse::poll));
    EXPECT_TRUE(follows("https://flux.corp.example/v1", "https://flux.corp.example/v1/r?id=1", TaskUse::poll));
    EXPECT_TRUE(follows("http://127.0.0.1:9000", "http://127.0.0.1:9000/v1/r", TaskUse::poll));
    EXPECT_FALSE(follows("http://127.0.0.1:9000", "http://127.0.0.1:9001/v1/r", TaskUse::poll));
}

TEST(TaskPlace, pictures_come_from_the_provider_or_its_store) {
    const std::string real = "https://api.bfl.ai/v1";
    EXPECT_TRUE(follows(real, "https://bfldeliveryprod.blob.core.windows.net/results/p.png?sig=1", TaskUse::fetch));
    EXPECT_TRUE(follows("https://flux.corp.example", "https://delivery-us1.bfl.ai/p.png", TaskUse::fetch));
    EXPECT_FALSE(follows(real, "https://blob.core.windows.net.evil.example/p", TaskUse::fetch));
    EXPECT_FALSE(follows(real, "http://delivery-us1.bfl.ai/p.png", TaskUse::fetch));
    EXPECT_FALSE(follows(real, "https://10.0.0.7/p.png", TaskUse::fetch));
}

}  // namespace
}  // namespace signalbox::flow
