#include "engine/replay/facts.h"

#include <algorithm>
#include <array>

#include "engine/core/config/quantities.h"
#include "engine/replay/bodies.h"

namespace signalbox::replay {
namespace {

std::string yes(bool value) {
    return value ? "yes" : "no";
}

std::string_view end_word(sim::ClientEnd end) {
    constexpr std::array<std::string_view, 6> words = {"complete",  "not_connected", "cut",
                                                       "impatient", "vanished",      "malformed"};
    return words[static_cast<std::size_t>(end)];
}

std::string_view state_word(core::BreakerState state) {
    constexpr std::array<std::string_view, 3> words = {"closed", "open", "half_open"};
    return words[static_cast<std::size_t>(state)];
}

std::int64_t tokens_of(const sim::ClientAnswer& answer) {
    return std::ranges::count_if(answer.events, [](std::string_view event) {
        return event.find(R"("content":")") != std::string_view::npos &&
               event.find(R"("content":"")") == std::string_view::npos;
    });
}

// The cause, or the verdict that passed the first choice over, or "override".
std::string why_of(const ports::RequestRecord& row) {
    return row.why == ErrorCode::ok ? "none" : std::string(signalbox::to_string(row.why));
}

void add_row(Facts& facts, const ports::RequestRecord& row) {
    using Attempt = ports::AttemptRecord;
    facts["outcome"] = std::string(ports::to_string(row.outcome));
    facts["why"] = why_of(row);
    facts["code"] = std::string(signalbox::to_string(row.error));
    facts["served"] = row.served_deployment;
    facts["model"] = row.served_model;
    facts["key"] = row.attempts.empty() ? std::string() : row.attempts.back().key;
    facts["attempts"] = static_cast<std::int64_t>(row.attempts.size());
    facts["bypassed"] = yes(std::ranges::any_of(row.attempts, &Attempt::breaker_bypassed));
    facts["probe"] = yes(std::ranges::any_of(row.attempts, &Attempt::probe));
    facts["override"] = yes(row.override_id != 0);
    facts["queue"] = Nanos(std::chrono::microseconds(row.queue_us));
}

template <class T>
Result<Fact> as_fact(Result<T> value) {
    if (!value) return std::unexpected(std::move(value.error()));
    return Fact(*std::move(value));
}

// The text read as a value of the same kind.
Result<Fact> value_like(const Fact& fact, const std::string& text) {
    if (std::holds_alternative<std::int64_t>(fact)) return as_fact(core::parse_integer(text));
    if (std::holds_alternative<Nanos>(fact)) return as_fact(core::parse_duration(text));
    return Fact(text);
}

}  // namespace

Facts client_facts(const Rig& rig, const Ask& ask) {
    const sim::ClientAnswer& answer = ask.answer;
    Facts facts;
    facts["status"] = std::int64_t{answer.status};
    facts["end"] = std::string(ask.ended ? end_word(answer.end) : "waiting");
    facts["done"] = yes(answer.done());
    facts["tokens"] = tokens_of(answer);
    facts["error"] = error_code_in(answer.events.empty() ? answer.body : answer.events.back());
    facts["first"] = answer.first_event;
    facts["total"] = answer.total;
    const Result<std::int64_t> seconds = core::parse_integer(answer.header("retry-after"));
    facts["retry_after"] = seconds ? Nanos(std::chrono::seconds(*seconds)) : Nanos(-1);
    facts["rows"] = static_cast<std::int64_t>(rig.rows(ask.name).size());
    if (!rig.rows(ask.name).empty()) add_row(facts, rig.rows(ask.name).back());
    return facts;
}

Facts provider_facts(const sim::ProviderCounters& counters) {
    return {{"requests", static_cast<std::int64_t>(counters.requests)},
            {"faults", static_cast<std::int64_t>(counters.faults)},
            {"connections", static_cast<std::int64_t>(counters.connections)},
            {"abandoned", static_cast<std::int64_t>(counters.abandoned)},
            {"under_way", std::int64_t{counters.under_way}},
            {"waiting", std::int64_t{counters.waiting}}};
}

std::vector<LaneLook> lanes_of(const flow::FleetView& view, std::string_view name) {
    std::vector<LaneLook> looks;
    for (const core::Deployment& deployment : view.table->deployments()) {
        for (const core::Lane& lane : deployment.lanes) {
            const auto id = static_cast<std::size_t>(lane.id);
            const std::string_view rest = std::string_view(view.lane_names[id]);
            const bool meant = rest.starts_with(name) &&
                               (rest.size() == name.size() || rest[name.size()] == '#' || rest[name.size()] == '/');
            if (meant) looks.push_back({&view.lane_names[id], &view.lanes[id], &view.health_of(lane)});
        }
    }
    return looks;
}

std::vector<Facts> breaker_facts(const flow::FleetView& view, const std::string& deployment) {
    std::vector<Facts> rows;
    for (const LaneLook& lane : lanes_of(view, deployment)) {
        rows.push_back({{"state", std::string(state_word(lane.health->state()))},
                        {"cause", std::string(signalbox::to_string(lane.health->cause()))},
                        {"trips", lane.health->trips()},
                        {"evidence", static_cast<std::int64_t>(lane.health->evidence().size())},
                        {"diverted", lane.state->diverted},
                        {"in_flight", lane.state->in_flight}});
    }
    return rows;
}

Facts gateway_facts(const Rig& rig) {
    const flow::FleetView view = rig.router.view();
    std::int64_t reserved = 0;
    std::int64_t waiting = 0;
    for (const core::LaneState& lane : view.lanes) reserved += lane.in_flight;
    for (const auto& [model, queued] : view.queued) waiting += static_cast<std::int64_t>(queued);
    return {{"in_flight", rig.gauges.in_flight.load()},
            {"reserved", reserved},
            {"waiting", waiting},
            {"rows", static_cast<std::int64_t>(rig.journal.count())}};
}

std::string to_string(const Fact& fact) {
    if (const auto* text = std::get_if<std::string>(&fact)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&fact)) return std::to_string(*number);
    return std::to_string(to_ms(std::get<Nanos>(fact))) + "ms";
}

Result<bool> holds(const Facts& facts, const Term& term) {
    const auto found = facts.find(term.key);
    if (found == facts.end()) return fail(ErrorCode::invalid_argument, "there is no " + term.key);
    const Result<Fact> wanted = value_like(found->second, term.value);
    if (!wanted) {
        return fail(ErrorCode::invalid_argument, "the value of " + to_string(term) + " " + wanted.error().detail);
    }
    return relates(found->second, term.relation, *wanted);
}

}  // namespace signalbox::replay
