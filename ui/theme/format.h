// Numbers, durations and times as text, the same everywhere. A missing value is "–", never 0.
#pragma once

#include <QString>

#include <cstdint>
#include <optional>

namespace signalbox::ui::format {

QString dash();
QString fixed(std::optional<double> value, int decimals);  // for a column of numbers: 98.1
QString count(std::int64_t value);                         // 812 · 19 204 · 1.23 M
QString rate(double perSecond);                            // 41.0 · < 0.1 · 0
QString percent(std::optional<double> value);              // 98.1 % · 0.42 % · < 0.1 %
QString percentPoints(double difference);                  // +5.9 · −0.4
QString latency(std::optional<std::int64_t> us);           // 840 ms · 1.21 s
QString duration(std::int64_t us);                         // 02:11 · 1:04:11 · 2 d 4 h
QString age(std::int64_t us);                              // 12 s · 4 min · 2 h · 3 d
QString clock(std::int64_t unixUs);                        // 14:33:19, UTC
QString dayAndClock(std::int64_t unixUs);                  // 2026-11-20 14:33:19, UTC
QString bytes(std::int64_t bytes);                         // 640 B · 160 KiB · 8.00 GiB
QString money(std::int64_t microUsd);                      // $12.34 · $0.001234

}  // namespace signalbox::ui::format
