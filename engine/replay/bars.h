// What an experiment must reach, and what its table shows.
//
//   bar users.failures = 0
//   bar users.ttft_p99 <= 3 * users.ttft_p50
//   bar flux.back_after <= any            this cell has no such bar; nor where `any` is only a part
//   bar burst.failures = 0 $policy=ours   only in cells where both sides of every term are the same
//   report users.requests flux.wasted     columns; several statements add up
//
// The right side is a sum of products of numbers ("20", "12%"), durations ("2m") and figures. A figure that was never
// measured holds no bar.
#pragma once

#include <string>
#include <vector>

#include "engine/replay/flow_file.h"
#include "engine/replay/measure.h"

namespace signalbox::replay {

struct Bar {
    int line = 0;
    std::string figure;
    Relation relation = Relation::equal;
    std::vector<std::string> right;  // operands and "*", "+" between them
    bool applies = true;             // in this cell
    [[nodiscard]] std::string text() const;
};

struct BarResult {
    std::string text;  // as it was written
    bool holds = false;
    bool applies = true;  // false: `any`
    std::optional<Value> is, limit;
};

// Error: invalid_argument with the line.
[[nodiscard]] Result<Bar> read_bar(const Statement& s);
[[nodiscard]] Result<BarResult> evaluate(const Bar& bar, const Measurements& seen);

}  // namespace signalbox::replay
