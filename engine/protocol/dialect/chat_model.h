// What the dialects of chat say, in one form between them. Internal to dialect/.
//
// Texts are views into the tree the request was read from: a model lives no longer than that, and holds nothing that
// the other side could not say either or that is not named as dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/protocol/json/tree.h"

namespace signalbox::protocol::detail {

struct Part {
    enum class Kind : std::uint8_t { text, image, document, thinking, hidden_thinking, tool_call, tool_result };
    Kind kind = Kind::text;
    std::string_view text{};        // text, thinking; image and document: URL or base64
    std::string_view media_type{};  // of base64; empty: `text` is a URL
    std::string_view signature{};   // thinking: proves to its provider that it is its own
    std::string id{};               // tool call and result
    std::string_view name{};        // tool call; document: its title
    std::string json{};             // tool call: the arguments, one JSON object
    std::vector<Part> content{};    // tool result: texts, images, documents
    bool is_error = false;          // tool result
};

enum class Role : std::uint8_t { user, assistant };

struct Message {
    Role role = Role::user;
    std::vector<Part> parts{};
};

struct Tool {
    std::string_view name{}, description{};
    std::string schema{};  // JSON object
    std::optional<bool> strict{};
};

enum class ToolChoice : std::uint8_t { unset, none, automatic, any, one };

// The names of what was left out or changed, in the client's own words.
class Dropped {
  public:
    void add(std::string_view name);
    [[nodiscard]] bool empty() const { return names_.empty(); }
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] std::vector<std::string> take() { return std::move(names_); }

  private:
    std::vector<std::string> names_;
};

struct ChatRequest {
    std::vector<Part> system{};  // texts
    std::vector<Message> messages{};
    std::vector<Tool> tools{};
    ToolChoice choice = ToolChoice::unset;
    std::string_view chosen_tool{};  // ToolChoice::one
    bool parallel_tools = true;
    std::optional<std::int64_t> max_tokens{}, top_k{};
    std::optional<double> temperature{}, top_p{};
    std::vector<std::string_view> stops{};
    std::string_view effort{};  // of reasoning: none, minimal, low, medium, high, xhigh; empty: unset
    std::string schema{};       // the answer's JSON schema; empty: free text
    std::string_view schema_name{};
    std::optional<bool> schema_strict{};
    std::string_view user{};
    std::string_view tier{};  // "auto", "default"; empty: unset
    bool stream = false;
    Dropped dropped{};
};

struct TokenCount {
    std::int64_t input = -1;  // all of it, what came from or went into a cache included
    std::int64_t output = -1;
    std::int64_t cache_read = -1;
    std::int64_t cache_write = -1;
    std::int64_t reasoning = -1;  // of output
};

enum class Stop : std::uint8_t { unset, end, stop_sequence, length, tool_call, refused };

struct ChatAnswer {
    std::string_view id{}, model{};
    std::vector<Part> parts{};
    Stop stop = Stop::unset;
    std::string_view stop_sequence{};
    TokenCount tokens{};
};

// Arguments of a tool call as they came in a string: one JSON object, whatever the model wrote.
[[nodiscard]] std::string arguments_object(std::string_view text);
[[nodiscard]] bool is_media_type(std::string_view text);
// "data:image/png;base64,…" into media type and data; anything else is a URL.
void set_source(Part& part, std::string_view url);
void append_data_url(std::string& out, const Part& part);

// invalid_parameter, as the scan of the body words it.
[[nodiscard]] std::unexpected<Error> wrong_parameter(std::string_view field, std::string_view cure);

}  // namespace signalbox::protocol::detail
