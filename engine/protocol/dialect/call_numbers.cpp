#include "engine/protocol/dialect/call_numbers.h"

#include <fmt/format.h>

#include <iterator>
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
    bool numbered = false;
    bool begins = false;  // has an id or a name
    bool empty = true;
};

bool has_name(ondemand::value& function) {
    ondemand::object members;
    bool named = false;
    if (function.get_object().get(members)) return false;
    const auto problem = detail::for_each_member(members, [&named](std::string_view key, ondemand::value& part) {
        named |= key == "name" && !detail::raw_string(part).empty();
        return SUCCESS;
    });
    return named && !problem;
}

error_code read_call(ondemand::value& value, const char* begin, std::vector<Call>& out) {
    ondemand::object members;
    Call call;
    call.inside = static_cast<std::size_t>(value.raw_json_token().data() - begin) + 1;
    if (value.get_object().get(members)) return SUCCESS;
    const auto problem = detail::for_each_member(members, [&call](std::string_view key, ondemand::value& part) {
        call.empty = false;
        call.numbered |= key == "index";
        call.begins |= key == "id" ? !detail::raw_string(part).empty() : key == "function" && has_name(part);
        return SUCCESS;
    });
    if (!problem) out.push_back(call);
    return problem;
}

std::vector<Call> calls_in(std::string_view data) {
    detail::CopiedJson json = detail::open_json_copy(data);
    std::vector<Call> calls;
    ondemand::document document;
    ondemand::value root;
    if (std::move(json.document).get(document) || document.get_value().get(root)) return calls;
    const auto one_call = [&](ondemand::value& call) { return read_call(call, json.begin, calls); };
    const auto in_delta = [&](ondemand::value& list) { return for_each_element(list, one_call); };
    const auto in_choice = [&](ondemand::value& delta) { return for_member(delta, "tool_calls", in_delta); };
    const auto one_choice = [&](ondemand::value& choice) { return for_member(choice, "delta", in_choice); };
    const auto in_chunk = [&](ondemand::value& list) { return for_each_element(list, one_choice); };
    if (for_member(root, "choices", in_chunk)) calls.clear();
    return calls;
}

}  // namespace

std::string CallNumbers::mend(std::string_view data, std::string_view finish_reason) {
    std::string out;
    std::size_t taken = 0;
    std::size_t grown = 0;  // bytes put in before the reason
    const std::size_t reason = finish_reason.empty() ? 0 : static_cast<std::size_t>(finish_reason.data() - data.data());
    for (const Call& call : calls_in(data)) {
        begun_ += call.begins || begun_ == 0;
        if (call.numbered) continue;
        out += data.substr(taken, call.inside - taken);
        fmt::format_to(std::back_inserter(out), R"("index":{}{})", begun_ - 1, call.empty ? "" : ",");
        taken = call.inside;
        if (taken < reason) grown = out.size() - taken;
    }
    out += data.substr(taken);
    if (begun_ > 0 && finish_reason == "stop") out.replace(reason + grown, finish_reason.size(), "tool_calls");
    return out;
}

}  // namespace signalbox::protocol
