// Runs a callable when the scope ends, whichever way it ends.
#pragma once

#include <utility>

namespace signalbox {

template <class F>
class [[nodiscard]] ScopeExit {
  public:
    explicit ScopeExit(F f) : f_(std::move(f)) {}
    ScopeExit(const ScopeExit&) = delete;
    ScopeExit& operator=(const ScopeExit&) = delete;
    ~ScopeExit() { f_(); }

  private:
    F f_;
};

}  // namespace signalbox
