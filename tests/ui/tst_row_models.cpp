#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

#include "tests/ui/fake_gateway.h"
#include "ui/models/audit_model.h"
#include "ui/models/breaker_model.h"
#include "ui/models/fleet_model.h"
#include "ui/models/models_model.h"
#include "ui/models/override_model.h"

using namespace signalbox::ui;

namespace {

class Numbers : public RowModel {
  public:
    Numbers()
        : RowModel(
              {{QStringLiteral("n"), QStringLiteral("N"), 50, true}, {QStringLiteral("v"), QStringLiteral("V"), 50}}) {}
    void show(const QList<int>& ids, int salt = 0) {
        std::vector<Row> rows;
        for (const int id : ids) {
            Cell number{QString::number(id)};
            number.key = id;
            Cell value = (id + salt) % 3 == 0 ? Cell{QStringLiteral("–")} : Cell{QString::number(id + salt)};
            if (value.text != QStringLiteral("–")) value.key = id + salt;
            rows.push_back({QString::number(id), {number, value}});
        }
        setRows(std::move(rows));
    }
    QList<int> shown() const {
        QList<int> ids;
        for (int row = 0; row < rowCount(); ++row) ids << idAt(row).toInt();
        return ids;
    }
};

QList<int> someNumbers(QRandomGenerator& random) {
    QList<int> ids;
    for (int id = 0; id < 40; ++id) {
        if (random.bounded(2) == 1) ids << id;
    }
    std::shuffle(ids.begin(), ids.end(), random);
    return ids;
}

// A source that has the script's fleet.
struct Stage {
    FakeGateway* gateway;
    Source source;
    explicit Stage(std::unique_ptr<FakeGateway> fake = std::make_unique<FakeGateway>())
        : gateway(fake.get()), source(std::move(fake)) {
        source.start();
        [&] { QTRY_VERIFY(source.hasSnapshot()); }();
    }
    void publish() {
        const auto next = gateway->fleet.sequence() + 1;
        gateway->publish();
        [&] { QTRY_COMPARE(source.snapshot()->sequence(), next); }();
    }
};

// Every cell says something to a screen reader, and no state is a colour alone.
void checkCells(const RowModel& model) {
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column) {
            const auto index = model.index(row, column);
            QVERIFY(!index.data(Qt::AccessibleTextRole).toString().isEmpty());
            const bool drawn = index.data(SparkRole).isValid() || index.data(ActionRole).isValid();
            QVERIFY2(drawn || !index.data().toString().isEmpty(),
                     qPrintable(model.headerData(column, Qt::Horizontal).toString()));
        }
    }
}

}  // namespace

