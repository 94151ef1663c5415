// A gateway with a history: numbered requests, one millisecond apart.
#pragma once

#include <QString>

#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "engine/api/gateway.h"

namespace signalbox::ui {

namespace v1 = api::v1;

inline v1::Request numberedRequest(qint64 number, const char* outcome = "served") {
    v1::Request result;
    result.set_id(QStringLiteral("R%1").arg(number, 9, 10, QLatin1Char('0')).toStdString());
    result.set_time_unix_us(1'772'375'400'000'000 + number * 1000);
    result.set_outcome(outcome);
    return result;
}

// Answers history questions from a list, newest first, with cursors that mean "below this number".
class HistoryGateway : public api::Gateway {
  public:
    void call_any(const api::MethodInfo& method, const google::protobuf::Message& any, api::AnyReply reply) override {
        if (method.name == "GetRequest") return getRequest(static_cast<const v1::GetRequestRequest&>(any).id(), reply);
        if (method.name != "QueryRequests") return;
        const auto& question = static_cast<const v1::QueryRequestsRequest&>(any);
        questions.push_back(question);
        if (failing) return reply(std::unexpected(api::Failure{ErrorCode::store_failed, "disk", 0}));
        if (held) {
            waiting.push_back([this, question, reply] { answer(question, reply); });
        } else {
            answer(question, reply);
        }
    }
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo& method, const google::protobuf::Message&,
                                                     api::AnySink to) override {
        if (method.name == "TailRequests") {
            tail = std::move(to);
            ++tails;
        } else {
            watch = std::move(to);
        }
        return std::make_unique<api::Subscription>();
    }

    void put(qint64 number, const v1::Request& row) { history.insert_or_assign(number, row); }
    void add(qint64 number) { history.insert_or_assign(number, numberedRequest(number)); }
    void finish(qint64 number, qint64 dropped = 0) {
        add(number);
        v1::TailRequestsResponse live;
        *live.add_requests() = history.at(number);
        live.set_dropped(dropped);
        tail.next(live);
    }
    void snapshot() { watch.next(v1::SnapshotResponse()); }

    std::map<qint64, v1::Request, std::greater<>> history;
    std::vector<v1::QueryRequestsRequest> questions;
    std::vector<std::function<void()>> waiting;
    api::AnySink tail;
    api::AnySink watch;
    int tails = 0;
    int gets = 0;
    bool failing = false;
    bool held = false;

  private:
    void getRequest(const std::string& id, const api::AnyReply& reply) {
        ++gets;
        for (const auto& [number, row] : history) {
            if (row.id() != id) continue;
            auto response = std::make_unique<v1::GetRequestResponse>();
            *response->mutable_request() = row;
            return reply(api::AnyMessage(std::move(response)));
        }
        reply(std::unexpected(api::Failure{ErrorCode::not_found, "gone", 0}));
    }
    void answer(const v1::QueryRequestsRequest& question, const api::AnyReply& reply) {
        auto response = std::make_unique<v1::QueryRequestsResponse>();
        const qint64 below =
            question.cursor().empty() ? std::numeric_limits<qint64>::max() : std::stoll(question.cursor());
        for (const auto& [number, row] : history) {
            if (number >= below) continue;
            if (!row.id().starts_with(question.filter().id_prefix())) continue;
            if (question.filter().has_until_unix_us() && row.time_unix_us() >= question.filter().until_unix_us())
                continue;
            if (response->requests_size() == question.limit()) {
                response->set_next_cursor(std::to_string(number + 1));
                break;
            }
            *response->add_requests() = row;
        }
        reply(api::AnyMessage(std::move(response)));
    }
};

}  // namespace signalbox::ui
