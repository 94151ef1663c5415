// signalboxd: one gateway without a window.
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "engine/adapters/system/heap.h"
#include "engine/adapters/system/stderr_log.h"
#include "engine/core/config/quantities.h"
#include "engine/host/gateway_host.h"
#include "engine/host/version.h"

namespace {

using namespace signalbox;

constexpr int usage_error = 2;
constexpr const char* usage =
    "usage: signalboxd [--config FILE] [--data-dir DIR] [--listen HOST:PORT] [--control HOST:PORT] [--demo] [--check]\n"
    "  --config FILE       configuration (default: $SIGNALBOX_CONFIG, then the standard places; none: the demo)\n"
    "  --data-dir DIR      where history and overrides are kept\n"
    "  --listen HOST:PORT  data plane; port 0 picks a free one\n"
    "  --control HOST:PORT control API and /metrics\n"
    "  --demo              the built-in simulated fleet\n"
    "  --check             check the configuration and exit\n"
    "  --version, --help\n";

struct CommandLine {
    host::HostOptions options;
    bool check = false;
    int exit_code = -1;  // -1: go on
};

int complain(const std::string& what) {
    std::fprintf(stderr, "signalboxd: %s\n%s", what.c_str(), usage);
    return usage_error;
}

CommandLine parse(int argc, char** argv) {
    enum Option { config = 1, data_dir, listen, control, demo, check, version, help };
    static const option table[] = {{"config", required_argument, nullptr, config},
                                   {"data-dir", required_argument, nullptr, data_dir},
                                   {"listen", required_argument, nullptr, listen},
                                   {"control", required_argument, nullptr, control},
                                   {"demo", no_argument, nullptr, demo},
                                   {"check", no_argument, nullptr, check},
                                   {"version", no_argument, nullptr, version},
                                   {"help", no_argument, nullptr, help},
                                   {}};
    CommandLine out;
    for (int got; (got = getopt_long(argc, argv, "", table, nullptr)) != -1;) {
        switch (got) {
            case config:
                out.options.config_path = optarg;
                break;
            case data_dir:
                out.options.data_dir = optarg;
                break;
            case listen:
            case control: {
                const Result<core::HostPort> address = core::parse_host_port(optarg);
                if (!address) {
                    out.exit_code = complain(address.error().detail);
                    return out;
                }
                (got == listen ? out.options.listen : out.options.control) = *address;
                break;
            }
            case demo:
                out.options.demo = true;
                break;
            case check:
                out.check = true;
                break;
            case version:
                std::printf("signalboxd %s\n", host::version.data());
                out.exit_code = 0;
                return out;
            case help:
                std::fputs(usage, stdout);
                out.exit_code = 0;
                return out;
            default:
                std::fputs(usage, stderr);
                out.exit_code = usage_error;
                return out;
        }
    }
    if (optind < argc) out.exit_code = complain(std::string("unexpected '") + argv[optind] + "'");
    return out;
}

int report(const host::StartFailure& failure) {
    for (const std::string& line : failure.lines) std::fprintf(stderr, "%s\n", line.c_str());
    return failure.exit_code;
}

// Waits for signals; the other threads have them blocked. Returns when it is time to stop.
void serve(host::GatewayHost& host, const sigset_t& signals) {
    for (;;) {
        const timespec one_second{1, 0};
        const int got = sigtimedwait(&signals, nullptr, &one_second);
        if (got == SIGTERM || got == SIGINT) return;
        if (got == SIGHUP) host.reload();
        host.reload_if_changed();
    }
}

}  // namespace

int main(int argc, char** argv) {
    adapters::keep_freed_memory();
    const CommandLine command = parse(argc, argv);
    if (command.exit_code >= 0) return command.exit_code;
    if (command.check) {
        const auto checked = host::GatewayHost::check(command.options);
        if (!checked) return report(checked.error());
        for (const std::string& field : *checked)
            std::fprintf(stderr, "signalboxd: %s has no effect in this version\n", field.c_str());
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    adapters::StderrLog log;
    auto host = host::GatewayHost::start(command.options, log);
    if (!host) return report(host.error());
    std::printf("signalbox: ready data=%s control=%s\n", (*host)->data_url().c_str(), (*host)->control_url().c_str());
    std::fflush(stdout);
    serve(**host, signals);
    (*host)->drain();
    return 0;
}
