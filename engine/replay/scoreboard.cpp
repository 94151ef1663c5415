#include "engine/replay/scoreboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/core/drill/drill.h"
#include "engine/replay/bodies.h"
#include "engine/replay/rig.h"

namespace signalbox::replay {
namespace {

using core::Fault;
using core::Reach;

// The user's configuration with nobody to pay and nothing outside: what is tried is its routing.
Setup setup_of(core::Config config) {
    config.accounts.clear();
    config.gateway.auth_required = false;
    Setup setup;
    for (core::ProviderConfig& provider : config.providers) {
        provider.proxy.clear();
        // The simulated provider speaks OpenAI's and Anthropic's dialects.
        if (provider.kind != core::ProviderKind::anthropic) provider.kind = core::ProviderKind::simulated;
        for (core::KeyConfig& key : provider.keys) key.value = secret_of(key.name);
        sim::ProviderScript& script = setup.scripts[provider.name];
        script.name = provider.name;
        script.models.clear();
    }
    for (const core::ModelConfig& model : config.models) {
        for (const core::DeploymentConfig& deployment : model.deployments) {
            setup.scripts[deployment.provider].models.push_back(deployment.model);
        }
    }
    setup.config = std::move(config);
    return setup;
}

struct Question {
    const core::ModelEntry& model;
    Fault fault;
    bool streamed;
};

struct Course {
    sim::ClientAnswer answer;
    ports::RequestRecord row;
};

sim::ClientRequest request_for(const Question& question) {
    constexpr std::string_view end = "]}";
    sim::ClientRequest request;
    request.path = path_of(question.model.shape);
    request.body = body_of(question.model.shape, {.model = question.model.name, .stream = question.streamed});
    if (question.fault == Fault::rejects_prefill) {
        request.body.insert(request.body.size() - end.size(), R"(,{"role":"assistant","content":"a"})");
    }
    request.patience = after(Instant{}, question.model.deadlines.total) - Instant{} + 60s;
    return request;
}

// One request to a gateway of its own. `struck` empty: nothing misbehaves.
Course play(const core::Config& config, const Question& question, const std::string& struck, std::uint64_t seed) {
    constexpr auto name = "drill";
    Rig rig(setup_of(config), seed);
    while (core::rests_between_flaps(rig.loop.now())) rig.loop.run_for(1s);
    if (!struck.empty()) {
        auto table = std::make_shared<core::DrillTable>();
        core::ActiveDrill& drill = table->rows.emplace_back();
        drill.id = 1;
        drill.target = struck;
        drill.fault = question.fault;
        drill.struck = std::make_shared<std::atomic<std::int64_t>>(0);
        rig.router.set_drills(std::move(table));
    }
    rig.ask({.name = name}, request_for(question));
    while (!rig.all_ended() || rig.rows(name).empty()) rig.loop.run_for(100ms);
    return {rig.asks().front()->answer, rig.rows(name).front()};
}

// What misbehaves when this attempt's target does.
std::string struck_by(Fault fault, const ports::AttemptRecord& first) {
    const Reach reach = core::info_of(fault).reach;
    if (reach == Reach::provider) return first.provider;
    if (reach == Reach::key && !first.key.empty()) return first.provider + "#" + first.key;
    return first.deployment;
}

bool is_about_the_request(Fault fault) {
    return fault == Fault::bad_request || fault == Fault::content_filter || fault == Fault::context_overflow ||
           fault == Fault::rejects_prefill;
}

std::string code_told(const sim::ClientAnswer& answer) {
    const std::string code = error_code_in(answer.events.empty() ? answer.body : answer.events.back());
    return code == "none" ? std::string() : code;
}

Got got_of(const Question& question, const Course& course) {
    const sim::ClientAnswer& answer = course.answer;
    const std::string code = code_told(answer);
    const bool whole = answer.end == sim::ClientEnd::complete;
    if (whole && answer.status == 200 && code.empty()) {
        return question.streamed && !answer.done() ? Got::broken : Got::complete;
    }
    if (code.empty() || answer.done()) return Got::broken;
    if (answer.status == 200 && !answer.text().empty()) return Got::honest;
    const bool own_words = is_about_the_request(question.fault) && answer.status >= 400 && answer.status < 500;
    return own_words ? Got::told : Got::error;
}

// Could anything else serve this model while `struck` misbehaves?
bool has_another(const core::RoutingTable& table, const core::ModelEntry& model, const std::string& struck) {
    const std::vector<core::LaneId> out = core::lanes_of(struck, table);
    const auto is_free = [&](const core::ModelEntry& entry) {
        return std::ranges::any_of(entry.candidates, [&](const core::Candidate& candidate) {
            return std::ranges::find(out, candidate.lane) == out.end();
        });
    };
    if (is_free(model)) return true;
    const auto& defaults = table.config().defaults.fallbacks;
    return std::ranges::any_of(model.fallbacks.empty() ? defaults : model.fallbacks, [&](const std::string& name) {
        const core::ModelEntry* next = table.find(name);
        return next != nullptr && next->shape == model.shape && is_free(*next);
    });
}

std::string client_saw(const DrillResult& result) {
    return result.status == 200 ? "the client saw an error event, " + result.code
                                : fmt::format("the client saw {} {}", result.status, result.code);
}

std::string finding_of(const DrillResult& result, const core::RoutingTable& table, const core::ModelEntry& model) {
    const int allowed = table.config().defaults.attempts;
    if (result.got == Got::broken) return "an end that tells nothing of the fault";
    if (result.attempts > allowed) return fmt::format("{} attempts of {} allowed", result.attempts, allowed);
    if (result.got != Got::error) return {};
    if (!has_another(table, model, result.struck)) {
        return fmt::format("single point of failure: nothing but {} serves {}", result.struck, model.name);
    }
    if (result.attempts == allowed) {
        return fmt::format("no attempt was left for another target (defaults.attempts: {}); {}", allowed,
                           client_saw(result));
    }
    if (result.total >= model.deadlines.total) return "no time was left (deadlines.total); " + client_saw(result);
    return "no fallback came; " + client_saw(result);
}

std::string hint_of(const DrillResult& result) {
    if (result.got == Got::honest) return "`midstream: resume` or `hold` would let another target complete it";
    if (result.got == Got::told && result.fault == Fault::context_overflow) {
        return "`context_fallbacks`, or a fallback with a larger `context`, would answer it";
    }
    if (result.got == Got::told && result.fault == Fault::content_filter) {
        return "`content_filter_fallback` would ask another target";
    }
    return {};
}

class Run {
  public:
    Run(const core::Config& config, const DrillOptions& options)
        : config_(config),
          options_(options),
          table_(std::make_shared<const core::Config>(setup_of(config).config), names_) {}

