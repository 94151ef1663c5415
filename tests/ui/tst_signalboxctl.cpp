// The command line: what it asks the gateway, what it writes, how it ends.
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryFile>
#include <QTest>

#include "tests/ui/ctl_test.h"

namespace signalbox::ctl {

class TestSignalboxctl : public CtlTest {
    Q_OBJECT

    static v1::Request servedByFallback() {
        v1::Request request;
        request.set_id("01J9ABCDEFGHJKMNPQRSTVWXYZ");
        request.set_time_unix_us(1'772'375'400'000'000);
        request.set_outcome("served_fallback");
        request.set_status(200);
        request.set_why("upstream_rate_limited");
        request.set_requested_model("gpt-4o");
        request.set_total_us(2'114'000);
        for (const auto& [model, result] : {std::pair{"gpt-4o", "upstream_rate_limited"}, {"sonnet", "ok"}}) {
            v1::Attempt* attempt = request.add_attempts();
            attempt->set_model(model);
            attempt->set_deployment(std::string("p/") + model);
            attempt->set_result(result);
        }
        return request;
    }

  private Q_SLOTS:
    void init() {
        qunsetenv("SIGNALBOX_GATEWAY");
        m_gateway = {};
        v1::CreateOverrideResponse created;
        created.mutable_override()->set_id(41);
        m_gateway.will(created);
    }

    void misuse_data() {
        QTest::addColumn<QString>("line");
        for (const char* line : {"",
                                 "fly",
                                 "show",
                                 "show a b",
                                 "status extra",
                                 "status --follow",
                                 "status --nonsense",
                                 "status --gateway x:y",
                                 "status --gateway ftp://host",
                                 "status --token-env NO_SUCH_VARIABLE_HERE",
                                 "requests colour:red",
                                 "requests --limit 0",
                                 "replay no-such-scenario",
                                 "replay fast-404 --seed 0",
                                 "doctor file",
                                 "doctor --against file",
                                 "requests --limit many",
                                 "requests --follow --limit 5",
                                 "redirect a",
                                 "redirect a b",
                                 "redirect a b --for 30m",
                                 "redirect a b --for 30 --reason x",
                                 "redirect a b --for 0s --reason x",
                                 "redirect a b --for 30m --reason ~",
                                 "redirect a b --for 30m --reason x --share 101",
                                 "redirect a b --for 30m --reason x --scope everyone",
                                 "redirect a b --for 30m --reason x --scope tag:k",
                                 "end x",
                                 "end 0",
                                 "extend 1",
                                 "extend 1 --by soon",
                                 "explain m --body /no/such/file",
                                 "config",
                                 "config check /no/such/file",
                                 "breaker",
                                 "breaker hold-open x",
                                 "breaker hold-open x --for 30m",
                                 "breaker hold-open x --reason y",
                                 "breaker hold-closed x --for 0s --reason y",
                                 "breaker reset x",
                                 "breaker probe x --for 30m --reason y",
                                 "breaker open x --reason y",
                                 "drain",
                                 "drain x",
                                 "warm",
                                 "warm x",
                                 "accounts ana",
                                 "drill",
                                 "drill start x",
                                 "drill start x cut",
                                 "drill start x cut --reason ~",
                                 "drill start x cut --reason y --for soon",
                                 "drill start x cut --reason y --share 101",
                                 "drill start x cut --reason y --share 10 --header-only",
                                 "drill stop",
                                 "drill stop x",
                                 "drill run meteor main",
                                 "drill run cut --all",
                                 "drill run cut --seed 0",
                                 "audit --limit -1"}) {
            QTest::newRow(line) << QString::fromUtf8(line);
        }
    }
    void misuse() {
        QFETCH(QString, line);
        run(line.toUtf8().constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_usage));
        QVERIFY(!m_err.isEmpty());
        QCOMPARE(m_gateway.timesAsked<v1::CreateOverrideRequest>(), 0U);
        QCOMPARE(m_gateway.timesAsked<v1::ActOnBreakerRequest>(), 0U);
        QCOMPARE(m_gateway.timesAsked<v1::DrainTargetRequest>(), 0U);
        QCOMPARE(m_gateway.timesAsked<v1::StartDrillRequest>(), 0U);
    }

