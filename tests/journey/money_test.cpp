// What an account may spend: holds, posts, budgets, credit, and a ledger that fails.
#include "tests/journey/accounts.h"

namespace signalbox::flow {
namespace {

using ports::Outcome;

core::AccountConfig with_budget(MicroUsd budget) {
    core::AccountConfig ci = account("ci");
    ci.tier = "service";
    ci.budget = budget;
    return ci;
}

// `main` and `spare` cost money, `last` is free.
core::Config spending(MicroUsd budget) {
    core::Config config = with_account(with_budget(budget));
    config.models[2].deployments[0].price.reset();
    config.defaults.queue.per_model = 4;
    return config;
}

std::vector<LedgerEntry> posts(const JourneyFixture& f) {
    std::vector<LedgerEntry> posts;
    for (const LedgerEntry& entry : f.ledger.entries()) {
        if (entry.kind == EntryKind::post) posts.push_back(entry);
    }
    return posts;
}

std::int64_t posted(const JourneyFixture& f) {
    std::int64_t sum = 0;
    for (const LedgerEntry& entry : posts(f)) sum += entry.amount.value;
    return sum;
}

std::int64_t recorded(JourneyFixture& f) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < f.rows(); ++i) sum += f.row(i).cost.value;
    return sum;
}

core::AccountMoney money(const JourneyFixture& f) {
    return view_of(f, "ci").money.value_or(core::AccountMoney{});
}

bool says(const Reply& reply, const std::string& words) {
    return reply.body.find(words) != std::string::npos;
}

TEST(Money, an_answer_is_held_for_while_it_is_under_way_and_posted_once) {
    JourneyFixture f(spending({1'000'000}));
    f.provider(1).next = {chat_stream({"a"}, 1s)};
    (void)f.send(asking_for(1000, true), "/v1/chat/completions", as("ci"));
    f.loop.run_for(100ms);
    EXPECT_GE(money(f).held.value, 2 * 256);
    EXPECT_EQ(money(f).posted.value, 0);
    f.loop.run_for(5s);
    EXPECT_EQ(money(f).held.value, 0);
    EXPECT_EQ(money(f).posted, answer_cost);
    ASSERT_EQ(posts(f).size(), 1u);
    EXPECT_EQ(std::string(posts(f)[0].request_id.data()), f.row().id);
    EXPECT_FALSE(posts(f)[0].estimated);
    EXPECT_EQ(f.row().cost, answer_cost);
}

TEST(Money, the_hold_of_a_long_answer_grows_with_it_and_not_beyond) {
    JourneyFixture f(spending({1'000'000}));
    f.provider(1).next = {tokens(2000, 1ms)};
    (void)f.send(asking_for(2000, true), "/v1/chat/completions", as("ci"));
    f.loop.run_for(1600ms);  // about 1,500 tokens, of which 500 were expected
    EXPECT_GT(money(f).held.value, 2 * 1200);
    EXPECT_LT(money(f).held.value, 2 * 1600);
    f.loop.run_for(5s);
    EXPECT_EQ(money(f).held.value, 0);
    EXPECT_EQ(money(f).posted.value, 10 + 2 * 2000);
}

TEST(Money, every_way_to_end_is_paid_to_the_micro_dollar) {
    JourneyFixture f(spending({10'000'000}));
    const Script whole = chat_answer("x");
    const Script stream = chat_stream({"a", "b", "c", "d"});
    f.provider(1).next = {whole,
                          stream,
                          cut_after(stream, 3, Script::End::reset),  // two words
                          answer(500, "{}"),
                          answer(400, "{}"),
                          cut_after(stream, 3, Script::End::close),
                          whole};
    for (int i = 0; i < 10; ++i) {
        (void)f.send(i % 3 == 0 ? plain : streamed, "/v1/chat/completions", as("ci"));
        f.loop.run_for(10s);
    }
    EXPECT_GT(posted(f), 0);
    EXPECT_EQ(posted(f), recorded(f));
    EXPECT_EQ(posted(f), money(f).posted.value);
    EXPECT_EQ(money(f).held.value, 0);
}

