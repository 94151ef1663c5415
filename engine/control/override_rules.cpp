#include "engine/control/override_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/control/failure.h"
#include "engine/control/wording.h"

namespace signalbox::control {
namespace {

using ports::OverrideRow;

constexpr std::int64_t ttl_max_seconds = limits::override_ttl_max / 1s;
constexpr std::string_view redirect_kind = "redirect";

std::optional<api::Failure> wrong(std::string message) {
    return api::Failure{ErrorCode::invalid_argument, std::move(message)};
}

std::optional<api::Failure> too_long(std::string_view what, std::size_t most) {
    return wrong(fmt::format("{} is longer than {} bytes", what, most));
}

// The first thing wrong with the form of a request; the models are looked up later.
std::optional<api::Failure> check_form(const v1::CreateOverrideRequest& request, const std::string& actor) {
    if (!request.kind().empty() && request.kind() != redirect_kind) return wrong("kind must be redirect");
    if (request.from().empty() || request.to().empty()) return wrong("from and to are required");
    if (request.ttl_seconds() < 1 || request.ttl_seconds() > ttl_max_seconds) {
        return wrong(fmt::format("ttl_seconds is required, from 1 to {}", ttl_max_seconds));
    }
    if (auto failure = check_order(actor, request.reason())) return failure;
    if (request.share_percent() < 0 || request.share_percent() > 100) {
        return wrong("share_percent must be from 1 to 100");
    }
    for (const std::string* name : {&request.idempotency_key(), &request.scope_tag()}) {
        if (name->size() > limits::name_length_max) return too_long("a name", limits::name_length_max);
    }
    return std::nullopt;
}

std::optional<api::Failure> check_scope(const v1::CreateOverrideRequest& request, const core::Config& config) {
    const std::string& tag = request.scope_tag();
    const auto equals = tag.find('=');
    if (!tag.empty() && (equals == std::string::npos || equals == 0 || tag.find(',') != std::string::npos)) {
        return wrong("scope_tag must be one key=value");
    }
    const std::string& account = request.scope_account();
    const auto known = std::ranges::find(config.accounts, account, &core::AccountConfig::name);
    if (!account.empty() && known == config.accounts.end()) {
        return wrong("there is no account '" + account + "'");  // it would divert nothing, silently
    }
    return std::nullopt;
}

std::optional<api::Failure> check_models(const OverrideRow& row, const core::RoutingTable& table) {
    for (const std::string& name : {row.from, row.to}) {
        if (table.find(name) == nullptr) {
            return api::Failure{ErrorCode::model_not_found, "there is no model '" + name + "'"};
        }
    }
    if (row.from == row.to) return wrong("from and to are the same model");
    const auto& from = *table.find(row.from);
    const auto& to = *table.find(row.to);
    const bool open_ended = from.name.ends_with("/*") || to.name.ends_with("/*");  // serve any shape
    if (!open_ended && from.shape != to.shape) {
        return wrong(fmt::format("'{}' is of shape {}, '{}' of shape {}", row.from, to_string(from.shape), row.to,
                                 to_string(to.shape)));
    }
    return std::nullopt;
}

std::optional<api::Failure> check_others(const OverrideRow& row, std::span<const OverrideRow> active) {
    if (const auto* other = find_overlap(active, row.from, row.scope_account, row.scope_tag)) {
        return api::Failure{ErrorCode::conflict,
                            fmt::format("override {} already redirects {}", other->id, describe(*other)), other->id};
    }
    if (const auto* other = find_cycle(active, row.from, row.to)) {
        return api::Failure{ErrorCode::conflict,
                            fmt::format("with override {} this would go round in a circle", other->id), other->id};
    }
    if (active.size() >= limits::overrides_active_max) {
        return api::Failure{ErrorCode::limit_reached, "too many overrides are active"};
    }
    return std::nullopt;
}

std::pair<std::string_view, std::string_view> split_tag(std::string_view tag) {
    const auto equals = tag.find('=');
    if (equals == std::string_view::npos) return {tag, {}};
    return {tag.substr(0, equals), tag.substr(equals + 1)};
}

bool tags_disjoint(std::string_view a, std::string_view b) {
    const auto [key_a, value_a] = split_tag(a);
    const auto [key_b, value_b] = split_tag(b);
    return !a.empty() && key_a == key_b && value_a != value_b;
}

std::string_view state_word(const OverrideRow& row, WallTime wall) {
    if (in_force(row, wall)) return "active";
    const bool taken_back =
        row.ended.unix_us != 0 && row.ended < row.expires && row.ended < row.created + override_undo_window;
    return taken_back ? "undone" : "ended";
}

}  // namespace

std::optional<api::Failure> check_order(const std::string& actor, const std::string& reason) {
    if (trimmed(reason).empty()) return wrong("reason is required");
    if (reason.size() > limits::reason_length_max) return too_long("reason", limits::reason_length_max);
    if (actor.empty()) return wrong("actor is required");
    if (actor.size() > limits::name_length_max) return too_long("actor", limits::name_length_max);
    return std::nullopt;
}

std::string actor_of(const Caller& caller, const std::string& named) {
    return caller.authenticated ? caller.actor : trimmed(named);
}

std::string source_of(const Caller& caller, const std::string& named) {
    const bool known = named == "console" || named == "api" || named == "cli";
    return known ? named : caller.source;
}

api::Answer<OverrideRow> check_create(const v1::CreateOverrideRequest& request, const core::RoutingTable& table,
                                      std::span<const OverrideRow> active, const Caller& caller, WallTime wall) {
    OverrideRow row;
    row.actor = actor_of(caller, request.actor());
    if (auto failure = check_form(request, row.actor)) return std::unexpected(*failure);
    if (auto failure = check_scope(request, table.config())) return std::unexpected(*failure);
    row.kind = redirect_kind;
    row.from = table.resolve_alias(request.from());
    row.to = table.resolve_alias(request.to());
    row.scope_account = request.scope_account();
    row.scope_tag = request.scope_tag();
    row.share_percent = request.share_percent() == 0 ? 100 : request.share_percent();
    row.reason = trimmed(request.reason());
    row.source = source_of(caller, request.source());
    row.idempotency_key = request.idempotency_key();
    row.created = wall;
    row.expires = wall + std::chrono::seconds(request.ttl_seconds());
    if (auto failure = check_models(row, table)) return std::unexpected(*failure);
    if (auto failure = check_others(row, active)) return std::unexpected(*failure);
    return row;
}

api::Answer<OverrideRow> check_extend(const v1::ExtendOverrideRequest& request, OverrideRow row, WallTime wall) {
    if (request.by_seconds() < 1 || request.by_seconds() > ttl_max_seconds) {
        return refuse(ErrorCode::invalid_argument, fmt::format("by_seconds must be from 1 to {}", ttl_max_seconds));
    }
    row.expires = row.expires + std::chrono::seconds(request.by_seconds());
    if (row.expires > wall + limits::override_ttl_max) {
        return refuse(ErrorCode::invalid_argument, "an override may not last longer than 24 hours from now");
    }
    return row;
}

const OverrideRow* find_overlap(std::span<const OverrideRow> active, std::string_view from,
                                std::string_view scope_account, std::string_view scope_tag) {
    const auto overlaps = [&](const OverrideRow& row) {
        if (row.from != from) return false;
        const bool accounts_disjoint =
            !row.scope_account.empty() && !scope_account.empty() && row.scope_account != scope_account;
        return !accounts_disjoint && (scope_tag.empty() || !tags_disjoint(row.scope_tag, scope_tag));
    };
    const auto found = std::ranges::find_if(active, overlaps);
    return found == active.end() ? nullptr : &*found;
}

const OverrideRow* find_cycle(std::span<const OverrideRow> active, const std::string& from, const std::string& to) {
    std::vector<std::string> reached{to};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        for (const OverrideRow& row : active) {
            if (row.from != reached[i]) continue;
            if (row.to == from) return &row;
            if (std::ranges::find(reached, row.to) == reached.end()) reached.push_back(row.to);
        }
    }
    return nullptr;
}

