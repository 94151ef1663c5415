// The Connect client against a server that says exactly what each test wrote down.
#include <QTcpServer>
#include <QTest>
#include <memory>
#include <optional>

#include "tests/ui/scripted_server.h"
#include "ui/gateways/connect_envelope.h"
#include "ui/gateways/connect_error.h"
#include "ui/gateways/remote_gateway.h"

namespace signalbox::ui {
namespace {

namespace v1 = api::v1;
using Info = std::optional<api::Answer<v1::InfoResponse>>;

const QByteArray streamType = "application/connect+proto";

QByteArray bytesOf(const google::protobuf::Message& message) {
    return QByteArray::fromStdString(message.SerializeAsString());
}

QByteArray infoAnswer(const char* name) {
    v1::InfoResponse info;
    info.set_name(name);
    return ScriptedServer::answer(200, "application/proto", bytesOf(info));
}

QByteArray snapshotEnvelope(qint64 sequence) {
    v1::SnapshotResponse snapshot;
    snapshot.set_sequence(sequence);
    snapshot.set_name("eu-gw-1");
    return encodeEnvelope(0, bytesOf(snapshot));
}

QList<QByteArray> bytewise(const QByteArray& bytes) {
    QList<QByteArray> pieces;
    for (const char c : bytes) pieces.append(QByteArray(1, c));
    return pieces;
}

// What a stream brought.
struct Heard {
    QList<qint64> sequences;
    std::optional<api::Failure> end;
    int ends = 0;

    api::AnySink sink() {
        return {[this](const google::protobuf::Message& message) {
                    sequences.append(static_cast<const v1::SnapshotResponse&>(message).sequence());
                },
                [this](api::Failure failure) {
                    end = std::move(failure);
                    ++ends;
                }};
    }
};

const api::MethodInfo& watch() {
    return *api::find_method("Watch");
}

}  // namespace

class TestRemoteGateway : public QObject {
    Q_OBJECT

    std::unique_ptr<ScriptedServer> m_server;
    std::unique_ptr<RemoteGateway> m_gateway;

    void connectTo(const QUrl& base, const QByteArray& token = {}) {
        m_gateway = std::make_unique<RemoteGateway>(RemoteGatewayOptions{
            .base = base, .token = token, .unaryTimeout = std::chrono::seconds(10), .maxMessage = 64 * 1024});
    }
    void askInfo(Info& into) {
        m_gateway->call(v1::InfoRequest{}, [&into](api::Answer<v1::InfoResponse> answer) {
            QVERIFY(!into);
            into = std::move(answer);
        });
        QVERIFY(!into);
    }
    std::unique_ptr<api::Subscription> subscribe(Heard& heard) {
        return m_gateway->subscribe_any(watch(), v1::SnapshotRequest{}, heard.sink());
    }

  private Q_SLOTS:
    void init() {
        m_server = std::make_unique<ScriptedServer>();
        connectTo(m_server->url());
    }
    void cleanup() {
        m_gateway.reset();
        m_server.reset();
    }

    void unaryAnswer() {
        m_server->answerWith({infoAnswer("eu-gw-1")});
        connectTo(m_server->url(), "secret");
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QVERIFY(info->has_value());
        QCOMPARE((*info)->name(), "eu-gw-1");
        const auto request = m_server->requests().value(0);
        QVERIFY(request.head.startsWith("POST /signalbox.v1.ControlService/Info HTTP/1.1"));
        QCOMPARE(request.header("content-type"), "application/proto");
        QCOMPARE(request.header("connect-protocol-version"), "1");
        QCOMPARE(request.header("authorization"), "Bearer secret");
    }

    void noTokenNoHeaderAndAPrefixIsKept() {
        m_server->answerWith({infoAnswer("x")});
        QUrl base = m_server->url();
        base.setPath(QStringLiteral("/admin/"));
        connectTo(base);
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        const auto request = m_server->requests().value(0);
        QVERIFY(request.head.startsWith("POST /admin/signalbox.v1.ControlService/Info "));
        QVERIFY(request.header("authorization").isEmpty());
    }