    void helpNamesEveryCommand() {
        run("--help");
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        for (const Command& command : commands()) QVERIFY(m_err.contains(QLatin1String(command.name)));
    }

    void everyOptionOfACommandExists() {
        for (const Command& command : commands()) {
            for (const QString& name : QString::fromLatin1(command.options).split(u' ', Qt::SkipEmptyParts)) {
                const bool known = std::ranges::any_of(command_options(),
                                                       [&](const Option& o) { return name == QLatin1String(o.name); });
                QVERIFY2(known, command.name);
            }
        }
    }

    void whereTheGatewayIs() {
        QCOMPARE(read_command_line({QStringLiteral("status")})->gateway, QUrl(QStringLiteral("http://127.0.0.1:8081")));
        qputenv("SIGNALBOX_GATEWAY", "http://gw:1");
        qputenv("MY_TOKEN", "secret");
        const auto invocation = read_command_line({QStringLiteral("--token-env"), QStringLiteral("MY_TOKEN"),
                                                   QStringLiteral("status"), QStringLiteral("--json")});
        QCOMPARE(invocation->gateway, QUrl(QStringLiteral("http://gw:1")));
        QCOMPARE(invocation->token, "secret");
        QVERIFY(invocation->arguments.json);
        const auto given =
            read_command_line({QStringLiteral("status"), QStringLiteral("--gateway"), QStringLiteral("https://other")});
        QCOMPARE(given->gateway, QUrl(QStringLiteral("https://other")));
    }

    void redirectAsksForTheLease() {
        run("redirect gpt-4o claude --for 30m --reason Provider~outage --share 50 --scope tag:team=ci --actor ana");
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        const auto request = m_gateway.asked<v1::CreateOverrideRequest>();
        QCOMPARE(request.from(), "gpt-4o");
        QCOMPARE(request.to(), "claude");
        QCOMPARE(request.ttl_seconds(), 1800);
        QCOMPARE(request.reason(), "Provider outage");
        QCOMPARE(request.share_percent(), 50);
        QCOMPARE(request.scope_tag(), "team=ci");
        QVERIFY(request.scope_account().empty());
        QCOMPARE(request.actor(), "ana");
        QCOMPARE(request.source(), "cli");
        QVERIFY(!request.idempotency_key().empty());
        QVERIFY(m_out.contains(u"signalboxctl end 41"));
    }

    void twoRedirectsAreTwo() {
        run("redirect a b --for 30m --reason x");
        const auto first = m_gateway.asked<v1::CreateOverrideRequest>();
        QVERIFY(QString::fromStdString(first.actor()).contains(u'@'));
        run("redirect a b --for 30m --reason x");
        QVERIFY(first.idempotency_key() != m_gateway.asked<v1::CreateOverrideRequest>().idempotency_key());
    }

    void endAndExtend() {
        m_gateway.will(v1::EndOverrideResponse());
        m_gateway.will(v1::ExtendOverrideResponse());
        run("end #41");
        QCOMPARE(m_gateway.asked<v1::EndOverrideRequest>().id(), 41);
        run("extend 41 --by 15m");
        QCOMPARE(m_gateway.asked<v1::ExtendOverrideRequest>().by_seconds(), 900);
    }

    void aRefusalPrintsItsCode() {
        m_gateway.willRefuse({ErrorCode::conflict, "gpt-4o is redirected already", 7});
        run("redirect a b --for 30m --reason x");
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(m_err.contains(u"conflict"));
        QVERIFY(m_err.contains(u"#7"));
        QVERIFY(m_out.isEmpty());
    }

    void noGatewayIsAnotherExitCode() {
        m_gateway.willRefuse({ErrorCode::connect_refused, "no", 0});
        for (const char* line : {"status", "models", "requests", "show x", "audit", "config show", "overrides",
                                 "accounts", "breaker reset x --reason y", "drain x --end", "warm x --reason y"}) {
            run(line);
            QCOMPARE(m_exitCode, static_cast<int>(exit_unreachable));
        }
    }

