#include "engine/protocol/dialect/call_signatures.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "engine/protocol/json/parser.h"

namespace signalbox::protocol {
namespace {

namespace ondemand = detail::ondemand;
using detail::for_each_element;
using detail::for_member;
using simdjson::error_code;
using simdjson::SUCCESS;

struct Call {
    std::size_t inside = 0;  // position after its brace
    bool has_extra = false;
    bool empty = true;
};

error_code read_call(ondemand::value& value, const char* begin, Call& out) {
    ondemand::object members;
    out.inside = static_cast<std::size_t>(value.raw_json_token().data() - begin) + 1;
    if (value.get_object().get(members)) return simdjson::INCORRECT_TYPE;
    return detail::for_each_member(members, [&out](std::string_view key, ondemand::value&) {
        out.empty = false;
        out.has_extra |= key == "extra_content";
        return SUCCESS;
    });
}

// The first calls of all turns, in their order; none where the body is not what it should be.
std::vector<Call> first_calls(std::string_view body) {
    detail::CopiedJson json = detail::open_json_copy(body);
    std::vector<Call> calls;
    ondemand::document document;
    ondemand::value root;
    if (std::move(json.document).get(document) || document.get_value().get(root)) return calls;
    const auto one_turn = [&](ondemand::value& message) {
        bool first = true;
        return for_member(message, "tool_calls", [&](ondemand::value& list) {
            return for_each_element(list, [&](ondemand::value& call) {
                if (!std::exchange(first, false)) return SUCCESS;
                return read_call(call, json.begin, calls.emplace_back());
            });
        });
    };
    const auto all_turns = [&](ondemand::value& list) { return for_each_element(list, one_turn); };
    if (for_member(root, "messages", all_turns)) calls.clear();
    return calls;
}

}  // namespace

std::string sign_calls(std::string_view body) {
    std::string out;
    std::size_t taken = 0;
    for (const Call& call : first_calls(body)) {
        if (call.has_extra) continue;
        out += body.substr(taken, call.inside - taken);
        out += "\"extra_content\":";
        out += unsigned_call;
        if (!call.empty) out += ',';
        taken = call.inside;
    }
    out += body.substr(taken);
    return out;
}

}  // namespace signalbox::protocol
