// The framing of a Connect server stream: a flags byte, a big-endian u32 length, then that many bytes, repeated.
#pragma once

#include <QByteArray>
#include <optional>

namespace signalbox::ui {

struct Envelope {
    static constexpr unsigned char compressed = 0x01;   // we never offer an encoding, so it is a fault of the peer
    static constexpr unsigned char endOfStream = 0x02;  // the payload is JSON: {} or {"error":{…}}

    unsigned char flags = 0;
    QByteArray payload;
};

[[nodiscard]] QByteArray encodeEnvelope(unsigned char flags, const QByteArray& payload);

// Takes bytes as they arrive, in pieces of any size, and gives whole envelopes. Holds at most one envelope plus the
// piece just fed: feed what arrived, then call next() until it has nothing.
class EnvelopeReader {
  public:
    // maxPayload in bytes; an envelope that announces more puts the reader into the failed state for good.
    explicit EnvelopeReader(qsizetype maxPayload) : m_maxPayload(maxPayload) {}

    void feed(const QByteArray& bytes);
    [[nodiscard]] std::optional<Envelope> next();
    [[nodiscard]] bool tooLarge() const { return m_tooLarge; }

  private:
    qsizetype m_maxPayload;
    QByteArray m_buffer;
    qsizetype m_offset = 0;  // of the first byte of m_buffer that was not given out
    bool m_tooLarge = false;
};

}  // namespace signalbox::ui
