// Black Forest Labs' API, for clients of OpenAI's POST /v1/images/generations. A request becomes a task, the task is
// asked for until its picture is there, and the picture lies behind an address that expires within minutes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/units.h"
#include "engine/protocol/dialect/translate.h"

namespace signalbox::protocol {

// A model is named by the path it is called at: letters, digits, '.', '-' and '_', and neither "." nor "..".
[[nodiscard]] bool is_bfl_model(std::string_view name);

// The task's body. `size` becomes width and height, or the aspect ratio for models that take nothing else.
// Precondition: scan_request accepted `body`. malformed_json; invalid_parameter: no prompt, more than one picture, a
// stream, a size or format that means nothing here, or with drop_params off a member the provider does not know.
[[nodiscard]] Result<TranslatedRequest> bfl_request(std::string_view body, const RequestOptions& options);

// What the client gets: the picture itself, or where it can be fetched for some minutes. `url` has to be asked for.
enum class PictureForm : std::uint8_t { b64_json, url };
[[nodiscard]] PictureForm picture_form(std::string_view body);

struct BflTask {
    std::string polling_url;       // the provider's word: check where it leads before following it
    std::optional<MicroUsd> cost;  // what it says the picture costs
};
// What came of a task's submission; nothing where the answer does not say where to ask for it.
[[nodiscard]] std::optional<BflTask> read_bfl_task(std::string_view body);

enum class BflState : std::uint8_t {
    pending,     // also every word nobody knows
    ready,       // `picture_url`
    moderated,   // the request or the picture was refused
    failed,      // the provider gave up
    missing,     // it knows of no such task: not yet, or not any more
    unreadable,  // not the answer of a task
};
struct BflProgress {
    BflState state = BflState::unreadable;
    std::string picture_url;  // the provider's word, as above
    std::string prompt;       // that the picture was made from; empty: not said
    std::string words;        // why it is moderated or failed, as `detail` of classify_error
};
[[nodiscard]] BflProgress read_bfl_progress(std::string_view body);

// {"created","data":[{"b64_json" or "url","revised_prompt"}]}. `picture`: the bytes, or their address.
[[nodiscard]] std::string picture_answer(PictureForm form, std::string_view picture, std::string_view prompt,
                                         std::int64_t created);

}  // namespace signalbox::protocol
