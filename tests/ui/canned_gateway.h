// A gateway that answers every method with what the test put there, at once, and remembers what it was asked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/api/gateway.h"

namespace signalbox::ui {

class CannedGateway : public api::Gateway {
  public:
    // Answers the method whose response this is. Without one: not_found.
    template <class Response>
    void will(const Response& response) {
        canned_[std::string(Response::descriptor()->name())] = std::make_shared<Response>(response);
    }
    void willRefuse(api::Failure failure) { refusal_ = std::move(failure); }

    // The last request of this type; it must have been made.
    template <class Request>
    [[nodiscard]] Request asked() const {
        Request request;
        request.ParseFromString(asked_.at(std::string(Request::descriptor()->name())).back());
        return request;
    }
    template <class Request>
    [[nodiscard]] std::size_t timesAsked() const {
        const auto found = asked_.find(std::string(Request::descriptor()->name()));
        return found == asked_.end() ? 0 : found->second.size();
    }
    // The last stream that was opened.
    api::AnySink sink;

    void call_any(const api::MethodInfo& method, const google::protobuf::Message& request,
                  api::AnyReply reply) override {
        remember(request);
        if (refusal_) return reply(std::unexpected(*refusal_));
        api::AnyMessage response = method.new_response();
        const auto found = canned_.find(std::string(response->GetDescriptor()->name()));
        if (found == canned_.end())
            return reply(std::unexpected(api::Failure{ErrorCode::not_found, "nothing canned", 0}));
        response->CopyFrom(*found->second);
        reply(std::move(response));
    }
    std::unique_ptr<api::Subscription> subscribe_any(const api::MethodInfo&, const google::protobuf::Message& request,
                                                     api::AnySink to) override {
        remember(request);
        sink = std::move(to);
        return std::make_unique<api::Subscription>();
    }

  private:
    void remember(const google::protobuf::Message& request) {
        asked_[std::string(request.GetDescriptor()->name())].push_back(request.SerializeAsString());
    }

    std::map<std::string, std::shared_ptr<google::protobuf::Message>> canned_;
    std::map<std::string, std::vector<std::string>> asked_;
    std::optional<api::Failure> refusal_;
};

}  // namespace signalbox::ui
