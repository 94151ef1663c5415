#include "app/ctl/commands/commands.h"

#include <array>

namespace signalbox::ctl {
namespace {

constexpr int any_number = 1000;

constexpr std::array command_table = {
    Command{"status", "", "how the gateway is doing", "", 0, 0, run_status},
    Command{"models", "", "models and their deployments: slots, memory, speed", "", 0, 0, run_models},
    Command{"breakers", "[TARGET] [--all]", "what is cut off, why, until when; of one: its evidence", "all", 0, 1,
            run_breakers},
    Command{"breaker hold-open", "TARGET --for 30m --reason TEXT", "cut a target's traffic, for a while",
            "for reason actor", 1, 1, run_hold_open},
    Command{"breaker hold-closed", "TARGET --for 30m --reason TEXT", "let traffic through whatever fails, for a while",
            "for reason actor", 1, 1, run_hold_closed},
    Command{"breaker end-hold", "TARGET --reason TEXT", "let its own outcomes decide again", "reason actor", 1, 1,
            run_end_hold},
    Command{"breaker reset", "TARGET --reason TEXT", "close it, end a hold and forget its failures", "reason actor", 1,
            1, run_reset},
    Command{"breaker probe", "TARGET --reason TEXT", "try an open one with the next suitable request", "reason actor",
            1, 1, run_probe},
    Command{"drain", "TARGET --reason TEXT | TARGET --end", "send no new requests there, or take it back",
            "reason actor end", 1, 1, run_drain},
    Command{"warm", "TARGET --reason TEXT", "ask the provider to load the model", "reason actor", 1, 1, run_warm},
    Command{"accounts", "", "what each caller may still use, and what it costs", "", 0, 0, run_accounts},
    Command{"requests", "[FILTER…] [--follow] [--limit N]", "finished requests", "follow limit", 0, any_number,
            run_requests},
    Command{"show", "ID", "one request: its route, every attempt and why", "", 1, 1, run_show},
    Command{"explain", "MODEL [--body FILE] [--account NAME]", "where a request would go now", "body account", 1, 1,
            run_explain},
    Command{"redirect", "FROM TO --for 30m --reason TEXT [--share N] [--scope account:NAME|tag:K=V]",
            "send a model's traffic elsewhere, for a while", "for reason share scope actor", 2, 2, run_redirect},
    Command{"overrides", "[--all]", "overrides in force", "all", 0, 0, run_overrides},
    Command{"end", "ID", "end an override now", "actor", 1, 1, run_end},
    Command{"extend", "ID --by 15m", "give an override more time", "by actor", 1, 1, run_extend},
    Command{"config check", "[FILE]", "what the gateway would say of a configuration", "", 0, 1, run_config_check},
    Command{"config diff", "[FILE]", "what it would change, a line each", "", 0, 1, run_config_diff},
    Command{"config show", "", "the configuration in force, secrets redacted", "", 0, 0, run_config_show},
    Command{"doctor", "[--config FILE [--against FILE]]",
            "what will be regretted, of the gateway or of a file; exit code 1 for more than hints", "config against", 0,
            0, run_doctor},
    Command{"replay", "[SCENARIO] [--seed N] [--quick] [--only TEXT]",
            "play a scenario in virtual time, without a gateway; without a name: those there are", "seed quick only", 0,
            1, run_replay},
    Command{"drill run", "[--all | FAULT] [MODEL] [--config FILE] [--seed N]",
            "your configuration against every fault, in virtual time, without a gateway", "all config seed", 0, 2,
            run_drill_run},
    Command{"drill start", "TARGET FAULT --reason TEXT [--for 10m] [--share 10 | --header-only]",
            "let a provider, target or model misbehave, for a while", "for reason share header-only actor", 2, 2,
            run_drill_start},
    Command{"drill list", "[--all]", "drills in force", "all", 0, 0, run_drill_list},
    Command{"drill stop", "ID", "end a drill now", "actor", 1, 1, run_drill_stop},
    Command{"drill faults", "", "everything a drill can play", "", 0, 0, run_drill_faults},
    Command{"audit", "[--limit N]", "what people changed", "limit", 0, 0, run_audit},
    Command{"events", "[--limit N]", "what happened by itself", "limit", 0, 0, run_events},
};

constexpr std::array option_table = {
    Option{"all", "", "also those that are closed or over"},
    Option{"follow", "", "go on as new ones come"},
    Option{"limit", "N", "at most so many"},
    Option{"body", "FILE", "a request body in JSON; - for standard input"},
    Option{"account", "NAME", "the caller"},
    Option{"for", "TIME", "how long, such as 30m"},
    Option{"by", "TIME", "how much longer, such as 15m"},
    Option{"reason", "TEXT", "why; it goes into the audit"},
    Option{"share", "N", "percent of the traffic"},
    Option{"scope", "WHOSE", "account:NAME or tag:KEY=VALUE; everyone's otherwise"},
    Option{"header-only", "", "only requests with the header x-signalbox-drill: FAULT"},
    Option{"end", "", "take it back into service"},
    Option{"config", "FILE", "a configuration, read here"},
    Option{"against", "FILE", "that of a second gateway, which should share no keys"},
    Option{"seed", "N", "what chance draws; the same seed takes the same course"},
    Option{"quick", "", "the scenario's shorter version"},
    Option{"only", "TEXT", "cells whose name holds this"},
    Option{"actor", "NAME", "who does it; user@host otherwise"},
};

}  // namespace

std::span<const Command> commands() {
    return command_table;
}

std::span<const Option> command_options() {
    return option_table;
}

}  // namespace signalbox::ctl
