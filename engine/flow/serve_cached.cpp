// Between the steps 4 and 5, where the configuration wants it: the answer to the same request, byte for byte, that was
// given before. It costs nobody anything, so it is served whatever the account's rates, its budget and the providers
// are like, and is charged to none of them.
#include <algorithm>
#include <array>
#include <charconv>

#include "engine/flow/drill.h"
#include "engine/flow/response_head.h"
#include "engine/flow/steps.h"
#include "engine/protocol/http/writer.h"

namespace signalbox::flow {
namespace {

// What the client's Cache-Control allows.
struct Wish {
    bool read = true;
    bool write = true;
    Nanos max_age = Nanos::max();
};

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

constexpr std::string_view max_age = "max-age=";

// What is not a number of seconds, or more than anything is kept, asks for nothing.
void heed_age(std::string_view seconds, Wish& wish) {
    std::int32_t age = 0;
    const auto [end, problem] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), age);
    const bool whole = problem == std::errc{} && end == seconds.data() + seconds.size() && age >= 0;
    if (whole) wish.max_age = std::chrono::seconds(age);
}

void heed(std::string_view directives, Wish& wish) {
    while (!directives.empty()) {
        const std::size_t comma = std::min(directives.find(','), directives.size());
        const std::string_view one = trimmed(directives.substr(0, comma));
        directives.remove_prefix(std::min(comma + 1, directives.size()));
        const bool no_store = protocol::equal_ignoring_case(one, "no-store");
        if (no_store) wish.write = false;
        if (no_store || protocol::equal_ignoring_case(one, "no-cache")) wish.read = false;
        if (protocol::equal_ignoring_case(one.substr(0, max_age.size()), max_age)) {
            heed_age(one.substr(max_age.size()), wish);
        }
    }
}

Wish wish_of(const protocol::RequestHead& head) {
    Wish wish;
    for (const protocol::Header& header : head.headers()) {
        if (protocol::equal_ignoring_case(header.name, "cache-control")) heed(header.value, wish);
    }
    return wish;
}

void append_number(std::string& out, std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(number >> shift & 0xff);
}

// Its length in front: no two lists of texts run together into the same bytes.
void append_text(std::string& out, std::string_view text) {
    append_number(out, text.size());
    out += text;
}

// Everything the answer depends on: who asks, what and how, and where the request would go now. A changed
// configuration, override or order of an operator is another edition of the rules, so that no old answer hides it.
// Not the user agent and the idempotency key, which are forwarded too: they change from try to try, and no answer.
core::Digest key_of(const Exchange& x) {
    const core::PlanStep& first = x.plan.steps.front();
    std::string route;
    append_number(route, static_cast<std::uint64_t>(x.rules.edition));
    append_number(route, static_cast<std::uint64_t>(x.plan.override_id));
    append_number(route, static_cast<std::uint64_t>(x.endpoint));
    append_text(route, x.record.account);
    append_text(route, first.entry->name);
    append_text(route, first.upstream);
    for (const std::string_view name : {"accept", "openai-beta", "anthropic-beta"}) {
        append_text(route, x.head.find(name));
    }
    const std::array<std::string_view, 2> pieces = {route, x.body};
    return core::sha256(pieces);
}

void describe(Exchange& x, const core::CachedAnswer& answer) {
    ports::RequestRecord& row = x.record;
    row.cached = true;
    row.status = 200;
    row.served_model = answer.model;
    row.served_deployment = answer.deployment;
    row.usage = answer.usage;
    row.first_token_us = row.overhead_us = to_us(x.since_arrival() - x.waited);
}

Task<void> give(Exchange& x, const core::CachedAnswer& answer) {
    describe(x, answer);
    if (answer.streamed && !x.head.understands_chunks) x.must_close = true;  // only closing ends such an answer
    const bool chunked = answer.streamed && x.head.understands_chunks;
    std::string head = cached_head(x, answer);
    if (chunked) protocol::append_chunk_head(head, answer.body.size());
    const std::array<std::string_view, 4> pieces = {head, answer.body, chunked ? protocol::chunk_tail : "",
                                                    chunked ? protocol::last_chunk : ""};
    x.answered = co_await send(x, pieces);
    if (!x.answered) x.record.error = x.record.why = ErrorCode::client_gone;
}

}  // namespace

Task<bool> serve_cached(Exchange& x) {
    const core::CacheRule& rule = x.plan.steps.front().entry->cache;
    // What a provider keeps and goes on from is never the same request twice.
    if (!rule.enabled || x.scan.kept_state) co_return false;
    // Who asks for a drill wants to meet it.
    if (x.rules.drills != nullptr && !x.head.find(drill_header).empty()) co_return false;
    const Wish wish = wish_of(x.head);
    if (!wish.read && !wish.write) co_return false;
    KeptAnswers& kept = x.s.router.answers();
    if (x.body.size() > limits::cached_request_max) {
        kept.note_too_large();
        co_return false;
    }
    auto keeping = std::make_unique<Keeping>(Keeping{key_of(x), rule.ttl, wish.read, {}});
    if (wish.read) {
        const core::CachedAnswerPtr answer = kept.find(keeping->key, wish.max_age, x.s.clock.now());
        if (answer != nullptr) {
            co_await give(x, *answer);
            co_return true;
        }
    }
    x.keeping = std::move(keeping);
    co_return false;
}

void keep_events(Exchange& x, std::string_view events) {
    if (x.keeping == nullptr) return;
    if (x.keeping->events.size() + events.size() > limits::cached_answer_max) {
        x.s.router.answers().note_too_large();
        x.keeping = nullptr;
        return;
    }
    x.keeping->events += events;
}

void keep_answer(Exchange& x, Attempt& a) {
    const std::unique_ptr<Keeping> keeping = std::move(x.keeping);
    // A fallback's answer is good for the request that needed it, not for those to come.
    if (keeping == nullptr || x.fell_back || a.status != 200) return;
    auto answer = std::make_shared<core::CachedAnswer>();
    answer->streamed = a.streaming;
    answer->body = a.streaming ? std::move(keeping->events) : std::move(a.body);
    if (answer->body.size() > limits::cached_answer_max) {
        x.s.router.answers().note_too_large();
        return;
    }
    answer->body.shrink_to_fit();
    answer->content_type = std::move(a.content_type);
    answer->model = x.record.served_model;
    answer->deployment = x.record.served_deployment;
    answer->dropped = std::move(a.dropped);
    answer->usage = x.record.usage;
    answer->made = x.s.clock.now();
    answer->expires = after(answer->made, keeping->ttl);
    x.s.router.answers().store(keeping->key, std::move(answer), core::cache_room(x.config()), x.s.clock.now());
}

}  // namespace signalbox::flow
