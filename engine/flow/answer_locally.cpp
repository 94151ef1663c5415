// What needs no provider: is it alive, is it ready, which models are there.
#include <array>

#include "engine/core/admission/token_estimate.h"
#include "engine/flow/capacity.h"
#include "engine/flow/response_head.h"
#include "engine/flow/steps.h"
#include "engine/protocol/dialect/models_body.h"
#include "engine/protocol/dialect/translate.h"

namespace signalbox::flow {
namespace {

struct LocalAnswer {
    int status = 200;
    std::string body;
};

std::string list_models(const Exchange& x) {
    const std::vector<std::string> names = x.rules.table->listed_names();
    std::vector<protocol::ModelEntry> rows;
    rows.reserve(names.size());
    for (const std::string& name : names) rows.push_back({name, x.record.time.unix_us / 1'000'000});
    return protocol::models_body(rows);
}

// Made for everybody who asks within limits::capacity_cache.
std::string capacity(const Exchange& x) {
    CapacityCache& cache = x.s.capacity;
    const Instant now = x.s.clock.now();
    if (cache.body.empty() || now - cache.made >= limits::capacity_cache) {
        cache.body = capacity_body(*x.s.router.recent_view(now), now, x.s.gauges.draining);
        cache.made = now;
    }
    return cache.body;
}

// From the size of the text. Who may not ask gets the refusal that every other request of theirs would get.
std::optional<LocalAnswer> count_tokens(Exchange& x) {
    if (!authenticate(x)) return std::nullopt;
    return LocalAnswer{200, protocol::count_tokens_body(core::estimate_tokens(x.scan.text_bytes))};
}

std::optional<LocalAnswer> answer_for(Exchange& x) {
    const std::string_view path = x.head.path;
    if (path == "/health/liveliness" || path == "/health/liveness") return LocalAnswer{200, R"({"status":"alive"})"};
    if (path == "/health/readiness") {
        if (x.s.gauges.draining) return LocalAnswer{503, R"({"status":"draining"})"};
        return LocalAnswer{200, R"({"status":"ready"})"};
    }
    if (!x.parsed) return std::nullopt;
    if (path == "/v1/models/capacity") return LocalAnswer{200, capacity(x)};
    if (x.endpoint == protocol::Endpoint::count_tokens) return count_tokens(x);
    if (x.endpoint == protocol::Endpoint::models) return LocalAnswer{200, list_models(x)};
    if (x.endpoint == protocol::Endpoint::model) {
        const std::string_view id = path.substr(path.find("/models/") + 8);
        if (x.rules.table->find(id) != nullptr) {
            return LocalAnswer{200, protocol::model_body({id, x.record.time.unix_us / 1'000'000})};
        }
        x.parsed = fail(ErrorCode::model_not_found, "There is no model named '" + std::string(id) + "'.");
    }
    return std::nullopt;
}

}  // namespace

Task<bool> answer_locally(Exchange& x) {
    std::optional<LocalAnswer> answer = answer_for(x);
    if (!answer) co_return false;
    const std::string head = error_head(x, answer->status, answer->body.size(), std::nullopt);
    x.answered = co_await send_answer(x, head, answer->body);
    co_return true;
}

}  // namespace signalbox::flow
