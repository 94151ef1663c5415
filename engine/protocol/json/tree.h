// A whole JSON text as a tree, for those who write it anew in another shape. Internal to protocol/.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signalbox::protocol::detail {

namespace dom = simdjson::dom;
using Node = dom::element;

// Which of a thread's trees: text inside a text is read while the outer one is in use.
enum class TreeUse : std::uint8_t { outer, inner };

// Everything is checked: numbers, escapes, UTF-8. The tree and the strings in it hold until the next use of the same
// kind on this thread; nobody awaits in between.
[[nodiscard]] simdjson::simdjson_result<Node> parse_tree(std::string_view text, TreeUse use = TreeUse::outer);

// Member `key`; nothing where `node` is no object, has no such member, or it is null.
[[nodiscard]] std::optional<Node> member(const Node& node, std::string_view key);

// Empty where there is no such thing.
[[nodiscard]] std::string_view string_of(const std::optional<Node>& node);
[[nodiscard]] std::optional<std::int64_t> integer_of(const std::optional<Node>& node);
[[nodiscard]] std::optional<double> number_of(const std::optional<Node>& node);
[[nodiscard]] std::optional<bool> bool_of(const std::optional<Node>& node);
// Nothing in it where it is no array, or no object.
[[nodiscard]] std::vector<Node> elements_of(const std::optional<Node>& node);
[[nodiscard]] std::vector<std::pair<std::string_view, Node>> members_of(const std::optional<Node>& node);

[[nodiscard]] inline std::string_view string_member(const Node& node, std::string_view key) {
    return string_of(member(node, key));
}
// null, false, 0, "", [] or {}: says no more than leaving the member out.
[[nodiscard]] bool says_nothing(const Node& node);
// As compact JSON.
[[nodiscard]] std::string json_of(const Node& node);

}  // namespace signalbox::protocol::detail
