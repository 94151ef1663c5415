// What providers do wrong, as scripts of the journey's fixture.
#pragma once

#include <string>
#include <vector>

#include "engine/protocol/http/writer.h"
#include "tests/journey/journey_fixture.h"

namespace signalbox::flow {

inline constexpr Script::End hang = Script::End::hang;
inline constexpr Script::End reset = Script::End::reset;
inline constexpr Script::End close_end = Script::End::close;

inline const std::string stream_head =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

// A stream of the given events, each as it is, in one chunk of its own.
inline Script raw_stream(const std::vector<std::string>& events, Script::End end = Script::End::keep_alive,
                         Nanos pace = 10ms) {
    Script script{{{1ms, stream_head}}, end};
    for (const std::string& event : events) {
        std::string chunk;
        protocol::append_chunk_head(chunk, event.size());
        script.parts.push_back({pace, chunk + event + "\r\n"});
    }
    if (end == Script::End::keep_alive) script.parts.push_back({0ms, "0\r\n\r\n"});
    return script;
}

inline std::string content_event(const std::string& text, const std::string& finish = "null") {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"},\"finish_reason\":" + finish +
           "}]}\n\n";
}

inline Script half_a_body(Script::End end) {
    return {{{1ms, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n{\"choices\":[{"},
             {10ms, ""}},
            end};
}

inline Script cut_stream(Script::End end) {
    return cut_after(chat_stream({"one", "two"}), 3, end);
}

inline Script stream_with(const std::string& event, Script::End end = hang) {
    Script script = cut_stream(end);
    script.parts.push_back({1ms, sse(event)});
    return script;
}

inline Script after_a_while(Script script, Nanos pause) {
    script.parts.front().pause = pause;
    return script;
}

inline Script whole_with(const std::string& choice) {
    return answer(200, R"({"choices":[)" + choice + R"(],"usage":{"prompt_tokens":10,"completion_tokens":5}})");
}

inline Script stream_that_only_ends(const std::string& finish) {
    return raw_stream({"data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n",
                       "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" + finish + "\"}]}\n\n",
                       "data: [DONE]\n\n"});
}

// Everything that is unusual and allowed: a byte order mark, comments, empty choices, CRLF, no space, several lines.
inline Script odd_framing() {
    return raw_stream({"\xEF\xBB\xBF"
                       "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n",
                       ": OPENROUTER PROCESSING\n\n", ": ping\r\n\r\n",
                       "data:{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n",
                       "data:{\"choices\":[{\"index\":0,\ndata:\"delta\":{\"content\":\"hello\"}}]}\n\n",
                       "event: chunk\r\nid: 7\r\ndata:{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
                       "\"stop\"}]}\r\n\r\n",
                       "data:[DONE]\r\n\r\n"},
                      Script::End::keep_alive, 1s);
}

inline std::string error_json(const std::string& code, const std::string& words) {
    return R"({"error":{"message":")" + words + R"(","type":"invalid_request_error","code":")" + code + R"("}})";
}

inline const std::string crashed = R"({"error":{"message":"The model crashed","type":"server_error"}})";

}  // namespace signalbox::flow
