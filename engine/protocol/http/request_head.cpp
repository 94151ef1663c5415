#include "engine/protocol/http/request_head.h"

#include "engine/protocol/http/beast_head.h"

namespace signalbox::protocol {
namespace {

// "http://host:1/v1/models?x" -> "/v1/models"
std::string_view path_of(std::string_view target) {
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
        const auto path = target.find_first_of("/?", scheme + 3);
        target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

HeadParse parse_request_head(std::string_view buffer, std::size_t header_max, RequestHead& out) {
    detail::HeadRecorder<true, RequestHead> recorder(buffer, header_max, out);
    HeadParse result = recorder.run(ErrorCode::malformed_http, ErrorCode::header_too_large);
    if (result.status != HeadParse::Status::done) return result;
    out.path = path_of(out.target);
    out.expect_continue = equal_ignoring_case(out.find("expect"), "100-continue");
    return result;
}

}  // namespace signalbox::protocol
