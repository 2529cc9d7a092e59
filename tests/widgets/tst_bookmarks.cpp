// Kept states: the list of a folder, and the panel on the real page.
#include <QAbstractItemModelTester>
#include <QListView>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "widgets/message_bar.h"
#include "widgets/views/bookmarks_panel.h"
#include "widgets/views/explore_page.h"
#include "window_test_support.h"

using namespace kinora;
using nlohmann::json;

class TestBookmarks final : public QObject {
    Q_OBJECT
    TestHome m_home;
    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<ExplorePage> m_page;

    QString text(const QString& path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }
    void openPage(const QString& words)
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("model-%1.safetensors").arg(words), words));
        QTRY_VERIFY_WITH_TIMEOUT(m_page->hasCheckpoint() && QString::fromStdString(m_page->model().system().id) == words && m_page->findChild<ClipView*>()->clip(), 10000);
    }
    void makePage()
    {
        m_page = std::make_unique<ExplorePage>(*m_engine, QString());
        m_page->resize(1200, 700);
        m_page->show();
        for (QAction* action : m_page->menuActions(PageMenu::View))
            if (action->text().contains(QStringLiteral("Bookmarks"))) action->trigger();
        QVERIFY(!m_page->bookmarks().isHidden());  // it is seen, and reads its folder, with the first model
    }
    BookmarkList& list() { return m_page->bookmarks().list(); }
    void click(int row)
    {
        QListView* view = m_page->bookmarks().view();
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(list().index(row)).center());
    }

