#include "engine/replay/rows.h"

namespace signalbox::replay {

bool Rows::offer(ports::RequestRecord record) {
    ++count_;
    if (observer_) observer_(record);
    if (!forgotten_.contains(record.user_agent)) kept_[record.user_agent].push_back(std::move(record));
    return true;
}

const std::vector<ports::RequestRecord>& Rows::of(const std::string& agent) const {
    static const std::vector<ports::RequestRecord> none;
    const auto found = kept_.find(agent);
    return found == kept_.end() ? none : found->second;
}

}  // namespace signalbox::replay