TEST(Money, a_stream_cut_in_the_middle_is_posted_as_estimated) {
    JourneyFixture f(spending({1'000'000}));
    f.provider(1).next = {cut_after(chat_stream({"a", "b", "c"}), 3, Script::End::close)};
    const Reply reply = f.ask(streamed, "/v1/chat/completions", as("ci"));
    EXPECT_TRUE(reply.closed);
    ASSERT_EQ(posts(f).size(), 1u);
    EXPECT_TRUE(posts(f)[0].estimated);
    EXPECT_EQ(posts(f)[0].amount.value, f.row().estimated_input_tokens + 2 * 2);
    EXPECT_EQ(f.row().cost, posts(f)[0].amount);
}

TEST(Money, an_answer_that_outlives_its_hold_is_posted_nevertheless) {
    JourneyFixture f(spending({1'000'000}));
    f.provider(1).next = {chat_stream({"a"}, 5s)};
    (void)f.send(asking_for(1000, true), "/v1/chat/completions", as("ci"));
    f.loop.run_for(1s);
    EXPECT_GT(money(f).held.value, 0);
    f.router.tick({f.loop.now() + 24h, f.loop.wall()});
    EXPECT_EQ(money(f).held.value, 0);
    f.loop.run_for(10s);
    EXPECT_EQ(money(f).posted, answer_cost);
    EXPECT_EQ(posted(f), recorded(f));
}

TEST(Money, a_hold_lasts_as_long_as_its_request_whatever_the_total_of_its_target) {
    core::Config config = spending({1'000'000});
    config.models[1].deadlines.total = 1s;
    config.models[1].deadlines.first_token = 120s;
    JourneyFixture f(config);
    f.provider(1).next = {answer(503, "{}")};
    f.provider(2).next = {answer(503, "{}"), chat_stream({"a"}, 100s)};
    (void)f.send(asking_for(1000, true), "/v1/chat/completions", as("ci"));
    f.loop.run_for(90s);
    f.router.tick({f.loop.now(), f.loop.wall()});
    EXPECT_GT(money(f).held.value, 0);
    f.loop.run_for(30s);
    EXPECT_EQ(f.row().outcome, Outcome::served_fallback);
    EXPECT_EQ(money(f).posted, answer_cost);
    EXPECT_EQ(money(f).held.value, 0);
}

TEST(Money, failed_attempts_cost_nothing_and_the_one_that_served_is_paid) {
    JourneyFixture f(spending({1'000'000}));
    f.provider(1).next = {answer(503, "{}")};
    EXPECT_EQ(f.ask(plain, "/v1/chat/completions", as("ci")).status, 200);
    EXPECT_EQ(f.row().outcome, Outcome::served_fallback);
    EXPECT_EQ(posts(f).size(), 1u);
    EXPECT_EQ(money(f).posted, answer_cost);
    EXPECT_EQ(money(f).held.value, 0);
}

