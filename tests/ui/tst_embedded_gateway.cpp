// The console's command line, and the gateway it runs inside itself: started, stopped, started again.
#include <QTemporaryDir>
#include <QTest>

#include "app/console/command_line.h"
#include "app/console/embedded_gateway.h"

using namespace signalbox;
using namespace Qt::StringLiterals;
using Phase = ui::LocalGatewayState::Phase;

namespace {

QStringList line(std::initializer_list<const char*> words) {
    QStringList all{u"signalbox"_s};
    for (const auto* word : words) all << QString::fromUtf8(word);
    return all;
}

}  // namespace

class TestEmbeddedGateway : public QObject {
    Q_OBJECT
    QTemporaryDir m_data;

    host::HostOptions demo() const {
        host::HostOptions options;
        options.demo = true;
        options.data_dir = m_data.path().toStdString();
        options.listen = core::HostPort{"127.0.0.1", 0};
        options.control = core::HostPort{"127.0.0.1", 0};
        return options;
    }

    // What Info answers: the code of its failure, ok with an answer.
    static ErrorCode ask(api::Gateway& gateway) {
        std::optional<ErrorCode> code;
        gateway.call(api::v1::InfoRequest{},
                     [&code](auto answer) { code = answer ? ErrorCode::ok : answer.error().code; });
        [&] { QTRY_VERIFY(code.has_value()); }();
        return code.value_or(ErrorCode::internal);
    }

  private Q_SLOTS:
    void readsTheLine() {
        const auto read = console::readCommandLine(
            line({"--connect", "http://gw:8081", "--minimized", "--open", "console://x/fleet"}));
        QVERIFY(read.has_value());
        QCOMPARE(read->connect, QUrl(u"http://gw:8081"_s));
        QVERIFY(read->minimized);
        QVERIFY(!read->demo);
        QVERIFY(!read->config);
        QCOMPARE(read->open.host(), u"x"_s);
    }

    void endsWithoutADisplay_data() {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<int>("exitCode");
        QTest::newRow("help") << line({"--help"}) << 0;
        QTest::newRow("version") << line({"--version"}) << 0;
        QTest::newRow("unknown option") << line({"--nonsense"}) << 2;
        QTest::newRow("stray word") << line({"word"}) << 2;
        QTest::newRow("no address") << line({"--connect", "gateway"}) << 2;
        QTest::newRow("another scheme") << line({"--connect", "ftp://gw"}) << 2;
        QTest::newRow("no token file") << line({"--token-file", "/nonexistent/token"}) << 2;
        QTest::newRow("missing value") << line({"--config"}) << 2;
    }
    void endsWithoutADisplay() {
        QFETCH(QStringList, words);
        QFETCH(int, exitCode);
        const auto read = console::readCommandLine(words);
        QVERIFY(!read);
        QCOMPARE(read.error().exitCode, exitCode);
        QVERIFY(!read.error().text.isEmpty());
    }

    void stopsAndStartsAgain() {
        console::EmbeddedGateway embedded(demo());
        const auto gateway = embedded.gateway();
        QCOMPARE(ask(*gateway), ErrorCode::unavailable);
        QVERIFY(embedded.startNow().has_value());
        QCOMPARE(embedded.state().phase, Phase::Running);
        QVERIFY(embedded.state().port > 0);
        QCOMPARE(ask(*gateway), ErrorCode::ok);
        embedded.stop();
        QTRY_COMPARE(embedded.state().phase, Phase::Stopped);
        QCOMPARE(ask(*gateway), ErrorCode::unavailable);
        embedded.start(0);
        QTRY_COMPARE(embedded.state().phase, Phase::Running);
        QCOMPARE(ask(*gateway), ErrorCode::ok);
        QVERIFY(!embedded.log().empty());
    }

    void movesThePortNotTheAddress() {
        auto options = demo();
        options.listen = core::HostPort{"127.0.0.2", 0};
        console::EmbeddedGateway embedded(options);
        const auto gateway = embedded.gateway();
        QVERIFY(embedded.startNow().has_value());
        embedded.start(0);
        QTRY_COMPARE(embedded.state().phase, Phase::Running);
        QString url;
        gateway->call(api::v1::InfoRequest{},
                      [&url](auto answer) { url = QString::fromStdString(answer ? answer->data_url() : "none"); });
        QTRY_VERIFY(!url.isEmpty());
        QCOMPARE(QUrl(url).host(), u"127.0.0.2"_s);
        QCOMPARE(QUrl(url).port(), embedded.state().port);
    }

    // The window may be closed while the worker starts a host, or has started one and nobody was told.
    void closesWhileItRestarts() {
        console::EmbeddedGateway embedded(demo());
        QVERIFY(embedded.startNow().has_value());
        embedded.start(0);
    }

    void aStreamEndsWhenNothingRuns() {
        console::EmbeddedGateway embedded(demo());
        const auto gateway = embedded.gateway();
        bool ended = false;
        api::AnySink sink;
        sink.next = [](const google::protobuf::Message&) {};
        sink.ended = [&ended](const api::Failure&) { ended = true; };
        const auto subscription = gateway->subscribe_any(*api::find_method("Watch"), api::v1::SnapshotRequest{}, sink);
        QTRY_VERIFY(ended);
    }

    void saysWhyItDidNotStart() {
        auto options = demo();
        options.demo = false;
        options.config_path = "/nonexistent/signalbox.yaml";
        console::EmbeddedGateway embedded(options);
        QVERIFY(!embedded.startNow().has_value());
        embedded.start(0);
        QTRY_COMPARE(embedded.state().phase, Phase::Failed);
        QVERIFY(!embedded.state().failure.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestEmbeddedGateway)
#include "tst_embedded_gateway.moc"
