#include "engine/core/config/describe.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/core/access/digest.h"
#include "engine/core/config/schema_walk.h"

namespace signalbox::core {
namespace {

class YamlPrinter final : public SchemaWalk {
  public:
    [[nodiscard]] std::string take() { return std::move(out_); }

  protected:
    void value(std::string_view name, const std::string& text, bool) override { line(name, text); }
    void begin(std::string_view name) override {
        line(name, "");
        ++depth_;
    }
    void begin_item(const std::string&) override {
        ++depth_;
        dash_ = true;
    }
    void end() override {
        --depth_;
        dash_ = false;
    }

  private:
    void line(std::string_view name, const std::string& text) {
        std::string indent(static_cast<std::size_t>(depth_) * 2, ' ');
        if (std::exchange(dash_, false)) indent.replace(indent.size() - 2, 2, "- ");
        out_ += fmt::format("{}{}:{}{}\n", indent, quoted(name), text.empty() ? "" : " ", text);
    }

    std::string out_;
    int depth_ = 0;
    bool dash_ = false;  // the next line opens an entry of a list
};

bool is_plain(std::string_view text) {
    constexpr auto words = std::to_array<std::string_view>({"true", "false", "null", "yes", "no", "on", "off"});
    const auto alnum = [](unsigned char c) { return std::isalnum(c) != 0; };
    if (text.empty() || (!alnum(static_cast<unsigned char>(text[0])) && text[0] != '/') || text.ends_with(':'))
        return false;
    if (parse_number(text) || std::ranges::find(words, text) != words.end()) return false;
    return std::ranges::all_of(text,
                               [&](unsigned char c) { return alnum(c) || std::string_view("_-./:+*@").contains(c); });
}

}  // namespace

std::string quoted(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string fingerprint(std::string_view secret) {
    if (secret.empty()) return {};
    const Digest digest = sha256(secret);
    return fmt::format("•••• {:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]);
}

std::string redacted_yaml(const Config& config) {
    YamlPrinter printer;
    schema::fields(static_cast<SchemaWalk&>(printer), config);
    return printer.take();
}

}  // namespace signalbox::core
