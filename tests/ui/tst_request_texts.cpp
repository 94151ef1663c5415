// One request in words, spans and code, whatever its record says.
#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QTest>

#include "ui/models/request_details.h"
#include "ui/models/request_text.h"
#include "ui/models/request_timeline.h"
#include "ui/models/snippets.h"

namespace signalbox::ui {
namespace {

v1::Attempt* addAttempt(v1::Request& request, const char* model, const char* deployment, const char* result) {
    auto* attempt = request.add_attempts();
    attempt->set_model(model);
    attempt->set_deployment(deployment);
    attempt->set_result(result);
    return attempt;
}

}  // namespace

class TestRequestTexts : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void routes() {
        v1::Request request;
        QCOMPARE(routeText(request), QStringLiteral("–"));
        addAttempt(request, "gpt-4o", "openai/gpt-4o", "upstream_rate_limited");
        QCOMPARE(routeText(request), QStringLiteral("gpt-4o✕ → ∅"));
        addAttempt(request, "sonnet", "anthropic/sonnet", "ok");
        QCOMPARE(routeText(request), QStringLiteral("gpt-4o✕ → sonnet✓"));
        QCOMPARE(spokenRoute(request), QStringLiteral("gpt-4o failed with upstream_rate_limited, then sonnet served"));
    }

    void aKeptAnswerHadNoRoute() {
        v1::Request request;
        request.set_cached(true);
        request.set_served_model("gpt-4o");
        QCOMPARE(routeText(request), QStringLiteral("gpt-4o✓ from the cache"));
        QCOMPARE(spokenRoute(request), QStringLiteral("gpt-4o answered from the cache"));
    }

    void aRetryStandsTogetherAndTwinsAreNamedInFull() {
        v1::Request retried;
        addAttempt(retried, "gpt-4o", "openai/gpt-4o", "upstream_reset");
        addAttempt(retried, "gpt-4o", "openai/gpt-4o", "ok");
        QCOMPARE(routeText(retried), QStringLiteral("gpt-4o✕✓"));
        v1::Request twins;
        addAttempt(twins, "gpt-4o", "openai/gpt-4o", "upstream_reset");
        addAttempt(twins, "gpt-4o", "azure/gpt-4o", "ok");
        QCOMPARE(routeText(twins), QStringLiteral("openai/gpt-4o✕ → azure/gpt-4o✓"));
    }

    void aHedgeStandsBesideWhatItOvertook() {
        v1::Request request;
        addAttempt(request, "gpt-4o", "openai/gpt-4o", "overtaken");
        addAttempt(request, "gpt-4o", "azure/gpt-4o", "ok")->set_hedge(true);
        QCOMPARE(routeText(request), QStringLiteral("openai/gpt-4o ∥ azure/gpt-4o✓"));
        QCOMPARE(spokenRoute(request), QStringLiteral("gpt-4o was overtaken, then gpt-4o served"));
        request.mutable_attempts(0)->set_result("ok");
        request.mutable_attempts(1)->set_result("overtaken");
        QCOMPARE(routeText(request), QStringLiteral("openai/gpt-4o✓ ∥ azure/gpt-4o"));
    }

