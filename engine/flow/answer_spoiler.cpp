#include "engine/flow/answer_spoiler.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/protocol/http/writer.h"
#include "engine/protocol/json/escape.h"

namespace signalbox::flow {
namespace {

using core::Fault;
using protocol::Endpoint;

// Nobody takes these for an answer.
constexpr std::string_view garbage = "<html><body>502 Bad Gateway</body></html>";
constexpr std::string_view broken_json = R"({"drill":)";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view comment = ": PROCESSING\r\n";
constexpr std::string_view empty_choices = "data:{\"choices\":[],\"prompt_filter_results\":[]}\r\n\r\n";

bool is_message(const DrillScene& scene) {
    return scene.endpoint == Endpoint::messages;
}

std::string_view message_error_type(int status) {
    switch (status) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 429:
            return "rate_limit_error";
        case 503:
        case 529:
            return "overloaded_error";
        default:
            return status >= 500 ? "api_error" : "invalid_request_error";
    }
}

std::string error_json(const DrillScene& scene, const core::FaultAnswer& answer) {
    std::string words;
    protocol::append_json_string(words, fmt::format("Drill {}: {}", scene.drill, answer.words));
    if (is_message(scene)) {
        return fmt::format(R"({{"type":"error","error":{{"type":"{}","message":{}}}}})",
                           message_error_type(answer.status), words);
    }
    return fmt::format(R"({{"error":{{"message":{},"type":"{}","param":null,"code":"{}"}}}})", words, answer.type,
                       answer.code);
}

constexpr core::FaultAnswer crashed{500, "server_error", "internal_error", "The model crashed"};

std::string crash_event(const DrillScene& scene) {
    std::string event;
    protocol::append_sse(event, is_message(scene) ? "error" : "", error_json(scene, crashed));
    return event;
}

std::string_view json_without_content(const DrillScene& scene) {
    switch (scene.endpoint) {
        case Endpoint::messages:
            return R"({"type":"message","role":"assistant","content":[],"stop_reason":"end_turn"})";
        case Endpoint::embeddings:
        case Endpoint::images:
            return R"({"data":[]})";
        default:
            return R"({"choices":[]})";
    }
}

std::string stream_without_content(const DrillScene& scene) {
    std::string event;
    protocol::append_sse(event, is_message(scene) ? "message_stop" : "",
                         is_message(scene) ? R"({"type":"message_stop"})" : "[DONE]");
    return event;
}

SpoiledAnswer answer(int status, std::string_view type, std::string_view body, bool says_when = false) {
    SpoiledAnswer out;
    protocol::HeadWriter head(out.bytes);
    head.status(status).header("content-type", type).header("connection", "close");
    if (says_when) head.header("retry-after", fmt::format("{}", core::fault_retry_after / 1s));
    head.content_length(body.size()).end();
    out.bytes += body;
    return out;
}

void append_chunk(std::string& out, std::string_view payload) {
    if (payload.empty()) return;
    protocol::append_chunk_head(out, payload.size());
    out += payload;
    out += protocol::chunk_tail;
}

// The same event as few servers write it.
std::string oddly(const protocol::SseEvent& event) {
    std::string out(comment);
    if (event.comment_only) return out + "\r\n";
    if (!event.event.empty()) out += fmt::format("event:{}\r\n", event.event);
    for (std::string_view rest = event.data;;) {
        const std::size_t end = rest.find('\n');
        out += fmt::format("data:{}\r\n", rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return out + "\r\n";
}

bool breaks_in_mid_answer(Fault fault) {
    return fault == Fault::cut || fault == Fault::clean_cut || fault == Fault::stall ||
           fault == Fault::malformed_event || fault == Fault::error_event;
}

SpoiledEnd end_of(Fault fault) {
    if (fault == Fault::cut) return SpoiledEnd::reset;
    return fault == Fault::stall ? SpoiledEnd::hang : SpoiledEnd::close;
}

bool is_framing(std::string_view name) {
    return protocol::equal_ignoring_case(name, "content-length") ||
           protocol::equal_ignoring_case(name, "transfer-encoding");
}

}  // namespace

SpoiledAnswer made_up_answer(const DrillScene& scene) {
    constexpr std::string_view json = "application/json";
    constexpr std::string_view events = "text/event-stream";
    switch (scene.fault) {
        case Fault::reset:
            return {{}, SpoiledEnd::reset};
        case Fault::silence:
            return {{}, SpoiledEnd::hang};
        case Fault::garbage:
            return answer(200, "text/html", garbage);
        case Fault::empty:
            return scene.streamed ? answer(200, events, stream_without_content(scene))
                                  : answer(200, json, json_without_content(scene));
        case Fault::error_first:
            return scene.streamed ? answer(200, events, crash_event(scene))
                                  : answer(200, json, error_json(scene, crashed));
        case Fault::rejects_prefill: {
            constexpr core::FaultAnswer refusal{400, "invalid_request_error", "invalid_value",
                                                "The last message must be the user's"};
            return answer(refusal.status, json, error_json(scene, refusal));
        }
        default: {
            const core::FaultAnswer refusal = core::answer_of(scene.fault);
            return answer(refusal.status, json, error_json(scene, refusal), scene.fault == Fault::rate_limited);
        }
    }
}

AnswerSpoiler::AnswerSpoiler(const DrillScene& scene) : scene_(scene) {
    using protocol::Dialect;
    if (is_message(scene))
        reader_.emplace(protocol::DialectPair{Dialect::anthropic, Dialect::anthropic}, protocol::AnswerOptions{});
}

void AnswerSpoiler::take(std::string_view bytes, std::string& out) {
    if (end_) return;
    in_ += bytes;
    if (stage_ == Stage::head && !take_head(out)) return;
    if (stage_ == Stage::as_it_is) {
        out += std::exchange(in_, {});
    } else {
        take_body(out);
    }
}

// False: it has not come whole yet.
bool AnswerSpoiler::take_head(std::string& out) {
    protocol::ResponseHead head;
    protocol::HeadParse parsed = protocol::parse_response_head(in_, limits::upstream_header_max, head);
    while (parsed.status == protocol::HeadParse::Status::done && head.interim()) {
        in_.erase(0, parsed.consumed);
        parsed = protocol::parse_response_head(in_, limits::upstream_header_max, head);
    }
    if (parsed.status == protocol::HeadParse::Status::need_more) return false;
    if (parsed.status == protocol::HeadParse::Status::failed) {
        stage_ = Stage::as_it_is;
        return true;
    }
    const bool stream = head.find("content-type").starts_with("text/event-stream");
    stage_ = head.status != 200 ? Stage::as_it_is : stream ? Stage::stream : Stage::whole;
    protocol::HeadWriter anew(head_);
    anew.status(head.status);
    for (const protocol::Header& field : head.headers()) {
        const bool dropped = protocol::equal_ignoring_case(field.name, "connection") ||
                             (stage_ != Stage::as_it_is && is_framing(field.name));
        if (!dropped) anew.header(field.name, field.value);
    }
    anew.header("connection", "close");
    body_.emplace(protocol::BodyReader::for_response(head));
    in_.erase(0, parsed.consumed);
    if (stage_ == Stage::whole) return true;  // its length is not known yet
    if (stage_ == Stage::stream) anew.chunked();
    anew.end();
    out += head_;
    if (stage_ == Stage::stream && scene_.fault == Fault::odd_framing) {
        append_chunk(out, fmt::format("{}{}\r\n{}", byte_order_mark, comment, is_message(scene_) ? "" : empty_choices));
    }
    return true;
}

void AnswerSpoiler::take_body(std::string& out) {
    std::string_view rest = in_;
    while (!rest.empty() && !body_->done() && !end_) {
        const Result<protocol::BodyReader::Step> step = body_->next(rest);
        if (!step || whole_.size() + step->data.size() > limits::buffered_answer_max) {
            end_ = SpoiledEnd::reset;
            break;
        }
        take_payload(step->data, out);
        rest.remove_prefix(step->consumed);
    }
    in_.erase(0, in_.size() - rest.size());
    if (body_->done() && !end_) close(out);
}

void AnswerSpoiler::take_payload(std::string_view payload, std::string& out) {
    if (stage_ == Stage::whole) whole_ += payload;
    while (stage_ == Stage::stream && !payload.empty() && !end_) {
        const Result<std::optional<protocol::SseEvent>> event = events_.next(payload);
        if (!event) end_ = SpoiledEnd::reset;
        if (!event || !*event) return;
        take_event(**event, out);
    }
}

void AnswerSpoiler::take_event(const protocol::SseEvent& event, std::string& out) {
    const protocol::ChunkInfo info = look_at(event);
    const bool enough = info.finish || info.done || (info.content && tokens_ == core::tokens_before_fault);
    if (enough && breaks_in_mid_answer(scene_.fault)) return strike(out);
    tokens_ += info.content;
    if (info.done && scene_.fault == Fault::missing_done) return;
    append_chunk(out, scene_.fault == Fault::odd_framing ? oddly(event) : std::string(event.raw));
}

protocol::ChunkInfo AnswerSpoiler::look_at(const protocol::SseEvent& event) {
    if (event.comment_only) return {};
    if (!reader_) return protocol::inspect_chunk(event.data, scene_.endpoint);
    std::string for_nobody;
    return reader_->event(event, for_nobody);
}

void AnswerSpoiler::strike(std::string& out) {
    std::string event;
    if (scene_.fault == Fault::malformed_event) protocol::append_sse(event, "", broken_json);
    if (scene_.fault == Fault::error_event) event = crash_event(scene_);
    append_chunk(out, event);
    if (scene_.fault == Fault::error_event) out += protocol::last_chunk;
    end_ = end_of(scene_.fault);
}

void AnswerSpoiler::close(std::string& out) {
    if (stage_ == Stage::whole) return close_whole(out);
    if (const std::optional<protocol::SseEvent> last = events_.finish_at_eof()) {
        take_event(*last, out);
        append_chunk(out, "\n");  // the blank line it lacked
    }
    if (end_) return;
    if (breaks_in_mid_answer(scene_.fault)) return strike(out);
    out += protocol::last_chunk;
    end_ = SpoiledEnd::close;
}

void AnswerSpoiler::close_whole(std::string& out) {
    ++tokens_;
    const bool broken_off =
        scene_.fault == Fault::cut || scene_.fault == Fault::clean_cut || scene_.fault == Fault::stall;
    const std::size_t half = whole_.size() / 2;
    if (scene_.fault == Fault::malformed_event) whole_.resize(half);
    if (scene_.fault == Fault::error_event) whole_ = error_json(scene_, crashed);
    protocol::HeadWriter(head_).content_length(whole_.size()).end();
    out += head_;
    out += std::string_view(whole_).substr(0, broken_off ? half : whole_.size());
    end_ = end_of(scene_.fault);
}

void AnswerSpoiler::finish(std::string& out) {
    if (end_) return;
    const bool whole = body_ && stage_ != Stage::as_it_is && body_->finish_at_eof().has_value();
    if (whole) close(out);
    if (!end_) end_ = SpoiledEnd::close;
}

}  // namespace signalbox::flow
