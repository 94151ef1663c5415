#include "engine/flow/drill.h"

#include <algorithm>
#include <array>

#include "engine/flow/answer_spoiler.h"
#include "engine/flow/dialect.h"

namespace signalbox::flow {
namespace {

class DrilledStream final : public ports::ByteStream {
  public:
    // To nobody: what is made up is all there is.
    DrilledStream(ports::Clock& clock, const DrillScene& scene) : clock_(clock), alarm_(clock.make_alarm()) {
        SpoiledAnswer answer = made_up_answer(scene);
        out_ = std::move(answer.bytes);
        end_ = answer.end;
    }
    DrilledStream(ports::Clock& clock, const DrillScene& scene, ports::Stream provider)
        : clock_(clock), alarm_(clock.make_alarm()), provider_(std::move(provider)), spoiler_(scene) {}

    Task<Result<std::size_t>> read_some(std::span<char> into) override;
    Task<Result<void>> write(std::span<const std::string_view> pieces) override;
    void expire_at(Instant when) override {
        deadline_ = when;
        if (provider_ != nullptr) provider_->expire_at(when);
        alarm_->ring();
    }
    void watch_peer(ports::PeerGone* watcher) override {
        if (provider_ != nullptr) provider_->watch_peer(watcher);
    }
    void abort() override {
        aborted_ = true;
        if (provider_ != nullptr) provider_->abort();
        alarm_->ring();
    }
    [[nodiscard]] bool reusable() override { return false; }
    [[nodiscard]] std::string_view peer() const override { return provider_ == nullptr ? "drill" : provider_->peer(); }

  private:
    Task<Result<void>> read_provider();

    ports::Clock& clock_;
    const std::shared_ptr<ports::Alarm> alarm_;
    const ports::Stream provider_;  // nullptr: nobody
    std::optional<AnswerSpoiler> spoiler_;
    std::string out_;       // for the reader,
    std::size_t read_ = 0;  // who has so many bytes of it
    std::optional<SpoiledEnd> end_;
    Instant sent_{};
    std::optional<Instant> held_until_;  // slow_first_token
    Instant deadline_ = never;
    bool aborted_ = false;
};

Task<Result<void>> DrilledStream::write(std::span<const std::string_view> pieces) {
    Result<void> written;
    if (provider_ != nullptr) written = co_await provider_->write(pieces);
    sent_ = clock_.now();
    co_return written;
}

Task<Result<std::size_t>> DrilledStream::read_some(std::span<char> into) {
    for (;;) {
        if (aborted_) co_return fail(ErrorCode::io_cancelled);
        if (clock_.now() >= deadline_) co_return fail(ErrorCode::io_timeout);
        const bool held = held_until_ && clock_.now() < *held_until_;
        if (!held && read_ < out_.size()) {
            const std::size_t count = out_.copy(into.data(), into.size(), read_);
            read_ += count;
            co_return count;
        }
        if (held || end_ == SpoiledEnd::hang) {
            co_await alarm_->wait_until(held ? std::min(*held_until_, deadline_) : deadline_);
        } else if (end_) {
            if (*end_ == SpoiledEnd::reset) co_return fail(ErrorCode::io_reset, "a drill reset the connection");
            co_return std::size_t{0};
        } else {
            const Result<void> more = co_await read_provider();
            if (!more) co_return std::unexpected(more.error());
        }
    }
}

Task<Result<void>> DrilledStream::read_provider() {
    std::array<char, 4096> bytes;
    const Result<std::size_t> got = co_await provider_->read_some(bytes);
    if (!got) co_return std::unexpected(got.error());
    out_.erase(0, std::exchange(read_, 0));
    if (*got == 0) {
        spoiler_->finish(out_);
    } else {
        spoiler_->take({bytes.data(), *got}, out_);
    }
    end_ = spoiler_->end();
    if (spoiler_->holds_back() && !held_until_) {
        held_until_ = sent_ + core::slow_first_token_factor * (clock_.now() - sent_);
    }
    co_return Result<void>{};
}

}  // namespace

const core::ActiveDrill* drill_of(const Exchange& x, const ports::AttemptRecord& row) {
    if (x.rules.drills == nullptr) return nullptr;
    return x.rules.drills->match({.provider = row.provider,
                                  .deployment = row.deployment,
                                  .key = row.key,
                                  .model = row.model,
                                  .header = x.head.find(drill_header),
                                  .request_id = x.record.id,
                                  .prefill = x.scan.prefill,
                                  .now = x.s.clock.now()});
}

Task<Result<ports::Stream>> connect_drilled(Exchange& x, const Attempt& a, const core::ActiveDrill& drill,
                                            Instant deadline) {
    const DrillScene scene{drill.fault, drill.id, provider_endpoint(x, a), x.scan.stream};
    if (drill.fault == core::Fault::refused) {
        co_return fail(ErrorCode::connect_refused, "drill " + std::to_string(drill.id) + " refuses the connection");
    }
    if (!core::info_of(drill.fault).in_answer) co_return std::make_unique<DrilledStream>(x.s.clock, scene);
    Result<ports::Stream> provider = co_await x.s.network.connect(a.address->endpoint, deadline);
    if (!provider) co_return provider;
    co_return std::make_unique<DrilledStream>(x.s.clock, scene, std::move(*provider));
}

}  // namespace signalbox::flow
