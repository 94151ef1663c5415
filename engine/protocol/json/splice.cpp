#include "engine/protocol/json/splice.h"

#include <algorithm>

#include "engine/protocol/json/escape.h"

namespace signalbox::protocol {
namespace {

struct Edit {
    std::size_t begin = 0, end = 0;  // bytes of the old body that go
    std::string_view text;           // what comes instead
};

}  // namespace

Splice::Splice(std::string_view body, const BodyScan& scan, const SpliceOptions& options) {
    append_json_string(model_token_, options.model);
    std::array<Edit, edits_max_> edits;
    std::size_t edit_count = 0;
    edits[edit_count++] = {scan.model_begin, scan.model_end, model_token_};
    if (options.drop_fallbacks) edits[edit_count++] = {scan.fallbacks_begin, scan.fallbacks_end, {}};
    if (options.ensure_usage) {
        edits[edit_count++] = {scan.usage_patch.begin, scan.usage_patch.end, scan.usage_patch.text};
    }
    // An insertion and a cut may start at the same byte: the insertion, which ends first, goes first.
    const auto used = std::span(edits).first(edit_count);
    std::ranges::sort(used, {}, [](const Edit& edit) { return std::pair(edit.begin, edit.end); });
    std::size_t at = 0;
    for (const Edit& edit : used) {
        if (edit.begin == edit.end && edit.text.empty()) continue;
        add(body.substr(at, edit.begin - at));
        add(edit.text);
        at = edit.end;
    }
    add(body.substr(at));
}

void Splice::add(std::string_view piece) {
    if (piece.empty()) return;
    pieces_[count_++] = piece;
    size_ += piece.size();
}

std::string Splice::joined() const {
    std::string out;
    out.reserve(size_);
    for (const std::string_view piece : pieces()) out += piece;
    return out;
}

}  // namespace signalbox::protocol
