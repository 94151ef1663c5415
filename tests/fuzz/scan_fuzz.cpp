#include <string>

#include "engine/base/check.h"
#include "engine/protocol/json/escape.h"
#include "engine/protocol/json/splice.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using protocol::BodyScan;

Result<BodyScan> scan_text(std::string& text) {
    const std::size_t size = text.size();
    text.append(protocol::json_padding, '\0');
    auto result = protocol::scan_request(std::string_view(text).substr(0, size), text.size());
    text.resize(size);
    return result;
}

void check_splice(const std::string& text, const BodyScan& scan, bool ensure_usage) {
    const std::string_view model = "new \"model\"";
    const protocol::Splice splice(text, scan, {.model = model, .ensure_usage = ensure_usage});
    std::string joined = splice.joined();
    SB_CHECK(joined.size() == splice.size());
    const auto again = scan_text(joined);
    SB_CHECK(again.has_value());
    SB_CHECK(again->model == model);
    SB_CHECK(again->text_bytes == scan.text_bytes);
    SB_CHECK(again->stream == scan.stream && again->max_tokens == scan.max_tokens);
    SB_CHECK(again->fallbacks.empty() && again->fallbacks_begin == again->fallbacks_end);
    SB_CHECK(again->include_usage == (ensure_usage || scan.include_usage));
}

// Any text, once escaped, is a string of the length it had.
void check_escape(std::string_view input) {
    std::string text = R"({"model":"m","prompt":)";
    protocol::append_json_string(text, input);
    text += '}';
    const auto scan = scan_text(text);
    SB_CHECK(scan.has_value());
    if (protocol::is_valid_utf8(input)) SB_CHECK(scan->text_bytes == static_cast<std::int64_t>(input.size()));
}

}  // namespace

void scan(std::string_view input) {
    std::string text(input);
    if (const auto result = scan_text(text)) {
        SB_CHECK(!result->model.empty() && result->text_bytes >= 0 && result->max_tokens.value_or(0) >= 0);
        check_splice(text, *result, true);
        check_splice(text, *result, false);
    }
    check_escape(input);
}

}  // namespace signalbox::fuzz
