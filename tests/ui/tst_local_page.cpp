// The page Local over a scripted data plane and a control that plays the host.
#include <QClipboard>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabBar>
#include <QTest>

#include "tests/ui/canned_gateway.h"
#include "tests/ui/scripted_server.h"
#include "ui/pages/local/local_page.h"

namespace signalbox::ui {
namespace {

class FakeControl : public LocalGatewayControl {
  public:
    LocalGatewayState state() const override { return now; }
    void start(int port) override { started << port; }
    void stop() override { ++stopped; }
    std::vector<LogLine> log() const override { return lines; }

    void become(LocalGatewayState::Phase phase) {
        now.phase = phase;
        Q_EMIT stateChanged();
    }

    LocalGatewayState now{LocalGatewayState::Phase::Running, 8080, {}, {}};
    std::vector<LogLine> lines{{LogLevel::info, QStringLiteral("serving")}};
    QList<int> started;
    int stopped = 0;
};

QByteArray streamed(const QList<QByteArray>& events) {
    QByteArray body;
    for (const QByteArray& event : events) body += "data: " + event + "\n\n";
    return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-signalbox-deployment: sim/llama\r\n"
           "x-signalbox-request-id: 01J9X\r\ncontent-length: " +
           QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

QByteArray delta(const char* text) {
    return QByteArray(R"({"choices":[{"delta":{"content":")") + text + R"("}}]})";
}

}  // namespace

class TestLocalPage : public QObject {
    Q_OBJECT

    std::unique_ptr<ScriptedServer> m_server;
    FakeControl m_control;
    CannedGateway* m_gateway = nullptr;
    std::unique_ptr<Source> m_source;
    std::unique_ptr<LocalPage> m_page;

    void build(LocalGatewayControl* control, const QString& gatewayHost = {}) {
        m_page.reset();
        auto gateway = std::make_unique<CannedGateway>();
        m_gateway = gateway.get();
        v1::InfoResponse info;
        info.set_data_url(m_server->url().toString().toStdString() + "/v1");
        info.set_pid(4812);
        info.set_started_unix_us(1);
        m_gateway->will(info);
        m_gateway->will(v1::QueryRequestsResponse());
        SourceOptions options;
        options.gatewayHost = gatewayHost;
        m_source = std::make_unique<Source>(std::move(gateway), options);
        m_source->start();
        m_page = std::make_unique<LocalPage>(*m_source, control);
        m_page->resize(1200, 800);
        QTRY_VERIFY(m_gateway->sink.next);
        v1::SnapshotResponse snapshot;
        snapshot.set_now_unix_us(2'471'000'001);
        for (const char* name : {"llama-8b", "gpt-4o"}) snapshot.add_models()->set_name(name);
        auto* embedding = snapshot.add_models();
        embedding->set_name("embed");
        embedding->set_shape("embedding");
        m_gateway->sink.next(snapshot);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
    }
    QPushButton* button(const QString& words) const {
        for (auto* found : m_page->findChildren<QPushButton*>()) {
            if (found->text() == words) return found;
        }
        return nullptr;
    }
    template <class W>
    W* named(const QString& name) const {
        for (auto* found : m_page->findChildren<W*>()) {
            if (found->accessibleName() == name) return found;
        }
        return nullptr;
    }
    bool says(const QString& words) const {
        for (auto* label : m_page->findChildren<QLabel*>()) {
            if (label->text().contains(words)) return true;
        }
        return false;
    }
    QString answer() const { return named<QPlainTextEdit>(QStringLiteral("Answer"))->toPlainText(); }

  private Q_SLOTS:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        QSettings().clear();
    }
    void init() {
        m_control.now = {LocalGatewayState::Phase::Running, 8080, {}, {}};
        m_control.started.clear();
        m_control.stopped = 0;
        m_server = std::make_unique<ScriptedServer>();
        build(&m_control);
    }

    void saysWhatRuns() {
        QVERIFY(says(QStringLiteral("● Running")));
        QVERIFY(says(QStringLiteral("pid 4812 · up 41:1")));
        QVERIFY(says(m_server->url().toString() + QStringLiteral("/v1")));
    }

    void startStopAndAnotherPort() {
        button(QStringLiteral("Stop"))->click();
        QCOMPARE(m_control.stopped, 1);
        m_control.become(LocalGatewayState::Phase::Stopping);
        QVERIFY(!button(QStringLiteral("Stop"))->isEnabled());
        m_control.become(LocalGatewayState::Phase::Stopped);
        QVERIFY(says(QStringLiteral("○ Stopped")));
        QVERIFY(!button(QStringLiteral("Copy URL"))->isEnabled());
        QVERIFY(!button(QStringLiteral("Send"))->isEnabled());
        button(QStringLiteral("Start"))->click();
        QCOMPARE(m_control.started, QList<int>{8080});
        m_control.become(LocalGatewayState::Phase::Running);
        m_page->findChild<QSpinBox*>()->setValue(9090);
        button(QStringLiteral("Restart on port 9090"))->click();
        QCOMPARE(m_control.started, (QList<int>{8080, 9090}));
    }

    void aFailureIsSaid() {
        m_control.now.failure = QStringLiteral("address in use");
        m_control.become(LocalGatewayState::Phase::Failed);
        QVERIFY(m_page->findChild<Notice*>()->sentence().contains(u"address in use"));
        QVERIFY(button(QStringLiteral("Start"))->isEnabled());
        m_control.become(LocalGatewayState::Phase::Running);
        QVERIFY(m_page->findChild<Notice*>()->isHidden());
    }

    void aRemoteGatewayIsNotStartedHere() {
        build(nullptr);
        for (const char* words : {"Start", "Stop"}) {
            QVERIFY(!button(QLatin1String(words))->isEnabled());
            QVERIFY(button(QLatin1String(words))->toolTip().contains(u"elsewhere"));
        }
        QVERIFY(m_page->findChild<LogTail*>()->isHidden());
        QVERIFY(m_page->findChild<QSpinBox*>()->isHidden());
        QVERIFY(says(QStringLiteral("● Running")));
    }

    void nothingIsSentToTheWrongMachine() {
        build(nullptr, QStringLiteral("gw.example.org"));
        QVERIFY(says(QStringLiteral("http://gw.example.org:%1/v1").arg(m_server->url().port())));
        QVERIFY(!button(QStringLiteral("Send"))->isEnabled());
        QVERIFY(button(QStringLiteral("Send"))->toolTip().contains(u"its own machine"));
        const auto before = m_server->requests().size();
        QTest::keyClick(named<QLineEdit>(QStringLiteral("Prompt")), Qt::Key_Return);
        QCOMPARE(m_server->requests().size(), before);
        QVERIFY(says(QStringLiteral("try it there")));
    }

    void examplesToCopy() {
        auto* card = m_page->findChild<ConnectCard*>();
        QVERIFY(card->snippet().startsWith(u"curl "));
        QVERIFY(card->snippet().contains(u"llama-8b"));
        m_page->findChild<QTabBar*>()->setCurrentIndex(1);
        QVERIFY(card->snippet().contains(u"base_url"));
        named<QComboBox>(QStringLiteral("Model to try"))->setCurrentText(QStringLiteral("gpt-4o"));
        QVERIFY(card->snippet().contains(u"gpt-4o"));
        button(QStringLiteral("Copy URL"))->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), m_server->url().toString() + QStringLiteral("/v1"));
    }

