#include "engine/control/tail.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/sim/memory_store.h"

namespace signalbox::control {
namespace {

// A loop whose posted work runs when the test says so.
class ManualLoop final : public ports::Spawner {
  public:
    void spawn(std::string_view, ports::Task<void>) override { FAIL() << "nothing here spawns"; }
    void post(std::function<void()> work) override { work_.push_back(std::move(work)); }
    [[nodiscard]] std::size_t running() const override { return 0; }
    std::size_t run() {
        auto work = std::exchange(work_, {});
        for (auto& one : work) one();
        return work.size();
    }

  private:
    std::vector<std::function<void()>> work_;
};

ports::HistoryFilter requesting(const std::string& model) {
    ports::HistoryFilter filter;
    filter.requested = {model};
    return filter;
}

class TailTest : public testing::Test {
  protected:
    void finish(const std::string& id, const std::string& model = "a") {
        ports::RequestRecord record;
        record.id = id;
        record.requested_model = model;
        store_.offer(std::move(record));
    }
    api::AnySink sink() {
        return {.next =
                    [this](const google::protobuf::Message& message) {
                        const auto& rows = static_cast<const v1::TailRequestsResponse&>(message);
                        for (const auto& row : rows.requests()) ids_.push_back(row.id());
                        dropped_ += rows.dropped();
                        ++messages_;
                    },
                .ended = [this](api::Failure failure) { ended_.push_back(failure.code); }};
    }
    std::unique_ptr<api::Subscription> subscribe(ports::HistoryFilter filter = {}) {
        auto made = tail_->subscribe(std::move(filter), sink());
        return made ? std::move(*made) : nullptr;
    }

    sim::MemoryStore store_;
    ManualLoop loop_;
    std::unique_ptr<Tail> tail_ = std::make_unique<Tail>(store_, std::make_shared<Inbox>(loop_));
    std::vector<std::string> ids_;
    std::vector<ErrorCode> ended_;
    std::int64_t dropped_ = 0;
    int messages_ = 0;
};

TEST_F(TailTest, SilentWhileNobodyListens) {
    finish("1");
    EXPECT_EQ(loop_.run(), 0U);
}

TEST_F(TailTest, ManyCommitsMakeOneMessageInOrder) {
    const auto subscription = subscribe();
    finish("1");
    finish("2");
    finish("3");
    EXPECT_EQ(loop_.run(), 1U);
    EXPECT_EQ(ids_, (std::vector<std::string>{"1", "2", "3"}));
    EXPECT_EQ(messages_, 1);
}

TEST_F(TailTest, TheFilterChooses) {
    const auto subscription = subscribe(requesting("b*"));
    finish("1", "a");
    finish("2", "b1");
    loop_.run();
    EXPECT_EQ(ids_, std::vector<std::string>{"2"});
    finish("3", "a");
    loop_.run();
    EXPECT_EQ(messages_, 1) << "no empty messages";
}

TEST_F(TailTest, DroppedRowsAreCountedAndTold) {
    const auto subscription = subscribe(requesting("none"));
    for (std::size_t i = 0; i < limits::tail_queue_max + 5; ++i) finish("x" + std::to_string(i));
    loop_.run();
    EXPECT_EQ(dropped_, 5);
    EXPECT_TRUE(ids_.empty());
    finish("y");
    loop_.run();
    EXPECT_EQ(dropped_, 5) << "told once";
}

TEST_F(TailTest, NothingComesAfterTheSubscriptionIsDropped) {
    auto subscription = subscribe();
    finish("1");
    subscription.reset();
    loop_.run();
    EXPECT_TRUE(ids_.empty());
}

TEST_F(TailTest, ASinkMayDropItsOwnSubscription) {
    std::unique_ptr<api::Subscription> own;
    auto made = tail_->subscribe({}, {.next = [&](const auto&) { own.reset(); }, .ended = [](auto) {}});
    own = std::move(*made);
    const auto other = subscribe();
    finish("1");
    loop_.run();
    EXPECT_EQ(own, nullptr);
    EXPECT_EQ(ids_.size(), 1U);
}

TEST_F(TailTest, SubscribersAreBounded) {
    std::vector<std::unique_ptr<api::Subscription>> all;
    for (std::size_t i = 0; i < limits::subscribers_max; ++i) all.push_back(subscribe());
    EXPECT_EQ(tail_->subscribe({}, sink()).error().code, ErrorCode::limit_reached);
    all.pop_back();
    EXPECT_NE(subscribe(), nullptr);
}

TEST_F(TailTest, ClosingEndsEveryStreamOnceAndOutlivesItsWork) {
    const auto subscription = subscribe();
    finish("1");
    tail_.reset();
    EXPECT_EQ(ended_, std::vector{ErrorCode::unavailable});
    loop_.run();
    EXPECT_TRUE(ids_.empty());
}

}  // namespace
}  // namespace signalbox::control
