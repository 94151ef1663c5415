#include "engine/replay/bodies.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace signalbox::replay {

std::string body_of(core::Shape shape, const RequestText& text) {
    std::string body = fmt::format(R"({{"model":"{}")", text.model);
    if (text.stream) body += R"(,"stream":true)";
    if (text.tokens > 0 && shape == core::Shape::chat) body += fmt::format(R"(,"max_tokens":{})", text.tokens);
    if (!text.fallbacks.empty()) body += fmt::format(R"(,"fallbacks":["{}"])", fmt::join(text.fallbacks, R"(",")"));
    const std::string words(text.text_bytes, 'a');
    if (shape == core::Shape::embedding) return body + fmt::format(R"(,"input":"{}"}})", words);
    if (shape == core::Shape::image) return body + fmt::format(R"(,"prompt":"{}"}})", words);
    return body + fmt::format(R"(,"messages":[{{"role":"user","content":"{}"}}]}})", words);
}

std::string_view path_of(core::Shape shape) {
    if (shape == core::Shape::embedding) return "/v1/embeddings";
    if (shape == core::Shape::image) return "/v1/images/generations";
    return "/v1/chat/completions";
}

// Our own error bodies hold no escapes there.
std::string error_code_in(std::string_view text) {
    constexpr std::string_view member = R"("code":")";
    const auto begin = text.find(R"("error":)");
    if (begin == std::string_view::npos) return "none";
    const auto place = text.find(member, begin);
    if (place == std::string_view::npos) return "none";
    const std::string_view value = text.substr(place + member.size());
    return std::string(value.substr(0, value.find('"')));
}

std::string secret_of(const std::string& name) {
    return "sk-" + name;
}

}  // namespace signalbox::replay
