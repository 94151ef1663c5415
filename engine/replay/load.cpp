#include "engine/replay/load.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "engine/base/prng.h"
#include "engine/core/config/quantities.h"
#include "engine/replay/bodies.h"

namespace signalbox::replay {
namespace {

constexpr std::int64_t bytes_per_token = 4;

// Of the official SDKs.
constexpr int sdk_retries = 2;
constexpr Nanos sdk_first_pause = 500ms;
constexpr Nanos sdk_longest_pause = 8s;
constexpr Nanos sdk_obeys_up_to = 60s;
constexpr double sdk_jitter = 0.25;

// What the answer asks for; negative: nothing, or nothing that can be read.
Nanos asked_pause(const sim::ClientAnswer& answer) {
    const Result<double> millis = core::parse_number(answer.header("retry-after-ms"));
    if (millis) return std::chrono::duration_cast<Nanos>(std::chrono::duration<double, std::milli>(*millis));
    const Result<double> seconds = core::parse_number(answer.header("retry-after"));
    if (seconds) return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(*seconds));
    return -1ns;
}

bool sdk_would_retry(const sim::ClientAnswer& answer) {
    if (answer.status == 0) return answer.end != sim::ClientEnd::vanished;
    const std::string_view told = answer.header("x-should-retry");
    if (told == "true") return true;
    if (told == "false") return false;
    return answer.status == 408 || answer.status == 409 || answer.status == 429 || answer.status >= 500;
}

bool was_served(const sim::ClientAnswer& answer) {
    const bool streamed = answer.header("content-type").starts_with("text/event-stream");
    return answer.end == sim::ClientEnd::complete && answer.status == 200 && (!streamed || answer.done());
}

std::string code_of(const sim::ClientAnswer& answer) {
    std::string code = error_code_in(answer.events.empty() ? answer.body : answer.events.back());
    if (code != "none") return code;
    return answer.status == 0 ? "no_answer" : fmt::format("status_{}", answer.status);
}

}  // namespace

Loads::Loads(Parts parts, std::vector<LoadSpec> specs, std::uint64_t seed)
    : parts_(std::move(parts)), specs_(std::move(specs)), random_(seed) {
    for (const LoadSpec& spec : specs_) courses_.push_back({spec});
}

void Loads::start() {
    for (Course& course : courses_) {
        if (course.spec.per_second > 0) spawn("load", by_the_clock(course));
        for (int i = 0; i < course.spec.clients; ++i) {
            spawn("load client", one_client(course, course.spec.from + course.spec.ramp * i / course.spec.clients));
        }
    }
}

void Loads::spawn(std::string_view name, ports::Task<void> task) {
    ++under_way_;
    parts_.loop.spawn(name, counted(std::move(task)));
}

ports::Task<void> Loads::counted(ports::Task<void> task) {
    co_await std::move(task);
    --under_way_;
}

ports::Task<void> Loads::pause(Nanos duration) {
    const auto alarm = parts_.loop.make_alarm();
    co_await alarm->wait_until(after(parts_.loop.now(), duration));
}

ports::Task<void> Loads::by_the_clock(Course& course) {
    const double mean = 1e9 / course.spec.per_second;
    Nanos next = course.spec.from;
    for (;;) {
        const double gap = course.spec.even ? mean : -mean * std::log(1 - unit(random_.next()));
        next += Nanos(static_cast<std::int64_t>(gap));
        if (next > course.spec.to) co_return;
        co_await pause(next - now());
        spawn("load request", visit(course));
    }
}

ports::Task<void> Loads::one_client(Course& course, Nanos comes) {
    co_await pause(comes);
    while (now() < course.spec.to && (course.spec.requests == 0 || course.begun < course.spec.requests)) {
        co_await visit(course);
        co_await pause(course.spec.think);
    }
}

ports::Task<void> Loads::visit(Course& course) {
    const LoadSpec& spec = course.spec;
    ++course.begun;
    Visit seen{.began = now()};
    const sim::ClientRequest request = request_of(course);
    for (;;) {
        sim::ClientRequest sending = request;
        if (seen.sends > 0) sending.headers.emplace_back("x-stainless-retry-count", std::to_string(seen.sends));
        ++seen.sends;
        parts_.sent();
        const Nanos sent_at = now();
        const sim::ClientAnswer answer = co_await sim::ask(parts_.network, parts_.loop, std::move(sending));
        parts_.loop.note(static_cast<std::uint64_t>(answer.status) + answer.body.size());
        seen.served = was_served(answer);
        if (answer.first_event >= 0ns) seen.first = sent_at - seen.began + answer.first_event;
        seen.code = seen.served ? "" : code_of(answer);
        seen.retry_after = asked_pause(answer);
        const Nanos again = seen.served || !spec.sdk_retries ? 0ns : sdk_pause(answer, seen.sends);
        if (again == 0ns) break;
        co_await pause(again);
    }
    seen.total = now() - seen.began;
    parts_.visited(spec, seen);
}

Nanos Loads::sdk_pause(const sim::ClientAnswer& answer, int sends) {
    if (sends > sdk_retries || !sdk_would_retry(answer)) return 0ns;
    const Nanos asked = asked_pause(answer);
    if (asked > 0ns && asked <= sdk_obeys_up_to) return asked;
    const Nanos pause = std::min(sdk_first_pause * (1 << (sends - 1)), sdk_longest_pause);
    const double jitter = 1 - sdk_jitter * unit(random_.next());
    return Nanos(static_cast<std::int64_t>(static_cast<double>(pause.count()) * jitter));
}

sim::ClientRequest Loads::request_of(Course& course) {
    const LoadSpec& spec = course.spec;
    const auto span = static_cast<std::uint64_t>(spec.prompt.most - spec.prompt.least) + 1;
    const auto tokens = spec.prompt.least + static_cast<std::int64_t>(below(random_.next(), span));
    RequestText text{.model = spec.model, .tokens = spec.max_tokens, .fallbacks = spec.fallbacks};
    text.stream = spec.stream && spec.shape == core::Shape::chat;
    text.text_bytes = static_cast<std::size_t>(tokens * bytes_per_token);
    sim::ClientRequest request;
    request.to = {parts_.gateway, false, {}};
    request.path = path_of(spec.shape);
    request.headers.emplace_back("user-agent", agent_of(spec));
    if (!spec.account.empty()) request.headers.emplace_back("authorization", "Bearer " + secret_of(spec.account));
    if (!spec.tags.empty()) request.headers.emplace_back("x-signalbox-tags", spec.tags);
    request.patience = spec.patience;
    request.body = body_of(spec.shape, text);
    return request;
}

}  // namespace signalbox::replay
