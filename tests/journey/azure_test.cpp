// Azure's two APIs: where they are called, and their ways of telling what was filtered.
#include "engine/flow/upstream.h"
#include "tests/journey/accounts.h"

namespace signalbox::flow {
namespace {

core::ProviderConfig azure(const std::string& base_url, const std::string& version = {}) {
    core::ProviderConfig provider;
    provider.name = "az";
    provider.kind = core::ProviderKind::azure;
    provider.base_url = base_url;
    provider.api_version = version;
    provider.keys = {{"only", "az-key", 1, {}, {}, {}}};
    return provider;
}

std::string target(const core::ProviderConfig& provider, protocol::Endpoint endpoint, const std::string& model = "m") {
    return address_of(provider, 0).target(endpoint, model);
}

// `main` at a classic Azure, p1.
core::Config classic(const std::string& path = {}) {
    core::Config config = JourneyFixture::base_config();
    config.providers[0].kind = core::ProviderKind::azure;
    config.providers[0].base_url = "http://10.0.0.1" + path;
    return config;
}

bool sent(const ScriptedProvider& provider, const std::string& words) {
    return provider.seen.at(0).find(words) != std::string::npos;
}

TEST(Azure, ClassicHasTheModelInThePathAndAVersion) {
    using protocol::Endpoint;
    for (const char* base : {"https://r.openai.azure.com", "https://r.openai.azure.com/",
                             "https://r.openai.azure.com/openai", "https://r.openai.azure.com/openai/"}) {
        const core::ProviderConfig provider = azure(base);
        EXPECT_TRUE(is_classic_azure(provider));
        EXPECT_EQ(target(provider, Endpoint::chat), "/openai/deployments/m/chat/completions?api-version=2024-10-21")
            << base;
    }
    const core::ProviderConfig proxied = azure("https://hub.example/team/openai", "2025-03-01-preview");
    EXPECT_EQ(target(proxied, Endpoint::embeddings),
              "/team/openai/deployments/m/embeddings?api-version=2025-03-01-preview");
    EXPECT_EQ(target(proxied, Endpoint::images),
              "/team/openai/deployments/m/images/generations?api-version=2025-03-01-preview");
    EXPECT_EQ(target(proxied, Endpoint::models), "/team/openai/models?api-version=2025-03-01-preview");
}

TEST(Azure, TheNewApiIsAsOpenAIs) {
    using protocol::Endpoint;
    const core::ProviderConfig v1 = azure("https://r.openai.azure.com/openai/v1/");
    EXPECT_FALSE(is_classic_azure(v1));
    EXPECT_EQ(target(v1, Endpoint::chat), "/openai/v1/chat/completions");
    EXPECT_EQ(target(v1, Endpoint::models), "/openai/v1/models");
    EXPECT_EQ(target(azure("https://r.openai.azure.com/openai/v1", "preview"), Endpoint::responses),
              "/openai/v1/responses?api-version=preview");
    core::ProviderConfig openai = v1;
    openai.kind = core::ProviderKind::openai;
    openai.base_url = "https://api.openai.com";
    EXPECT_FALSE(is_classic_azure(openai));
}

TEST(Azure, AModelsNameStaysInItsPlaceInThePath) {
    const core::ProviderConfig provider = azure("https://r.openai.azure.com");
    EXPECT_EQ(target(provider, protocol::Endpoint::chat, "../../x?a=b#c d\r\n\xc3\xa9"),
              "/openai/deployments/..%2F..%2Fx%3Fa%3Db%23c%20d%0D%0A%C3%A9/chat/completions?api-version=2024-10-21");
    EXPECT_EQ(target(provider, protocol::Endpoint::chat, "gpt-4.1_mini~2"),
              "/openai/deployments/gpt-4.1_mini~2/chat/completions?api-version=2024-10-21");
    EXPECT_EQ(target(provider, protocol::Endpoint::chat, ".."),
              "/openai/deployments/%2E%2E/chat/completions?api-version=2024-10-21");
}

TEST(Azure, ClassicIsCalledWithItsOwnHeaderAndTheClientsBody) {
    JourneyFixture f(classic());
    EXPECT_EQ(f.ask(plain).status, 200);
    EXPECT_TRUE(sent(f.provider(1), "POST /openai/deployments/m/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n"));
    EXPECT_TRUE(sent(f.provider(1), "api-key: sk-1\r\n"));
    EXPECT_FALSE(sent(f.provider(1), "authorization"));
    EXPECT_TRUE(sent(f.provider(1), R"("messages":[{"role":"user","content":"hi"}])"));
}

TEST(Azure, ClassicServesOtherDialectsByItsChat) {
    JourneyFixture f(classic("/openai"));
    EXPECT_EQ(f.ask(R"({"model":"main","input":"hi"})", "/v1/responses").status, 200);
    EXPECT_TRUE(sent(f.provider(1), "POST /openai/deployments/m/chat/completions?api-version="));
    JourneyFixture g(classic("/openai/v1"));
    g.provider(1).next = {answer(200, R"({"id":"r","object":"response","status":"completed","output":[{}]})")};
    EXPECT_EQ(g.ask(R"({"model":"main","input":"hi"})", "/v1/responses").status, 200);
    EXPECT_TRUE(sent(g.provider(1), "POST /openai/v1/responses HTTP/1.1\r\n"));
}

TEST(Azure, AMissingDeploymentIsAFaultOfTheRoute) {
    JourneyFixture f(classic());
    f.provider(1).next = {answer(404, R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this )"
                                      R"(resource does not exist."}})")};
    EXPECT_EQ(f.ask(plain).header("x-signalbox-model"), "spare");
    EXPECT_EQ(f.row().why, ErrorCode::upstream_not_found);
}