    void onlyChatModelsAreOffered() { QCOMPARE(named<QComboBox>(QStringLiteral("Model to try"))->count(), 2); }

    void tryingStreamsTheAnswer() {
        const QByteArray whole = streamed({delta("Hel"), delta("lo \\u00fc"), "[DONE]"});
        QList<QByteArray> bytewise;
        for (const char c : whole) bytewise << QByteArray(1, c);
        m_server->answerWith(bytewise);
        button(QStringLiteral("Send"))->click();
        QVERIFY(button(QStringLiteral("Stop")));
        QTRY_VERIFY(says(QStringLiteral("200 · served by sim/llama")));
        QCOMPARE(answer(), QStringLiteral("Hello ü"));
        const auto request = m_server->requests().back();
        QVERIFY(request.head.startsWith("POST /v1/chat/completions "));
        const auto body = QJsonDocument::fromJson(request.body).object();
        QCOMPARE(body[u"model"].toString(), QStringLiteral("llama-8b"));
        QVERIFY(body[u"stream"].toBool());
        QSignalSpy opened(m_page.get(), &Page::openRequest);
        button(QStringLiteral("Open the request"))->click();
        QCOMPARE(opened.first().first().toString(), QStringLiteral("01J9X"));
    }

    void tryingSaysWhatWentWrong_data() {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const QByteArray& answer, const char* words) {
            QTest::newRow(name) << answer << QString::fromUtf8(words);
        };
        row("refused",
            ScriptedServer::answer(503, "application/json", R"({"error":{"message":"none","code":"no_target"}})"),
            "503 · ");
        row("the code",
            ScriptedServer::answer(503, "application/json", R"({"error":{"message":"none","code":"no_target"}})"),
            "no_target: none");
        row("in the stream", streamed({delta("a"), R"({"error":{"message":"cut","code":"stream_cut"}})"}),
            "stream_cut: cut");
        row("garbage", ScriptedServer::answer(500, "text/html", "<html>"), "500 · ");
        row("a flood", streamed({delta(QByteArray(300 * 1024, 'x').constData())}), "too long");
    }
    void tryingSaysWhatWentWrong() {
        QFETCH(QByteArray, answer);
        QFETCH(QString, words);
        m_server->answerWith({answer}, true);
        button(QStringLiteral("Send"))->click();
        QTRY_VERIFY(says(words));
        QVERIFY(button(QStringLiteral("Send")));
    }

