#include <functional>

#include "engine/base/check.h"
#include "engine/protocol/http/request_head.h"
#include "engine/protocol/http/response_head.h"
#include "tests/fuzz/targets.h"

namespace signalbox::fuzz {
namespace {

using protocol::HeadParse;

constexpr std::size_t header_max = 4096;

void check_inside(std::string_view part, std::string_view buffer) {
    constexpr std::less_equal<const char*> not_after;
    SB_CHECK(part.empty() || (not_after(buffer.data(), part.data()) &&
                              not_after(part.data() + part.size(), buffer.data() + buffer.size())));
}

template <class Head, class Parse>
void check_head(std::string_view input, Parse parse) {
    Head head;
    const HeadParse whole = parse(input, header_max, head);
    if (whole.status == HeadParse::Status::failed) SB_CHECK(whole.error.code != ErrorCode::ok);
    if (whole.status != HeadParse::Status::done) return;
    SB_CHECK(whole.consumed <= input.size() && whole.consumed <= header_max);
    SB_CHECK(!(head.chunked && head.content_length));
    for (const protocol::Header& header : head.headers()) {
        check_inside(header.name, input);
        check_inside(header.value, input);
        SB_CHECK(!header.name.empty());
        SB_CHECK(header.name.find_first_of(" \t\r\n:") == std::string_view::npos);
        SB_CHECK(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    }
    // The head alone is read the same, and a byte less is not yet a head.
    Head again;
    const HeadParse exact = parse(input.substr(0, whole.consumed), header_max, again);
    SB_CHECK(exact.status == HeadParse::Status::done && exact.consumed == whole.consumed);
    SB_CHECK(again.headers().size() == head.headers().size() && again.keep_alive == head.keep_alive);
    const HeadParse shorter = parse(input.substr(0, whole.consumed - 1), header_max, again);
    SB_CHECK(shorter.status != HeadParse::Status::done);
}

}  // namespace

void heads(std::string_view input) {
    check_head<protocol::RequestHead>(input, protocol::parse_request_head);
    check_head<protocol::ResponseHead>(input, protocol::parse_response_head);
}

}  // namespace signalbox::fuzz
