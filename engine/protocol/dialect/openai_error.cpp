#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "engine/base/text.h"
#include "engine/protocol/dialect/openai.h"
#include "engine/protocol/dialect/provider_error.h"

namespace signalbox::protocol {
namespace detail {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view quota_words[] = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active",
                                            "billing_error", "insufficient_credits"};
constexpr std::string_view quota_phrases[] = {"credit balance is too low"};
constexpr std::string_view context_words[] = {"context_length_exceeded", "model_context_window_exceeded",
                                              "exceed_context_size_error"};
constexpr std::string_view filter_words[] = {
    "content_filter", "content_policy_violation",        "moderation_blocked",
    "contentfilter",  "responsible_ai_policy_violation", "responsibleaipolicyviolation"};
constexpr std::string_view missing_words[] = {"model_not_found", "deploymentnotfound", "not_found_error"};
constexpr std::string_view key_words[] = {"invalid_api_key", "authentication_error", "permission_error",
                                          "unauthenticated", "permission_denied"};
constexpr std::string_view rate_words[] = {"rate_limit_error", "rate_limit_exceeded", "resource_exhausted",
                                           "too_many_requests"};
// "unavailable_error": llama.cpp while it loads its model, or while every slot is taken.
constexpr std::string_view overload_words[] = {"overloaded_error", "overloaded", "engine_overloaded", "slow_down",
                                               "unavailable_error"};
constexpr std::string_view request_words[] = {"invalid_request_error", "invalid_argument"};

constexpr std::string_view context_phrases[] = {"maximum context length", "context length",
                                                "context window",         "context size",
                                                "maximum model length",   "maximum prompt length",
                                                "maximum allowed length", "prompt is too long",
                                                "input is too long",      "maximum number of tokens allowed"};
constexpr std::string_view filter_phrases[] = {"content filtering policy", "content management policy"};
constexpr std::string_view missing_phrases[] = {"model not found",   "no such model",     "unknown model",
                                                "not a valid model", "unsupported model", "invalid model"};
constexpr std::string_view key_phrases[] = {"incorrect api key", "invalid api key", "api key not valid"};
constexpr std::string_view overload_phrases[] = {"overload",          "at capacity", "over capacity", "high demand",
                                                 "too many requests", "no capacity", "server busy",   "queue is full"};

bool same(char a, char b) {
    return ascii_lower(a) == ascii_lower(b);
}

bool says(std::string_view text, Words phrases) {
    return std::ranges::any_of(
        phrases, [&](std::string_view phrase) { return !std::ranges::search(text, phrase, same).empty(); });
}

bool is_any(const ProviderError& error, Words words) {
    return std::ranges::any_of(words, [&](std::string_view word) {
        return equal_ignoring_case(error.code, word) || equal_ignoring_case(error.type, word) ||
               equal_ignoring_case(error.inner, word);
    });
}

// Careful: a model taken for missing counts against its health, and "not supported with this model" is about a
// parameter.
bool names_missing_model(const ProviderError& error) {
    constexpr std::string_view subjects[] = {"model", "deployment"};
    constexpr std::string_view absent[] = {"does not exist"};
    return says(error.message, missing_phrases) || (says(error.message, subjects) && says(error.message, absent));
}

// What only the words can tell; ok when they do not.
ErrorCode by_words(int status, const ProviderError& error) {
    // Servers say little in codes on these; elsewhere a phrase may mean anything.
    const bool read_prose = status == 0 || status == 400 || status == 413 || status == 422;
    if (status == 402 || is_any(error, quota_words) || (read_prose && says(error.message, quota_phrases))) {
        return ErrorCode::upstream_quota_exhausted;
    }
    if (is_any(error, context_words) || (read_prose && says(error.message, context_phrases))) {
        return ErrorCode::upstream_context_too_long;
    }
    if (is_any(error, filter_words) || (read_prose && says(error.message, filter_phrases))) {
        return ErrorCode::upstream_content_filter;
    }
    if (is_any(error, missing_words) || (read_prose && names_missing_model(error))) {
        return ErrorCode::upstream_not_found;
    }
    if (read_prose && (is_any(error, key_words) || says(error.message, key_phrases))) {
        return ErrorCode::upstream_unauthorized;
    }
    return ErrorCode::ok;
}

ErrorCode without_status(const ProviderError& error) {
    if (is_any(error, rate_words)) return ErrorCode::upstream_rate_limited;
    if (is_any(error, overload_words) || says(error.message, overload_phrases)) return ErrorCode::upstream_overloaded;
    if (is_any(error, request_words)) return ErrorCode::upstream_bad_request;
    return ErrorCode::upstream_server_error;
}

}  // namespace

