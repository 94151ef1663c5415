#include "engine/control/trail.h"

namespace signalbox::control {

Result<void> Trail::append(const Act& act, std::string_view result, WallTime at) {
    auto id = store_.append_audit({.time = at,
                                   .actor = act.actor,
                                   .source = act.source,
                                   .action = act.action,
                                   .object = act.object,
                                   .before = act.before,
                                   .after = act.after,
                                   .reason = act.reason,
                                   .result = std::string(result)});
    if (!id) return std::unexpected(std::move(id.error()));
    return {};
}

Result<void> Trail::intent(const Act& act, WallTime at) {
    return append(act, "intent", at);
}

void Trail::result(const Act& act, ErrorCode result, WallTime at) {
    log_.write(LogLevel::info, act.action,
               {{"actor", act.actor}, {"object", act.object}, {"result", std::string(to_string(result))}});
    if (auto done = append(act, to_string(result), at); !done) {
        log_.write(LogLevel::error, "audit_lost", {{"action", act.action}, {"detail", done.error().detail}});
    }
}

void Trail::event(std::string_view severity, std::string_view kind, std::string object, std::string text, WallTime at) {
    log_.write(severity == "info" ? LogLevel::info : LogLevel::warn, kind, {{"object", object}, {"text", text}});
    auto done = store_.append_event({.time = at,
                                     .severity = std::string(severity),
                                     .kind = std::string(kind),
                                     .object = std::move(object),
                                     .text = std::move(text)});
    if (!done)
        log_.write(LogLevel::error, "event_lost", {{"kind", std::string(kind)}, {"detail", done.error().detail}});
}

}  // namespace signalbox::control