    void whyAndTokens() {
        v1::Request request;
        QVERIFY(whyText(request).isEmpty());
        QCOMPARE(tokensText(request), QStringLiteral("–"));
        request.set_override_id(41);
        request.set_why("redirected");
        QCOMPARE(whyText(request), QStringLiteral("override #41"));
        request.set_why("upstream_overloaded");
        QCOMPARE(whyText(request), QStringLiteral("upstream_overloaded"));
        request.set_input_tokens(2140);
        request.set_output_tokens(310);
        QCOMPARE(tokensText(request), QStringLiteral("2.1k+310"));
        request.set_input_tokens(30'400);
        QCOMPARE(tokensText(request), QStringLiteral("30k+310"));
        QCOMPARE(timeText(1'772'375'400'204'000), QStringLiteral("14:30:00.204"));
    }

    void aTimelineOfTwoAttempts() {
        v1::Request request;
        request.set_queue_us(12'000);
        request.set_total_us(500'000);
        auto* first = addAttempt(request, "a", "p/a", "upstream_rate_limited");
        first->set_start_us(12'000);
        first->set_connect_us(3000);
        first->set_headers_us(100'000);
        first->set_total_us(103'000);
        auto* second = addAttempt(request, "b", "q/b", "ok");
        second->set_start_us(200'000);
        second->set_connect_us(0);  // pooled
        second->set_headers_us(50'000);
        second->set_first_token_us(80'000);
        second->set_total_us(300'000);
        const Timeline timeline = timelineOf(request);
        QCOMPARE(timeline.totalUs, 500'000);
        QCOMPARE(timeline.rows.size(), 4U);  // queue, attempt, backoff, attempt
        QCOMPARE(timeline.rows[1].spans.size(), 2U);
        QCOMPARE(timeline.rows[2].spans.front().fromUs, 115'000);
        QCOMPARE(timeline.rows[2].spans.front().toUs, 200'000);
        QCOMPARE(timeline.rows[3].spans.size(), 3U);  // wait, first token, stream: no connect
        QCOMPARE(timeline.rows[3].spans.back().toUs, 500'000);
        TimelineModel table;
        table.update(timeline);
        QCOMPARE(table.rowCount(), 7);
    }

    void aTimelineOfNothing() {
        const Timeline timeline = timelineOf({});
        QVERIFY(timeline.rows.empty());
        QCOMPARE(timeline.totalUs, 1);
    }

    void aTimelineOfNonsense() {
        QRandomGenerator random(3);
        const auto number = [&] { return static_cast<qint64>(random.bounded(2'000'000)) - 1'000'000; };
        for (int round = 0; round < 2000; ++round) {
            v1::Request request;
            request.set_queue_us(number());
            request.set_total_us(number());
            for (int i = 0; i < static_cast<int>(random.bounded(4)); ++i) {
                auto* attempt = addAttempt(request, "m", "p/m", random.bounded(2) == 0 ? "ok" : "stream_cut");
                attempt->set_start_us(number());
                attempt->set_total_us(number());
                if (random.bounded(2) == 0) attempt->set_connect_us(number());
                if (random.bounded(2) == 0) attempt->set_headers_us(number());
                if (random.bounded(2) == 0) attempt->set_first_token_us(number());
            }
            const Timeline timeline = timelineOf(request);
            QVERIFY(timeline.totalUs >= 1);
            for (const auto& row : timeline.rows) {
                qint64 at = 0;
                for (const auto& span : row.spans) {
                    QVERIFY(span.fromUs >= at && span.toUs >= span.fromUs && span.toUs <= timeline.totalUs);
                    at = span.toUs;
                }
            }
        }
    }

    void detailTables() {
        v1::Request request;
        for (const char* verdict : {"chosen", "outranked", "breaker_open"}) {
            auto* candidate = request.add_candidates();
            candidate->set_deployment("p/m");
            candidate->set_verdict(verdict);
            candidate->set_score(0.5);
        }
        addAttempt(request, "m", "p/m", "ok");
        CandidateModel candidates;
        AttemptModel attempts;
        QAbstractItemModelTester first(&candidates);
        QAbstractItemModelTester second(&attempts);
        candidates.update(request);
        attempts.update(request);
        QCOMPARE(candidates.rowCount(), 3);
        QCOMPARE(candidates.index(2, 4).data().toString(), QStringLiteral("–"));
        QCOMPARE(attempts.index(0, 5).data().toString(), QStringLiteral("–"));
        candidates.update({});
        QCOMPARE(candidates.rowCount(), 0);
    }

    void snippetsCannotBreakOut() {
        const QString evil = QStringLiteral("a'; rm -rf ~; \"$(x)\" \\");
        QCOMPARE(shellQuoted(QStringLiteral("it's")), QStringLiteral("'it'\\''s'"));
        const QString url = QStringLiteral("http://127.0.0.1:8080/v1");
        const QString curl = chatSnippet(SnippetLanguage::Curl, url, evil);
        QVERIFY(curl.contains(u"a'\\''; rm"));
        QVERIFY(curl.contains(u"$SIGNALBOX_KEY"));
        for (const auto language : {SnippetLanguage::Python, SnippetLanguage::JavaScript}) {
            const QString code = chatSnippet(language, url, evil);
            QVERIFY(code.contains(u"\\\"$(x)\\\" \\\\\""));
            QVERIFY(code.contains(url));
        }
    }

    void curlOfARequest() {
        v1::Request request;
        request.set_endpoint("/v1/embeddings");
        request.set_requested_model("embed");
        request.set_tags("team=ci");
        const QString curl = curlOf(request, QStringLiteral("http://gw:1/v1"));
        QVERIFY(curl.startsWith(u"curl 'http://gw:1/v1/embeddings'"));
        QVERIFY(curl.contains(u"'x-signalbox-tags: team=ci'"));
        QVERIFY(curl.contains(u"\"model\":\"embed\""));
    }
};

}  // namespace signalbox::ui

QTEST_GUILESS_MAIN(signalbox::ui::TestRequestTexts)
#include "tst_request_texts.moc"
