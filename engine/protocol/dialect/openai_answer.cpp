#include <algorithm>
#include <cstdint>

#include "engine/base/limits.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/dialect/provider_error.h"

namespace signalbox::protocol {
namespace {

namespace ondemand = detail::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

// Members of a message or delta that are part of the answer. Providers name reasoning differently.
constexpr std::string_view substance_members[] = {"content",    "reasoning_content", "reasoning", "thinking", "refusal",
                                                  "tool_calls", "function_call",     "audio",     "images"};

// A string, array or object with something in it.
bool has_substance(ondemand::value& value) {
    bool empty = true;
    ondemand::array array;
    ondemand::object object;
    if (!detail::raw_string(value).empty()) return true;
    if (!value.get_array().get(array)) return !array.is_empty().get(empty) && !empty;
    if (!value.get_object().get(object)) return !object.is_empty().get(empty) && !empty;
    return false;
}

// Calls visit for every member of `value` if it is an object; anything else says nothing.
template <class Visit>
error_code for_each_member_of(ondemand::value& value, Visit visit) {
    ondemand::object object;
    if (const auto problem = value.get_object().get(object)) {
        return problem == simdjson::INCORRECT_TYPE ? SUCCESS : problem;
    }
    return detail::for_each_member(object, visit);
}

// Reads a chunk or a whole answer; both are made of the same members.
class AnswerReader {
  public:
    explicit AnswerReader(Endpoint endpoint) : endpoint_(endpoint) {}

    error_code read(ondemand::document& document);

    bool content = false;
    bool terminal = false;  // a responses event after which nothing comes
    bool unnumbered = false;
    Usage usage;
    std::string_view finish_reason, response_id;  // in the copy
    std::string_view model;
    detail::ProviderError error;

  private:
    error_code read_member(std::string_view key, ondemand::value& value);
    error_code read_responses_member(std::string_view key, ondemand::value& value);
    error_code read_choices(ondemand::value& value);
    error_code read_message(ondemand::value& value);
    error_code read_delta_calls(ondemand::value& value);
    error_code read_usage(ondemand::value& value);
    error_code count_pictures(ondemand::value& value);
    void judge_event();

