#include "engine/protocol/json/tree.h"

namespace signalbox::protocol::detail {
namespace {

constexpr std::size_t kept_largest = 1024 * 1024;  // bytes of JSON; above this the thread gives its memory back

struct Tree {
    dom::parser parser;
    std::string copy;  // with the padding the parser reads behind the text

    simdjson::simdjson_result<Node> parse(std::string_view text) {
        if (copy.capacity() > kept_largest && text.size() <= kept_largest) {
            parser = dom::parser();
            copy = std::string();
        }
        copy.assign(text);
        copy.append(simdjson::SIMDJSON_PADDING, ' ');
        return parser.parse(copy.data(), text.size(), false);
    }
};

template <class T>
std::optional<T> scalar_of(const std::optional<Node>& node) {
    T value{};
    return node && !node->get<T>().get(value) ? std::optional<T>(value) : std::nullopt;
}

}  // namespace

simdjson::simdjson_result<Node> parse_tree(std::string_view text, TreeUse use) {
    thread_local Tree outer;
    thread_local Tree inner;
    return (use == TreeUse::outer ? outer : inner).parse(text);
}

std::optional<Node> member(const Node& node, std::string_view key) {
    dom::object object;
    Node value;
    if (node.get_object().get(object) || object.at_key(key).get(value) || value.is_null()) return std::nullopt;
    return value;
}

std::string_view string_of(const std::optional<Node>& node) {
    return scalar_of<std::string_view>(node).value_or(std::string_view());
}
std::optional<std::int64_t> integer_of(const std::optional<Node>& node) {
    return scalar_of<std::int64_t>(node);
}
std::optional<double> number_of(const std::optional<Node>& node) {
    return scalar_of<double>(node);
}
std::optional<bool> bool_of(const std::optional<Node>& node) {
    return scalar_of<bool>(node);
}

std::vector<Node> elements_of(const std::optional<Node>& node) {
    dom::array array;
    if (!node || node->get_array().get(array)) return {};
    return {array.begin(), array.end()};
}

std::vector<std::pair<std::string_view, Node>> members_of(const std::optional<Node>& node) {
    std::vector<std::pair<std::string_view, Node>> out;
    dom::object object;
    if (!node || node->get_object().get(object)) return out;
    for (const auto field : object) out.emplace_back(field.key, field.value);
    return out;
}

bool says_nothing(const Node& node) {
    switch (node.type()) {
        case dom::element_type::NULL_VALUE:
            return true;
        case dom::element_type::STRING:
            return string_of(node).empty();
        case dom::element_type::BOOL:
            return !*bool_of(node);
        case dom::element_type::ARRAY:
            return elements_of(node).empty();
        case dom::element_type::OBJECT:
            return members_of(node).empty();
        default:
            return number_of(node) == 0.0;
    }
}

std::string json_of(const Node& node) {
    return simdjson::minify(node);
}

}  // namespace signalbox::protocol::detail
