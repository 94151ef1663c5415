#include "ui/gateways/ui_thread_gateway.h"

#include <QObject>
#include <QThread>
#include <unordered_map>
#include <utility>

namespace signalbox::ui {

// Keeps what the caller left here, by number, and is only opened on the caller's thread. The other thread knows the
// numbers and may post to it at any time: whoever drops it last, it dies on its own thread.
class UiThreadGateway::Desk : public QObject {
  public:
    static std::shared_ptr<Desk> create() {
        return {new Desk, [](Desk* desk) {
                    if (desk->thread() == QThread::currentThread()) {
                        delete desk;
                    } else {
                        desk->deleteLater();
                    }
                }};
    }

    quint64 leave(api::AnyReply reply) { return leave(m_replies, std::move(reply)); }
    quint64 leave(api::AnySink sink) { return leave(m_sinks, std::make_shared<const api::AnySink>(std::move(sink))); }
    void drop(quint64 id) { m_sinks.erase(id); }

    void answer(quint64 id, api::Answer<api::AnyMessage> answer) {
        if (auto node = m_replies.extract(id)) node.mapped()(std::move(answer));
    }
    void pass(quint64 id, const google::protobuf::Message& message) {
        const auto found = m_sinks.find(id);
        if (found == m_sinks.end()) return;
        const auto sink = found->second;  // the call may drop its own subscription
        sink->next(message);
    }
    void end(quint64 id, api::Failure failure) {
        if (auto node = m_sinks.extract(id)) node.mapped()->ended(std::move(failure));
    }
    void close() {
        const api::Failure closed{ErrorCode::unavailable, "the connection was closed"};
        while (!m_replies.empty()) answer(m_replies.begin()->first, std::unexpected(closed));
        while (!m_sinks.empty()) end(m_sinks.begin()->first, closed);
    }

  private:
    template <class Map, class Entry>
    quint64 leave(Map& map, Entry entry) {
        map.emplace(++m_lastId, std::move(entry));
        return m_lastId;
    }

    quint64 m_lastId = 0;
    std::unordered_map<quint64, api::AnyReply> m_replies;
    std::unordered_map<quint64, std::shared_ptr<const api::AnySink>> m_sinks;
};

namespace {

// Work may hold the receiver by its bare pointer: it is not done once the receiver is gone.
template <class Work>
void post(QObject* receiver, Work work) {
    QMetaObject::invokeMethod(receiver, std::move(work), Qt::QueuedConnection);
}

class Ticket : public api::Subscription {
  public:
    Ticket(std::function<void()> drop, std::shared_ptr<api::Gateway> gateway, std::unique_ptr<api::Subscription> inner)
        : m_drop(std::move(drop)), m_gateway(std::move(gateway)), m_inner(std::move(inner)) {}
    ~Ticket() override { m_drop(); }

  private:
    std::function<void()> m_drop;
    std::shared_ptr<api::Gateway> m_gateway;  // outlives its own subscription
    std::unique_ptr<api::Subscription> m_inner;
};

}  // namespace

UiThreadGateway::UiThreadGateway(std::shared_ptr<api::Gateway> inner)
    : m_inner(std::move(inner)), m_desk(Desk::create()) {}

UiThreadGateway::~UiThreadGateway() {
    m_desk->close();
}

void UiThreadGateway::call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                               api::AnyReply reply) {
    const quint64 id = m_desk->leave(std::move(reply));
    m_inner->call_any(method, request, [desk = m_desk, id](api::Answer<api::AnyMessage> answer) {
        auto held = std::make_shared<api::Answer<api::AnyMessage>>(std::move(answer));
        post(desk.get(), [desk = desk.get(), id, held] { desk->answer(id, std::move(*held)); });
    });
}

std::unique_ptr<api::Subscription> UiThreadGateway::subscribe_any(const api::MethodInfo& method,
                                                                  const google::protobuf::Message& request,
                                                                  api::AnySink sink) {
    const quint64 id = m_desk->leave(std::move(sink));
    api::AnySink courier;
    courier.next = [desk = m_desk, id](const google::protobuf::Message& message) {
        std::shared_ptr<google::protobuf::Message> copy(message.New());
        copy->CopyFrom(message);
        post(desk.get(), [desk = desk.get(), id, copy] { desk->pass(id, *copy); });
    };
    courier.ended = [desk = m_desk, id](api::Failure failure) {
        post(desk.get(), [desk = desk.get(), id, failure = std::move(failure)] { desk->end(id, failure); });
    };
    return std::make_unique<Ticket>([desk = m_desk, id] { desk->drop(id); }, m_inner,
                                    m_inner->subscribe_any(method, request, std::move(courier)));
}

}  // namespace signalbox::ui
