#include "engine/sim/provider_state.h"

#include <array>
#include <set>

#include <fmt/format.h>

#include "engine/protocol/json/escape.h"
#include "engine/protocol/json/scan.h"

namespace signalbox::sim {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    protocol::append_json_string(out, text);
    return out;
}

std::string_view phase_word(core::SlotPhase phase) {
    constexpr auto words = std::to_array<std::string_view>(
        {"SLOT_PHASE_UNKNOWN", "SLOT_PHASE_COLD", "SLOT_PHASE_WARMING", "SLOT_PHASE_WARM_IDLE", "SLOT_PHASE_WARM_BUSY",
         "SLOT_PHASE_DRAINING", "SLOT_PHASE_FAILED"});
    return words[static_cast<std::size_t>(phase)];
}

std::string model_state(const SimProvider::State& state, const std::string& model) {
    const ProviderMemory& memory = state.memory;
    const core::SlotPhase phase = memory.phase(model, state.ports.clock.now());
    std::string row = fmt::format(R"({{"model":{},"phase":"{}","slots":"{}","busy":"{}","queued":"{}")", quoted(model),
                                  phase_word(phase), state.script.slots, memory.busy(model), state.counters.waiting);
    if (memory.script().managed) {
        row += fmt::format(
            R"(,"kvBytesPerToken":"{}","kvBudgetBytes":"{}","kvUsedBytes":"{}","weightsBytes":"{}","loadTimeUs":"{}")",
            memory.script().kv_bytes_per_token, memory.kv_budget(), memory.kv_used(), memory.script().weights,
            to_us(memory.script().load_time));
    }
    return row + "}";
}

}  // namespace

std::string state_body(const SimProvider::State& state) {
    std::set<std::string> models(state.script.models.begin(), state.script.models.end());
    for (const auto& [model, ready] : state.memory.loaded()) models.insert(model);
    std::string rows;
    for (const std::string& model : models) rows += (rows.empty() ? "" : ",") + model_state(state, model);
    std::string body = fmt::format(R"({{"provider":{},"sequence":"{}","models":[{}])", quoted(state.script.name),
                                   to_us(state.ports.clock.now().time_since_epoch()), rows);
    if (state.memory.script().managed) {
        body += fmt::format(R"(,"memoryTotalBytes":"{}","memoryFreeForLoadBytes":"{}")", state.memory.script().total,
                            state.memory.free_for_load());
    }
    return body + R"(,"draining":false})";
}

std::string model_named(std::string body) {
    body.reserve(body.size() + protocol::json_padding);
    auto scan = protocol::scan_request(body, body.capacity());
    return scan ? std::move(scan->model) : std::string();
}

}  // namespace signalbox::sim
