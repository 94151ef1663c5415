// The memory of one simulated machine: which models are loaded, what the requests under way use of it, and the
// machine's own two gates. Nobody else knows the true figures; what it publishes is all a router may rely on.
//
// Pure: time is handed in. The gates are those of core/routing/slots.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/core/routing/slots.h"
#include "engine/sim/provider_script.h"

namespace signalbox::sim {

struct MemoryCounters {
    std::uint64_t loads = 0;          // begun
    std::uint64_t refused_loads = 0;  // the load gate said no
    std::uint64_t refused_kv = 0;     // the request gate said no
    double kv_peak = 0;               // largest share of the budget ever in use
};

class ProviderMemory {
  public:
    // Models of `script.warm` are loaded the first time.
    void set_script(const MemoryScript& script);
    void unload_all();  // the machine was switched off

    // When the model may be used; it begins to load with the first who asks. nullopt: the load gate refuses.
    [[nodiscard]] std::optional<Instant> load(const std::string& model, Instant now);
    // False: requests still use it. A model that is not loaded is let go of already.
    [[nodiscard]] bool unload(const std::string& model);
    // Takes memory for one request. False: the request gate refuses. Every true is ended by leave().
    [[nodiscard]] bool enter(const std::string& model, const core::KvNeed& need);
    void leave(const std::string& model, const core::KvNeed& need);

    [[nodiscard]] core::SlotPhase phase(const std::string& model, Instant now) const;
    [[nodiscard]] int busy(const std::string& model) const;                                 // requests that entered
    [[nodiscard]] const std::map<std::string, Instant>& loaded() const { return loaded_; }  // with when it was ready
    // The one number it publishes for loading: bytes of weights it would load now.
    [[nodiscard]] std::int64_t free_for_load() const;
    [[nodiscard]] std::int64_t kv_budget() const;  // bytes, beside the weights loaded
    [[nodiscard]] std::int64_t kv_used() const { return kv_.expected * script_.kv_bytes_per_token; }
    [[nodiscard]] const MemoryScript& script() const { return script_; }
    [[nodiscard]] const MemoryCounters& counters() const { return counters_; }
    // Would one more request of `need` be answered without anybody being turned away?
    [[nodiscard]] bool could_take(const std::string& model, const core::KvNeed& need) const;

  private:
    [[nodiscard]] core::KvBudget budget() const { return {kv_budget(), script_.kv_bytes_per_token, false}; }
    [[nodiscard]] bool may_load(const core::KvNeed& first) const;

    MemoryScript script_;
    bool started_ = false;
    std::map<std::string, Instant> loaded_;
    std::map<std::string, int> busy_;
    core::KvLoad kv_;
    MemoryCounters counters_;
};

}  // namespace signalbox::sim
