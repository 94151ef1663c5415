#include "engine/protocol/http/response_head.h"

#include "engine/protocol/http/beast_head.h"

namespace signalbox::protocol {

HeadParse parse_response_head(std::string_view buffer, std::size_t header_max, ResponseHead& out) {
    detail::HeadRecorder<false, ResponseHead> recorder(buffer, header_max, out);
    return recorder.run(ErrorCode::upstream_malformed, ErrorCode::upstream_malformed);
}

}  // namespace signalbox::protocol
