#include <QHeaderView>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "ui/widgets/live_table_view.h"

using namespace signalbox::ui;

namespace {

class Tail : public RowModel {
  public:
    explicit Tail(bool wide = false) : RowModel(columns(wide)) { more(200); }
    void more(int count) {
        for (int at = 0; at < count; ++at) m_ids.prepend(m_next++);
        show();
    }
    void fewer(int count) {
        m_ids.remove(0, count);
        show();
    }

  private:
    static std::vector<Column> columns(bool wide) {
        std::vector<Column> all{{QStringLiteral("a"), QStringLiteral("A"), 100},
                                {QStringLiteral("b"), QStringLiteral("B"), 120},
                                {QStringLiteral("do"), QStringLiteral("Do"), 90}};
        if (wide) all.push_back({QStringLiteral("new"), QStringLiteral("New"), 70});
        return all;
    }
    void show() {
        std::vector<Row> rows;
        for (const int id : m_ids) {
            Row row{QString::number(id),
                    std::vector<Cell>(static_cast<std::size_t>(columnCount()), Cell{QString::number(id)})};
            row.cells[2].action = QStringLiteral("Go");
            rows.push_back(std::move(row));
        }
        setRows(std::move(rows));
    }
    QList<int> m_ids;
    int m_next = 0;
};

}  // namespace

class TestLiveTable : public QObject {
    Q_OBJECT
    QTemporaryDir m_settings;

  private Q_SLOTS:
    void initTestCase() {
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_settings.path());
        QCoreApplication::setOrganizationName(QStringLiteral("test"));
    }

    void staysWhereTheReaderIs() {
        Tail model;
        LiveTableView view(QStringLiteral("Tail"), QStringLiteral("stay"));
        view.setModel(&model);
        view.resize(400, 300);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.verticalScrollBar()->setValue(1003);
        const auto id = model.idAt(view.rowAt(0));
        const int offset = view.rowViewportPosition(view.rowAt(0));
        for (int round = 0; round < 50; ++round) model.more(3);
        QCOMPARE(model.idAt(view.rowAt(0)), id);
        QCOMPARE(view.rowViewportPosition(view.rowAt(0)), offset);
        for (int round = 0; round < 10; ++round) model.fewer(2);
        QCOMPARE(model.idAt(view.rowAt(0)), id);
        QCOMPARE(view.rowViewportPosition(view.rowAt(0)), offset);
    }

    void followsAtTheTopUnlessToldNotTo() {
        Tail model;
        LiveTableView view(QStringLiteral("Tail"), QStringLiteral("follow"));
        view.setModel(&model);
        view.resize(400, 300);
        view.show();
        model.more(5);
        QCOMPARE(view.verticalScrollBar()->value(), 0);
        view.setFollow(false);
        model.more(5);
        QCOMPARE(view.verticalScrollBar()->value(), 5 * LiveTableView::rowHeight);
    }

    void keepsTheSelectionUnderLoad() {
        Tail model;
        LiveTableView view(QStringLiteral("Tail"), QStringLiteral("select"));
        view.setModel(&model);
        view.selectId(QStringLiteral("150"));
        QSignalSpy changes(&view, &LiveTableView::selectedIdChanged);
        for (int round = 0; round < 100; ++round) model.more(1);
        QCOMPARE(view.selectedId(), QStringLiteral("150"));
        QCOMPARE(changes.size(), 0);
    }

    void remembersColumnsByIdAcrossVersions() {
        const auto key = QStringLiteral("columns");
        {
            Tail model;
            LiveTableView view(QStringLiteral("Tail"), key);
            view.setModel(&model);
            view.setColumnWidth(1, 222);
            view.horizontalHeader()->moveSection(1, 0);
            QTRY_VERIFY(QSettings().contains(QStringLiteral("table/columns")));
        }
        Tail model(true);
        LiveTableView view(QStringLiteral("Tail"), key);
        view.setModel(&model);
        QCOMPARE(view.columnWidth(1), 222);
        QCOMPARE(view.horizontalHeader()->visualIndex(1), 0);
        QCOMPARE(view.columnWidth(3), 70);  // the column the old version did not know
        QCOMPARE(view.horizontalHeader()->count(), 4);
    }

    void survivesGarbageInTheSettings() {
        QSettings().setValue(QStringLiteral("table/bad"),
                             QByteArray("{\"version\":1,\"columns\":[{\"id\":7},3,null]}"));
        Tail model;
        LiveTableView view(QStringLiteral("Tail"), QStringLiteral("bad"));
        view.setModel(&model);
        QCOMPARE(view.columnWidth(0), 100);
    }

    void clicksOnAButtonAreActions() {
        Tail model;
        LiveTableView view(QStringLiteral("Tail"), QStringLiteral("click"));
        view.setModel(&model);
        view.resize(400, 300);
        view.show();
        QSignalSpy clicks(&view, &LiveTableView::actionClicked);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.visualRect(model.index(2, 2)).center());
        QCOMPARE(clicks.size(), 1);
        QCOMPARE(clicks.first().first().toString(), model.idAt(2));
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.visualRect(model.index(2, 0)).center());
        QCOMPARE(clicks.size(), 1);
    }

    void pausesWithSpaceAndStepsWithJ() {
        Tail model;
        LiveTableView view(QStringLiteral("Tail"), QStringLiteral("keys"));
        view.setModel(&model);
        view.show();
        QSignalSpy pauses(&view, &LiveTableView::pauseToggled);
        QTest::keyClick(&view, Qt::Key_Space);
        QCOMPARE(pauses.size(), 1);
        QTest::keyClick(&view, Qt::Key_J);
        QTest::keyClick(&view, Qt::Key_J);
        QCOMPARE(view.selectedId(), model.idAt(1));
        QTest::keyClick(&view, Qt::Key_K);
        QCOMPARE(view.selectedId(), model.idAt(0));
    }
};

QTEST_MAIN(TestLiveTable)
#include "tst_live_table.moc"
