#include <QDateTime>
#include <QRandomGenerator>
#include <QTest>

#include "ui/models/filter_language.h"

namespace signalbox::ui {
namespace {

// 2026-03-01 14:30:00 UTC
constexpr qint64 nowUs = 1'772'375'400'000'000;
constexpr qint64 minuteUs = 60'000'000;

v1::RequestFilter parsed(const char* text) {
    const auto filter = parseFilter(QString::fromUtf8(text), nowUs);
    if (!filter) {
        qWarning("%s", qUtf8Printable(filter.error().why));
        return {};
    }
    return *filter;
}

QList<std::string> listed(const google::protobuf::RepeatedPtrField<std::string>& field) {
    return {field.begin(), field.end()};
}

}  // namespace

class TestFilterLanguage : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void emptyMeansEverything() {
        QCOMPARE(parsed("").ByteSizeLong(), 0U);
        QCOMPARE(parsed("  \t ").ByteSizeLong(), 0U);
    }

    void everyFieldAtOnce() {
        const auto filter = parsed(
            "outcome:failed,shed,fallback status:5xx,429 requested:gpt* served:claude*,x caller:team-a why:*limited "
            "fallback:yes stream:no override:#41 total:>2s ttft:>=800ms id:01J9");
        QCOMPARE(listed(filter.outcomes()), (QList<std::string>{"failed", "shed", "served_fallback"}));
        QCOMPARE(filter.statuses_size(), 2);
        QCOMPARE(filter.statuses(0), 5);
        QCOMPARE(filter.statuses(1), 429);
        QCOMPARE(listed(filter.requested()), (QList<std::string>{"gpt*"}));
        QCOMPARE(listed(filter.served()), (QList<std::string>{"claude*", "x"}));
        QCOMPARE(listed(filter.accounts()), (QList<std::string>{"team-a"}));
        QCOMPARE(listed(filter.why()), (QList<std::string>{"*limited"}));
        QVERIFY(filter.fallback());
        QVERIFY(filter.has_streamed() && !filter.streamed());
        QCOMPARE(filter.override_id(), 41);
        QVERIFY(!filter.has_overridden());
        QCOMPARE(filter.min_total_us(), 2'000'000);
        QCOMPARE(filter.min_first_token_us(), 800'000);
        QCOMPARE(filter.id_prefix(), "01J9");
    }

    void aModelNameMayHoldColonsAndSlashes() {
        QCOMPARE(listed(parsed("requested:ollama/llama3:8b").requested()), (QList<std::string>{"ollama/llama3:8b"}));
    }

    void aBareWordIsAnId() { QCOMPARE(parsed(" 01J9ABC ").id_prefix(), "01J9ABC"); }

    void overrides() {
        QVERIFY(parsed("override:any").overridden());
        QVERIFY(parsed("override:none").has_overridden() && !parsed("override:none").overridden());
        QCOMPARE(parsed("override:7").override_id(), 7);
    }

    void instants_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("minutesAgo");
        QTest::newRow("time of day") << "14:20" << qint64{10};
        QTest::newRow("with seconds") << "14:29:00" << qint64{1};
        QTest::newRow("one digit") << "9:30" << qint64{300};
        QTest::newRow("now") << "14:30" << qint64{0};
        QTest::newRow("later today is yesterday") << "14:31" << qint64{24 * 60 - 1};
        QTest::newRow("ago") << "2h" << qint64{120};
        QTest::newRow("days ago") << "1d" << qint64{24 * 60};
        QTest::newRow("date and time") << "2026-03-01T13:30" << qint64{60};
        QTest::newRow("date and time, zone") << "2026-03-01T14:30:00+01:00" << qint64{60};
        QTest::newRow("date") << "2026-03-01" << qint64{14 * 60 + 30};
    }
    void instants() {
        QFETCH(QString, text);
        QFETCH(qint64, minutesAgo);
        const auto since = parseFilter(QStringLiteral("since:") + text, nowUs);
        QVERIFY(since.has_value());
        QCOMPARE(since->since_unix_us(), nowUs - minutesAgo * minuteUs);
        const auto until = parseFilter(QStringLiteral("until:") + text, nowUs);
        QCOMPARE(until->until_unix_us(), since->since_unix_us());
    }

    void faultsNameTheToken_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("token");
        const auto row = [](const char* text, const char* token) {
            QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(token);
        };
        row("outcome:exploded", "outcome:exploded");
        row("fallback:yes  outcome:failed,  id:1", "outcome:failed,");
        row("status:6xx", "status:6xx");
        row("status:99", "status:99");
        row("status:abc", "status:abc");
        row("requested:", "requested:");
        row("requested:a,,b", "requested:a,,b");
        row("colour:red", "colour:red");
        row(":x", ":x");
        row("-why:timeout", "-why:timeout");
        row("fallback:maybe", "fallback:maybe");
        row("override:0", "override:0");
        row("override:#x", "override:#x");
        row("total:2s", "total:2s");
        row("total:<2s", "total:<2s");
        row("total:>2", "total:>2");
        row("ttft:>s", "ttft:>s");
        row("ttft:>1.2.3s", "ttft:>1.2.3s");
        row("since:25:00", "since:25:00");
        row("since:yesterday", "since:yesterday");
        row("free text?", "text?");
        row("requested:a requested:b", "requested:b");
    }
    void faultsNameTheToken() {
        QFETCH(QString, text);
        QFETCH(QString, token);
        const auto filter = parseFilter(text, nowUs);
        QVERIFY(!filter.has_value());
        QVERIFY(!filter.error().why.isEmpty());
        QCOMPARE(text.mid(filter.error().start, filter.error().length), token);
    }

    void durations() {
        QCOMPARE(parseDurationUs(u"0s"), 0);
        QCOMPARE(parseDurationUs(u"250ms"), 250'000);
        QCOMPARE(parseDurationUs(u"1.5s"), 1'500'000);
        QCOMPARE(parseDurationUs(u"30m"), 30 * minuteUs);
        QCOMPARE(parseDurationUs(u"7d"), 7 * 24 * 60 * minuteUs);
        for (const char16_t* bad : {u"", u"s", u"1", u"-1s", u"1 s", u"1e3s", u"9999999999d", u"1w", u"."}) {
            QVERIFY2(!parseDurationUs(bad), qUtf8Printable(QString::fromUtf16(bad)));
        }
    }

    void everyFieldHasACompletion() {
        for (const QString& name : filterFields()) {
            const auto filter = parseFilter(name + u':', nowUs);
            QVERIFY(!filter.has_value());  // known, and asks for its value
            QCOMPARE(filter.error().length, name.size() + 1);
        }
    }

    void garbageNeverCrashes() {
        QRandomGenerator random(7);
        const QString alphabet = QStringLiteral("a1:,->#*. \"‮😀\n\0sxm") + filterFields().join(u':');
        for (int round = 0; round < 20'000; ++round) {
            QString text;
            const int length = static_cast<int>(random.bounded(40));
            for (int i = 0; i < length; ++i) text += alphabet[random.bounded(static_cast<int>(alphabet.size()))];
            const auto filter = parseFilter(text, nowUs);
            if (filter) continue;
            QVERIFY(filter.error().start >= 0 && filter.error().length > 0);
            QVERIFY(filter.error().start + filter.error().length <= text.size());
        }
    }
};

}  // namespace signalbox::ui

QTEST_GUILESS_MAIN(signalbox::ui::TestFilterLanguage)
#include "tst_filter_language.moc"
