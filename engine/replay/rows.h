// The history of a rig.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/ports/store.h"

namespace signalbox::replay {

// Where finished requests go: those of an ask are kept by its name, all are counted and told.
class Rows final : public ports::Journal {
  public:
    using Observer = std::function<void(const ports::RequestRecord&)>;
    void observe(Observer observer) { observer_ = std::move(observer); }
    // From now on rows of this user agent are not kept.
    void forget(std::string agent) { forgotten_.insert(std::move(agent)); }
    [[nodiscard]] const std::vector<ports::RequestRecord>& of(const std::string& agent) const;
    [[nodiscard]] std::size_t count() const { return count_; }

    bool offer(ports::RequestRecord record) override;
    [[nodiscard]] std::uint64_t shed() const override { return 0; }

  private:
    Observer observer_;
    std::set<std::string> forgotten_;
    std::map<std::string, std::vector<ports::RequestRecord>> kept_;
    std::size_t count_ = 0;
};

}  // namespace signalbox::replay