    void unaryErrors_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("code");
        QTest::addColumn<qint64>("conflict");
        const auto row = [](const char* name, int status, const QByteArray& body, ErrorCode code, qint64 conflict = 0) {
            QTest::newRow(name) << status << body << static_cast<int>(code) << conflict;
        };
        row("reason wins", 409, R"({"code":"already_exists","reason":"conflict","message":"m","conflictId":"41"})",
            ErrorCode::conflict, 41);
        row("number id", 409, R"({"code":"aborted","reason":"conflict","conflict_id":7})", ErrorCode::conflict, 7);
        row("connect word", 400, R"({"code":"invalid_argument","message":"ttl"})", ErrorCode::invalid_argument);
        row("unknown reason", 400, R"({"code":"not_found","reason":"martian"})", ErrorCode::not_found);
        row("ok is no reason", 400, R"({"code":"not_found","reason":"ok"})", ErrorCode::not_found);
        row("unauthenticated", 401, R"({"code":"unauthenticated"})", ErrorCode::unauthenticated);
        row("a proxy's page", 502, "<html>bad gateway</html>", ErrorCode::unavailable);
        row("no body", 403, "", ErrorCode::permission_denied);
        row("another server", 404, "not here", ErrorCode::unknown_path);
        row("redirect", 302, "", ErrorCode::internal);
    }
    void unaryErrors() {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        m_server->answerWith({ScriptedServer::answer(status, "application/json", body)});
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QVERIFY(!info->has_value());
        QTEST(static_cast<int>(info->error().code), "code");
        QTEST(static_cast<qint64>(info->error().conflict_id), "conflict");
    }

