// Step 3: whose request is it, and may they ask for this model? Pure.
#include "engine/base/tags.h"
#include "engine/flow/steps.h"

namespace signalbox::flow {
namespace {

// OpenAI clients send a bearer token, Anthropic's send x-api-key.
std::string_view key_of(const protocol::RequestHead& head) {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view authorization = head.find("authorization");
    if (authorization.size() > scheme.size() &&
        protocol::equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
        return authorization.substr(scheme.size());
    }
    return head.find("x-api-key");
}

Result<void> may_use(const Exchange& x, std::string_view model) {
    if (core::may_use(*x.account, x.rules.table->resolve_alias(model))) return {};
    return fail(ErrorCode::model_not_allowed,
                "The account '" + x.account->name + "' may not use the model '" + std::string(model) + "'.");
}

// What the request says of itself goes before what is configured for its account.
void add_tags(const core::AccountConfig& account, std::string& tags) {
    const std::string said = account.tags.empty() ? std::string() : tags;
    for (const auto& [key, value] : account.tags) {
        bool is_said = false;
        for_each_tag(said, [&](std::string_view other, std::string_view) { is_said = is_said || other == key; });
        if (is_said) continue;
        if (!tags.empty()) tags += ',';
        tags += key;
        tags += '=';
        tags += value;
    }
}

}  // namespace

Result<void> authenticate(Exchange& x) {
    const std::string_view key = key_of(x.head);
    x.account = key.empty() ? nullptr : x.rules.accounts->find(key);
    if (x.account == nullptr) {
        if (!x.config().gateway.auth_required) return {};
        if (key.empty())
            return fail(ErrorCode::missing_key, "Send an account's key as Authorization: Bearer or x-api-key.");
        return fail(ErrorCode::invalid_key, "This key belongs to no account.");
    }
    x.record.account = x.account->name;
    add_tags(*x.account, x.record.tags);
    Result<void> allowed = may_use(x, x.scan.model);
    for (const std::string& fallback : x.scan.fallbacks) {
        if (allowed) allowed = may_use(x, fallback);
    }
    return allowed;
}

}  // namespace signalbox::flow