class TestRowModels : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void survivesRandomChanges() {
        Numbers model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        QRandomGenerator random(7);
        for (int round = 0; round < 200; ++round) {
            const auto wanted = someNumbers(random);
            model.show(wanted, round);
            QCOMPARE(model.shown(), wanted);
        }
        QCOMPARE(resets.size(), 0);
    }

    void sortsMissingValuesLastBothWays() {
        Numbers model;
        model.show({3, 1, 2, 0, 4});
        model.sort(1, Qt::AscendingOrder);
        QCOMPARE(model.shown(), (QList<int>{1, 2, 4, 3, 0}));
        model.sort(1, Qt::DescendingOrder);
        QCOMPARE(model.shown(), (QList<int>{4, 2, 1, 3, 0}));
        model.sort(-1);
        QCOMPARE(model.shown(), (QList<int>{3, 1, 2, 0, 4}));
    }

    void keepsTheSelectionWhileRowsMove() {
        Numbers model;
        model.show({1, 2, 3, 4});
        QItemSelectionModel selection(&model);
        selection.select(model.index(2, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        for (const auto& wanted : {QList<int>{3, 1, 2, 4}, QList<int>{9, 8, 1, 3}, QList<int>{3}}) {
            model.show(wanted);
            QCOMPARE(selection.selectedRows().size(), 1);
            QCOMPARE(selection.selectedRows().first().data(IdRole).toString(), QStringLiteral("3"));
        }
    }

    void holdsTheOrderWhileFrozen() {
        Numbers model;
        model.show({1, 2, 3});
        model.setFrozen(true);
        model.show({4, 3, 2, 1});
        QCOMPARE(model.shown(), (QList<int>{1, 2, 3, 4}));
        QVERIFY(model.displaced() > 0);
        model.setFrozen(false);
        QCOMPARE(model.shown(), (QList<int>{4, 3, 2, 1}));
        QCOMPARE(model.displaced(), 0);
    }

    void toleratesRepeatedIds() {
        Numbers model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.show({5, 1, 5, 1, 2});
        QCOMPARE(model.shown(), (QList<int>{5, 1, 2}));
    }

    void reportsOnlyWhatChanged() {
        Numbers model;
        model.show({1, 2, 3});
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.show({1, 2, 3});
        QCOMPARE(changes.size(), 0);
        model.show({1, 2, 3}, 3);
        QCOMPARE(changes.size(), 2);  // 3's second cell is "–" both times
    }

    void fleetSaysMissingAsADash() {
        auto fake = std::make_unique<FakeGateway>();
        auto& totals = *fake->fleet.mutable_totals();
        totals.clear_served_percent();
        totals.clear_first_token_p95_us();
        totals.set_window_samples(3);
        Stage stage(std::move(fake));
        FleetModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.update(stage.source);
        QCOMPARE(model.rowCount(), 1);
        checkCells(model);
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("▲ Degraded"));
        QCOMPARE(model.index(0, 4).data().toString(), QStringLiteral("–"));
        QCOMPARE(model.index(0, 5).data().toString(), QStringLiteral("◦ 11.4"));  // of three requests
        QCOMPARE(model.index(0, 6).data().toString(), QStringLiteral("–"));
        stage.gateway->hangUp("gone");
        model.update(stage.source);
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("◌ Unreachable"));
    }

    void breakersComeWorstFirstAndFilter() {
        Stage stage;
        BreakerModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.update(stage.source);
        QCOMPARE(model.rowCount(), 8);
        QCOMPARE(model.notClosed(), 3);
        QCOMPARE(model.idAt(0), QStringLiteral("openai/gpt-4o#main"));
        checkCells(model);
        QVERIFY(model.index(0, 0).data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("Breaker open")));
        model.setFilter(true, {});
        model.update(stage.source);
        QCOMPARE(model.rowCount(), 3);
        model.setFilter(false, QStringLiteral("QWEN"));
        model.update(stage.source);
        QCOMPARE(model.rowCount(), 2);
    }

    void breakersSurviveAFleetThatChanges() {
        Stage stage;
        BreakerModel breakers;
        ModelsModel models;
        QAbstractItemModelTester first(&breakers, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester second(&models, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QRandomGenerator random(3);
        for (int round = 0; round < 5; ++round) {
            auto& fleet = stage.gateway->fleet;
            auto& list = *fleet.mutable_breakers();
            list.SwapElements(0, random.bounded(list.size()));
            list.Mutable(0)->set_state(static_cast<v1::BreakerState>(random.bounded(6)));
            if (random.bounded(2) == 0) list.RemoveLast();
            fleet.mutable_models()->SwapElements(0, random.bounded(fleet.models_size()));
            stage.publish();
            breakers.update(stage.source);
            models.update(stage.source);
            QCOMPARE(breakers.rowCount(), list.size());
        }
        checkCells(breakers);
        checkCells(models);
    }

    void probesCountDown() {
        v1::Breaker breaker;
        breaker.set_state(v1::BREAKER_STATE_OPEN);
        QCOMPARE(nextText(breaker, 0), QStringLiteral("–"));
        breaker.set_next_probe_unix_us(20'000'000);
        QCOMPARE(nextText(breaker, 6'000'000), QStringLiteral("probe 00:14"));
        QCOMPARE(nextText(breaker, 21'000'000), QStringLiteral("probe due"));
    }

    void overridesCountDownAndEnd() {
        OverrideModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        v1::Override override;
        override.set_id(41);
        override.set_created_unix_us(1);
        override.set_expires_unix_us(1800'000'000);
        override.set_state("active");
        model.update({override}, 343'000'000);
        QCOMPARE(model.index(0, 6).data().toString(), QStringLiteral("24:17"));
        checkCells(model);
        override.set_state("undone");
        override.set_ended_unix_us(400'000'000);
        model.update({override}, 500'000'000);
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("↶ Undone"));
        checkCells(model);
        model.update({}, 0);
        QCOMPARE(model.rowCount(), 0);
    }

    void auditSaysTheResult() {
        AuditModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        v1::ListAuditResponse audit;
        for (const auto* result : {"ok", "conflict", ""}) {
            auto& entry = *audit.add_entries();
            entry.set_id(audit.entries_size());
            entry.set_result(result);
        }
        model.update(audit);
        QCOMPARE(model.index(0, 6).data().toString(), QStringLiteral("✓ done"));
        QCOMPARE(model.index(1, 6).data().toString(), QStringLiteral("✕ conflict"));
        QCOMPARE(model.index(2, 6).data().toString(), QStringLiteral("? unknown"));
        checkCells(model);
    }
};

QTEST_MAIN(TestRowModels)
#include "tst_row_models.moc"
