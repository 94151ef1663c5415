#include "engine/protocol/dialect/responses_stream.h"

#include "engine/protocol/dialect/responses_items.h"
#include "engine/protocol/json/write.h"

namespace signalbox::protocol::detail {
namespace {

using Kind = Part::Kind;

// How the events of an item are called, by its kind.
std::string_view delta_event(Kind kind) {
    if (kind == Kind::tool_call) return "response.function_call_arguments.delta";
    return kind == Kind::text ? "response.output_text.delta" : "response.reasoning_summary_text.delta";
}
std::string_view done_event(Kind kind) {
    if (kind == Kind::tool_call) return "response.function_call_arguments.done";
    return kind == Kind::text ? "response.output_text.done" : "response.reasoning_summary_text.done";
}
// Which part of its item a text belongs to; a call has none.
std::string_view part_of(Kind kind) {
    if (kind == Kind::tool_call) return {};
    return kind == Kind::text ? R"(,"content_index":0)" : R"(,"summary_index":0)";
}
std::string_view part_event(Kind kind, bool done) {
    if (kind == Kind::text) return done ? "response.content_part.done" : "response.content_part.added";
    return done ? "response.reasoning_summary_part.done" : "response.reasoning_summary_part.added";
}

std::string json_text(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace

void ResponsesWriter::start(std::string& out, std::string_view id, std::string_view model) {
    id_ = fmt::format("resp_{}", id);
    model_ = model;
    state(out, "response.created", Stop::unset, {});
    state(out, "response.in_progress", Stop::unset, {});
}

void ResponsesWriter::text(std::string& out, std::string_view text) {
    open(out, Kind::text);
    delta(out, delta_event(Kind::text), text);
}

void ResponsesWriter::thinking(std::string& out, std::string_view text) {
    open(out, Kind::thinking);
    delta(out, delta_event(Kind::thinking), text);
}

void ResponsesWriter::tool_call(std::string& out, std::string_view id, std::string_view name) {
    close(out);
    call_id_ = id;
    name_ = name;
    open(out, Kind::tool_call);
}

void ResponsesWriter::arguments(std::string& out, std::string_view part) {
    if (kind_ == Kind::tool_call) delta(out, delta_event(Kind::tool_call), part);
}

void ResponsesWriter::end(std::string& out, Stop stop, std::string_view, const TokenCount& tokens) {
    close(out);
    if (stop == Stop::unset) stop = Stop::end;
    state(out, fmt::format("response.{}", response_status(stop)), stop, tokens);
}

void ResponsesWriter::event(std::string& out, std::string_view type, std::string_view rest) {
    fmt::format_to(std::back_inserter(out), "event: {0}\ndata: {{\"type\":\"{0}\",\"sequence_number\":{1}{2}}}\n\n",
                   type, sequence_++, rest);
}

void ResponsesWriter::state(std::string& out, std::string_view type, Stop stop, const TokenCount& tokens) {
    event(out, type,
          R"(,"response":)" + response_object(id_, model_, options_.created, stop, '[' + output_ + ']', tokens));
}

std::string ResponsesWriter::place() const {
    return fmt::format(R"(,"item_id":{},"output_index":{})", json_text(item_id_), index_);
}

std::string ResponsesWriter::item(bool done) const {
    if (kind_ == Kind::tool_call) return call_item(item_id_, call_id_, name_, said_, done);
    return kind_ == Kind::text ? message_item(item_id_, said_, done) : reasoning_item(item_id_, said_, done);
}

void ResponsesWriter::open(std::string& out, Kind kind) {
    if (kind_ == kind) return;
    close(out);
    kind_ = kind;
    item_id_ = fmt::format("item_{}_{}", index_, id_);
    event(out, "response.output_item.added", fmt::format(R"(,"output_index":{},"item":{})", index_, item(false)));
    if (kind == Kind::tool_call) return;
    const std::string part = text_part(kind == Kind::text ? "output_text" : "summary_text", "");
    event(out, part_event(kind, false), fmt::format(R"({}{},"part":{})", place(), part_of(kind), part));
}

void ResponsesWriter::close(std::string& out) {
    if (!kind_) return;
    const bool call = kind_ == Kind::tool_call;
    if (call && said_.empty()) said_ = "{}";
    const std::string text = json_text(said_);
    event(out, done_event(*kind_),
          fmt::format(R"({}{},"{}":{})", place(), part_of(*kind_), call ? "arguments" : "text", text));
    if (!call) {
        const std::string part = text_part(kind_ == Kind::text ? "output_text" : "summary_text", said_);
        event(out, part_event(*kind_, true), fmt::format(R"({}{},"part":{})", place(), part_of(*kind_), part));
    }
    const std::string whole = item(true);
    event(out, "response.output_item.done", fmt::format(R"(,"output_index":{},"item":{})", index_++, whole));
    if (!output_.empty()) output_ += ',';
    output_ += whole;
    said_.clear();
    kind_.reset();
}

void ResponsesWriter::delta(std::string& out, std::string_view type, std::string_view text) {
    said_ += text;
    event(out, type, fmt::format(R"({}{},"delta":{})", place(), part_of(*kind_), json_text(text)));
}

}  // namespace signalbox::protocol::detail