TEST(Money, pictures_are_paid_by_the_piece) {
    core::Config config = spending({1'000'000});
    config.models[0].fallbacks.clear();
    config.models[1].shape = core::Shape::image;
    config.models[1].deployments[0].price = core::Price{{}, {}, {}, {40'000}};
    JourneyFixture f(config);
    Script two = answer(200, R"({"created":1,"data":[{"b64_json":"AA"},{"b64_json":"AA"}]})");
    two.parts[0].pause = 1s;
    f.provider(2).next = {two};
    (void)f.send(R"({"model":"spare","prompt":"x","n":2})", "/v1/images/generations", as("ci"));
    f.loop.run_for(100ms);
    EXPECT_EQ(money(f).held.value, 40'000);
    f.loop.run_for(5s);
    EXPECT_EQ(f.row().cost.value, 80'000);
    EXPECT_EQ(posted(f), 80'000);
    EXPECT_EQ(money(f).held.value, 0);
    EXPECT_FALSE(posts(f)[0].estimated);
}

TEST(Money, a_budget_that_is_used_up_refuses_until_its_window_ends_and_free_models_go_on) {
    core::Config config = spending({30});
    config.accounts[0].budget_per = 1h;
    JourneyFixture f(config);
    const auto first = f.send(asking_for(5), "/v1/chat/completions", as("ci"));
    f.loop.run_for(10s);
    EXPECT_EQ(first->status, 200);
    const auto second = f.send(asking_for(5), "/v1/chat/completions", as("ci"));
    const auto free = f.send(asking_for(5, false, "last"), "/v1/chat/completions", as("ci"));
    f.loop.run_for(10s);
    EXPECT_EQ(second->status, 429);
    EXPECT_TRUE(says(*second, R"("code":"budget_exhausted")")) << second->body;
    EXPECT_TRUE(says(*second, R"("type":"insufficient_quota")"));
    EXPECT_TRUE(says(*second, R"("stage":"budget")"));
    EXPECT_FALSE(says(*second, "shed_while_idle"));
    EXPECT_EQ(second->header("x-should-retry"), "false");  // within SDKs' patience nothing changes
    EXPECT_EQ(free->status, 200);
    EXPECT_EQ(money(f).posted, answer_cost);
    f.loop.run_for(1h);
    EXPECT_EQ(f.ask(asking_for(5), "/v1/chat/completions", as("ci")).status, 200);
}

TEST(Money, who_cannot_pay_any_more_is_served_by_a_free_fallback) {
    core::Config config = spending({30});
    config.models[0].fallbacks = {"spare", "last"};
    JourneyFixture f(config);
    EXPECT_EQ(f.ask(asking_for(5), "/v1/chat/completions", as("ci")).status, 200);
    EXPECT_EQ(f.row().outcome, Outcome::served);
    EXPECT_EQ(f.ask(asking_for(5), "/v1/chat/completions", as("ci")).status, 200);
    const auto row = f.row();
    EXPECT_EQ(row.outcome, Outcome::served_fallback);
    EXPECT_EQ(row.served_model, "last");
    EXPECT_EQ(row.why, ErrorCode::budget_exhausted);
    EXPECT_EQ(row.why_detail, "p1/m");
    ASSERT_EQ(row.candidates.size(), 3u);
    EXPECT_EQ(row.candidates[0].verdict, "no_credit");
    EXPECT_EQ(row.candidates[1].verdict, "no_credit");
    EXPECT_EQ(row.candidates[2].verdict, "chosen");
    EXPECT_EQ(f.in_flight(), 0);
    EXPECT_EQ(money(f).held.value, 0);
    EXPECT_EQ(posted(f), recorded(f));
}

TEST(Money, what_costs_and_fails_to_be_held_for_is_replaced_by_what_is_free_while_the_ledger_is_down) {
    core::Config config = spending({1'000'000});
    config.models[0].fallbacks = {"last"};
    JourneyFixture f(config, 1, JourneyFixture::Books::by_hand);
    f.ledger.set_failure("disk full");
    f.ledger.commit();
    f.loop.run_for(10ms);
    EXPECT_EQ(f.ask(plain, "/v1/chat/completions", as("ci")).status, 200);
    EXPECT_EQ(f.row().served_model, "last");
    EXPECT_EQ(f.row().why, ErrorCode::ledger_unavailable);
}

TEST(Money, an_account_without_a_budget_is_only_recorded) {
    core::Config config = spending({1});
    config.accounts[0].budget.reset();
    JourneyFixture f(config);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(f.ask(plain, "/v1/chat/completions", as("ci")).status, 200);
    EXPECT_EQ(money(f).posted, MicroUsd{3 * answer_cost.value});
    EXPECT_EQ(posted(f), 3 * answer_cost.value);
}

// Sixteen times what the queue of the model would take.
TEST(Money, waiting_for_credit_is_invisible) {
    JourneyFixture f(spending({10'000'000}));
    std::vector<std::shared_ptr<Reply>> replies;
    for (int i = 0; i < 64; ++i) replies.push_back(f.send(asking_for(8192), "/v1/chat/completions", as("ci")));
    f.loop.run_for(10s);
    for (const auto& reply : replies) EXPECT_EQ(reply->status, 200) << reply->body;
    EXPECT_EQ(posted(f), 64 * answer_cost.value);
    EXPECT_EQ(money(f).held.value, 0);
}

TEST(Money, who_waits_for_credit_is_in_nobodys_way) {
    core::Config config = spending({1'000'000});
    config.accounts.push_back(account("web"));  // without a budget
    JourneyFixture f(config, 1, JourneyFixture::Books::by_hand);
    const auto waits = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(1s);
    EXPECT_EQ(waits->status, 0);
    const auto of_web = f.send(plain, "/v1/chat/completions", as("web"));
    const auto of_nobody = f.send(plain);
    f.loop.run_for(1s);
    EXPECT_EQ(of_web->status, 200);
    EXPECT_EQ(of_nobody->status, 200);
    EXPECT_EQ(f.in_flight(), 0);
    f.ledger.commit();
    f.loop.run_for(1s);
    EXPECT_EQ(waits->status, 200);
}

TEST(Money, credit_that_never_comes_ends_with_the_patience_of_the_request) {
    JourneyFixture f(spending({1'000'000}), 1, JourneyFixture::Books::by_hand);
    const auto waits = f.send(plain, "/v1/chat/completions", as("ci") + "x-signalbox-deadline-ms: 1000\r\n");
    f.loop.run_for(2s);
    EXPECT_EQ(waits->status, 503);
    EXPECT_TRUE(says(*waits, R"("code":"ledger_unavailable")")) << waits->body;
    EXPECT_TRUE(says(*waits, R"("stage":"ledger")"));
    f.ledger.commit();
    EXPECT_EQ(money(f).held.value, 0);
}

TEST(Money, a_ledger_that_fails_is_noticed_when_the_credit_is_used_up_and_stops_only_what_costs) {
    core::Config config = spending({1'000'000});
    config.accounts.push_back(account("web"));
    JourneyFixture f(config);
    f.loop.run_for(100ms);
    const std::int64_t credit = money(f).leased.value;
    ASSERT_GT(credit, 0);
    f.ledger.set_failure("disk full");
    f.loop.run_for(100ms);
    f.provider(1).next = {answer(200, R"({"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],)"
                                      R"("usage":{"prompt_tokens":10,"completion_tokens":5000}})")};
    std::int64_t spent = 0;
    std::shared_ptr<Reply> last;
    for (int i = 0; i < 200 && (last == nullptr || last->status == 200); ++i) {
        last = f.send(asking_for(5000), "/v1/chat/completions", as("ci"));
        f.loop.run_for(1s);
        spent += f.row().cost.value;
    }
    EXPECT_EQ(last->status, 503);
    EXPECT_TRUE(says(*last, R"("code":"ledger_unavailable")")) << last->body;
    EXPECT_TRUE(says(*last, R"("stage":"ledger")"));
    EXPECT_GE(spent, credit * 8 / 10);
    EXPECT_LE(spent, 1'000'000);
    EXPECT_EQ(f.row().outcome, Outcome::shed);
    EXPECT_EQ(f.row().error, ErrorCode::ledger_unavailable);

    const auto free = f.send(asking_for(5, false, "last"), "/v1/chat/completions", as("ci"));
    const auto of_web = f.send(plain, "/v1/chat/completions", as("web"));
    const auto of_nobody = f.send(plain);
    f.loop.run_for(5s);
    EXPECT_EQ(free->status, 200);
    EXPECT_EQ(of_web->status, 200);
    EXPECT_EQ(of_nobody->status, 200);
}

TEST(Money, a_failure_wakes_whoever_waits_for_credit) {
    JourneyFixture f(spending({1'000'000}), 1, JourneyFixture::Books::by_hand);
    const auto waits = f.send(plain, "/v1/chat/completions", as("ci"));
    f.loop.run_for(1s);
    f.ledger.set_failure("disk full");
    f.ledger.commit();
    f.loop.run_for(10ms);
    EXPECT_EQ(waits->status, 503);
}

}  // namespace
}  // namespace signalbox::flow
