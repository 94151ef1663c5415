// An in-process gateway that answers from its own thread, seen from the user's.
#include <QTest>
#include <QThread>
#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ui/gateways/ui_thread_gateway.h"

namespace signalbox::ui {
namespace {

namespace v1 = api::v1;

// Keeps what it was asked; the test answers from whichever thread it likes.
class HeldGateway : public api::Gateway {
  public:
    void call_any(const api::MethodInfo&, const google::protobuf::Message&, api::AnyReply reply) override {
        m_reply = std::move(reply);
    }
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo&, const google::protobuf::Message&,
                                                     api::AnySink sink) override {
        m_sink = std::move(sink);
        ++m_subscribers;
        struct Counted : api::Subscription {
            explicit Counted(int& of) : count(of) {}
            ~Counted() override { --count; }
            int& count;
        };
        return std::make_unique<Counted>(m_subscribers);
    }

    void answer(const char* name) {
        auto info = std::make_unique<v1::InfoResponse>();
        info->set_name(name);
        m_reply(api::AnyMessage(std::move(info)));
    }
    void push(qint64 sequence) {
        v1::SnapshotResponse snapshot;
        snapshot.set_sequence(sequence);
        m_sink.next(snapshot);
    }

    api::AnyReply m_reply;
    api::AnySink m_sink;
    int m_subscribers = 0;
};

template <class Work>
void onAnotherThread(Work work) {
    std::thread thread(work);
    thread.join();
}

}  // namespace

class TestUiThreadGateway : public QObject {
    Q_OBJECT

    std::shared_ptr<HeldGateway> m_inner;
    std::unique_ptr<UiThreadGateway> m_gateway;
    QList<qint64> m_sequences;
    int m_ends = 0;

    std::unique_ptr<api::Subscription> subscribe() {
        api::AnySink sink{[this](const google::protobuf::Message& message) {
                              QCOMPARE(QThread::currentThread(), thread());
                              m_sequences.append(static_cast<const v1::SnapshotResponse&>(message).sequence());
                          },
                          [this](const api::Failure&) { ++m_ends; }};
        return m_gateway->subscribe_any(*api::find_method("Watch"), v1::SnapshotRequest{}, std::move(sink));
    }

  private Q_SLOTS:
    void init() {
        m_inner = std::make_shared<HeldGateway>();
        m_gateway = std::make_unique<UiThreadGateway>(m_inner);
        m_sequences.clear();
        m_ends = 0;
    }

    void aReplyComesOnTheUsersThread() {
        std::string name;
        m_gateway->call(v1::InfoRequest{}, [&](api::Answer<v1::InfoResponse> answer) {
            QCOMPARE(QThread::currentThread(), thread());
            name = answer->name();
        });
        onAnotherThread([this] { m_inner->answer("here"); });
        QVERIFY(name.empty());
        QTRY_COMPARE(name, "here");
    }

    void anErrorKeepsItsCode() {
        std::optional<api::Failure> failure;
        m_gateway->call(v1::InfoRequest{},
                        [&](api::Answer<v1::InfoResponse> answer) { failure = std::move(answer.error()); });
        onAnotherThread([this] { m_inner->m_reply(std::unexpected(api::Failure{ErrorCode::conflict, "", 41})); });
        QTRY_VERIFY(failure);
        QCOMPARE(failure->code, ErrorCode::conflict);
        QCOMPARE(failure->conflict_id, 41);
    }

    void messagesKeepTheirOrder() {
        const auto subscription = subscribe();
        onAnotherThread([this] {
            for (int i = 1; i <= 100; ++i) m_inner->push(i);
            m_inner->m_sink.ended({ErrorCode::unavailable, "", 0});
        });
        QTRY_COMPARE(m_ends, 1);
        QCOMPARE(m_sequences.size(), 100);
        QVERIFY(std::is_sorted(m_sequences.begin(), m_sequences.end()));
    }

    void aDroppedSubscriptionHearsNothingMore() {
        auto subscription = subscribe();
        onAnotherThread([this] { m_inner->push(1); });
        subscription.reset();
        QCOMPARE(m_inner->m_subscribers, 0);
        QCoreApplication::processEvents();
        QVERIFY(m_sequences.isEmpty());
        QCOMPARE(m_ends, 0);
    }

    void destructionAnswersOnceAndDropsTheRest() {
        int replies = 0;
        m_gateway->call(v1::InfoRequest{}, [&](const api::Answer<v1::InfoResponse>& answer) {
            ++replies;
            QCOMPARE(answer.error().code, ErrorCode::unavailable);
        });
        const auto subscription = subscribe();
        m_gateway.reset();
        QCOMPARE(replies, 1);
        QCOMPARE(m_ends, 1);
        onAnotherThread([this] {
            m_inner->answer("late");
            m_inner->push(1);
            m_inner->m_sink.ended({});
        });
        QCoreApplication::processEvents();
        QCOMPARE(replies, 1);
        QCOMPARE(m_ends, 1);
        QVERIFY(m_sequences.isEmpty());
    }

    void destroyedInsideAReply() {
        bool replied = false;
        m_gateway->call(v1::InfoRequest{}, [&](const api::Answer<v1::InfoResponse>&) {
            replied = true;
            m_gateway.reset();
        });
        const auto subscription = subscribe();
        onAnotherThread([this] { m_inner->answer("x"); });
        QTRY_VERIFY(replied);
        QCOMPARE(m_ends, 1);
    }

    void aStormFromAnotherThreadWhileBeingDestroyed() {
        std::atomic<bool> stop = false;
        auto subscription = subscribe();
        std::thread storm([&, inner = m_inner] {
            while (!stop) inner->push(1);
        });
        QTRY_VERIFY(m_sequences.size() > 10);
        m_gateway.reset();
        stop = true;
        storm.join();
        subscription.reset();
        m_inner->m_sink = {};
    }
};

}  // namespace signalbox::ui

QTEST_GUILESS_MAIN(signalbox::ui::TestUiThreadGateway)
#include "tst_ui_thread_gateway.moc"
