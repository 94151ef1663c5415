#include "engine/control/access_list.h"

#include <gtest/gtest.h>

namespace signalbox::control {
namespace {

const std::vector<core::ControlToken> tokens = {{"eyes", core::Role::viewer, "view-secret"},
                                                {"ops", core::Role::operator_, "ops-secret"},
                                                {"root", core::Role::admin, "root-secret"}};

ErrorCode refusal(const AccessList& list, std::string_view authorization, std::string_view host = "gw.example") {
    auto caller = list.identify(authorization, host);
    return caller ? ErrorCode::ok : caller.error().code;
}

TEST(AccessList, TokenNamesItsOwnerAndRole) {
    const AccessList list(tokens, false);
    auto caller = list.identify("Bearer ops-secret", "gw.example:8081");
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->actor, "ops");
    EXPECT_EQ(caller->role, core::Role::operator_);
    EXPECT_TRUE(caller->authenticated);
    EXPECT_TRUE(list.identify("bearer  root-secret", ""));
}

TEST(AccessList, RefusesEveryOtherToken) {
    const AccessList list(tokens, true);  // loopback does not excuse anybody once tokens exist
    for (const auto* shown : {"", "Bearer", "Bearer ", "Bearer ops-secre", "Bearer ops-secret2", "Bearer OPS-SECRET",
                              "Basic ops-secret", "ops-secret", "Bearer ops-secret "}) {
        EXPECT_EQ(refusal(list, shown, "localhost"), ErrorCode::unauthenticated) << shown;
    }
}

TEST(AccessList, EmptyTokenValueNeverMatches) {
    const AccessList list({{"broken", core::Role::admin, ""}}, true);
    EXPECT_EQ(refusal(list, "Bearer ", "localhost"), ErrorCode::unauthenticated);
}

TEST(AccessList, WithoutTokensOnlyThisHostsNamesAreServed) {
    const AccessList list({}, true);
    for (const auto* host :
         {"localhost", "LOCALHOST:8081", "127.0.0.1", "127.0.0.2:8081", "127.0.0.1:1", "[::1]", "[::1]:8081"}) {
        auto caller = list.identify("", host);
        ASSERT_TRUE(caller) << host;
        EXPECT_EQ(caller->actor, "local");
        EXPECT_EQ(caller->role, core::Role::admin);
        EXPECT_FALSE(caller->authenticated);
    }
    for (const auto* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "128.0.0.1",
                             "[::1", "[::2]", "localhost:80:evil", "localhost:x", "::1", "evil@localhost"}) {
        EXPECT_EQ(refusal(list, "", host), ErrorCode::permission_denied) << host;
    }
}

TEST(AccessList, WithoutTokensBeyondLoopbackNobodyIsServed) {
    EXPECT_EQ(refusal(AccessList({}, false), "", "localhost"), ErrorCode::unauthenticated);
    EXPECT_EQ(refusal(AccessList({}, false), "Bearer x", "localhost"), ErrorCode::unauthenticated);
}

TEST(AccessList, RolesAreALadder) {
    const auto may = [](core::Role role, api::Access access) {
        return require_role({.role = role}, access).has_value();
    };
    EXPECT_TRUE(may(core::Role::viewer, api::Access::viewer));
    EXPECT_FALSE(may(core::Role::viewer, api::Access::operator_));
    EXPECT_TRUE(may(core::Role::operator_, api::Access::operator_));
    EXPECT_FALSE(may(core::Role::operator_, api::Access::admin));
    EXPECT_TRUE(may(core::Role::admin, api::Access::operator_));
    EXPECT_EQ(require_role({.role = core::Role::viewer}, api::Access::admin).error().code,
              ErrorCode::permission_denied);
}

}  // namespace
}  // namespace signalbox::control