    Endpoint endpoint_;
    std::string_view event_;  // the `type` of a responses event
    bool delta_ = false;
    bool in_delta_ = false;  // of a chunk, not in a whole message
};

error_code AnswerReader::read(ondemand::document& document) {
    ondemand::object object;
    if (const auto problem = document.get_object().get(object)) return problem;
    const auto problem = detail::for_each_member(
        object, [this](std::string_view key, ondemand::value& value) { return read_member(key, value); });
    if (problem) return problem;
    if (endpoint_ == Endpoint::responses) judge_event();
    return detail::at_end(document) ? SUCCESS : simdjson::TRAILING_CONTENT;
}

error_code AnswerReader::read_member(std::string_view key, ondemand::value& value) {
    if (key == "choices") return read_choices(value);
    if (key == "usage") return read_usage(value);
    if (key == "model") {
        model = detail::raw_string(value);
        return SUCCESS;
    }
    if (key == "data" && endpoint_ == Endpoint::images) return count_pictures(value);
    if (key == "data") {
        content |= has_substance(value);
        return SUCCESS;
    }
    if (endpoint_ == Endpoint::responses && key != "error") return read_responses_member(key, value);
    return error.read_member(key, value);
}

error_code AnswerReader::read_responses_member(std::string_view key, ondemand::value& value) {
    if (key == "type") event_ = detail::raw_string(value);
    if (key == "id") response_id = detail::raw_string(value);
    if (key == "status") finish_reason = detail::raw_string(value);
    if (key == "delta") delta_ = has_substance(value);
    if (key == "output") content |= has_substance(value);
    if (key != "response") return error.read_member(key, value);
    return for_each_member_of(value, [this](std::string_view inner, ondemand::value& part) {
        if (inner == "usage") return read_usage(part);
        if (inner == "id") response_id = detail::raw_string(part);
        return inner == "error" ? error.read_member(inner, part) : SUCCESS;
    });
}

void AnswerReader::judge_event() {
    if (event_.empty()) return;
    content = delta_ && event_.ends_with(".delta");
    error.present |= event_ == "error" || event_ == "response.failed";
    terminal = event_ == "response.completed" || event_ == "response.incomplete" || event_ == "response.failed";
    finish_reason = terminal ? event_.substr(event_.find('.') + 1) : std::string_view{};
}

error_code AnswerReader::read_choices(ondemand::value& value) {
    ondemand::array choices;
    if (value.get_array().get(choices)) return SUCCESS;
    for (auto element : choices) {
        ondemand::value choice;
        if (const auto problem = element.get(choice)) return problem;
        const auto problem = for_each_member_of(choice, [this](std::string_view key, ondemand::value& part) {
            in_delta_ = key == "delta";
            if (in_delta_ || key == "message") return read_message(part);
            if (key == "text") content |= has_substance(part);
            if (key == "finish_reason" && finish_reason.empty()) finish_reason = detail::raw_string(part);
            return key == "error" ? error.read_member(key, part) : SUCCESS;
        });
        if (problem) return problem;
    }
    return SUCCESS;
}

error_code AnswerReader::read_message(ondemand::value& value) {
    return for_each_member_of(value, [this](std::string_view key, ondemand::value& part) {
        if (in_delta_ && key == "tool_calls") return read_delta_calls(part);
        if (std::ranges::find(substance_members, key) != std::end(substance_members)) content |= has_substance(part);
        return SUCCESS;
    });
}

error_code AnswerReader::read_delta_calls(ondemand::value& value) {
    ondemand::array calls;
    if (value.get_array().get(calls)) return SUCCESS;
    for (auto element : calls) {
        ondemand::value call;
        if (const auto problem = element.get(call)) return problem;
        content = true;
        bool numbered = false;
        const auto problem = for_each_member_of(call, [&numbered](std::string_view key, ondemand::value&) {
            numbered |= key == "index";
            return SUCCESS;
        });
        if (problem) return problem;
        unnumbered |= !numbered;
    }
    return SUCCESS;
}

error_code AnswerReader::read_usage(ondemand::value& value) {
    const auto count = [](ondemand::value& part, std::int64_t& into) {
        std::int64_t number = 0;
        if (!part.get_int64().get(number) && number >= 0) into = std::min(number, limits::usage_tokens_max);
        return SUCCESS;
    };
    return for_each_member_of(value, [&](std::string_view key, ondemand::value& part) {
        if (key == "prompt_tokens" || key == "input_tokens") return count(part, usage.input_tokens);
        if (key == "completion_tokens" || key == "output_tokens") return count(part, usage.output_tokens);
        if (key != "prompt_tokens_details" && key != "input_tokens_details") return SUCCESS;
        return for_each_member_of(part, [&](std::string_view inner, ondemand::value& cached) {
            return inner == "cached_tokens" ? count(cached, usage.cached_input_tokens) : SUCCESS;
        });
    });
}

error_code AnswerReader::count_pictures(ondemand::value& value) {
    ondemand::array pictures;
    std::size_t count = 0;
    if (value.get_array().get(pictures)) return SUCCESS;
    if (const auto problem = pictures.count_elements().get(count)) return problem;
    usage.images = static_cast<std::int64_t>(count);
    content |= count > 0;
    return SUCCESS;
}

// Opens a copy of `text` and reads it; false when it is not one JSON object.
bool read_copy(std::string_view text, AnswerReader& reader, const char*& copy) {
    detail::CopiedJson json = detail::open_json_copy(text);
    copy = json.begin;
    ondemand::document document;
    return !std::move(json.document).get(document) && !reader.read(document);
}

// The same bytes in the caller's text.
std::string_view in_original(std::string_view part, const char* copy, std::string_view text) {
    return part.empty() ? part : text.substr(static_cast<std::size_t>(part.data() - copy), part.size());
}

template <class Info>
void take_common(const AnswerReader& reader, const char* copy, std::string_view text, Info& out) {
    out.content = reader.content;
    out.usage = reader.usage;
    out.finish_reason = in_original(reader.finish_reason, copy, text);
    out.response_id = in_original(reader.response_id, copy, text);
    // vLLM and SGLang say "abort" where they gave the answer up.
    out.error = reader.error.present || reader.finish_reason == "error" || reader.finish_reason == "abort";
    if (!out.error) return;
    out.error_code = detail::classify(reader.error.status, reader.error);
    out.error_text = detail::words_of(reader.error);
    if (out.error_text.empty()) out.error_text = "the provider gave its answer up";
}

}  // namespace

ChunkInfo inspect_chunk(std::string_view data, Endpoint endpoint) {
    ChunkInfo out;
    const std::size_t start = data.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return out;  // a keep-alive
    out.done = data.substr(start).starts_with("[DONE]");
    if (out.done) return out;
    AnswerReader reader(endpoint);
    const char* copy = nullptr;
    if (!read_copy(data, reader, copy)) {
        out.malformed = true;
        return out;
    }
    take_common(reader, copy, data, out);
    out.finish = !out.finish_reason.empty();
    out.done = reader.terminal;
    out.unnumbered = reader.unnumbered;
    return out;
}

ChunkInfo inspect_event(const SseEvent& event, Endpoint endpoint) {
    ChunkInfo out = inspect_chunk(event.data, endpoint);
    if (event.event != "error" || out.error) return out;
    out = {};
    out.error = true;
    out.error_code = classify_error(0, event.data, out.error_text);
    return out;
}

AnswerInfo inspect_answer(std::string_view body, Endpoint endpoint) {
    AnswerInfo out;
    AnswerReader reader(endpoint);
    const char* copy = nullptr;
    out.valid = read_copy(body, reader, copy);
    if (!out.valid) return out;
    take_common(reader, copy, body, out);
    out.model = reader.model;
    return out;
}

}  // namespace signalbox::protocol
