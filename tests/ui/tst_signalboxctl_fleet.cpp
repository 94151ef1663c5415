// The command line on models, breakers, targets and accounts.
#include <QTest>

#include "tests/ui/ctl_test.h"

namespace signalbox::ctl {

class TestSignalboxctlFleet : public CtlTest {
    Q_OBJECT

  private Q_SLOTS:
    void init() { m_gateway = {}; }

    void aHoldIsALease() {
        v1::ActOnBreakerResponse answer;
        auto* breaker = answer.add_breakers();
        breaker->set_target("openai/gpt-4o#a");
        breaker->set_state(v1::BREAKER_STATE_HELD_OPEN);
        breaker->mutable_hold()->set_expires_unix_us(1'800'000'000);
        m_gateway.will(answer);
        run("breaker hold-open openai/gpt-4o#a --for 30m --reason Bad~output --actor ana");
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        const auto request = m_gateway.asked<v1::ActOnBreakerRequest>();
        QCOMPARE(request.target(), "openai/gpt-4o#a");
        QCOMPARE(request.act(), "hold_open");
        QCOMPARE(request.ttl_seconds(), 1800);
        QCOMPARE(request.reason(), "Bad output");
        QCOMPARE(request.actor(), "ana");
        QCOMPARE(request.source(), "cli");
        QVERIFY(m_out.contains(u"held open until 00:30:00 UTC"));
        QVERIFY(m_out.contains(u"signalboxctl breaker end-hold openai/gpt-4o#a"));
        run("breaker end-hold openai/gpt-4o#a --reason Over");
        QCOMPARE(m_gateway.asked<v1::ActOnBreakerRequest>().act(), "end_hold");
        run("breaker probe openai/gpt-4o --reason Repaired");
        QCOMPARE(m_gateway.asked<v1::ActOnBreakerRequest>().act(), "probe");
        QCOMPARE(m_gateway.asked<v1::ActOnBreakerRequest>().ttl_seconds(), 0);
    }

    void drainAndTakeBack() {
        v1::DrainTargetResponse answer;
        answer.mutable_deployment()->set_name("local/qwen");
        answer.mutable_deployment()->set_draining(true);
        answer.mutable_deployment()->set_in_flight(3);
        m_gateway.will(answer);
        run("drain local/qwen --reason Maintenance");
        QVERIFY(!m_gateway.asked<v1::DrainTargetRequest>().end());
        QCOMPARE(m_gateway.asked<v1::DrainTargetRequest>().reason(), "Maintenance");
        QVERIFY(m_out.contains(u"draining, 3 in flight"));
        QVERIFY(m_out.contains(u"drain local/qwen --end"));
        run("drain local/qwen --end");
        QVERIFY(m_gateway.asked<v1::DrainTargetRequest>().end());
    }

    void accountsSayWhatIsLeft() {
        v1::ListAccountsResponse list;
        auto* account = list.add_accounts();
        account->set_name("team-a");
        account->mutable_requests()->set_per_minute(600);
        account->mutable_requests()->set_available(-12);
        account->mutable_input_tokens()->set_per_minute(500'000);
        account->mutable_input_tokens()->set_burst(64'000);
        account->mutable_input_tokens()->set_available(1'000);
        account->mutable_budget()->set_limit_microusd(50'000'000);
        account->mutable_budget()->set_posted_microusd(12'000'000);
        list.add_accounts();
        m_gateway.will(list);
        run("accounts", 100);
        for (const QString& line : m_out.split(u'\n')) QVERIFY(line.size() <= 100);
        QVERIFY(m_out.contains(u"−12/600"));
        QVERIFY(m_out.contains(u"$12.00 of $50.00"));
        QVERIFY(m_out.contains(u"1\u2009000/64\u2009000"));
        QVERIFY(m_out.contains(u"no limit"));
        QVERIFY(m_out.contains(u"(no key)"));
    }

    void oneBreakerWithItsEvidence() {
        v1::SnapshotResponse snapshot;
        snapshot.set_now_unix_us(100'000'000);
        auto* open = snapshot.add_breakers();
        open->set_target("openai/gpt-4o#a");
        open->set_deployment("openai/gpt-4o");
        open->set_state(v1::BREAKER_STATE_OPEN);
        open->set_wasted(1);
        open->mutable_free_check()->set_verdict("dead");
        open->mutable_free_check()->set_text("POST {} answered 404");
        open->mutable_free_check()->set_next_unix_us(105'000'000);
        open->set_next_probe_unix_us(114'000'000);
        open->add_evidence()->set_request_id("01J9ABCDEFGHJKMNPQRSTVWXYZ");
        m_gateway.will(snapshot);
        for (const char* line : {"breakers openai/gpt-4o#a", "breakers openai/gpt-4o"}) {
            run(line, 100);
            QVERIFY(m_out.contains(u"01J9ABCDEFGHJKMNPQRSTVWXYZ"));
            QVERIFY(m_out.contains(u"POST {} answered 404"));
            QVERIFY(m_out.contains(u"check 00:05"));
            QVERIFY(m_out.contains(u"1 call wasted"));
        }
        run("breakers nothing/like-it");
        QVERIFY(m_out.contains(u"no breaker"));
    }

    void whatIsUnknownIsNoNumber() {
        v1::SnapshotResponse snapshot;
        snapshot.set_now_unix_us(100'000'000);
        auto* model = snapshot.add_models();
        model->set_name("qwen");
        auto* stale = model->add_deployments();
        stale->set_name("edge/qwen");
        stale->mutable_slots()->set_provenance(v1::PROVENANCE_MEASURED);
        stale->mutable_slots()->set_phase(v1::SLOT_PHASE_WARM_BUSY);
        stale->mutable_slots()->set_busy(777);
        stale->mutable_slots()->set_stale(true);
        stale->mutable_slots()->set_seen_unix_us(53'000'000);
        auto* warm = model->add_deployments();
        *warm = *stale;
        warm->set_name("local/qwen");
        warm->mutable_slots()->set_stale(false);
        warm->mutable_slots()->set_busy(3);
        warm->mutable_slots()->set_total(4);
        m_gateway.will(snapshot);
        run("models", 100);
        QVERIFY(!m_out.contains(u"777"));
        QVERIFY(m_out.contains(u"stale 00:47"));
        QVERIFY(m_out.contains(u"3/4"));
        QVERIFY(m_out.contains(u"warm busy"));
        for (const QString& line : m_out.split(u'\n')) QVERIFY(line.size() <= 100);
    }

    void modelsAndBreakers() {
        v1::SnapshotResponse snapshot;
        snapshot.set_now_unix_us(132'000'000);
        auto* model = snapshot.add_models();
        model->set_name("gpt-4o");
        for (const char* name : {"openai/gpt-4o", "azure/gpt-4o"}) model->add_deployments()->set_name(name);
        snapshot.add_models()->set_name("nothing-serves-it");
        auto* open = snapshot.add_breakers();
        open->set_target("openai/gpt-4o#a");
        open->set_state(v1::BREAKER_STATE_OPEN);
        open->set_since_unix_us(1'000'000);
        auto* closed = snapshot.add_breakers();
        closed->set_target("azure/gpt-4o#b");
        closed->set_state(v1::BREAKER_STATE_CLOSED);
        m_gateway.will(snapshot);
        run("models");
        QCOMPARE(m_out.count(u"gpt-4o "), 3);
        QVERIFY(m_out.contains(u"nothing-serves-it"));
        run("breakers");
        QVERIFY(m_out.contains(u"02:11"));
        QVERIFY(!m_out.contains(u"azure"));
        run("breakers --all");
        QVERIFY(m_out.contains(u"azure"));
        open->set_target("somewhere/a-rather-long-upstream-model#key");
        open->set_cause_text(std::string(300, 'x'));
        open->set_served_by(std::string(300, 'y'));
        m_gateway.will(snapshot);
        run("breakers", 100);
        QVERIFY(m_out.contains(u"somewhere/a-rather-long-upstream-model#key"));  // to be copied into the next command
        for (const QString& line : m_out.split(u'\n')) QVERIFY(line.size() <= 100);
    }
};

}  // namespace signalbox::ctl

QTEST_GUILESS_MAIN(signalbox::ctl::TestSignalboxctlFleet)
#include "tst_signalboxctl_fleet.moc"
