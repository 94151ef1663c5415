// The bytes of a provider's answer as a drill wants them: made up by us, or the provider's own with a fault in it.
// Pure: bytes in, bytes out. No word that could be taken for an answer is ever made up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/drill/fault.h"
#include "engine/protocol/dialect/translate.h"
#include "engine/protocol/http/body_reader.h"

namespace signalbox::flow {

// One attempt of a drill.
struct DrillScene {
    core::Fault fault = core::Fault::none;
    std::int64_t drill = 0;
    protocol::Endpoint endpoint = protocol::Endpoint::unknown;  // the provider's
    bool streamed = false;                                      // it was asked for a stream
};

// What happens on the connection once the bytes have been read.
enum class SpoiledEnd : std::uint8_t { close, reset, hang };

struct SpoiledAnswer {
    std::string bytes;
    SpoiledEnd end = SpoiledEnd::close;
};

// Precondition: the fault is not in the provider's own answer, and not a refused connection.
[[nodiscard]] SpoiledAnswer made_up_answer(const DrillScene& scene);

// Feeds on a provider's answer and gives it out with the fault of the scene in it, framed anew and without keep-alive.
// An answer that is not a 200, or that cannot be understood, goes through as it is.
class AnswerSpoiler {
  public:
    explicit AnswerSpoiler(const DrillScene& scene);

    // Takes bytes of the provider's and appends to `out` what the reader gets of them.
    void take(std::string_view bytes, std::string& out);
    // The provider closed.
    void finish(std::string& out);
    // How it goes on once `out` has been read; nothing: with more bytes.
    [[nodiscard]] std::optional<SpoiledEnd> end() const { return end_; }
    // slow_first_token: its first content has just come, and is to be held back.
    [[nodiscard]] bool holds_back() const { return scene_.fault == core::Fault::slow_first_token && tokens_ > 0; }

  private:
    bool take_head(std::string& out);
    void take_body(std::string& out);
    void take_payload(std::string_view payload, std::string& out);
    void take_event(const protocol::SseEvent& event, std::string& out);
    void strike(std::string& out);
    void close(std::string& out);  // the provider's answer is whole
    void close_whole(std::string& out);
    [[nodiscard]] protocol::ChunkInfo look_at(const protocol::SseEvent& event);

    DrillScene scene_;
    enum class Stage : std::uint8_t { head, stream, whole, as_it_is } stage_ = Stage::head;
    std::string in_;     // not consumed yet
    std::string head_;   // written anew, without framing
    std::string whole_;  // the body of an answer that is no stream
    std::optional<protocol::BodyReader> body_;
    protocol::SseDecoder events_;
    std::optional<protocol::StreamTranslator> reader_;  // of a dialect that inspect_chunk() does not read
    int tokens_ = 0;
    std::optional<SpoiledEnd> end_;
};

}  // namespace signalbox::flow