private Q_SLOTS:
    void init()
    {
        QDir(m_home.path(QStringLiteral("data/bookmarks"))).removeRecursively();
        m_engine = std::make_unique<EngineClient>(testEngine());
        m_engine->start();
        makePage();
    }
    void cleanup()
    {
        m_page.reset();
        m_engine.reset();
    }

    void aStateIsKeptOpenedRenamedAndDeleted()
    {
        const QAbstractItemModelTester tester(&list());
        QVERIFY(!m_page->bookmarks().addAction()->isEnabled());
        openPage(QStringLiteral("split"));
        const ControlValues kept = m_page->model().values();
        m_page->bookmarks().addAction()->trigger();
        QTRY_COMPARE(list().rowCount(), 1);
        QVERIFY(!list().at(0).picture.isNull());
        const QString file = list().at(0).file;
        // its file is a state that the command takes
        const json state = json::parse(text(file).toStdString());
        QVERIFY(state.contains("controls") && state["system"] == "split" && state.contains("checkpoint_sha256") && state["frames"] == 8);
        m_page->newBoth();
        QVERIFY(m_page->model().values() != kept);
        click(0);
        QVERIFY(m_page->model().values() == kept);
        m_page->undoStack()->undo();
        QVERIFY(m_page->model().values() != kept);
        // renamed in the list, as with F2
        QVERIFY(list().setData(list().index(0), QStringLiteral("A smile"), Qt::EditRole));
        QTRY_COMPARE(list().at(0).name, QStringLiteral("A smile"));
        QCOMPARE(QString::fromStdString(json::parse(text(file).toStdString())["bookmark"]["name"]), QStringLiteral("A smile"));
        // another session finds it
        makePage();
        openPage(QStringLiteral("split"));
        QTRY_COMPARE(list().rowCount(), 1);
        QCOMPARE(list().at(0).name, QStringLiteral("A smile"));
        QVERIFY(!list().at(0).picture.isNull());
        m_page->bookmarks().view()->setCurrentIndex(list().index(0));
        for (QAction* action : m_page->bookmarks().view()->actions())
            if (action->text().contains(QStringLiteral("Delete"))) action->trigger();
        auto* box = m_page->findChild<QMessageBox*>();
        QVERIFY(box);
        for (QAbstractButton* button : box->buttons())
            if (box->buttonRole(button) == QMessageBox::DestructiveRole) button->click();
        QTRY_COMPARE(list().rowCount(), 0);
        QVERIFY(!QFile::exists(file));
    }

    void theyAreExportedAndImported()
    {
        openPage(QStringLiteral("split"));
        m_page->bookmarks().addAction()->trigger();
        QTRY_COMPARE(list().rowCount(), 1);
        QSignalSpy exported(&list(), &BookmarkList::exported);
        const QString target = m_home.path(QStringLiteral("shared.json"));
        list().exportTo(0, target);
        QTRY_COMPARE(exported.size(), 1);
        const json before = json::parse(text(list().at(0).file).toStdString());
        QVERIFY(json::parse(text(target).toStdString()) == before);
        list().import({target});
        QTRY_COMPARE(list().rowCount(), 2);
        QVERIFY(list().at(0).file != list().at(1).file);
        QVERIFY(list().at(0).state["controls"] == list().at(1).state["controls"]);
        // what is none is said, and the others stay
        QSignalSpy failed(&list(), &BookmarkList::failed);
        QFile none(m_home.path(QStringLiteral("none.json")));
        QVERIFY(none.open(QIODevice::WriteOnly));
        none.write("[1, 2]");
        none.close();
        list().import({none.fileName(), m_home.path(QStringLiteral("missing.json"))});
        QTRY_COMPARE(failed.size(), 2);
        QVERIFY(m_page->findChild<MessageBar*>()->isVisible());
        QCOMPARE(list().rowCount(), 2);
        list().exportTo(0, QStringLiteral("/proc/nowhere/x.json"));
        QTRY_COMPARE(failed.size(), 3);
    }

    void aStateOfAnotherModelChangesNothing()
    {
        openPage(QStringLiteral("split"));
        m_page->newBoth();
        const ControlValues kept = m_page->model().values();
        m_page->bookmarks().addAction()->trigger();
        QTRY_COMPARE(list().rowCount(), 1);
        openPage(QStringLiteral("whole"));
        const ControlValues whole = m_page->model().values();
        // the small engine gives every file the same hash; real ones differ
        json state = list().at(0).state;
        state["checkpoint_sha256"] = "another";
        Q_EMIT m_page->bookmarks().opened(QStringLiteral("x"), state);
        auto* bar = m_page->findChild<MessageBar*>();
        QVERIFY2(bar->isVisible() && bar->text().contains(QStringLiteral("split")), qPrintable(bar->text()));
        QVERIFY(m_page->model().values() == whole);
        // and is opened with its checkpoint when the person says so
        auto* button = [&]() -> QPushButton* {
            for (QPushButton* one : bar->findChildren<QPushButton*>())
                if (one->text().contains(QStringLiteral("Open That"))) return one;
            return nullptr;
        }();
        QVERIFY(button && button->isVisible());
        QTest::mouseClick(button, Qt::LeftButton);
        QTRY_COMPARE(QString::fromStdString(m_page->model().system().id), QStringLiteral("split"));
        QVERIFY(m_page->model().values() == kept);
        // a checkpoint that is gone
        state["checkpoint"] = "/nowhere/gone.safetensors";
        state["system"] = "whole";
        Q_EMIT m_page->bookmarks().opened(QStringLiteral("x"), state);
        QVERIFY(bar->text().contains(QStringLiteral("gone.safetensors")));
        QVERIFY(m_page->model().values() == kept);
    }

    void damagedFilesAreNamed()
    {
        QDir().mkpath(m_home.path(QStringLiteral("data/bookmarks")));
        QFile bad(m_home.path(QStringLiteral("data/bookmarks/bad.json")));
        QVERIFY(bad.open(QIODevice::WriteOnly));
        bad.write("{\"controls\": {}, \"frames\": \"many\"}");
        bad.close();
        BookmarkList own(std::filesystem::path(bad.fileName().toStdString()).parent_path());
        QStringList problems;
        connect(&own, &BookmarkList::failed, this, [&](const Error& error) { problems << QString::fromUtf8(error.what()); });
        own.load();
        QTRY_COMPARE(problems.size(), 1);
        QVERIFY2(problems[0].contains(QStringLiteral("bad.json")), qPrintable(problems[0]));
        QVERIFY(QFile::exists(bad.fileName()));
    }
};
QTEST_MAIN(TestBookmarks)
#include "tst_bookmarks.moc"