    void jsonIsOneDocumentEverywhere() {
        m_gateway.will(v1::InfoResponse());
        m_gateway.will(v1::SnapshotResponse());
        m_gateway.will(v1::QueryRequestsResponse());
        m_gateway.will(v1::GetRequestResponse());
        m_gateway.will(v1::ExplainResponse());
        m_gateway.will(v1::ListOverridesResponse());
        m_gateway.will(v1::EndOverrideResponse());
        m_gateway.will(v1::ExtendOverrideResponse());
        m_gateway.will(v1::GetConfigResponse());
        m_gateway.will(v1::CheckConfigResponse());
        m_gateway.will(v1::DoctorResponse());
        m_gateway.will(v1::ListAuditResponse());
        m_gateway.will(v1::ListEventsResponse());
        m_gateway.will(v1::ActOnBreakerResponse());
        m_gateway.will(v1::DrainTargetResponse());
        m_gateway.will(v1::WarmTargetResponse());
        m_gateway.will(v1::ListAccountsResponse());
        m_gateway.will(v1::StartDrillResponse());
        m_gateway.will(v1::StopDrillResponse());
        m_gateway.will(v1::ListDrillsResponse());
        QTemporaryFile file;
        QVERIFY(file.open());
        const QByteArray check = "config check " + file.fileName().toUtf8() + " --json";
        for (const char* line : {"status --json",
                                 "--json models",
                                 "breakers --json",
                                 "requests --json",
                                 "show x --json",
                                 "explain m --json",
                                 "redirect a b --for 1m --reason x --json",
                                 "overrides --json",
                                 "end 1 --json",
                                 "extend 1 --by 1m --json",
                                 "config show --json",
                                 check.constData(),
                                 "audit --json",
                                 "events --json",
                                 "breaker hold-open x --for 1h --reason y --json",
                                 "breaker probe x --reason y --json",
                                 "drain x --end --json",
                                 "warm x --reason y --json",
                                 "accounts --json",
                                 "doctor --json",
                                 "drill start x cut --reason y --json",
                                 "drill stop 1 --json",
                                 "drill list --json"}) {
            run(line);
            QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
            QVERIFY2(QJsonDocument::fromJson(m_out.toUtf8()).isObject(), line);
        }
    }

    void requestsPassTheFilterOn() {
        v1::QueryRequestsResponse page;
        *page.add_requests() = servedByFallback();
        page.set_next_cursor("more");
        m_gateway.will(page);
        run("requests outcome:failed requested:gpt* --limit 5");
        const auto request = m_gateway.asked<v1::QueryRequestsRequest>();
        QCOMPARE(request.limit(), 5);
        QCOMPARE(request.filter().outcomes(0), "failed");
        QCOMPARE(request.filter().requested(0), "gpt*");
        QVERIFY(m_out.contains(u"01J9ABCDEFGHJKMNPQRSTVWXYZ"));
        QVERIFY(m_out.contains(u"gpt-4o✕ → sonnet✓"));
        QVERIFY(m_err.contains(u"--limit"));
    }

    void followWritesLinesUntilTheStreamEnds() {
        run("requests fallback:yes --follow --json");
        QCOMPARE(m_exitCode, -1);
        QVERIFY(m_gateway.asked<v1::TailRequestsRequest>().filter().fallback());
        v1::TailRequestsResponse live;
        *live.add_requests() = servedByFallback();
        *live.add_requests() = servedByFallback();
        live.set_dropped(3);
        m_gateway.sink.next(live);
        const QStringList lines = m_out.split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 2);
        for (const QString& line : lines) QVERIFY(QJsonDocument::fromJson(line.toUtf8()).isObject());
        QVERIFY(m_err.contains(u'3'));
        m_gateway.sink.ended({ErrorCode::io_closed, "gone", 0});
        QCOMPARE(m_exitCode, static_cast<int>(exit_unreachable));
    }