bool in_force(const OverrideRow& row, WallTime wall) {
    return row.ended.unix_us == 0 && row.expires > wall;
}

std::string describe(const OverrideRow& row) {
    std::string text = row.from + " -> " + row.to;
    if (!row.scope_account.empty()) text += ", account " + row.scope_account;
    if (!row.scope_tag.empty()) text += ", tag " + row.scope_tag;
    return text + fmt::format(", {} %, until {}", row.share_percent, iso_time(row.expires));
}

v1::Override to_message(const OverrideRow& row, std::int64_t diverted, WallTime wall) {
    v1::Override out;
    out.set_id(row.id);
    out.set_kind(row.kind);
    out.set_from(row.from);
    out.set_to(row.to);
    out.set_scope_account(row.scope_account);
    out.set_scope_tag(row.scope_tag);
    out.set_share_percent(row.share_percent);
    out.set_reason(row.reason);
    out.set_actor(row.actor);
    out.set_source(row.source);
    out.set_created_unix_us(row.created.unix_us);
    out.set_expires_unix_us(row.expires.unix_us);
    if (row.ended.unix_us != 0) out.set_ended_unix_us(row.ended.unix_us);
    out.set_ended_by(row.ended_by);
    out.set_diverted(diverted);
    out.set_state(std::string(state_word(row, wall)));
    return out;
}

core::ActiveOverride to_active(const OverrideRow& row, Instant expires,
                               std::shared_ptr<std::atomic<std::int64_t>> diverted) {
    const auto [key, value] = split_tag(row.scope_tag);
    return {.id = row.id,
            .from = row.from,
            .to = row.to,
            .account = row.scope_account,
            .tag_key = std::string(key),
            .tag_value = std::string(value),
            .share_percent = row.share_percent,
            .expires = expires,
            .diverted = std::move(diverted)};
}

}  // namespace signalbox::control
