// Whatever a client and a provider send each other through a whole gateway: both get well-formed messages or none, what
// the client may not have is never asked for, and nothing is left behind.
#include <array>
#include <string>

#include "engine/base/check.h"
#include "engine/protocol/http/body_reader.h"
#include "engine/protocol/http/response_head.h"
#include "engine/protocol/json/tree.h"
#include "tests/fuzz/targets.h"
#include "tests/journey/journey_fixture.h"

namespace signalbox::fuzz {
namespace {

using protocol::HeadParse;

constexpr std::size_t header_max = 64 * 1024;

core::Config fenced_config() {
    core::Config config = flow::JourneyFixture::base_config();
    config.gateway.auth_required = true;
    config.gateway.body_max = 64 * 1024;
    core::AccountConfig account;
    account.name = "ci";
    account.key = "k";
    account.models = {"ma*"};
    config.accounts = {account};
    return config;
}

ports::Task<void> talk(flow::JourneyFixture& f, std::string_view bytes, std::string& answers) {
    auto stream = co_await f.network.connect({{"127.0.0.1", 8080}, false, {}}, never);
    if (!stream) co_return;
    (*stream)->expire_at(f.loop.now() + 30min);
    const std::array<std::string_view, 1> pieces = {bytes};
    const auto sent = co_await (*stream)->write(pieces);
    static_cast<void>(sent);
    std::array<char, 16 * 1024> space;
    for (;;) {
        const auto got = co_await (*stream)->read_some(space);
        if (!got || *got == 0) co_return;
        answers.append(space.data(), *got);
    }
}

// One answer after the other, the last one possibly cut off.
void check_answers(std::string_view wire) {
    while (!wire.empty()) {
        protocol::ResponseHead head;
        const HeadParse parsed = protocol::parse_response_head(wire, header_max, head);
        SB_CHECK(parsed.status == HeadParse::Status::done);
        wire.remove_prefix(parsed.consumed);
        protocol::BodyReader body = protocol::BodyReader::for_response(head);
        while (!body.done() && !wire.empty()) {
            const auto step = body.next(wire);
            SB_CHECK(step.has_value());
            wire.remove_prefix(step->consumed);
        }
    }
}

// One whole request for one of the models that `main` may end with, however the provider reads names.
void check_request(std::string_view wire, std::string_view model) {
    protocol::RequestHead head;
    const HeadParse parsed = protocol::parse_request_head(wire, header_max, head);
    SB_CHECK(parsed.status == HeadParse::Status::done && head.method == "POST" && !head.chunked);
    SB_CHECK(parsed.consumed + head.content_length.value_or(0) == wire.size());
    const auto body = protocol::detail::parse_tree(wire.substr(parsed.consumed));
    if (body.error()) return;  // what nobody looked at may be broken; then nobody reads a model there
    int models = 0;
    for (const auto& [name, value] : protocol::detail::members_of(body.value_unsafe())) {
        if (!protocol::equal_ignoring_case(name, "model")) continue;
        ++models;
        SB_CHECK(protocol::detail::string_of(value) == model);
    }
    SB_CHECK(models == 1);
}

flow::Script script_of(std::string_view bytes, unsigned choice) {
    const std::size_t half = bytes.size() / 2;
    flow::Script script;
    script.parts = {{10ms, std::string(bytes.substr(0, half))}, {10ms, std::string(bytes.substr(half))}};
    script.end = static_cast<flow::Script::End>(choice % 4);
    return script;
}

}  // namespace

// The first byte says how the provider's connection ends, its answer stands before the first byte 0xff.
void journey(std::string_view input) {
    if (input.empty()) return;
    const auto choice = static_cast<unsigned char>(input[0]);
    input.remove_prefix(1);
    const std::size_t cut = std::min(input.find('\xff'), input.size());
    flow::JourneyFixture f(fenced_config());
    if (cut > 0) {
        for (const int n : {1, 2, 3}) f.provider(n).next = {script_of(input.substr(0, cut), choice)};
    }
    const std::string asked(input.substr(std::min(cut + 1, input.size())));
    std::string answers;
    f.loop.spawn("client", talk(f, asked, answers));
    f.loop.run_for(2h);
    if (!asked.contains("HEAD")) check_answers(answers);
    for (const std::string& request : f.provider(1).seen) check_request(request, "m");
    for (const std::string& request : f.provider(2).seen) check_request(request, "s");
    SB_CHECK(f.provider(3).seen.empty());
    SB_CHECK(f.gauges.in_flight == 0 && f.gauges.connections == 0 && f.in_flight() == 0);
}

}  // namespace signalbox::fuzz