// ---- content filters

const std::string preamble = R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":)"
                             R"([{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false}}}]})";

TEST(Azure, ThePreambleOfAStreamIsNoContent) {
    JourneyFixture f(classic());
    Script script = chat_stream({"one"});
    script.parts.resize(1);
    script.parts[0].bytes += sse(preamble);
    script.parts.push_back({1s, sse(R"({"error":{"code":"InternalServerError","message":"sorry"}})") + "0\r\n\r\n"});
    f.provider(1).next = {script};
    f.provider(2).next = {chat_stream({"two"})};
    const Reply reply = f.ask(streamed);
    EXPECT_EQ(reply.header("x-signalbox-model"), "spare");
    EXPECT_EQ(reply.body.find("prompt_filter_results"), std::string::npos);
}

TEST(Azure, ThePreambleAndTheVerdictsOnTheWayReachTheClient) {
    JourneyFixture f(classic());
    Script script = chat_stream({"one", "two"});
    script.parts[0].bytes += sse(preamble);
    script.parts[1].bytes += sse(R"({"id":"c","choices":[{"index":0,"content_filter_offsets":{"check_offset":1},)"
                                 R"("content_filter_results":{"hate":{"filtered":false}},"delta":{},)"
                                 R"("finish_reason":null}]})");
    f.provider(1).next = {script};
    const Reply reply = f.ask(streamed);
    EXPECT_NE(reply.body.find("prompt_filter_results"), std::string::npos);
    EXPECT_NE(reply.body.find("content_filter_offsets"), std::string::npos);
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(f.row().usage, (Usage{10, 5, -1}));
}

TEST(Azure, AFilteredPromptIsTheProvidersVerdict) {
    constexpr auto bodies = std::to_array<const char*>(
        {R"({"error":{"message":"It was filtered.","type":null,"param":"prompt","code":"content_filter","status":400,
            "innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"x":{"filtered":true}}}}})",
         R"({"error":{"code":"BadRequest","message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
         R"({"error":{"code":"x","inner_error":{"code":"ResponsibleAIPolicyViolation"},"message":"It was blocked."}})",
         R"({"error":{"code":"contentFilter","message":"Your task failed as a result of our safety system."}})"});
    for (const char* body : bodies) {
        JourneyFixture f(classic());
        f.provider(1).next = {answer(400, body)};
        EXPECT_EQ(f.ask(plain).status, 400) << body;
        EXPECT_EQ(f.row().error, ErrorCode::upstream_content_filter) << body;
        EXPECT_TRUE(f.provider(2).seen.empty());
    }
}

TEST(Azure, AnAnswerCutShortByTheFilterIsTheProvidersAnswer) {
    JourneyFixture f(classic());
    f.provider(1).next = {answer(200,
                                 R"({"id":"c","choices":[{"index":0,"finish_reason":"content_filter","message":)"
                                 R"({"role":"assistant"},"content_filter_results":{"violence":{"filtered":true}}}],)"
                                 R"("prompt_filter_results":[],"usage":{"prompt_tokens":9,"completion_tokens":0}})")};
    const Reply whole = f.ask(plain);
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.header("x-signalbox-model"), "main");
    Script script = chat_stream({});
    script.parts[0].bytes += sse(preamble);
    script.parts[1].bytes = sse(R"({"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]})");
    f.provider(1).next = {script};
    EXPECT_TRUE(f.ask(streamed).body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(f.row().error, ErrorCode::ok);
    EXPECT_TRUE(f.provider(2).seen.empty());
}

}  // namespace
}  // namespace signalbox::flow
