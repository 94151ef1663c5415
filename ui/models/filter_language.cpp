#include "ui/models/filter_language.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QSet>
#include <QTimeZone>
#include <algorithm>
#include <array>
#include <utility>

namespace signalbox::ui {
namespace {

using google::protobuf::RepeatedPtrField;
using Filter = v1::RequestFilter;

constexpr qint64 usPerSecond = 1'000'000;
constexpr qint64 usPerDay = 86'400 * usPerSecond;
constexpr qint64 durationMaxUs = 3650 * usPerDay;

QString say(const char* text) {
    return QCoreApplication::translate("FilterLanguage", text);
}

// A handler reads one field's value into the filter; its answer is what is wrong, empty when nothing is.
struct Reading {
    Filter& filter;
    qint64 nowUs;
};
using Handler = QString (*)(const QString& value, Reading& reading);

template <RepeatedPtrField<std::string>* (Filter::*field)()>
QString readNames(const QString& value, Reading& reading) {
    for (const QString& name : value.split(u',')) {
        if (name.isEmpty()) return say("an empty name; write for example a,b");
        (reading.filter.*field)()->Add(name.toStdString());
    }
    return {};
}

constexpr std::array<std::pair<QLatin1String, const char*>, 9> outcomes = {{
    {QLatin1String("served"), "served"},
    {QLatin1String("retry"), "served_retry"},
    {QLatin1String("served_retry"), "served_retry"},
    {QLatin1String("fallback"), "served_fallback"},
    {QLatin1String("served_fallback"), "served_fallback"},
    {QLatin1String("shed"), "shed"},
    {QLatin1String("failed"), "failed"},
    {QLatin1String("cancelled"), "cancelled"},
    {QLatin1String("canceled"), "cancelled"},
}};

QString readOutcomes(const QString& value, Reading& reading) {
    for (const QString& word : value.split(u',')) {
        const auto* row = std::ranges::find_if(outcomes, [&](const auto& pair) { return word == pair.first; });
        if (row == outcomes.end()) {
            return say("outcome is one of served, retry, fallback, shed, failed, cancelled");
        }
        reading.filter.add_outcomes(row->second);
    }
    return {};
}

QString readStatuses(const QString& value, Reading& reading) {
    for (const QString& word : value.split(u',')) {
        const bool wholeClass = word.size() == 3 && word.endsWith(QLatin1String("xx"), Qt::CaseInsensitive);
        bool isNumber = false;
        const int status = (wholeClass ? word.left(1) : word).toInt(&isNumber);
        const bool known = wholeClass ? status == 4 || status == 5 : status >= 100 && status <= 599;
        if (!isNumber || !known) return say("status is a number such as 429, or 4xx or 5xx");
        reading.filter.add_statuses(status);
    }
    return {};
}

std::optional<bool> yesOrNo(const QString& value) {
    if (value == u"yes" || value == u"true") return true;
    if (value == u"no" || value == u"false") return false;
    return std::nullopt;
}

template <void (Filter::*set)(bool)>
QString readFlag(const QString& value, Reading& reading) {
    const auto flag = yesOrNo(value);
    if (!flag) return say("write yes or no");
    (reading.filter.*set)(*flag);
    return {};
}

QString readOverride(const QString& value, Reading& reading) {
    if (value == u"any" || value == u"none") {
        reading.filter.set_overridden(value == u"any");
        return {};
    }
    bool isNumber = false;
    const qint64 id = (value.startsWith(u'#') ? value.mid(1) : value).toLongLong(&isNumber);
    if (!isNumber || id <= 0) return say("write any, none or an override's number such as #41");
    reading.filter.set_override_id(id);
    return {};
}

template <void (Filter::*set)(std::int64_t)>
QString readMinimum(const QString& value, Reading& reading) {
    const qsizetype sign = value.startsWith(u">=") ? 2 : value.startsWith(u'>') ? 1 : 0;
    const auto duration = parseDurationUs(QStringView(value).mid(sign));
    if (sign == 0 || !duration) return say("write > and a duration, such as >2s or >800ms");
    (reading.filter.*set)(*duration);
    return {};
}

// A duration ago, a time of day (the last one that has passed), or a date with or without a time. All in UTC.
std::optional<qint64> readInstant(const QString& value, qint64 nowUs) {
    if (const auto ago = parseDurationUs(value)) return nowUs - *ago;
    for (const char* format : {"H:mm", "H:mm:ss"}) {
        const QTime time = QTime::fromString(value, QLatin1String(format));
        if (!time.isValid()) continue;
        const qint64 midnight = nowUs - nowUs % usPerDay;
        const qint64 today = midnight + qint64{time.msecsSinceStartOfDay()} * 1000;
        return today <= nowUs ? today : today - usPerDay;
    }
    QDateTime instant = QDateTime::fromString(value, Qt::ISODate);
    if (!instant.isValid()) return std::nullopt;
    if (instant.timeSpec() == Qt::LocalTime) instant.setTimeSpec(Qt::UTC);
    return instant.toMSecsSinceEpoch() * 1000;
}

template <void (Filter::*set)(std::int64_t)>
QString readTime(const QString& value, Reading& reading) {
    const auto instant = readInstant(value, reading.nowUs);
    if (!instant) return say("write a time such as 14:20, 2026-03-01T14:20 or 2h (ago)");
    (reading.filter.*set)(*instant);
    return {};
}

QString readId(const QString& value, Reading& reading) {
    const bool plain = std::ranges::all_of(value, [](QChar c) { return c.isLetterOrNumber() || c == u'-'; });
    if (!plain) return say("an id has only letters and digits; fields are written name:value");
    reading.filter.set_id_prefix(value.toStdString());
    return {};
}

struct Field {
    QLatin1String name;
    Handler read;
};

const std::array fields = {
    Field{QLatin1String("outcome"), readOutcomes},
    Field{QLatin1String("status"), readStatuses},
    Field{QLatin1String("requested"), readNames<&Filter::mutable_requested>},
    Field{QLatin1String("served"), readNames<&Filter::mutable_served>},
    Field{QLatin1String("caller"), readNames<&Filter::mutable_accounts>},
    Field{QLatin1String("why"), readNames<&Filter::mutable_why>},
    Field{QLatin1String("fallback"), readFlag<&Filter::set_fallback>},
    Field{QLatin1String("stream"), readFlag<&Filter::set_streamed>},
    Field{QLatin1String("override"), readOverride},
    Field{QLatin1String("total"), readMinimum<&Filter::set_min_total_us>},
    Field{QLatin1String("ttft"), readMinimum<&Filter::set_min_first_token_us>},
    Field{QLatin1String("since"), readTime<&Filter::set_since_unix_us>},
    Field{QLatin1String("until"), readTime<&Filter::set_until_unix_us>},
    Field{QLatin1String("id"), readId},
};

// One `name:value`, or a bare id. `seen` catches a field given twice, whose AND could only be empty.
QString readToken(const QString& token, Reading& reading, QSet<QString>& seen) {
    if (token.startsWith(u'-')) return say("“not” cannot be asked of a gateway");
    const auto colon = token.indexOf(u':');
    const QString name = colon < 0 ? QStringLiteral("id") : token.left(colon);
    const QString value = token.mid(colon + 1);
    const auto field = std::ranges::find_if(fields, [&](const Field& f) { return name == f.name; });
    if (field == fields.end()) {
        return say("no such field; there are %1").arg(filterFields().join(QLatin1String(", ")));
    }
    if (value.isEmpty()) return say("a value is missing after the colon");
    if (seen.contains(name)) return say("given twice; alternatives are written with a comma, such as a,b");
    seen.insert(name);
    return field->read(value, reading);
}

}  // namespace

std::optional<qint64> parseDurationUs(QStringView text) {
    static constexpr std::array<std::pair<QLatin1String, qint64>, 6> units = {{
        {QLatin1String("us"), 1},
        {QLatin1String("ms"), 1000},
        {QLatin1String("s"), usPerSecond},
        {QLatin1String("m"), 60 * usPerSecond},
        {QLatin1String("h"), 3600 * usPerSecond},
        {QLatin1String("d"), usPerDay},
    }};
    const auto isNumeric = [](QChar c) { return (c >= u'0' && c <= u'9') || c == u'.'; };
    const auto unitStart = std::ranges::find_if_not(text, isNumeric) - text.begin();
    const auto* unit = std::ranges::find_if(units, [&](const auto& pair) { return text.mid(unitStart) == pair.first; });
    if (unit == units.end()) return std::nullopt;
    bool isNumber = false;
    const double us = text.left(unitStart).toDouble(&isNumber) * static_cast<double>(unit->second);
    if (!isNumber || us > static_cast<double>(durationMaxUs)) return std::nullopt;
    return qRound64(us);
}

std::expected<v1::RequestFilter, FilterFault> parseFilter(const QString& text, qint64 nowUnixUs) {
    v1::RequestFilter filter;
    Reading reading{filter, nowUnixUs};
    QSet<QString> seen;
    for (qsizetype start = 0; start < text.size();) {
        if (text[start].isSpace()) {
            ++start;
            continue;
        }
        const auto end = std::find_if(text.begin() + start, text.end(), [](QChar c) { return c.isSpace(); });
        const qsizetype length = end - text.begin() - start;
        const QString why = readToken(text.mid(start, length), reading, seen);
        if (!why.isEmpty()) return std::unexpected(FilterFault{start, length, why});
        start += length;
    }
    return filter;
}

QStringList filterFields() {
    QStringList names;
    for (const Field& field : fields) names.append(field.name);
    return names;
}

}  // namespace signalbox::ui
