// The doctor on the command line: of a gateway, of a file, of two files.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "tests/ui/ctl_test.h"

namespace signalbox::ctl {

class TestSignalboxctlDoctor : public CtlTest {
    Q_OBJECT

    QTemporaryDir m_folder;

    static v1::DoctorResponse finding(const char* severity) {
        v1::DoctorResponse answer;
        v1::Finding* row = answer.add_findings();
        row->set_severity(severity);
        row->set_rule("truncated_inputs");
        row->set_object("pool=ruby");
        row->set_problem("inputs end at 512 tokens");
        row->set_remedy("look at\x1b[31m the clients");
        return answer;
    }
    // Words have no blanks: the folder's name has none.
    QByteArray write(const char* name, const QByteArray& yaml) {
        QFile file(m_folder.filePath(QLatin1String(name)));
        if (!file.open(QIODevice::WriteOnly)) return {};
        file.write(yaml);
        return file.fileName().toUtf8();
    }
    static QByteArray config(const char* key, const char* more = "") {
        return QByteArray(
                   "version: 1\n"
                   "providers:\n"
                   "  - { name: p, base_url: https://p.example/v1, keys: [{ name: k, rpm: 1, value: ") +
               key +
               " }] }\n"
               "  - { name: q, kind: vllm, base_url: http://127.0.0.1:1/v1 }\n"
               "models:\n"
               "  - name: m\n"
               "    deployments:\n"
               "      - { provider: p, model: m, context: 1000" +
               more +
               " }\n"
               "      - { provider: q, model: m, context: 1000, max_in_flight: 1 }\n";
    }

  private Q_SLOTS:
    void init() { m_gateway = {}; }

    void nothingFoundIsWell() {
        m_gateway.will(v1::DoctorResponse());
        run("doctor");
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        QCOMPARE(m_out, QStringLiteral("nothing found\n"));
    }

    void findingsSayWhatToDo() {
        m_gateway.will(finding("warning"));
        run("doctor");
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(m_out.contains(u"warning  pool=ruby: inputs end at 512 tokens  [truncated_inputs]"));
        QVERIFY(m_out.contains(u"→ look at"));
        QVERIFY(!m_out.contains(u'\x1b'));
        QVERIFY(m_out.endsWith(u"1 warning\n"));
    }

    void hintsAloneAreWell() {
        m_gateway.will(finding("hint"));
        run("doctor");
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
    }

    void aFileIsExaminedHere() {
        run("doctor --config " + write("good.yaml", config("abc")));
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
        QVERIFY2(m_out.endsWith(u"1 hint\n"), qPrintable(m_out));
        const QByteArray bad = write("bad.yaml", config("abc", ", retires: 2020-01-01"));
        run("doctor --config " + bad);
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(m_out.startsWith(u"error    p/m: was retired on 2020-01-01  [retired]\n"));
        QVERIFY(m_out.contains(QString::fromUtf8(bad) + QStringLiteral(":8: models[0].deployments[0].retires")));
        QCOMPARE(m_gateway.timesAsked<v1::DoctorRequest>(), 0U);
        run("doctor --json --config " + bad);
        const auto rows = QJsonDocument::fromJson(m_out.toUtf8()).object()[QStringLiteral("findings")].toArray();
        QCOMPARE(rows[0].toObject()[QStringLiteral("line")].toInt(), 8);
    }

    void aFileThatCannotBeUsedIsNotExamined() {
        run("doctor --config " + write("wrong.yaml", "version: 2\n"));
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(m_err.contains(u"wrong.yaml:1: version"));
        QVERIFY(m_out.isEmpty());
        run("doctor --config /no/such/file");
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
    }

    void twoFilesShouldShareNoKey() {
        const QByteArray live = write("live.yaml", config("abc")), dev = write("dev.yaml", config("abc"));
        run("doctor --config " + live + " --against " + dev);
        QCOMPARE(m_exitCode, static_cast<int>(exit_refused));
        QVERIFY(m_out.contains(u"[key_shared]"));
        QVERIFY(!m_out.contains(u"abc"));
        run("doctor --config " + live + " --against " + write("own.yaml", config("xyz")));
        QCOMPARE(m_exitCode, static_cast<int>(exit_ok));
    }
};

}  // namespace signalbox::ctl

QTEST_GUILESS_MAIN(signalbox::ctl::TestSignalboxctlDoctor)
#include "tst_signalboxctl_doctor.moc"
