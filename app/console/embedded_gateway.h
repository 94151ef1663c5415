// The gateway inside the console: started, stopped and restarted from the page Local, and one api::Gateway that follows
// it through all of that. Lives on the UI thread; only the host's own start and drain run on a thread of their own.
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <thread>

#include "app/console/following_gateway.h"
#include "engine/adapters/system/stderr_log.h"
#include "engine/host/gateway_host.h"
#include "ui/models/local_gateway_control.h"

namespace signalbox::console {

class EmbeddedGateway : public ui::LocalGatewayControl {
    Q_OBJECT
  public:
    explicit EmbeddedGateway(host::HostOptions options);
    // Waits for a start or stop under way, then drains and stops the host.
    ~EmbeddedGateway() override;

    // The first start, before there is a window; blocks.
    std::expected<void, host::StartFailure> startNow();
    // Answers `unavailable` while the host is down. Must not outlive this object's last event loop turn; may be
    // destroyed before or after this object.
    std::unique_ptr<api::Gateway> gateway();

    ui::LocalGatewayState state() const override { return m_state; }
    void start(int port) override;
    void stop() override;
    std::vector<ui::LogLine> log() const override { return {m_lines.begin(), m_lines.end()}; }

  private:
    // Writes to stderr and hands the line to the page's log, from any thread.
    class TeeLog : public Log {
      public:
        explicit TeeLog(EmbeddedGateway& owner) : m_owner(owner) {}
        void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

      private:
        EmbeddedGateway& m_owner;
        adapters::StderrLog m_stderr;
    };
    using Started = std::expected<std::unique_ptr<host::GatewayHost>, host::StartFailure>;

    void become(ui::LocalGatewayState::Phase phase, const QString& failure = {});
    void adopt(std::unique_ptr<host::GatewayHost> host);
    // Drains the present host and, if wanted, starts another, off this thread.
    void change(bool startAgain);
    void finish(bool wanted);
    void remember(ui::LogLine line);

    host::HostOptions m_options;
    TeeLog m_log;
    std::unique_ptr<host::GatewayHost> m_host;
    std::shared_ptr<CurrentGateway> m_current;
    std::thread m_worker;
    Started m_started;                    // the worker's until it is joined
    std::string m_address = "127.0.0.1";  // it listens on, or would
    ui::LocalGatewayState m_state;
    std::deque<ui::LogLine> m_lines;
};

}  // namespace signalbox::console
