#include "engine/control/doctor.h"

#include <algorithm>
#include <array>

namespace signalbox::control {
namespace {

// Kinds of problems that are findings, and what to do about each.
struct Cure {
    std::string_view kind, remedy;
};
constexpr auto cures = std::to_array<Cure>({
    {"double_retry", "let the client make no retries (max_retries=0 in the official SDKs), or set attempts: 1 here"},
    {"shed_while_idle", "raise the limit that refused it; `signalboxctl show ID` names the guard and the fleet then"},
    {"truncated_inputs", "raise or remove the length limit in the clients with this tag, or in what feeds them"},
});

}  // namespace

std::vector<v1::Finding> traffic_findings(const v1::SnapshotResponse& snapshot) {
    std::vector<v1::Finding> out;
    for (const v1::Problem& problem : snapshot.problems()) {
        const auto cure = std::ranges::find(cures, problem.kind(), &Cure::kind);
        if (cure == cures.end()) continue;
        v1::Finding& row = out.emplace_back();
        row.set_severity(problem.severity() == "critical" ? "error" : "warning");
        row.set_rule(problem.kind());
        row.set_object(problem.object());
        row.set_problem(problem.text());
        row.set_remedy(std::string(cure->remedy));
    }
    return out;
}

}  // namespace signalbox::control
