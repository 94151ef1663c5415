// How many input tokens requests bring, told apart by their tags, so that one pool of callers can be seen beside its
// siblings.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/time.h"

namespace signalbox::control {

// Requests of one tag; in tokens, not in the histogram's microseconds.
struct TagInputs {
    std::string key, value;  // UTF-8
    LogHistogram lately;     // the last half hour to hour
    LogHistogram lifetime;   // since the tag was first seen, or seen again
};

// Tags are chosen by callers. Beyond limits::metered_tag_keys_max keys, and limits::metered_tag_values_max values of
// one key, the rest is counted as `other`; what has been silent for an hour gives up its place. Not thread-safe.
class InputTags {
  public:
    static constexpr std::string_view other = "_other";
    static constexpr Nanos half = 30min;

    // `tags` as in the history: "team=ci,pool=ruby"; what is no key=value is passed over.
    void add(std::string_view tags, std::int64_t tokens, Nanos since_start);
    struct Name {
        std::string key, value;
    };
    // Sorted. Apart from sizes_of(), so that a lock need not be held for all of them together.
    [[nodiscard]] std::vector<Name> names() const;
    // Empty for a name that is gone.
    [[nodiscard]] TagInputs sizes_of(const Name& name, Nanos since_start) const;

  private:
    struct Half {
        std::int64_t index = -1;
        LogHistogram tokens = {};
    };
    struct Series {
        std::array<Half, 2> halves;
        LogHistogram lifetime;
    };
    using Values = std::map<std::string, Series, std::less<>>;

    [[nodiscard]] Series& series_of(std::string_view key, std::string_view value);
    void forget_silent(std::int64_t now);

    std::map<std::string, Values, std::less<>> keys_;
    std::int64_t present_ = 0;  // index of the present half
};

}  // namespace signalbox::control
