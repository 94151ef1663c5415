// A service over a small gateway, called as the console calls it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/control/service.h"
#include "engine/sim/loop.h"
#include "engine/sim/memory_store.h"
#include "tests/unit/control/fixture.h"

namespace signalbox::control {

// Keeps the names of the errors.
class ErrorLog final : public Log {
  public:
    std::vector<std::string> errors;
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField>) override {
        if (level == LogLevel::error) errors.emplace_back(event);
    }
};

using Strings = std::vector<std::string>;

class ServiceTest : public testing::Test {
  protected:
    ServiceTest() { restart(); }
    ~ServiceTest() override {
        service_.reset();
        loop_.run_for(2s);
        EXPECT_EQ(loop_.running(), 0U);
    }

    void restart() {
        service_.reset();
        const ServiceParts parts{
            loop_,   loop_,
            store_,  log_,
            router_, gauges_,
            meter_,  {load, load, [this](core::ConfigPtr config) { router_.apply(std::move(config), at()); }},
            hooks_};
        Facts facts;
        facts.version = "1.2.3";
        facts.name = "box";
        service_ = std::make_unique<Service>(parts, facts, config_);
        ASSERT_TRUE(service_->start());
        loop_.run_for(10ms);
    }
    static std::expected<core::Config, core::ConfigFaults> load(const std::string& text) {
        if (text == "bad") return std::unexpected(core::ConfigFaults{{"f", 1, "x", "wrong", ""}});
        auto config = small_config();
        if (text == "port and bodies") {
            config.gateway.listen.port = 9;
            config.history.bodies = "all";
        }
        if (text == "auth") config.gateway.auth_required = true;
        if (text == "without b") {
            config.models[0].fallbacks.clear();
            config.models.erase(config.models.begin() + 1);
        }
        return config;
    }

    // A call from outside the loop, as the console makes it.
    template <class Request>
    api::Answer<api::ResponseOf<Request>> call(const Request& request) {
        std::optional<api::Answer<api::ResponseOf<Request>>> got;
        service_->call<Request>(request, [&](auto answer) { got = std::move(answer); });
        EXPECT_FALSE(got) << "never at once";
        loop_.run_for(1ms);
        return got ? std::move(*got) : std::unexpected(api::Failure{ErrorCode::io_timeout, "no reply"});
    }
    v1::SnapshotResponse snapshot() {
        loop_.run_for(300ms);
        return *call(v1::SnapshotRequest{});
    }
    api::Answer<v1::CreateOverrideResponse> redirect(const std::string& from, const std::string& to) {
        v1::CreateOverrideRequest request;
        request.set_from(from);
        request.set_to(to);
        request.set_ttl_seconds(60);
        request.set_reason("outage");
        request.set_actor("ana");
        return call(request);
    }
    void finish(const std::string& model, ports::Outcome outcome = ports::Outcome::served) {
        ports::RequestRecord record;
        record.id = "01J000000000000000000000" + std::to_string(10 + made_++);
        record.requested_model = model;
        record.outcome = outcome;
        record.first_token_us = 4000;
        record.total_us = 9000;
        meter_.offer(std::move(record));
    }
    void attempt(const std::string& model, ErrorCode code) { send_one(router_, model, code, at()); }
    void break_model(const std::string& model) {
        for (int i = 0; i < 12; ++i) attempt(model, ErrorCode::upstream_not_found);
    }
    Strings event_kinds() {
        Strings out;
        const auto rows = store_.events(0, 100);
        for (const auto& row : *rows) out.insert(out.begin(), row.kind);
        return out;
    }

    [[nodiscard]] Moment at() const { return {loop_.now(), loop_.wall()}; }
    static const v1::Breaker& breaker(const v1::SnapshotResponse& snapshot, const std::string& target) {
        const auto row = std::ranges::find(snapshot.breakers(), target, [](const auto& one) { return one.target(); });
        return row == snapshot.breakers().end() ? v1::Breaker::default_instance() : *row;
    }
    static Strings kinds(const v1::SnapshotResponse& snapshot) {
        Strings out;
        for (const auto& problem : snapshot.problems()) out.push_back(problem.kind());
        return out;
    }

    sim::SimLoop loop_;
    sim::MemoryStore store_;
    ErrorLog log_;
    core::ConfigPtr config_ = std::make_shared<core::Config>(small_config());
    flow::Router router_{config_};
    flow::Gauges gauges_;
    Meter meter_{store_, loop_};
    Hooks hooks_;  // of the next restart()
    std::unique_ptr<Service> service_;
    int made_ = 0;
};

}  // namespace signalbox::control
