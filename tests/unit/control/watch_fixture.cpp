#include "tests/unit/control/watch_fixture.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/protocol/http/request_head.h"

namespace signalbox::control {

struct CannedServer::Shared {
    std::unique_ptr<ports::Listener> listener;
    bool gone = false;
    int open = 0;
};

CannedServer::CannedServer(sim::SimLoop& loop, sim::SimNetwork& network, const std::string& host, std::uint16_t port)
    : loop_(loop), shared_(std::make_shared<Shared>()) {
    ports::ListenOptions options;
    options.address = {host, port};
    shared_->listener = std::move(*network.listen(options));
    loop.spawn("canned server", serve(this, shared_));
}

CannedServer::~CannedServer() {
    shared_->gone = true;
    shared_->listener->close();
}

std::size_t CannedServer::count(const std::string& what) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(asked, [&](const std::string& one) { return one.starts_with(what); }));
}

ports::Task<void> CannedServer::serve(CannedServer* self, std::shared_ptr<Shared> shared) {
    for (;;) {
        Result<ports::Stream> stream = co_await shared->listener->accept();
        if (!stream || shared->gone) co_return;
        self->loop_.spawn("canned connection", answer(self, shared, std::move(*stream)));
    }
}

ports::Task<void> CannedServer::answer(CannedServer* self, std::shared_ptr<Shared> shared, ports::Stream stream) {
    std::string in;
    std::array<char, 4096> space;
    protocol::RequestHead head;
    auto parsed = protocol::parse_request_head(in, 1 << 16, head);
    while (parsed.status == protocol::HeadParse::Status::need_more ||
           in.size() < parsed.consumed + head.content_length.value_or(0)) {
        const Result<std::size_t> got = co_await stream->read_some(space);
        if (!got || *got == 0 || shared->gone) co_return;
        in.append(space.data(), *got);
        parsed = protocol::parse_request_head(in, 1 << 16, head);
        if (parsed.status == protocol::HeadParse::Status::failed) co_return;
    }
    const std::string what = fmt::format("{} {}", head.method, head.target);
    self->asked.push_back(in.size() > parsed.consumed ? what + " " + in.substr(parsed.consumed) : what);
    self->heads.push_back(in.substr(0, parsed.consumed));
    self->most_at_once = std::max(self->most_at_once, ++shared->open);
    const auto row = self->answers.find(what);
    const Canned canned = row == self->answers.end() ? Canned{404, "not found", {}, false} : row->second;
    const std::shared_ptr<ports::Alarm> alarm = self->loop_.make_alarm();
    if (canned.after > 0ns) co_await alarm->wait_until(self->loop_.now() + canned.after);
    if (canned.hang) (void)co_await stream->read_some(space);
    --shared->open;
    if (canned.hang) co_return;
    const std::string bytes =
        fmt::format("HTTP/1.1 {} X\r\ncontent-length: {}\r\n\r\n{}", canned.status, canned.body.size(), canned.body);
    const std::string_view piece = bytes;
    (void)co_await stream->write({&piece, 1});
}

core::Config WatchFixture::config_of(core::ProviderKind kind) {
    core::Config config;
    add_provider(config, "p", kind, url);
    add_model(config, "main", "p", "m");
    return config;
}

void WatchFixture::add_provider(core::Config& config, const std::string& name, core::ProviderKind kind,
                                const std::string& base_url) {
    core::ProviderConfig provider;
    provider.name = name;
    provider.kind = kind;
    provider.base_url = base_url;
    config.providers.push_back(provider);
}

core::ModelConfig& WatchFixture::add_model(core::Config& config, const std::string& name, const std::string& provider,
                                           const std::string& upstream) {
    core::ModelConfig model;
    model.name = name;
    core::DeploymentConfig deployment;
    deployment.provider = provider;
    deployment.model = upstream;
    model.deployments.push_back(deployment);
    return config.models.emplace_back(model);
}

}  // namespace signalbox::control
