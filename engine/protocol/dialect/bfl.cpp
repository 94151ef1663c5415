#include "engine/protocol/dialect/bfl.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include "engine/base/base64.h"
#include "engine/base/text.h"
#include "engine/protocol/dialect/chat_request.h"
#include "engine/protocol/http/header.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol {
namespace {

using detail::member;
using detail::Node;
using detail::string_member;

// Go through as they are. Whatever else a client says is named as dropped: another path of this API deletes things by
// members of the body.
constexpr auto passed = std::to_array<std::string_view>(
    {"seed",          "width",         "height",        "aspect_ratio",      "output_format", "safety_tolerance",
     "steps",         "guidance",      "raw",           "prompt_upsampling", "image_prompt",  "image_prompt_strength",
     "input_image",   "input_image_2", "input_image_3", "input_image_4",     "input_image_5", "input_image_6",
     "input_image_7", "input_image_8"});
constexpr auto understood =
    std::to_array<std::string_view>({"model", "prompt", "n", "size", "response_format", "stream", "fallbacks"});

struct Size {
    std::int64_t width = 0, height = 0;
};

// "1024x1536"
std::optional<Size> size_from(std::string_view text) {
    constexpr std::int64_t side_max = 16384;  // pixels
    const std::size_t at = text.find('x');
    if (at == std::string_view::npos) return std::nullopt;
    const auto side = [](std::string_view digits, std::int64_t& into) {
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
        return problem == std::errc{} && end == digits.data() + digits.size() && into > 0 && into <= side_max;
    };
    Size size;
    const bool both = side(text.substr(0, at), size.width) && side(text.substr(at + 1), size.height);
    return both ? std::optional(size) : std::nullopt;
}

// The older models for changing pictures, and the very large one.
bool takes_only_a_ratio(std::string_view model) {
    return model.contains("kontext") || model.contains("ultra");
}

void write_size(detail::JsonWriter& json, const Size& size, std::string_view model) {
    if (takes_only_a_ratio(model)) {
        const std::int64_t common = std::gcd(size.width, size.height);
        json.member("aspect_ratio", fmt::format("{}:{}", size.width / common, size.height / common));
    } else {
        json.key("width").number(size.width).key("height").number(size.height);
    }
}

// What cannot be left out without giving the client something else than was asked for.
Result<void> check(const Node& root) {
    if (string_member(root, "prompt").empty()) return detail::wrong_parameter("prompt", "say what to paint");
    const auto number = member(root, "n");
    if (number && detail::integer_of(number) != 1) {
        return detail::wrong_parameter("n", "this model paints one picture a request; ask several times");
    }
    if (detail::bool_of(member(root, "stream")).value_or(false)) {
        return detail::wrong_parameter("stream", "this model's pictures come whole; leave it out");
    }
    const std::string_view form = string_member(root, "response_format");
    if (!form.empty() && form != "b64_json" && form != "url") {
        return detail::wrong_parameter("response_format", "write b64_json or url");
    }
    return {};
}

// null, "" and "auto" leave the choice to the provider.
bool leaves_the_choice(const Node& value) {
    return detail::says_nothing(value) || detail::string_of(value) == "auto";
}

bool any_of(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_word(std::string_view status, std::string_view word) {
    return equal_ignoring_case(status, word);
}

BflState state_of(std::string_view status) {
    if (status.empty()) return BflState::unreadable;
    if (is_word(status, "Ready")) return BflState::ready;
    if (is_word(status, "Request Moderated") || is_word(status, "Content Moderated")) return BflState::moderated;
    if (is_word(status, "Error") || is_word(status, "Failed")) return BflState::failed;
    if (is_word(status, "Task not found")) return BflState::missing;
    return BflState::pending;
}

// "Request Moderated: Derivative Works Filter"
std::string reasons(const Node& root, std::string_view status) {
    std::string words(status);
    const auto details = member(root, "details");
    std::string_view before = ": ";
    const auto say = [&](std::string_view reason) {
        if (reason.empty() || words.size() > error_detail_max) return;
        words += before;
        words += reason;
        before = ", ";
    };
    say(string_member(root, "error"));
    say(detail::string_of(details));
    if (details) {
        for (const Node& reason : detail::elements_of(member(*details, "Moderation Reasons"))) {
            say(detail::string_of(reason));
        }
        say(string_member(*details, "message"));
    }
    return printable_excerpt(words, error_detail_max);
}

}  // namespace

bool is_bfl_model(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(".-_").contains(c);
    };
    return !name.empty() && name != "." && name != ".." && std::ranges::all_of(name, plain);
}

