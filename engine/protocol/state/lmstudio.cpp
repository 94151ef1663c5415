#include <cmath>

#include "engine/protocol/state/state_json.h"

namespace signalbox::protocol {
namespace {

namespace ondemand = detail::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;
using Phase = ModelState::Phase;

// One of loaded_instances[].
error_code read_instance(ondemand::value& instance, ModelState& state) {
    state.phase = Phase::loaded;
    return detail::for_each_member_of(instance, [&](std::string_view key, ondemand::value& value) -> error_code {
        if (key != "config") return SUCCESS;
        return detail::for_each_member_of(value, [&](std::string_view name, ondemand::value& setting) {
            const auto parallel = name == "parallel" ? detail::count_of(setting) : std::nullopt;
            std::int64_t places = 0;
            if (parallel && !__builtin_add_overflow(state.slots.value_or(0), *parallel, &places)) state.slots = places;
            return SUCCESS;
        });
    });
}

error_code read_field(std::string_view key, ondemand::value& value, ModelState& state) {
    if (key == "key") state.model = detail::text_of(value);
    if (key == "size_bytes") state.weights = detail::count_of(value);
    if (key != "loaded_instances") return SUCCESS;
    return detail::for_each_element_of(value, [&](ondemand::value& one) { return read_instance(one, state); });
}

std::optional<Nanos> seconds_of(ondemand::value& value) {
    double seconds = 0;
    constexpr double longest = 86'400;
    if (value.get_double().get(seconds) || !std::isfinite(seconds) || seconds < 0 || seconds > longest)
        return std::nullopt;
    return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
}

}  // namespace

Result<ModelStates> parse_lmstudio_models(std::string_view text) {
    ModelStates models;
    const auto read_model = [&](ondemand::value& model) -> error_code {
        ModelState state;
        state.phase = Phase::cold;
        const error_code problem = detail::for_each_member_of(
            model, [&](std::string_view key, ondemand::value& value) { return read_field(key, value, state); });
        if (!problem) detail::keep_model(models, std::move(state));
        return problem;
    };
    const auto read = detail::read_json_object(text, [&](std::string_view key, ondemand::value& value) -> error_code {
        return key == "models" ? detail::for_each_element_of(value, read_model) : SUCCESS;
    });
    if (!read) return std::unexpected(read.error());
    return models;
}

LoadAnswer parse_load_answer(std::string_view text) {
    LoadAnswer answer;
    const auto read = detail::read_json_object(text, [&](std::string_view key, ondemand::value& value) {
        if (key == "load_time_seconds") answer.took = seconds_of(value);
        if (key == "instance_id") answer.instance = detail::text_of(value);
        const auto nanos = key == "load_duration" ? detail::count_of(value) : std::nullopt;
        if (nanos) answer.took = Nanos(*nanos);
        return SUCCESS;
    });
    return read ? answer : LoadAnswer{};
}

}  // namespace signalbox::protocol
