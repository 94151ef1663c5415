// Who may use the control API. Immutable; built from the configuration and swapped whole when it changes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/control/backend.h"
#include "engine/core/access/digest.h"

namespace signalbox::control {

// With tokens, everybody shows one. Without, a listener on loopback takes everyone for the local administrator,
// provided the request names this host (a web page whose name was rebound to 127.0.0.1 does not); any other listener
// takes nobody.
class AccessList {
  public:
    AccessList(const std::vector<core::ControlToken>& tokens, bool loopback);

    [[nodiscard]] bool token_required() const { return !tokens_.empty() || !loopback_; }
    // The values of the request's Authorization and Host fields; empty where absent.
    // Errors: unauthenticated, permission_denied (the host's name).
    [[nodiscard]] Result<Caller> identify(std::string_view authorization, std::string_view host) const;

  private:
    struct Token {
        std::string name;
        core::Role role;
        core::Digest digest;
    };
    std::vector<Token> tokens_;
    bool loopback_;
};
using AccessListPtr = std::shared_ptr<const AccessList>;

// unauthenticated is answered by identify(); this is the second half. Error: permission_denied.
[[nodiscard]] Result<void> require_role(const Caller& caller, api::Access least);

// "localhost", "[::1]" or any address of 127.0.0.0/8, with or without a port.
[[nodiscard]] bool names_this_host(std::string_view host_field);

}  // namespace signalbox::control
