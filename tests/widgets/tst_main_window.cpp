#include <QAccessible>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTableWidget>
#include <QToolButton>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QtTest>
#include <csignal>

#include "app/workbench/session.h"
#include "widgets/main_window/connect_dialog.h"
#include "widgets/message_bar.h"
#include "widgets/views/explore_page.h"
#include "window_test_support.h"

class TestMainWindow final : public QObject {
    Q_OBJECT
    TestHome m_home;

    void useTestEngine() { QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("engine"), QStringLiteral(KINORA_TEST_ENGINE)); }
    static QString statusText(const MainWindow& window)
    {
        QStringList texts;
        for (const QLabel* label : window.statusBar()->findChildren<QLabel*>()) texts << label->text();
        return texts.join(QLatin1Char(' '));
    }
    /// Mean lightness of what the window shows.
    static int lightness(MainWindow& window)
    {
        const QImage image = window.grab().toImage().scaled(1, 1, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        return image.pixelColor(0, 0).lightness();
    }
    static QAction* action(const MainWindow& window, const QString& text)
    {
        for (QAction* candidate : window.findChildren<QAction*>())
            if (QString(candidate->text()).remove(QLatin1Char('&')) == text) return candidate;
        return nullptr;
    }

private Q_SLOTS:
    void init()
    {
        QDir(qEnvironmentVariable("KINORA_HOME")).removeRecursively();
        QDir().mkpath(qEnvironmentVariable("KINORA_HOME"));
        useTestEngine();
    }

    void opensQuicklyAndBeforeTheEngine()
    {
        QElapsedTimer timer;
        timer.start();
        Session session;
        session.start({});
        QVERIFY(QTest::qWaitForWindowExposed(&session.window()));
        const qint64 milliseconds = timer.elapsed();
        qInfo("window after %lld ms", static_cast<long long>(milliseconds));
        QVERIFY(milliseconds < 5000);  // the budget is 1 s on an idle machine
        QVERIFY(session.window().page(QStringLiteral("explore")));
        QCOMPARE(session.window().currentPage()->id(), QStringLiteral("explore"));
        QTRY_VERIFY(statusText(session.window()).contains(QStringLiteral("Engine ready on CPU")));
    }

    void fitsASmallScreen()
    {
        Session session;
        session.start({});
        const auto text = [](const QSize& size) { return QStringLiteral("%1 x %2").arg(size.width()).arg(size.height()); };
        // 1920 x 1200 at 200 %
        QVERIFY2(session.window().minimumSizeHint().width() <= 900 && session.window().minimumSizeHint().height() <= 540, qPrintable(text(session.window().minimumSizeHint())));
        session.window().resize(900, 540);
        QVERIFY(QTest::qWaitForWindowExposed(&session.window()));
        for (Page* page : session.window().pages()) {
            session.window().showPage(page->id());
            auto* area = qobject_cast<QScrollArea*>(page->parentWidget()->parentWidget());
            QVERIFY(area);
            QTRY_VERIFY2(area->viewport()->width() >= page->minimumSizeHint().width() || area->horizontalScrollBar()->isVisible(), qPrintable(page->id()));
            session.window().resize(1280, 720);
            QTRY_VERIFY2(!area->horizontalScrollBar()->isVisible() && !area->verticalScrollBar()->isVisible(), qPrintable(page->id() + QLatin1Char(' ') + text(page->minimumSizeHint())));
            session.window().resize(900, 540);
        }
    }

    void pagesHaveTheirKeys()
    {
        Session session;
        session.start({});
        MainWindow& window = session.window();
        QCOMPARE(window.pages().size(), std::size_t(4));
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        const char* ids[] = {"datasets", "train", "explore", "compare"};
        for (int number = 0; number < 4; ++number) {
            QTest::keyClick(&window, static_cast<Qt::Key>(Qt::Key_1 + number), Qt::ControlModifier);
            QCOMPARE(window.currentPage()->id(), QLatin1String(ids[number]));
        }
    }

    void noKeyMeansTwoThings()
    {
        Session session;
        session.start({});
        MainWindow& window = session.window();
        for (Page* page : window.pages()) {
            window.showPage(page->id());
            std::map<QString, QStringList> meanings;
            QList<QMenu*> menus;
            for (QAction* entry : window.menuBar()->actions()) menus << entry->menu();
            while (!menus.isEmpty())
                for (QAction* action : menus.takeFirst()->actions()) {
                    if (action->menu()) menus << action->menu();
                    for (const QKeySequence& key : action->shortcuts())
                        if (action->shortcutContext() != Qt::WidgetWithChildrenShortcut) meanings[key.toString()] << action->text();
                }
            QVERIFY(meanings.size() > 10);
            for (const auto& [key, actions] : meanings) QVERIFY2(actions.size() == 1, qPrintable(page->id() + QStringLiteral(": ") + key + QStringLiteral(" ") + actions.join(QStringLiteral(", "))));
        }
    }

    void menusHaveNoDeadEntries()
    {
        Session session;
        session.start({});
        QStringList titles;
        for (QAction* entry : session.window().menuBar()->actions()) {
            titles << QString(entry->text()).remove(QLatin1Char('&'));
            QVERIFY(entry->menu());
            QVERIFY2(!entry->menu()->isEmpty(), qPrintable(entry->text()));
        }
        QCOMPARE(titles, QStringList({QStringLiteral("File"), QStringLiteral("Edit"), QStringLiteral("View"), QStringLiteral("Data"), QStringLiteral("Model"), QStringLiteral("Latents"), QStringLiteral("Train"),
                                      QStringLiteral("Compare"), QStringLiteral("Window"), QStringLiteral("Help")}));
    }

    void aDroppedCheckpointOpensOnItsPage()
    {
        Session session;
        session.start({});
        MainWindow& window = session.window();
        window.showPage(QStringLiteral("datasets"));
        const QString file = m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split"));
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(file)});
        QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &drop);
        QCOMPARE(window.currentPage()->id(), QStringLiteral("explore"));
        auto* explore = qobject_cast<ExplorePage*>(window.currentPage());
        QTRY_VERIFY_WITH_TIMEOUT(explore->hasCheckpoint(), 10000);
        QTRY_VERIFY(window.recentPaths().contains(file));

        QMimeData foreign;
        foreign.setUrls({QUrl::fromLocalFile(m_home.checkpoint(QStringLiteral("a.docx"), QStringLiteral("x")))});
        QDragEnterEvent refused(QPoint(300, 300), Qt::CopyAction, &foreign, Qt::LeftButton, Qt::NoModifier);
        refused.ignore();
        QApplication::sendEvent(&window, &refused);
        QVERIFY(!refused.isAccepted());
        QVERIFY(window.statusBar()->currentMessage().contains(QStringLiteral("a.docx")));
    }

    void aKilledEngineIsSaidAndReplaced()
    {
        Session session;
        session.start({});
        QTRY_COMPARE_WITH_TIMEOUT(session.engine().state(), EngineClient::State::Ready, 10000);
        ::kill(static_cast<pid_t>(session.engine().info().pid), SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(session.window().statusBar()->currentMessage().contains(QStringLiteral("engine was lost")), 5000);
        QTRY_VERIFY_WITH_TIMEOUT(statusText(session.window()).contains(QStringLiteral("Engine ready")), 10000);
    }

    void anEngineThatCannotStartOffersARestart()
    {
        QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("engine"), QStringLiteral("/nowhere/engine"));
        Session session;
        session.start({});
        QTRY_COMPARE_WITH_TIMEOUT(session.engine().state(), EngineClient::State::Failed, 5000);
        bool offered = false;
        for (const MessageBar* bar : session.window().findChildren<MessageBar*>()) offered = offered || (bar->isVisible() && bar->text().contains(QStringLiteral("/nowhere/engine")));
        QVERIFY(offered);
        session.engine().setCommand(testEngine());
        for (QToolButton* button : session.window().findChildren<QToolButton*>())
            if (button->text() == QStringLiteral("Restart Engine")) button->click();
        QTRY_COMPARE_WITH_TIMEOUT(session.engine().state(), EngineClient::State::Ready, 10000);
    }

    void enginesElsewhereAreTestedSavedAndConnected()
    {
        Session session;
        session.start({});
        QTRY_COMPARE_WITH_TIMEOUT(session.engine().state(), EngineClient::State::Ready, 10000);
        action(session.window(), QStringLiteral("Connect Engine…"))->trigger();
        auto* dialog = session.window().findChild<ConnectDialog*>();
        QVERIFY(dialog);
        const auto edit = [&](const QString& text, const QString& label) {
            for (auto* line : dialog->findChildren<QLineEdit*>())
                if (line->toolTip().contains(label)) {
                    line->setFocus();
                    line->selectAll();
                    QTest::keyClicks(line, text);
                }
        };
        const auto press = [&](const QString& text) {
            for (auto* button : dialog->findChildren<QPushButton*>())
                if (button->text() == text) QTest::mouseClick(button, Qt::LeftButton);
        };
        edit(QStringLiteral("/nowhere/ssh gpu-host kinora serve --stdio"), QStringLiteral("Quotes"));
        press(QStringLiteral("&Test"));
        QTRY_VERIFY2(dialog->verdict().startsWith(QStringLiteral("No engine")) && dialog->verdict().contains(QStringLiteral("/nowhere/ssh")), qPrintable(dialog->verdict()));
        const QString control = m_home.path(QStringLiteral("link")), command = QStringLiteral("%1 30 %2 %3").arg(QStringLiteral(KINORA_TEST_LINK), control, QStringLiteral(KINORA_TEST_ENGINE));
        edit(command, QStringLiteral("Quotes"));
        edit(QStringLiteral("far away"), QStringLiteral("status bar"));
        press(QStringLiteral("&Test"));
        QTRY_VERIFY2(dialog->verdict().contains(QStringLiteral("answers on CPU")) && dialog->verdict().contains(QStringLiteral("ms")), qPrintable(dialog->verdict()));
        QCOMPARE(session.engine().restarts(), 0);  // a test disturbs nothing
        press(QStringLiteral("&Save"));
        QCOMPARE(savedEngines(), (std::vector<SavedEngine>{{QStringLiteral("far away"), command}}));
        press(QStringLiteral("C&onnect"));
        QTRY_VERIFY2(statusText(session.window()).contains(QStringLiteral("far away ready on CPU")), qPrintable(statusText(session.window())));
        QTRY_VERIFY2(statusText(session.window()).contains(QRegularExpression(QStringLiteral("· \\d+ ms"))), qPrintable(statusText(session.window())));
        QFile file(control);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("cut");
        file.close();
        QTRY_VERIFY_WITH_TIMEOUT(statusText(session.window()).contains(QStringLiteral("Link lost")), 5000);
        file.remove();
        QTRY_VERIFY_WITH_TIMEOUT(statusText(session.window()).contains(QStringLiteral("far away ready on CPU")), 15000);
    }

    void themesChangeThePalette()
    {
        Session session;
        session.start({});
        action(session.window(), QStringLiteral("Dark"))->trigger();
        QVERIFY(QApplication::palette().color(QPalette::Window).lightness() < 80);
        QTRY_VERIFY(lightness(session.window()) < 100);
        action(session.window(), QStringLiteral("Light"))->trigger();
        QVERIFY(QApplication::palette().color(QPalette::Window).lightness() > 200);
        QTRY_VERIFY(lightness(session.window()) > 180);
        QCOMPARE(QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("theme")).toString(), QStringLiteral("light"));
    }

    void theLanguageChangesAroundTheSameEngine()
    {
        Session session;
        session.start({});
        const QString file = m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split"));
        session.window().openPath(file);
        QTRY_VERIFY_WITH_TIMEOUT(qobject_cast<ExplorePage*>(session.window().page(QStringLiteral("explore")))->hasCheckpoint(), 10000);
        const qint64 pid = session.engine().info().pid;
        MainWindow* before = &session.window();
        action(session.window(), QStringLiteral("简体中文"))->trigger();
        QTRY_VERIFY(&session.window() != before);
        QCOMPARE(session.engine().info().pid, pid);
        QVERIFY2(session.window().menuBar()->actions().first()->text().contains(QStringLiteral("文件")), qPrintable(session.window().menuBar()->actions().first()->text()));
        QTRY_VERIFY_WITH_TIMEOUT(qobject_cast<ExplorePage*>(session.window().page(QStringLiteral("explore")))->hasCheckpoint(), 10000);
        applyLanguage(QStringLiteral("en"));
    }

    void helpListsTheKeys()
    {
        Session session;
        session.start({});
        session.window().showShortcuts();
        auto* table = session.window().findChild<QTableWidget*>();
        QVERIFY(table);
        QStringList texts;
        for (int row = 0; row < table->rowCount(); ++row) texts << table->item(row, 0)->text() + QLatin1Char('=') + table->item(row, 1)->text();
        QVERIFY(texts.contains(QStringLiteral("New Appearance=A")));
        QVERIFY(texts.contains(QStringLiteral("Undo=Ctrl+Z")));
    }

    void theWindowComesBackAsItWas()
    {
        {
            Session session;
            session.start({});
            session.window().resize(1100, 700);
            session.window().showPage(QStringLiteral("compare"));
            session.window().close();
        }
        Session session;
        session.start({});
        QCOMPARE(session.window().currentPage()->id(), QStringLiteral("compare"));
        QCOMPARE(session.window().size(), QSize(1100, 700));
    }

    void spaceStillPressesButtons()
    {
        Session session;
        session.start({});
        MainWindow& window = session.window();
        const QString file = m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split"));
        window.openPath(file);
        auto* explore = qobject_cast<ExplorePage*>(window.page(QStringLiteral("explore")));
        QTRY_VERIFY_WITH_TIMEOUT(explore->hasCheckpoint(), 10000);
        window.activateWindow();
        QToolButton* draw = nullptr;
        for (QToolButton* button : explore->findChildren<QToolButton*>())
            if (button->accessibleName() == QStringLiteral("Draw new: Appearance")) draw = button;
        QVERIFY(draw);
        draw->setFocus();
        QTRY_VERIFY(draw->hasFocus());
        const auto seed = explore->model().seed(kinora::ControlRole::Appearance);
        QTest::keyClick(draw, Qt::Key_Space);
        QVERIFY(explore->model().seed(kinora::ControlRole::Appearance) != seed);
    }
};
QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