ErrorCode classify(int status, const ProviderError& error) {
    if (const ErrorCode code = by_words(status, error); code != ErrorCode::ok) return code;
    switch (status) {
        case 0:
            return without_status(error);
        case 401:
        case 403:
            return ErrorCode::upstream_unauthorized;
        case 404:
        case 410:
            return ErrorCode::upstream_not_found;
        case 408:
            return ErrorCode::upstream_server_error;
        case 429:
            return ErrorCode::upstream_rate_limited;
        case 529:
            return ErrorCode::upstream_overloaded;
        default:
            break;
    }
    if (status >= 500) {
        const bool overloaded =
            is_any(error, overload_words) || (status == 503 && says(error.message, overload_phrases));
        return overloaded ? ErrorCode::upstream_overloaded : ErrorCode::upstream_server_error;
    }
    return status >= 400 ? ErrorCode::upstream_bad_request : ErrorCode::upstream_malformed;
}

void ProviderError::read_field(std::string_view key, ondemand::value& value) {
    if (key == "message" || key == "detail") {
        static_cast<void>(value.get_string().get(message));
    } else if (key == "type" || key == "status") {
        static_cast<void>(value.get_string().get(type));
    } else if (key == "code" || key == "status_code") {
        std::int64_t number = 0;
        if (value.get_string().get(code) && !value.get_int64().get(number) && number >= 400 && number < 600) {
            status = static_cast<int>(number);
        }
    } else if (key == "innererror" || key == "inner_error") {
        static_cast<void>(value["code"].get_string().get(inner));
    }
}

simdjson::error_code ProviderError::read_error(ondemand::value& value) {
    ondemand::json_type kind{};
    if (const auto problem = value.type().get(kind)) return problem;
    if (kind == ondemand::json_type::string) {
        if (const auto problem = value.get_string().get(message)) return problem;
        present = !message.empty();
    }
    if (kind != ondemand::json_type::object) return simdjson::SUCCESS;
    ondemand::object object;
    if (const auto problem = value.get_object().get(object)) return problem;
    return for_each_member(object, [this](std::string_view key, ondemand::value& part) {
        present = true;
        read_field(key, part);
        return simdjson::SUCCESS;
    });
}

simdjson::error_code ProviderError::read_member(std::string_view key, ondemand::value& value) {
    if (key == "error") return read_error(value);
    // The object's own fields never outweigh those inside `error`.
    if ((key == "message" || key == "detail") && message.empty()) read_field(key, value);
    if (key == "code" && code.empty()) read_field(key, value);
    if (key == "object" && raw_string(value) == "error") present = true;
    return simdjson::SUCCESS;
}

std::string words_of(const ProviderError& error) {
    std::string_view words = error.message;
    if (words.empty()) words = error.code;
    if (words.empty()) words = error.type;
    return printable_excerpt(words, error_detail_max);
}

namespace {

// {"error":…}, or the array of one such object that Gemini sends.
simdjson::error_code read_error_body(ondemand::document& document, ProviderError& out) {
    ondemand::object object;
    if (document.get_object().get(object)) {
        ondemand::array array;
        if (const auto problem = document.get_array().get(array)) return problem;
        if (const auto problem = array.at(0).get_object().get(object)) return problem;
    }
    return for_each_member(
        object, [&out](std::string_view key, ondemand::value& value) { return out.read_member(key, value); });
}

}  // namespace
}  // namespace detail

ErrorCode classify_error(int status, std::string_view body, std::string& detail) {
    detail::CopiedJson json = detail::open_json_copy(body);
    detail::ProviderError error;
    detail::ondemand::document document;
    if (!std::move(json.document).get(document)) static_cast<void>(detail::read_error_body(document, error));
    if (error.message.empty() && error.code.empty() && error.type.empty()) error.message = body;
    detail = detail::words_of(error);
    return detail::classify(status, error);
}

}  // namespace signalbox::protocol
