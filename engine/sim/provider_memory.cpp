#include "engine/sim/provider_memory.h"

#include <algorithm>
#include <utility>

namespace signalbox::sim {
namespace {

constexpr double kv_share = 0.9;  // of what the weights leave; the rest is the machine's own

}  // namespace

void ProviderMemory::set_script(const MemoryScript& script) {
    script_ = script;
    if (std::exchange(started_, true)) return;
    for (const std::string& model : script.warm) loaded_.emplace(model, Instant{});
}

void ProviderMemory::unload_all() {
    loaded_.clear();
}

std::optional<Instant> ProviderMemory::load(const std::string& model, Instant now) {
    if (!script_.managed) return now;
    const auto found = loaded_.find(model);
    if (found != loaded_.end()) return found->second;
    if (!may_load({})) {
        ++counters_.refused_loads;
        return std::nullopt;
    }
    ++counters_.loads;
    return loaded_.emplace(model, now + script_.load_time).first->second;
}

bool ProviderMemory::unload(const std::string& model) {
    if (busy(model) > 0) return false;
    loaded_.erase(model);
    return true;
}

bool ProviderMemory::enter(const std::string& model, const core::KvNeed& need) {
    if (script_.managed && !core::kv_admits(kv_, need, budget())) {
        ++counters_.refused_kv;
        return false;
    }
    ++busy_[model];
    kv_.add(need);
    const auto used = static_cast<double>(kv_used());
    if (kv_budget() > 0) counters_.kv_peak = std::max(counters_.kv_peak, used / static_cast<double>(kv_budget()));
    return true;
}

void ProviderMemory::leave(const std::string& model, const core::KvNeed& need) {
    --busy_[model];
    kv_.remove(need);
}

core::SlotPhase ProviderMemory::phase(const std::string& model, Instant now) const {
    using enum core::SlotPhase;
    const auto found = loaded_.find(model);
    if (script_.managed && found == loaded_.end()) return cold;
    if (script_.managed && found->second > now) return warming;
    return busy(model) > 0 ? warm_busy : warm_idle;
}

int ProviderMemory::busy(const std::string& model) const {
    const auto found = busy_.find(model);
    return found == busy_.end() ? 0 : found->second;
}

std::int64_t ProviderMemory::free_for_load() const {
    const double all = static_cast<double>(script_.total) / script_.headroom;
    return static_cast<std::int64_t>(all) - static_cast<std::int64_t>(loaded_.size()) * script_.weights;
}

std::int64_t ProviderMemory::kv_budget() const {
    const std::int64_t beside = script_.total - static_cast<std::int64_t>(loaded_.size()) * script_.weights;
    return static_cast<std::int64_t>(static_cast<double>(beside) * kv_share);
}

bool ProviderMemory::could_take(const std::string& model, const core::KvNeed& need) const {
    if (!script_.managed) return true;
    return loaded_.contains(model) ? core::kv_admits(kv_, need, budget()) : may_load(need);
}

bool ProviderMemory::may_load(const core::KvNeed& first) const {
    return core::load_admits(script_.weights, free_for_load(), first, script_.kv_bytes_per_token);
}

}  // namespace signalbox::sim