Result<TranslatedRequest> bfl_request(std::string_view body, const RequestOptions& options) {
    const auto parsed = detail::parse_tree(body);
    if (parsed.error()) {
        return fail(ErrorCode::malformed_json,
                    std::string("the body is not valid JSON: ") + simdjson::error_message(parsed.error()));
    }
    const Node root = parsed.value_unsafe();
    if (const Result<void> checked = check(root); !checked) return std::unexpected(checked.error());
    const std::string_view asked = string_member(root, "size");
    const std::optional<Size> size = size_from(asked);
    if (!asked.empty() && asked != "auto" && !size) {
        return detail::wrong_parameter("size", "write WIDTHxHEIGHT in pixels, such as 1024x1024, or auto");
    }
    TranslatedRequest out;
    detail::Dropped dropped;
    detail::JsonWriter json(out.body);
    json.begin('{').member("prompt", string_member(root, "prompt"));
    const auto says = [&root](std::string_view key) { return member(root, key).has_value(); };
    const bool sized = says("width") || says("height") || says("aspect_ratio");
    if (size && !sized) write_size(json, *size, options.model);
    for (const auto& [key, value] : detail::members_of(root)) {
        if (any_of(understood, key) || leaves_the_choice(value)) continue;
        if (any_of(passed, key)) {
            json.key(key).json(detail::json_of(value));
        } else {
            dropped.add(key);
        }
    }
    json.end('}');
    out.dropped = dropped.take();
    if (options.drop_params || out.dropped.empty()) return out;
    return detail::wrong_parameter(out.dropped.front(), "this model's provider does not take it; leave it out");
}

PictureForm picture_form(std::string_view body) {
    const auto parsed = detail::parse_tree(body);
    const bool url = !parsed.error() && string_member(parsed.value_unsafe(), "response_format") == "url";
    return url ? PictureForm::url : PictureForm::b64_json;
}

std::optional<BflTask> read_bfl_task(std::string_view body) {
    constexpr double credit = 10'000;  // micro-dollars: a cent
    constexpr double credits_max = 1e6;
    const auto parsed = detail::parse_tree(body);
    if (parsed.error()) return std::nullopt;
    BflTask task;
    task.polling_url = string_member(parsed.value_unsafe(), "polling_url");
    if (task.polling_url.empty()) return std::nullopt;
    const auto credits = detail::number_of(member(parsed.value_unsafe(), "cost"));
    if (credits && *credits >= 0 && *credits <= credits_max) task.cost = MicroUsd{std::llround(*credits * credit)};
    return task;
}

BflProgress read_bfl_progress(std::string_view body) {
    BflProgress progress;
    const auto parsed = detail::parse_tree(body);
    if (parsed.error()) return progress;
    const Node root = parsed.value_unsafe();
    const std::string_view status = string_member(root, "status");
    progress.state = state_of(status);
    if (progress.state == BflState::moderated || progress.state == BflState::failed) {
        progress.words = reasons(root, status);
    }
    if (progress.state != BflState::ready) return progress;
    const auto result = member(root, "result");
    if (result) progress.picture_url = string_member(*result, "sample");
    if (result) progress.prompt = string_member(*result, "prompt");
    if (progress.picture_url.empty()) progress.state = BflState::unreadable;
    return progress;
}

std::string picture_answer(PictureForm form, std::string_view picture, std::string_view prompt, std::int64_t created) {
    std::string out;
    out.reserve(256 + prompt.size() + picture.size() / 3 * 4);
    detail::JsonWriter json(out);
    json.begin('{').key("created").number(created).key("data").begin('[').begin('{');
    if (form == PictureForm::url) {
        json.member("url", picture);
    } else {
        json.key("b64_json").json("\"");
        append_base64(out, picture);
        out += '"';
    }
    json.member_if("revised_prompt", prompt).end('}').end(']').end('}');
    return out;
}

}  // namespace signalbox::protocol
