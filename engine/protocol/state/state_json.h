// Reading servers' JSON without trusting it. Internal to state/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/limits.h"
#include "engine/protocol/json/parser.h"
#include "engine/protocol/state/server_state.h"

namespace signalbox::protocol::detail {

// Calls visit(document) -> error_code with the whole of `text`; what it leaves unread is refused.
template <class Visit>
[[nodiscard]] Result<void> read_json(std::string_view text, Visit visit) {
    if (text.size() > limits::slot_state_max) return fail(ErrorCode::upstream_malformed, "too long");
    CopiedJson json = open_json_copy(text);
    ondemand::document document;
    simdjson::error_code problem = std::move(json.document).get(document);
    if (!problem) problem = visit(document);
    if (!problem && !at_end(document)) problem = simdjson::TRAILING_CONTENT;
    if (problem) return fail(ErrorCode::upstream_malformed, simdjson::error_message(problem));
    return {};
}

// The same for an object: visit(key, value) -> error_code for each member.
template <class Visit>
[[nodiscard]] Result<void> read_json_object(std::string_view text, Visit visit) {
    return read_json(text, [&visit](ondemand::document& document) -> simdjson::error_code {
        ondemand::object object;
        if (const auto problem = document.get_object().get(object)) return problem;
        return for_each_member(object, visit);
    });
}

// Calls visit(key, value) for each member of `value`, and nothing where it is no object.
template <class Visit>
[[nodiscard]] simdjson::error_code for_each_member_of(ondemand::value& value, Visit visit) {
    ondemand::object object;
    if (const auto problem = value.get_object().get(object))
        return problem == simdjson::INCORRECT_TYPE ? simdjson::SUCCESS : problem;
    return for_each_member(object, visit);
}

// Calls visit(element) -> error_code for each element of `value`, and nothing where it is no array.
template <class Visit>
[[nodiscard]] simdjson::error_code for_each_element_of(ondemand::value& value, Visit visit) {
    ondemand::array array;
    if (const auto problem = value.get_array().get(array))
        return problem == simdjson::INCORRECT_TYPE ? simdjson::SUCCESS : problem;
    for (auto part : array) {
        ondemand::value element;
        if (const auto problem = std::move(part).get(element)) return problem;
        if (const auto problem = visit(element)) return problem;
    }
    return simdjson::SUCCESS;
}

// A whole number that is not negative.
[[nodiscard]] std::optional<std::int64_t> count_of(ondemand::value& value);
[[nodiscard]] bool is_true(ondemand::value& value);
[[nodiscard]] std::string text_of(ondemand::value& value);  // empty: no text

// Keeps `state` if it has a name one can use and there is room.
void keep_model(ModelStates& models, ModelState state);

}  // namespace signalbox::protocol::detail
