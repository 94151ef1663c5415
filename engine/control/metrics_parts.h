// The chapters of GET /metrics; internal to metrics*.cpp.
#pragma once

#include "engine/control/metrics.h"
#include "engine/control/prometheus_text.h"

namespace signalbox::control {

// Breakers, slots, memory and token estimates.
void write_targets(PrometheusText& out, const MetricsInput& input);
// Rates, retries and money.
void write_accounts(PrometheusText& out, const MetricsInput& input);

}  // namespace signalbox::control