    void notAControlServer_data() {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("web page") << ScriptedServer::answer(200, "text/html", "<html>");
        QTest::newRow("not the message") << ScriptedServer::answer(200, "application/proto", "\xff\xff\xff");
        QTest::newRow("too large") << ScriptedServer::answer(200, "application/proto", QByteArray(100'000, 'x'));
    }
    void notAControlServer() {
        QFETCH(QByteArray, answer);
        m_server->answerWith({answer});
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QCOMPARE(info->error().code, ErrorCode::upstream_malformed);
    }

    void garbageInsteadOfHttp() {
        for (int i = 0; i < 5; ++i) m_server->answerWith({QByteArray("\x16\x03\x01 who are you?\r\n\r\n")}, true);
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QVERIFY(!info->has_value());
    }

    void cutInsideAnAnswer() {
        m_server->answerWith({infoAnswer("a long enough name").chopped(4)}, true);
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QCOMPARE(info->error().code, ErrorCode::io_closed);
    }

    void nobodyListens() {
        QTcpServer probe;
        QVERIFY(probe.listen(QHostAddress::LocalHost));
        const QUrl url(QStringLiteral("http://127.0.0.1:%1").arg(probe.serverPort()));
        probe.close();
        connectTo(url);
        Info info;
        askInfo(info);
        Heard heard;
        const auto subscription = subscribe(heard);
        QTRY_VERIFY(info && heard.end);
        QCOMPARE(info->error().code, ErrorCode::connect_refused);
        QCOMPARE(heard.end->code, ErrorCode::connect_refused);
        QVERIFY(isTransportFailure(heard.end->code));
    }

    void silenceTimesOut() {
        m_gateway = std::make_unique<RemoteGateway>(
            RemoteGatewayOptions{.base = m_server->url(), .token = {}, .unaryTimeout = std::chrono::milliseconds(20)});
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QCOMPARE(info->error().code, ErrorCode::io_timeout);
    }

    void aProxyNeverAppliesToLoopback() {
        qputenv("http_proxy", "http://127.0.0.1:1");
        m_server->answerWith({infoAnswer("x")});
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QVERIFY(info->has_value());
        qunsetenv("http_proxy");
    }

    void destructionAnswersWhatIsUnderWay() {
        Info info;
        askInfo(info);
        Heard heard;
        const auto subscription = subscribe(heard);
        m_gateway.reset();
        QVERIFY(info);
        QCOMPARE(info->error().code, ErrorCode::unavailable);
        QCOMPARE(heard.ends, 1);
        QCOMPARE(heard.end->code, ErrorCode::unavailable);
    }

    void anAnswerAfterDestructionIsNotDelivered() {
        m_server->answerWith({infoAnswer("late")});
        int replies = 0;
        m_gateway->call(v1::InfoRequest{}, [&](const api::Answer<v1::InfoResponse>&) { ++replies; });
        QTRY_COMPARE(m_server->requests().size(), 1);
        m_gateway.reset();
        QCOMPARE(replies, 1);
        QTRY_COMPARE(m_server->openConnections(), 0);
        QCoreApplication::processEvents();
        QCOMPARE(replies, 1);
    }

    void destroyedInsideAReply() {
        m_server->answerWith({infoAnswer("x")});
        Heard heard;
        const auto subscription = subscribe(heard);
        bool replied = false;
        m_server->answerWith({infoAnswer("x")});
        m_gateway->call(v1::InfoRequest{}, [&](const api::Answer<v1::InfoResponse>&) {
            replied = true;
            m_gateway.reset();
        });
        QTRY_VERIFY(replied);
        QCOMPARE(heard.ends, 1);
    }

    void destroyedInsideASink() {
        m_server->answerWith({ScriptedServer::streamHead() + snapshotEnvelope(1) + snapshotEnvelope(2)});
        int messages = 0;
        int ends = 0;
        api::AnySink sink{[&](const google::protobuf::Message&) {
                              ++messages;
                              m_gateway.reset();
                          },
                          [&](const api::Failure&) { ++ends; }};
        const auto subscription = m_gateway->subscribe_any(watch(), v1::SnapshotRequest{}, std::move(sink));
        QTRY_COMPARE(ends, 1);
        QCOMPARE(messages, 1);
    }

    void streamInOrder() {
        m_server->answerWith(
            {ScriptedServer::streamHead(), snapshotEnvelope(1) + snapshotEnvelope(2), snapshotEnvelope(3)});
        Heard heard;
        const auto subscription = subscribe(heard);
        QTRY_COMPARE(heard.sequences, (QList<qint64>{1, 2, 3}));
        QVERIFY(!heard.end);
        const auto request = m_server->requests().value(0);
        QCOMPARE(request.header("content-type"), streamType);
        QCOMPARE(request.body, encodeEnvelope(0, {}));
    }

    void streamByteByByte() {
        m_server->answerWith(QList<QByteArray>{ScriptedServer::streamHead()} +
                             bytewise(snapshotEnvelope(1) + snapshotEnvelope(2) + encodeEnvelope(2, "{}")));
        Heard heard;
        const auto subscription = subscribe(heard);
        QTRY_VERIFY(heard.end);
        QCOMPARE(heard.sequences, (QList<qint64>{1, 2}));
        QCOMPARE(heard.end->code, ErrorCode::io_closed);
    }

    void streamEndings_data() {
        QTest::addColumn<QByteArray>("rest");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const QByteArray& rest, ErrorCode code) {
            QTest::newRow(name) << rest << static_cast<int>(code);
        };
        row("error", encodeEnvelope(2, R"({"error":{"code":"unavailable","reason":"draining","message":"bye"}})"),
            ErrorCode::draining);
        row("nothing after the end counts",
            encodeEnvelope(2, R"({"error":{"code":"not_found"}})") + snapshotEnvelope(9), ErrorCode::not_found);
        row("closed without an end", {}, ErrorCode::io_closed);
        row("closed inside a header", QByteArray(3, '\0'), ErrorCode::io_closed);
        row("closed inside a message", snapshotEnvelope(2).chopped(2), ErrorCode::io_closed);
        row("no JSON at the end", encodeEnvelope(2, "bye"), ErrorCode::upstream_malformed);
        row("an error without a code", encodeEnvelope(2, R"({"error":{}})"), ErrorCode::internal);
        row("not the message", encodeEnvelope(0, "\xff\xff"), ErrorCode::upstream_malformed);
        row("compressed", encodeEnvelope(1, "zip"), ErrorCode::upstream_malformed);
        row("flags from the future", encodeEnvelope(0x40, ""), ErrorCode::upstream_malformed);
        row("huge length", QByteArray::fromHex("00ffffffff") + "x", ErrorCode::upstream_malformed);
    }
    void streamEndings() {
        QFETCH(QByteArray, rest);
        m_server->answerWith({ScriptedServer::streamHead() + snapshotEnvelope(1) + rest}, true);
        Heard heard;
        const auto subscription = subscribe(heard);
        QTRY_VERIFY(heard.end);
        QTEST(static_cast<int>(heard.end->code), "code");
        QCOMPARE(heard.sequences, (QList<qint64>{1}));
        QCoreApplication::processEvents();
        QCOMPARE(heard.ends, 1);
    }

    void streamRefused() {
        m_server->answerWith({ScriptedServer::answer(401, "application/json", R"({"code":"unauthenticated"})")});
        Heard heard;
        const auto subscription = subscribe(heard);
        QTRY_VERIFY(heard.end);
        QCOMPARE(heard.end->code, ErrorCode::unauthenticated);
    }

    void streamThatIsAWebPage() {
        m_server->answerWith({ScriptedServer::answer(200, "text/html", "<html>")});
        Heard heard;
        const auto subscription = subscribe(heard);
        QTRY_VERIFY(heard.end);
        QCOMPARE(heard.end->code, ErrorCode::upstream_malformed);
    }

    void serverDies() {
        m_server->answerWith({ScriptedServer::streamHead() + snapshotEnvelope(1)});
        Heard heard;
        const auto subscription = subscribe(heard);
        QTRY_COMPARE(heard.sequences.size(), 1);
        m_server->closeAll();
        QTRY_VERIFY(heard.end);
        QVERIFY(isTransportFailure(heard.end->code));
    }

    void droppingTheSubscriptionClosesTheConnectionSilently() {
        m_server->answerWith({ScriptedServer::streamHead() + snapshotEnvelope(1)});
        Heard heard;
        auto subscription = subscribe(heard);
        QTRY_COMPARE(heard.sequences.size(), 1);
        subscription.reset();
        QTRY_COMPARE(m_server->openConnections(), 0);
        QCOMPARE(heard.ends, 0);
    }

    void droppedInsideItsOwnSink() {
        m_server->answerWith({ScriptedServer::streamHead() + snapshotEnvelope(1) + snapshotEnvelope(2)});
        std::unique_ptr<api::Subscription> subscription;
        int messages = 0;
        api::AnySink sink{[&](const google::protobuf::Message&) {
                              ++messages;
                              subscription.reset();
                          },
                          [](const api::Failure&) { QFAIL("a dropped stream does not end"); }};
        subscription = m_gateway->subscribe_any(watch(), v1::SnapshotRequest{}, std::move(sink));
        QTRY_COMPARE(m_server->openConnections(), 0);
        QTRY_COMPARE(messages, 1);
    }

    void manyStreamsDoNotStarveCalls() {
        for (int i = 0; i < 6; ++i) m_server->answerWith({ScriptedServer::streamHead()});
        std::vector<std::unique_ptr<api::Subscription>> subscriptions;
        Heard heard;
        for (int i = 0; i < 6; ++i) subscriptions.push_back(subscribe(heard));
        QTRY_COMPARE(m_server->requests().size(), 6);
        m_server->answerWith({infoAnswer("x")});
        Info info;
        askInfo(info);
        QTRY_VERIFY(info);
        QVERIFY(info->has_value());
    }
};

}  // namespace signalbox::ui

QTEST_GUILESS_MAIN(signalbox::ui::TestRemoteGateway)
#include "tst_remote_gateway.moc"
