// Watches a rig while an experiment is played, and makes Measurements of what it sees.
#pragma once

#include <map>
#include <string>

#include "engine/control/breaker_events.h"
#include "engine/replay/measure.h"
#include "engine/replay/rig.h"

namespace signalbox::replay {

class Observer {
  public:
    // Both outlive it. Nothing of the loads' rows is kept.
    Observer(Rig& rig, const std::vector<LoadSpec>& loads, std::vector<Window> windows);

    void visited(const LoadSpec& load, const Visit& visit);
    // The fault of this provider has just ended.
    void repaired(const std::string& provider);
    // Call it after every instant.
    void look();
    [[nodiscard]] Measurements finish();

  private:
    void row_written(const ports::RequestRecord& row);
    void attempted(const ports::RequestRecord& row, const ports::AttemptRecord& attempt);
    void refused(const std::string& code, const std::string& model, const LoadSpec* load);
    void look_at_breakers();
    void look_at_recovery();
    void told(const control::BreakerEvent& event);
    void take_sample();
    void weigh_the_ledger();
    [[nodiscard]] bool is_idle(const std::string& provider, const std::string& model, const core::KvNeed& need);
    // Names some machines that could have taken the request; empty: there is none.
    [[nodiscard]] std::string idle_places(const std::string& model, const LoadSpec* load);
    [[nodiscard]] const LoadSpec* load_of(const std::string& agent) const;
    [[nodiscard]] Nanos now() const { return rig_.loop.now().time_since_epoch(); }

    Rig& rig_;
    const std::vector<LoadSpec>& loads_;
    Measurements seen_;
    control::BreakerEvents events_;
    const std::int64_t wall_start_us_;
    Nanos next_look_{};
    Nanos next_sample_{};
};

}  // namespace signalbox::replay