    void linesFitTheTerminal() {
        v1::QueryRequestsResponse page;
        v1::Request request = servedByFallback();
        request.mutable_attempts(0)->set_model(std::string(300, 'x'));
        *page.add_requests() = request;
        m_gateway.will(page);
        run("requests", 120);
        for (const QString& line : m_out.split(u'\n')) QVERIFY(line.size() <= 120);
        QVERIFY(m_out.contains(u"01J9ABCDEFGHJKMNPQRSTVWXYZ"));
    }

    void strangersCannotDriveTheTerminal() {
        v1::GetRequestResponse answer;
        *answer.mutable_request() = servedByFallback();
        answer.mutable_request()->set_why_detail("\x1b]0;owned\x07 \x1b[2J");
        answer.mutable_request()->mutable_attempts(0)->set_detail("\x1b[31m\nred");
        m_gateway.will(answer);
        run("show x");
        QVERIFY(!m_out.contains(QChar(0x1b)));
        QVERIFY(!m_out.contains(QChar(0x07)));
        QVERIFY(m_out.contains(u"owned"));
    }

    void faultsOfAConfigurationAreARefusal() {
        v1::CheckConfigResponse answer;
        auto* fault = answer.add_faults();
        fault->set_line(3);
        fault->set_field("models[0].name");
        fault->set_problem("is empty");
        m_gateway.will(answer);
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("version: 1\n");
        file.flush();
        run(("config check " + file.fileName().toUtf8()).constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QCOMPARE(m_gateway.asked<v1::CheckConfigRequest>().yaml(), "version: 1\n");
        QVERIFY(m_out.contains(u":3: models[0].name: is empty"));
    }

    void diffWritesTheChangesAndNothingElse() {
        QTemporaryFile file;
        QVERIFY(file.open());
        const QByteArray line = "config diff " + file.fileName().toUtf8();
        v1::CheckConfigResponse answer;
        answer.add_without_effect("otlp.endpoint");
        m_gateway.will(answer);
        run(line.constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        QCOMPARE(m_out, QStringLiteral("no change\n"));
        answer.add_changes("defaults.attempts: 4 → 2");
        m_gateway.will(answer);
        run(line.constData());
        QCOMPARE(m_out, QStringLiteral("defaults.attempts: 4 → 2\n"));
        answer.clear_changes();
        answer.add_faults()->set_problem("is empty");
        m_gateway.will(answer);
        run(line.constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(!m_out.contains(u"no change"));
    }

    void oneIsNotMany() {
        v1::SnapshotResponse snapshot;
        snapshot.mutable_totals()->set_open_breakers(1);
        m_gateway.will(v1::InfoResponse());
        m_gateway.will(snapshot);
        run("status");
        QVERIFY(m_out.contains(u"1 breaker open, 0 half-open · 0 overrides"));
    }

    void drillsAreStartedListedAndStopped() {
        v1::StartDrillResponse started;
        v1::Drill& drill = *started.mutable_drill();
        drill.set_id(3);
        drill.set_target("openai");
        drill.set_fault("server_error");
        drill.set_share_percent(5);
        drill.set_expires_unix_us(1'772'375'400'000'000);
        m_gateway.will(started);
        run("drill start openai server_error --for 5m --share 5 --reason game~day --actor ana");
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        const auto request = m_gateway.asked<v1::StartDrillRequest>();
        QCOMPARE(request.target(), "openai");
        QCOMPARE(request.fault(), "server_error");
        QCOMPARE(request.ttl_seconds(), 300);
        QCOMPARE(request.share_percent(), 5);
        QCOMPARE(request.reason(), "game day");
        QCOMPARE(request.actor(), "ana");
        QVERIFY(!request.header_only());
        QVERIFY(!request.idempotency_key().empty());
        QVERIFY(m_out.contains(u"signalboxctl drill stop 3"));
        run("drill start openai cut --header-only --reason x");
        QVERIFY(m_gateway.asked<v1::StartDrillRequest>().header_only());
        QCOMPARE(m_gateway.asked<v1::StartDrillRequest>().ttl_seconds(), 0);  // the gateway's own default

        v1::ListDrillsResponse list;
        *list.add_drills() = drill;
        m_gateway.will(list);
        run("drill list");
        QVERIFY(m_gateway.asked<v1::ListDrillsRequest>().active_only());
        QVERIFY(m_out.contains(u"5 % of the requests"));
        v1::StopDrillResponse stopped;
        drill.set_ended_unix_us(1'772'375'300'000'000);
        drill.set_ended_by("ana");
        *stopped.mutable_drill() = drill;
        m_gateway.will(stopped);
        run("drill stop #3");
        QCOMPARE(m_gateway.asked<v1::StopDrillRequest>().id(), 3);
        QVERIFY(m_out.contains(u"ended by ana"));
        m_gateway.willRefuse({ErrorCode::conflict, "drill 3 already plays it", 3});
        run("drill start openai cut --reason x");
        QVERIFY(m_err.contains(u"signalboxctl drill stop 3"));
    }

    void drillFaultsIsTheCatalogue() {
        run("drill faults");
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        for (const char* word : {"refused", "server_error", "odd_framing"})
            QVERIFY(m_out.contains(QLatin1String(word)));
        QVERIFY(!m_out.contains(u"status "));
    }

    void drillRunNeedsNeitherAGatewayNorSecrets() {
        QTemporaryFile file;
        QVERIFY(file.open());
        const QByteArray provider =
            "  - { name: %, kind: openai, base_url: https://api.example.com/v1,"
            " keys: [{ name: only, value: env.SURELY_NOT_SET_% }] }\n";
        const auto write = [&](const QByteArray& fallbacks) {
            file.resize(0);
            file.seek(0);
            file.write("version: 1\nproviders:\n" + QByteArray(provider).replace('%', "P1") +
                       QByteArray(provider).replace('%', "P2") +
                       "models:\n  - { name: main, deployments: [{ provider: P1, model: m }], fallbacks: [" +
                       fallbacks + "] }\n  - { name: spare, deployments: [{ provider: P2, model: s }] }\n");
            file.flush();
        };
        const QByteArray config = " --config " + file.fileName().toUtf8();
        write("spare");
        run(("drill run --all main --json" + config).constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        const QJsonObject board = QJsonDocument::fromJson(m_out.toUtf8()).object();
        QVERIFY(board.value(QLatin1String("passed")).toBool());
        run(("drill run server_error main" + config).constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        QVERIFY(m_out.contains(u"2 of 2 pass"));
        write("");
        run(("drill run server_error main" + config).constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(m_out.contains(u"single point of failure"));
        run(("drill run nobody" + config).constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_usage));
        write("nowhere");
        run(("drill run --all" + config).constData());
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(m_err.contains(u"fallbacks[0]"));
    }

    void replaysAScenarioAndFailsWithItsBars() {
        QTemporaryFile file;
        QVERIFY(file.open());
        const auto play = [&](const char* bar) {
            file.resize(0);
            file.seek(0);
            file.write(
                "# name: tiny\n# description: d\n# group: g\nprovider p1 tokens=3\nmodel main p1/x\n"
                "load users model=main rate=60/m to=10s\nreport users.requests\n");
            file.write(bar);
            file.flush();
            run(("replay " + file.fileName().toUtf8() + " --json").constData());
        };
        play("bar users.failures = 0\n");
        QCOMPARE(m_exitCode, int(exit_ok));
        const QJsonObject result = QJsonDocument::fromJson(m_out.toUtf8()).object();
        QCOMPARE(result.value(QLatin1String("scenario")).toString(), QStringLiteral("tiny"));
        QVERIFY(result.value(QLatin1String("passed")).toBool());
        play("bar users.failures >= 1\n");
        QCOMPARE(m_exitCode, int(exit_refused));
        play("bar users.happiness >= 1\n");
        QCOMPARE(m_exitCode, int(exit_refused));
        run("replay");
        QCOMPARE(m_exitCode, int(exit_ok));
        QVERIFY(m_out.contains(QLatin1String("burst-matrix")));
    }
};

}  // namespace signalbox::ctl

QTEST_GUILESS_MAIN(signalbox::ctl::TestSignalboxctl)
#include "tst_signalboxctl.moc"