    void stoppedWhileItWaits() {
        const auto before = m_server->requests().size();
        button(QStringLiteral("Send"))->click();
        QTRY_COMPARE(m_server->requests().size(), before + 1);
        button(QStringLiteral("Stop"))->click();
        QVERIFY(says(QStringLiteral("Stopped")));
        QTRY_COMPARE(m_server->openConnections(), 0);
    }

    void theLogIsBoundedAndFiltered() {
        auto* tail = m_page->findChild<LogTail*>();
        QCOMPARE(tail->shownText(), QStringLiteral("serving"));
        Q_EMIT m_control.logged({LogLevel::debug, QStringLiteral("detail")});
        Q_EMIT m_control.logged({LogLevel::error, QStringLiteral("disk full")});
        QCOMPARE(tail->shownText(), QStringLiteral("serving\ndisk full"));
        named<QComboBox>(QStringLiteral("Log level"))->setCurrentIndex(0);
        QVERIFY(tail->shownText().contains(u"detail"));
        named<QLineEdit>(QStringLiteral("Filter the log"))->setText(QStringLiteral("DISK"));
        QCOMPARE(tail->shownText(), QStringLiteral("disk full"));
        for (int i = 0; i < 2 * LogTail::linesKept; ++i) {
            Q_EMIT m_control.logged({LogLevel::info, QStringLiteral("disk %1").arg(i)});
        }
        QCOMPARE(tail->shownText().count(u'\n') + 1, LogTail::linesKept);
    }

    void everyControlHasAName() {
        for (auto* found : m_page->findChildren<QPushButton*>()) {
            QVERIFY(found->isHidden() || !found->text().isEmpty() || !found->accessibleName().isEmpty());
        }
        for (auto* found : m_page->findChildren<QLineEdit*>()) {
            const bool partOfASpinBox = qobject_cast<QSpinBox*>(found->parent()) != nullptr;
            QVERIFY(partOfASpinBox || !found->accessibleName().isEmpty());
        }
    }
};

}  // namespace signalbox::ui

QTEST_MAIN(signalbox::ui::TestLocalPage)
#include "tst_local_page.moc"
