#include "engine/control/access_list.h"

#include "engine/core/config/quantities.h"
#include "engine/protocol/http/header.h"

namespace signalbox::control {
namespace {

// The token of "Bearer TOKEN"; empty for anything else.
std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (!protocol::equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return {};
    authorization.remove_prefix(scheme.size());
    const auto start = authorization.find_first_not_of(' ');
    return start == std::string_view::npos ? std::string_view{} : authorization.substr(start);
}

core::Role least_role(api::Access access) {
    switch (access) {
        case api::Access::viewer:
            return core::Role::viewer;
        case api::Access::operator_:
            return core::Role::operator_;
        case api::Access::admin:
            break;
    }
    return core::Role::admin;
}

}  // namespace

AccessList::AccessList(const std::vector<core::ControlToken>& tokens, bool loopback) : loopback_(loopback) {
    tokens_.reserve(tokens.size());
    for (const auto& token : tokens) tokens_.push_back({token.name, token.role, core::sha256(token.value)});
}

Result<Caller> AccessList::identify(std::string_view authorization, std::string_view host) const {
    if (!token_required()) {
        if (!names_this_host(host)) {
            return fail(ErrorCode::permission_denied, "without control_tokens only localhost is served");
        }
        return Caller{.role = core::Role::admin};
    }
    const std::string_view shown = bearer_token(authorization);
    if (shown.empty()) return fail(ErrorCode::unauthenticated, "send Authorization: Bearer TOKEN");
    const core::Digest digest = core::sha256(shown);
    const Token* found = nullptr;
    for (const Token& token : tokens_) {  // all of them, so the time does not tell which one came close
        if (core::same_digest(token.digest, digest)) found = &token;
    }
    if (found == nullptr) return fail(ErrorCode::unauthenticated, "unknown control token");
    return Caller{.actor = found->name, .role = found->role, .authenticated = true};
}

Result<void> require_role(const Caller& caller, api::Access least) {
    const core::Role needed = least_role(least);
    if (caller.role >= needed) return {};
    return fail(ErrorCode::permission_denied, caller.actor + " is a " + std::string(to_string(caller.role)) +
                                                  "; this takes the role " + std::string(to_string(needed)));
}

bool names_this_host(std::string_view host_field) {
    constexpr std::string_view localhost = "localhost", six = "[::1]";
    const bool bracketed = host_field.starts_with('[');
    const std::string_view host = host_field.substr(0, bracketed ? six.size() : host_field.find(':'));
    const std::string_view port = host_field.substr(host.size());
    const bool port_fits =
        port.empty() || (port.front() == ':' && port.find_first_not_of("0123456789", 1) == port.npos);
    if (!port_fits) return false;
    return bracketed ? host == six : protocol::equal_ignoring_case(host, localhost) || core::is_loopback(host);
}

}  // namespace signalbox::control
