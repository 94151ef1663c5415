#include "engine/protocol/state/state_json.h"

namespace signalbox::protocol::detail {

std::optional<std::int64_t> count_of(ondemand::value& value) {
    std::int64_t number = 0;
    if (value.get_int64().get(number) || number < 0) return std::nullopt;
    return number;
}

bool is_true(ondemand::value& value) {
    bool answer = false;
    return !value.get_bool().get(answer) && answer;
}

std::string text_of(ondemand::value& value) {
    std::string_view text;
    return value.get_string().get(text) ? std::string() : std::string(text);
}

void keep_model(ModelStates& models, ModelState state) {
    if (state.model.empty() || state.model.size() > limits::name_length_max) return;
    if (models.size() < limits::heartbeat_models_max) models.push_back(std::move(state));
}

}  // namespace signalbox::protocol::detail
