#include "engine/protocol/dialect/models_body.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/protocol/json/escape.h"

namespace signalbox::protocol {
namespace {

void append_model(std::string& out, const ModelEntry& model) {
    out += R"({"id":)";
    append_json_string(out, model.id);
    fmt::format_to(std::back_inserter(out), R"(,"object":"model","created":{},"owned_by":)", model.created);
    append_json_string(out, model.owned_by);
    out += '}';
}

}  // namespace

std::string models_body(std::span<const ModelEntry> models) {
    std::string out = R"({"object":"list","data":[)";
    for (const ModelEntry& model : models) {
        if (!out.ends_with('[')) out += ',';
        append_model(out, model);
    }
    out += "]}";
    return out;
}

std::string model_body(const ModelEntry& model) {
    std::string out;
    append_model(out, model);
    return out;
}

}  // namespace signalbox::protocol
