// Accounts for journeys, and what became of them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/journey/journey_fixture.h"

namespace signalbox::flow {

// Of JourneyFixture::base_config(): micro-dollars for a chat_answer(), whose usage is 10 in and 5 out.
inline constexpr MicroUsd answer_cost{20};

inline core::AccountConfig account(std::string name) {
    core::AccountConfig account;
    account.key = "sb-" + name;
    account.name = std::move(name);
    return account;
}

inline core::Config with_account(const core::AccountConfig& account) {
    core::Config config = JourneyFixture::base_config();
    config.accounts = {account};
    return config;
}

inline std::string as(const std::string& account) {
    return "authorization: Bearer sb-" + account + "\r\n";
}

// One line of a request that asks for at most so many tokens.
inline std::string asking_for(std::int64_t max_tokens, bool stream = false, const std::string& model = "main") {
    return R"({"model":")" + model + R"(","messages":[{"role":"user","content":"hi"}],"max_tokens":)" +
           std::to_string(max_tokens) + (stream ? R"(,"stream":true})" : "}");
}

// A stream of so many tokens, and the usage to go with it.
inline Script tokens(std::size_t count, Nanos pace) {
    Script script = chat_stream(std::vector<std::string>(count, "w"), 100ms, pace);
    script.parts[script.parts.size() - 2].bytes =
        sse(R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":)" + std::to_string(count) + "}}");
    return script;
}

inline AccountView view_of(const JourneyFixture& f, const std::string& name) {
    for (AccountView& row : f.router.view().accounts) {
        if (row.figures.name == name) return row;
    }
    ADD_FAILURE() << "no account " << name;
    return {};
}

}  // namespace signalbox::flow
