// Every command, one function each; the table of them is what the command line and its help are made from.
#pragma once

#include <QString>
#include <span>

#include "app/ctl/session.h"

namespace signalbox::ctl {

struct Command {
    const char* name;       // one word, or two ("config check")
    const char* arguments;  // "FROM TO --for 30m …", for people
    const char* summary;
    const char* options;  // the long names it takes, separated by blanks
    int words_min;
    int words_max;
    void (*run)(Session&);
};

[[nodiscard]] std::span<const Command> commands();

struct Option {
    const char* name;
    const char* value;  // what it takes, for people; empty: a flag
    const char* summary;
};
[[nodiscard]] std::span<const Option> command_options();

void run_status(Session& session);
void run_models(Session& session);
void run_breakers(Session& session);
void run_hold_open(Session& session);
void run_hold_closed(Session& session);
void run_end_hold(Session& session);
void run_reset(Session& session);
void run_probe(Session& session);
void run_drain(Session& session);
void run_warm(Session& session);
void run_accounts(Session& session);
void run_requests(Session& session);
void run_show(Session& session);
void run_explain(Session& session);
void run_redirect(Session& session);
void run_overrides(Session& session);
void run_end(Session& session);
void run_extend(Session& session);
void run_config_check(Session& session);
void run_config_diff(Session& session);
void run_config_show(Session& session);
void run_doctor(Session& session);
void run_replay(Session& session);
void run_drill_start(Session& session);
void run_drill_list(Session& session);
void run_drill_stop(Session& session);
void run_drill_run(Session& session);
void run_drill_faults(Session& session);
void run_audit(Session& session);
void run_events(Session& session);

}  // namespace signalbox::ctl
