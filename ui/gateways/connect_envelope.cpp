#include "ui/gateways/connect_envelope.h"

#include <QtEndian>

namespace signalbox::ui {
namespace {

constexpr qsizetype headerSize = 5;

}  // namespace

QByteArray encodeEnvelope(unsigned char flags, const QByteArray& payload) {
    QByteArray out(headerSize, Qt::Uninitialized);
    out[0] = static_cast<char>(flags);
    qToBigEndian(static_cast<quint32>(payload.size()), out.data() + 1);
    return out + payload;
}

void EnvelopeReader::feed(const QByteArray& bytes) {
    if (m_tooLarge) return;
    m_buffer.remove(0, m_offset);
    m_offset = 0;
    m_buffer += bytes;
}

std::optional<Envelope> EnvelopeReader::next() {
    if (m_tooLarge || m_buffer.size() - m_offset < headerSize) return std::nullopt;
    const char* head = m_buffer.constData() + m_offset;
    const qsizetype length = qFromBigEndian<quint32>(head + 1);
    if (length > m_maxPayload) {
        m_tooLarge = true;
        m_buffer.clear();
        m_offset = 0;
        return std::nullopt;
    }
    if (m_buffer.size() - m_offset - headerSize < length) return std::nullopt;
    Envelope envelope{static_cast<unsigned char>(head[0]), m_buffer.mid(m_offset + headerSize, length)};
    m_offset += headerSize + length;
    return envelope;
}

}  // namespace signalbox::ui
