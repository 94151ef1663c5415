#include "ui/theme/format.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace signalbox::ui::format {

namespace {

struct Format {
    Q_DECLARE_TR_FUNCTIONS(Format)
};

constexpr char16_t thinSpace = u'\u2009';
constexpr char16_t minus = u'\u2212';
constexpr std::int64_t second = 1'000'000;

QString grouped(std::int64_t value) {
    auto digits = QString::number(std::abs(value));
    for (auto at = digits.size() - 3; at > 0; at -= 3) digits.insert(at, QChar(thinSpace));
    return value < 0 ? QChar(minus) + digits : digits;
}

QString threeDigits(double value) {
    const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return QString::number(value, 'f', decimals);
}

}  // namespace

QString dash() {
    return QStringLiteral("–");
}

QString fixed(std::optional<double> value, int decimals) {
    return value ? QString::number(*value, 'f', decimals) : dash();
}

QString count(std::int64_t value) {
    const auto size = static_cast<double>(std::abs(value));
    if (size < 100'000) return grouped(value);
    const auto sign = value < 0 ? QString(QChar(minus)) : QString();
    if (size < 999'500) return sign + QString::number(size / 1e3, 'f', 0) + QStringLiteral(" k");
    if (size < 999.5e6) return sign + threeDigits(size / 1e6) + QStringLiteral(" M");
    return sign + threeDigits(size / 1e9) + QStringLiteral(" G");
}

QString rate(double perSecond) {
    if (perSecond <= 0) return QStringLiteral("0");
    if (perSecond < 0.1) return QStringLiteral("< 0.1");
    if (perSecond < 100) return QString::number(perSecond, 'f', 1);
    return count(std::llround(perSecond));
}

QString percent(std::optional<double> value) {
    if (!value) return dash();
    if (*value > 0 && *value < 0.1) return QStringLiteral("< 0.1 %");
    const bool small = *value > 0 && *value < 1;
    return QString::number(*value, 'f', small ? 2 : 1) + QStringLiteral(" %");
}

QString percentPoints(double difference) {
    const auto size = QString::number(std::abs(difference), 'f', 1);
    if (size == QStringLiteral("0.0")) return QStringLiteral("±0");
    return QChar(difference < 0 ? minus : u'+') + size;
}

QString latency(std::optional<std::int64_t> us) {
    if (!us) return dash();
    if (*us < 1000) return Format::tr("%1 µs").arg(*us);
    if (*us < 999'500) return Format::tr("%1 ms").arg(std::llround(static_cast<double>(*us) / 1e3));
    return Format::tr("%1 s").arg(threeDigits(static_cast<double>(*us) / 1e6));
}

QString duration(std::int64_t us) {
    const auto total = std::max<std::int64_t>(0, us) / second;
    const auto days = total / 86'400;
    const auto hours = total / 3600 % 24;
    if (days > 0) return Format::tr("%1 d %2 h").arg(days).arg(hours);
    const auto two = [](std::int64_t value) { return QStringLiteral("%1").arg(value, 2, 10, QLatin1Char('0')); };
    const auto tail = two(total / 60 % 60) + QLatin1Char(':') + two(total % 60);
    return hours > 0 ? QString::number(hours) + QLatin1Char(':') + tail : tail;
}

QString age(std::int64_t us) {
    const auto total = std::max<std::int64_t>(0, us) / second;
    if (total < 60) return Format::tr("%1 s").arg(total);
    if (total < 3600) return Format::tr("%1 min").arg(total / 60);
    if (total < 86'400) return Format::tr("%1 h").arg(total / 3600);
    return Format::tr("%1 d").arg(total / 86'400);
}

QString clock(std::int64_t unixUs) {
    if (unixUs <= 0) return dash();
    return QDateTime::fromMSecsSinceEpoch(unixUs / 1000, Qt::UTC).toString(QStringLiteral("HH:mm:ss"));
}

QString dayAndClock(std::int64_t unixUs) {
    if (unixUs <= 0) return dash();
    return QDateTime::fromMSecsSinceEpoch(unixUs / 1000, Qt::UTC).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QString bytes(std::int64_t bytes) {
    if (bytes < 1024) return Format::tr("%1 B").arg(bytes);
    const std::array units{Format::tr("%1 KiB"), Format::tr("%1 MiB"), Format::tr("%1 GiB"), Format::tr("%1 TiB")};
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1000 && unit + 1 < units.size(); ++unit) value /= 1024;
    return units.at(unit).arg(threeDigits(value));
}

QString money(std::int64_t microUsd) {
    const double dollars = static_cast<double>(microUsd) / 1e6;
    if (dollars == 0) return QStringLiteral("$0");
    const int whole = dollars >= 1 ? static_cast<int>(std::floor(std::log10(dollars))) + 1 : 0;
    const int decimals = dollars >= 1 ? std::max(2, 4 - whole) : 6;
    return QLatin1Char('$') + QString::number(dollars, 'f', decimals);
}

}  // namespace signalbox::ui::format