    [[nodiscard]] const core::RoutingTable& table() const { return table_; }

    void try_model(const core::ModelEntry& model, std::vector<DrillResult>& rows) {
        std::vector<Fault> faults = options_.faults;
        if (faults.empty()) {
            for (const core::FaultInfo& info : core::fault_catalogue()) faults.push_back(info.fault);
        }
        const bool chat = model.shape == core::Shape::chat;
        const Course whole = play(config_, {model, Fault::none, false}, {}, options_.seed);
        const Course streamed = chat ? play(config_, {model, Fault::none, true}, {}, options_.seed) : Course{};
        for (const Fault fault : faults) {
            if (!chat && fault == Fault::rejects_prefill) continue;
            rows.push_back(try_fault({model, fault, false}, whole));
            if (chat) rows.push_back(try_fault({model, fault, true}, streamed));
        }
    }

  private:
    [[nodiscard]] DrillResult try_fault(const Question& question, const Course& well) const {
        DrillResult result{.model = question.model.name, .fault = question.fault, .streamed = question.streamed};
        if (well.row.attempts.empty() || well.row.outcome != ports::Outcome::served) {
            result.status = well.answer.status;
            result.code = code_told(well.answer);
            result.finding = "it is not served even while nothing is wrong; " + client_saw(result);
            return result;
        }
        result.struck = struck_by(question.fault, well.row.attempts.front());
        const Course course = play(config_, question, result.struck, options_.seed);
        result.got = got_of(question, course);
        result.status = course.answer.status;
        result.code = code_told(course.answer);
        result.attempts = static_cast<int>(course.row.attempts.size());
        result.total = course.answer.total;
        result.served_by = course.row.served_deployment;
        result.finding = finding_of(result, table_, question.model);
        result.hint = hint_of(result);
        return result;
    }

    const core::Config& config_;
    const DrillOptions& options_;
    core::Registries names_;
    core::RoutingTable table_;
};

}  // namespace

std::string_view to_string(Got got) {
    switch (got) {
        case Got::complete:
            return "complete answer";
        case Got::told:
            return "provider's own error";
        case Got::honest:
            return "honest end";
        case Got::error:
            return "error";
        case Got::broken:
            return "broken";
    }
    return "broken";
}

bool Scoreboard::passed() const {
    return !rows.empty() && std::ranges::all_of(rows, &DrillResult::passed);
}

Result<Scoreboard> run_drills(const core::Config& config, const DrillOptions& options) {
    Run run(config, options);
    Scoreboard board{.seed = options.seed, .rows = {}};
    const core::ModelEntry* wanted = options.model.empty() ? nullptr : run.table().find(options.model);
    if (!options.model.empty() && (wanted == nullptr || wanted->implicit)) {
        return fail(ErrorCode::model_not_found, "the configuration has no model '" + options.model + "'");
    }
    for (const core::ModelEntry& model : run.table().models()) {
        if (model.implicit || (wanted != nullptr && wanted != &model)) continue;
        if (options.begins) options.begins(model.name);
        run.try_model(model, board.rows);
    }
    if (board.rows.empty()) return fail(ErrorCode::model_not_found, "the configuration lists no model");
    return board;
}

}  // namespace signalbox::replay
