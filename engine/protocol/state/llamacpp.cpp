#include "engine/protocol/state/state_json.h"

namespace signalbox::protocol {
namespace {

namespace ondemand = detail::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;
using Phase = ModelState::Phase;

// The sum, or absent where it makes no sense.
void add(std::optional<std::int64_t>& sum, std::optional<std::int64_t> part) {
    std::int64_t total = 0;
    if (part && !__builtin_add_overflow(sum.value_or(0), *part, &total)) sum = total;
}

Phase phase_of(std::string_view word, bool failed) {
    if (failed) return Phase::failed;
    if (word == "loaded") return Phase::loaded;
    if (word == "loading" || word == "downloading") return Phase::loading;
    if (word == "unloaded" || word == "sleeping") return Phase::cold;
    return Phase::unknown;
}

error_code read_slot(ondemand::value& slot, ModelState& state) {
    add(state.slots, 1);
    return detail::for_each_member_of(slot, [&](std::string_view key, ondemand::value& value) {
        if (key == "n_ctx") add(state.kv_tokens, detail::count_of(value));
        if (key == "is_processing") add(state.busy, detail::is_true(value) ? 1 : 0);
        return SUCCESS;
    });
}

// One entry of GET /models; only a router gives it a status.
struct RouterEntry {
    ModelState state;
    bool has_status = false;

    error_code read_field(std::string_view key, ondemand::value& value) {
        if (key == "id") state.model = detail::text_of(value);
        return key == "status" ? read_status(value) : SUCCESS;
    }
    error_code read_status(ondemand::value& status) {
        has_status = true;
        std::string word;
        bool failed = false;
        const error_code problem =
            detail::for_each_member_of(status, [&](std::string_view key, ondemand::value& value) {
                if (key == "value") word = detail::text_of(value);
                if (key == "failed") failed = detail::is_true(value);
                return SUCCESS;
            });
        state.phase = phase_of(word, failed);
        return problem;
    }
};

}  // namespace

Result<ModelState> parse_llamacpp_slots(std::string_view text) {
    ModelState state;
    state.phase = Phase::loaded;
    const auto read = detail::read_json(text, [&](ondemand::document& document) -> error_code {
        ondemand::array array;
        if (const auto problem = document.get_array().get(array)) return problem;
        for (auto part : array) {
            ondemand::value slot;
            if (const auto problem = std::move(part).get(slot)) return problem;
            if (const auto problem = read_slot(slot, state)) return problem;
        }
        return SUCCESS;
    });
    if (!read) return std::unexpected(read.error());
    return state;
}

Result<LlamacppProps> parse_llamacpp_props(std::string_view text) {
    LlamacppProps props;
    ModelState& state = props.state;
    state.phase = Phase::loaded;
    std::optional<std::int64_t> context;  // of one place
    const auto read = detail::read_json_object(text, [&](std::string_view key, ondemand::value& value) -> error_code {
        if (key == "total_slots") state.slots = detail::count_of(value);
        if (key == "is_sleeping") {
            props.may_sleep = true;
            if (detail::is_true(value)) state.phase = Phase::cold;
        }
        if (key != "default_generation_settings") return SUCCESS;
        return detail::for_each_member_of(value, [&](std::string_view name, ondemand::value& setting) {
            if (name == "n_ctx") context = detail::count_of(setting);
            return SUCCESS;
        });
    });
    if (!read) return std::unexpected(read.error());
    std::int64_t tokens = 0;
    if (state.slots && context && !__builtin_mul_overflow(*state.slots, *context, &tokens)) state.kv_tokens = tokens;
    return props;
}

Result<ModelStates> parse_llamacpp_models(std::string_view text) {
    ModelStates models;
    const auto read_model = [&](ondemand::value& model) -> error_code {
        RouterEntry entry;
        const error_code problem = detail::for_each_member_of(
            model, [&](std::string_view key, ondemand::value& value) { return entry.read_field(key, value); });
        if (!problem && entry.has_status) detail::keep_model(models, std::move(entry.state));
        return problem;
    };
    const auto read = detail::read_json_object(text, [&](std::string_view key, ondemand::value& value) -> error_code {
        return key == "data" ? detail::for_each_element_of(value, read_model) : SUCCESS;
    });
    if (!read) return std::unexpected(read.error());
    return models;
}

}  // namespace signalbox::protocol
