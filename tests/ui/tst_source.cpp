#include <QSignalSpy>
#include <QTest>

#include "tests/ui/fake_gateway.h"
#include "ui/models/source.h"
#include "ui/theme/format.h"
#include "ui/widgets/freshness_label.h"

using namespace signalbox::ui;

namespace {

// A source over a script, with clocks turned by hand.
struct Stage {
    qint64 steady = 1000;
    qint64 wall = 1'800'000'000'000;
    FakeGateway* gateway = nullptr;
    std::unique_ptr<Source> source;

    Stage() {
        auto fake = std::make_unique<FakeGateway>();
        gateway = fake.get();
        SourceOptions options;
        options.clock = {[this] { return steady; }, [this] { return wall; }};
        source = std::make_unique<Source>(std::move(fake), options);
    }
    void start() {
        source->start();
        QTRY_VERIFY(source->hasSnapshot());
    }
    // Both clocks, and one beat of the source's own timer.
    void pass(qint64 ms) {
        steady += ms;
        wall += ms;
        QSignalSpy beat(source.get(), &Source::ticked);
        QVERIFY(beat.wait(5000));
    }
};

}  // namespace

class TestSource : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void showsTheFirstSnapshotAtOnce() {
        Stage stage;
        QVERIFY(!stage.source->hasSnapshot());
        QCOMPARE(stage.source->freshness().level, Freshness::Level::Connecting);
        stage.start();
        QCOMPARE(stage.source->snapshot()->name(), "edge-1");
        QCOMPARE(stage.source->freshness().level, Freshness::Level::Live);
        QTRY_COMPARE(stage.source->actor(), QStringLiteral("ana"));
    }

    void coalescesAStormAndKeepsTheNewest() {
        Stage stage;
        stage.start();
        QSignalSpy changes(stage.source.get(), &Source::snapshotChanged);
        for (int at = 0; at < 500; ++at) stage.gateway->publish();
        QTRY_COMPARE(stage.source->snapshot()->sequence(), 500);
        QVERIFY2(changes.size() <= 3, qPrintable(QString::number(changes.size())));
    }

    void climbsTheFreshnessLadder() {
        Stage stage;
        stage.start();
        stage.pass(2500);
        QCOMPARE(stage.source->freshness().level, Freshness::Level::Old);
        stage.pass(3000);
        QCOMPARE(stage.source->freshness().level, Freshness::Level::Stale);
        stage.gateway->publish();
        QCOMPARE(stage.source->freshness().level, Freshness::Level::Live);
    }

    void reconnectsWithBackoffAndOnDemand() {
        Stage stage;
        stage.start();
        stage.gateway->hangUp("connection refused");
        QCOMPARE(stage.source->freshness().level, Freshness::Level::Stale);
        QCOMPARE(stage.source->freshness().attempt, 1);
        QVERIFY(stage.source->freshness().retryInMs >= 400 && stage.source->freshness().retryInMs <= 600);
        QCOMPARE(stage.source->freshness().reason, QStringLiteral("connection refused"));
        QCOMPARE(stage.gateway->watchers(), 0U);
        stage.source->retryNow();
        QCOMPARE(stage.gateway->watchers(), 1U);
        QTRY_COMPARE(stage.source->freshness().level, Freshness::Level::Live);
        QCOMPARE(stage.source->freshness().attempt, 0);
    }

    void triesAgainWhereNothingIsEverSaid() {
        Stage stage;
        stage.gateway->stall("Watch");
        stage.source->start();
        QTRY_COMPARE(stage.gateway->watchers(), 1U);
        stage.pass(16'000);
        QCOMPARE(stage.source->freshness().attempt, 1);
        QVERIFY(stage.source->freshness().retryInMs > 0);
        QTRY_COMPARE(stage.source->freshness().retryInMs, 0);
        stage.pass(16'000);
        QCOMPARE(stage.source->freshness().attempt, 2);
    }

    void treatsAClockJumpAsLost() {
        Stage stage;
        stage.start();
        stage.wall += 60'000;
        stage.pass(1000);
        QCOMPARE(stage.source->freshness().level, Freshness::Level::Stale);
        QCOMPARE(stage.source->freshness().attempt, 1);
    }

    void pausingFreezesTheDisplayNotTheCollection() {
        Stage stage;
        stage.start();
        stage.source->setPaused(true);
        QSignalSpy changes(stage.source.get(), &Source::snapshotChanged);
        for (int at = 0; at < 7; ++at) stage.gateway->publish();
        QCOMPARE(stage.source->waiting(), 7);
        QCOMPARE(changes.size(), 0);
        QCOMPARE(stage.source->snapshot()->sequence(), 0);
        stage.source->setPaused(false);
        QCOMPARE(stage.source->snapshot()->sequence(), 7);
        QCOMPARE(changes.size(), 1);
    }

    void dropsAnswersOfDeadContexts() {
        Stage stage;
        stage.start();
        bool called = false;
        auto context = std::make_unique<QObject>();
        stage.source->call(v1::InfoRequest{}, context.get(), [&called](auto) { called = true; });
        context.reset();
        bool other = false;
        stage.source->call(v1::InfoRequest{}, stage.source.get(), [&other](auto) { other = true; });
        QTRY_VERIFY(other);
        QVERIFY(!called);
    }

    void showsWhereRequestsGo_data() {
        QTest::addColumn<QString>("announced");
        QTest::addColumn<QString>("gatewayHost");
        QTest::addColumn<QString>("url");
        QTest::addColumn<bool>("reachable");
        const auto row = [](const char* announced, const char* host, const char* url, bool reachable = true) {
            QTest::addRow("%s at %s", announced, host)
                << QString::fromUtf8(announced) << QString::fromUtf8(host) << QString::fromUtf8(url) << reachable;
        };
        row("", "", "");
        row("http://127.0.0.1:8080/v1", "", "http://127.0.0.1:8080/v1");
        row("http://0.0.0.0:8080/v1", "", "http://127.0.0.1:8080/v1");
        row("http://[::]:8080/v1", "", "http://[::1]:8080/v1");
        row("http://127.0.0.1:8080/v1", "localhost", "http://127.0.0.1:8080/v1");
        row("https://0.0.0.0:8443/v1", "::1", "https://127.0.0.1:8443/v1");
        row("https://0.0.0.0:8443/v1", "gw.example.org", "https://gw.example.org:8443/v1");
        row("https://[::]:8443/v1", "fd00::7", "https://[fd00::7]:8443/v1");
        row("https://10.0.0.7:8443/v1", "gw.example.org", "https://10.0.0.7:8443/v1");
        row("http://127.0.0.1:8080/v1", "gw.example.org", "http://gw.example.org:8080/v1", false);
        row("http://[::1]:8080/v1", "10.0.0.7", "http://10.0.0.7:8080/v1", false);
        row("http://localhost:8080/v1", "gw.example.org", "http://gw.example.org:8080/v1", false);
        row("", "gw.example.org", "");
    }
    void showsWhereRequestsGo() {
        QFETCH(QString, announced);
        QFETCH(QString, gatewayHost);
        const auto address = dataAddress(announced, gatewayHost);
        QTEST(address.url, "url");
        QTEST(address.reachable, "reachable");
    }

    void saysFreshnessInWords() {
        Freshness freshness;
        freshness.level = Freshness::Level::Stale;
        freshness.ageMs = 47'000;
        freshness.attempt = 4;
        freshness.retryInMs = 8000;
        const auto words = freshnessText(freshness);
        QVERIFY(words.contains(QStringLiteral("00:47")));
        QVERIFY(words.contains(QStringLiteral("4")));
        QVERIFY(words.contains(QStringLiteral("8 s")));
    }

    void formatsNumbers_data() {
        QTest::addColumn<QString>("shown");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* name, const QString& shown, const char* expected) {
            QTest::newRow(name) << shown << QString::fromUtf8(expected);
        };
        row("missing", format::percent({}), "–");
        row("missing latency", format::latency({}), "–");
        row("grouped", format::count(19'204), "19\u2009204");
        row("kilo", format::count(123'456), "123 k");
        row("mega", format::count(1'234'567), "1.23 M");
        row("just under a mega", format::count(999'999), "1.00 M");
        row("giga", format::count(2'000'000'000), "2.00 G");
        row("negative", format::count(-1'500), "\u22121\u2009500");
        row("percent", format::percent(98.14), "98.1 %");
        row("small percent", format::percent(0.42), "0.42 %");
        row("tiny percent", format::percent(0.01), "< 0.1 %");
        row("no percent", format::percent(0.0), "0.0 %");
        row("ms", format::latency(840'000), "840 ms");
        row("just under a second", format::latency(999'600), "1.00 s");
        row("s", format::latency(1'210'000), "1.21 s");
        row("us", format::latency(240), "240 µs");
        row("mm:ss", format::duration(131'000'000), "02:11");
        row("h:mm:ss", format::duration(3'851'000'000), "1:04:11");
        row("days", format::duration(187'200'000'000), "2 d 4 h");
        row("negative duration", format::duration(-5'000'000), "00:00");
        row("age", format::age(12'900'000), "12 s");
        row("money", format::money(12'340'000), "$12.34");
        row("small money", format::money(1234), "$0.001234");
        row("rate", format::rate(41.04), "41.0");
        row("tiny rate", format::rate(0.03), "< 0.1");
        row("no time", format::clock(0), "–");
    }
    void formatsNumbers() {
        QFETCH(QString, shown);
        QFETCH(QString, expected);
        QCOMPARE(shown, expected);
    }
};

QTEST_MAIN(TestSource)
#include "tst_source.moc"
