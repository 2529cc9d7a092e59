// What helps a person to find their way: the command palette, the tour, and that every action says what it does and can be reached.
#include <QAction>
#include <QActionGroup>
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QMovie>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>
#include <QtTest>
#include <set>

#include "app/workbench/session.h"
#include "core/run/run_directory.h"
#include "tests/widgets/run_fixture.h"
#include "widgets/clip_view/clip_clock.h"
#include "widgets/main_window/command_palette.h"
#include "widgets/main_window/tour.h"
#include "widgets/views/datasets_page.h"
#include "widgets/views/clip_inspector.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/inversion_dialog.h"
#include "widgets/views/train_form.h"
#include "widgets/views/train_page.h"
#include "window_test_support.h"

using namespace kinora;

class TestGuidance final : public QObject {
    Q_OBJECT
    TestHome m_home;

    static CommandPalette* openPalette(MainWindow& window)
    {
        window.activateWindow();
        if (!QTest::qWaitForWindowActive(&window)) return nullptr;
        QTest::keyClick(&window, Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        return window.findChild<CommandPalette*>();
    }
    static std::unique_ptr<Session> session()
    {
        auto made = std::make_unique<Session>();
        made->start({});
        made->window().activateWindow();
        if (!QTest::qWaitForWindowActive(&made->window())) return nullptr;
        return made;
    }
    static QString tourSeen() { return QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("tour")).toString(); }
    static QString stripped(QString text) { return text.remove(QLatin1Char('&')); }

private Q_SLOTS:
    void init()
    {
        QDir(qEnvironmentVariable("KINORA_HOME")).removeRecursively();
        QDir().mkpath(qEnvironmentVariable("KINORA_HOME"));
        QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("engine"), QStringLiteral(KINORA_TEST_ENGINE));
    }

    void fuzzyMatchesPreferTheObvious_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("better");
        QTest::addColumn<QString>("worse");
        QTest::newRow("start of the text") << "new" << "New Run…" << "Renew Nothing";
        QTest::newRow("start of a word") << "run" << "New Run" << "Prune";
        QTest::newRow("neighbours") << "open" << "Open Dataset" << "Options of the pen";
        QTest::newRow("initials") << "od" << "Open Dataset" << "About Saved";
        QTest::newRow("short before long") << "theme" << "Theme" << "Theme of the whole program and its windows";
        QTest::newRow("two words") << "open data" << "Open Dataset" << "Open a pen and a data card";
    }
    void fuzzyMatchesPreferTheObvious()
    {
        QFETCH(QString, typed);
        QFETCH(QString, better);
        QFETCH(QString, worse);
        QVERIFY(fuzzyScore(typed, better) >= 0);
        QVERIFY2(fuzzyScore(typed, better) > fuzzyScore(typed, worse), qPrintable(QStringLiteral("%1 and %2").arg(fuzzyScore(typed, better)).arg(fuzzyScore(typed, worse))));
        QVERIFY(fuzzyScore(typed.toUpper(), better) == fuzzyScore(typed, better));
        QVERIFY(fuzzyScore(QStringLiteral("xq"), better) < 0);
    }

    void thePaletteDoesWhatIsTyped()
    {
        const auto made = session();
        QVERIFY(made);
        MainWindow& window = made->window();
        window.showPage(QStringLiteral("compare"));
        QPointer<CommandPalette> palette = openPalette(window);
        QVERIFY(palette && palette->isVisible());
        QTRY_VERIFY(palette->line()->hasFocus());
        QVERIFY(palette->shown().size() > 40);
        QTest::keyClicks(palette->line(), QStringLiteral("dark"));
        QCOMPARE(palette->shown().value(0), QStringLiteral("Dark"));
        QTest::keyClick(palette->line(), Qt::Key_Return);
        QTRY_COMPARE(QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("theme")).toString(), QStringLiteral("dark"));
        QTRY_VERIFY(palette.isNull());

        // another page's name, with arrows; nothing happens on Escape
        palette = openPalette(window);
        QVERIFY(palette);
        QTest::keyClicks(palette->line(), QStringLiteral("window datasets"));
        const int row = static_cast<int>(palette->shown().indexOf(QStringLiteral("Datasets")));
        QVERIFY2(row >= 0, qPrintable(palette->shown().join(QLatin1Char('|'))));
        for (int i = 0; i < row; ++i) QTest::keyClick(palette->line(), Qt::Key_Down);
        QTest::keyClick(palette->line(), Qt::Key_Return);
        QTRY_COMPARE(window.currentPage()->id(), QStringLiteral("datasets"));
        palette = openPalette(window);
        QVERIFY(palette);
        QTest::keyClicks(palette->line(), QStringLiteral("qqqq"));
        QVERIFY(palette->shown().isEmpty());
        QTest::keyClick(palette->line(), Qt::Key_Return);  // nothing to do
        QVERIFY(palette->isVisible());
        QTest::keyClick(palette->line(), Qt::Key_Escape);
        QTRY_VERIFY(palette.isNull());
        QCOMPARE(window.currentPage()->id(), QStringLiteral("datasets"));
    }

    void thePaletteIsClosedOverADialog()
    {
        const auto made = session();
        MainWindow& window = made->window();
        window.showPreferences();
        QVERIFY(QApplication::activeModalWidget());
        window.showPalette();
        QVERIFY(!window.findChild<CommandPalette*>());
        window.showTour();
        QVERIFY(!window.findChild<Tour*>());
        QApplication::activeModalWidget()->close();
    }

    void thePaletteOpensDatasetsRunsSystemsAndRecentFiles()
    {
        const QString data = m_home.path(QStringLiteral("data"));
        QDir().mkpath(data + QStringLiteral("/datasets"));
        QDir().mkpath(data + QStringLiteral("/runs"));
        fixture::writeDataset(QString(data + QStringLiteral("/datasets/grimaces.h5")).toStdString(), 6);
        {
            auto run = RunWriter::create(QString(data + QStringLiteral("/runs/tuesday")).toStdString(), fixture::config());
            fixture::scalars(*run, 1);
            fixture::report(*run, 1, RunState::Finished);
        }
        const auto made = session();
        MainWindow& window = made->window();
        auto* datasets = qobject_cast<DatasetsPage*>(window.page(QStringLiteral("datasets")));
        auto* train = qobject_cast<TrainPage*>(window.page(QStringLiteral("train")));
        QTRY_VERIFY(!datasets->files().isEmpty() && train->runs().rowCount() == 1);
        QTRY_VERIFY(!train->items().empty() && train->items().size() > 1);  // the engine's systems

        QPointer<CommandPalette> palette = openPalette(window);
        QVERIFY(palette);
        QTest::keyClicks(palette->line(), QStringLiteral("grimac"));
        QCOMPARE(palette->shown().value(0), QStringLiteral("grimaces"));
        QSignalSpy opened(datasets, &Page::opened);
        QTest::keyClick(palette->line(), Qt::Key_Return);
        QVERIFY(opened.wait());
        QCOMPARE(window.currentPage(), datasets);
        QTRY_VERIFY(palette.isNull());

        palette = openPalette(window);
        QVERIFY(palette);
        QTest::keyClicks(palette->line(), QStringLiteral("tuesd"));
        QCOMPARE(palette->shown().value(0), QStringLiteral("tuesday"));
        QTest::keyClick(palette->line(), Qt::Key_Return);
        QTRY_COMPARE(window.currentPage(), train);
        QTRY_VERIFY(palette.isNull());

        const QString system = train->items().back().name;
        palette = openPalette(window);
        QVERIFY(palette);
        QTest::keyClicks(palette->line(), QStringLiteral("new run of a system ") + system);
        QCOMPARE(palette->shown().value(0), system);
        QTest::keyClick(palette->line(), Qt::Key_Return);
        QTRY_VERIFY(train->form()->isVisible());
        QTRY_VERIFY(palette.isNull());

        // what was opened is among the recent files
        palette = openPalette(window);
        QVERIFY(palette);
        QTest::keyClicks(palette->line(), QStringLiteral("recent grimaces.h5"));
        QVERIFY2(palette->shown().value(0).contains(QStringLiteral("grimaces.h5")), qPrintable(palette->shown().join(QLatin1Char('|'))));
        palette->close();
    }

    void theTourHasFourStepsAndIsOfferedOnce()
    {
        const auto made = session();
        MainWindow& window = made->window();
        QVERIFY(!window.findChild<Tour*>());  // a test is not led around
        const QString before = window.currentPage()->id();
        window.offerTour();
        QPointer<Tour> tour = window.findChild<Tour*>();
        QVERIFY(tour && tour->isVisible());
        QCOMPARE(tour->count(), 4);
        QVERIFY(tour->nextButton()->hasFocus() && !tour->backButton()->isEnabled());
        // keys go to the tour alone
        window.showPalette();
        QVERIFY(!window.findChild<CommandPalette*>());
        const char* pages[] = {"datasets", "train", "explore", "compare"};
        QStringList texts;
        for (int step = 0; step < 4; ++step) {
            QCOMPARE(tour->step(), step);
            QCOMPARE(window.currentPage()->id(), QLatin1String(pages[step]));
            QVERIFY(!tour->text().isEmpty() && !texts.contains(tour->text()));
            texts << tour->text();
            for (QPushButton* button : {tour->nextButton(), tour->skipButton()}) {
                const QRect place(button->mapTo(&window, QPoint(0, 0)), button->size());
                QVERIFY(window.rect().contains(place));
            }
            if (step == 1) {
                QTest::keyClick(tour->nextButton(), Qt::Key_Left);
                QCOMPARE(tour->step(), 0);
                QTest::keyClick(tour->nextButton(), Qt::Key_Right);
                QCOMPARE(tour->step(), 1);
                // the keyboard stays in the bubble
                for (int i = 0; i < 7; ++i) {
                    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
                    QVERIFY(tour->isAncestorOf(QApplication::focusWidget()));
                }
                tour->nextButton()->setFocus();
            }
            QTest::mouseClick(tour->nextButton(), Qt::LeftButton);
        }
        QTRY_VERIFY(tour.isNull());
        QCOMPARE(window.currentPage()->id(), before);
        QCOMPARE(tourSeen(), QStringLiteral("seen"));
        window.offerTour();
        QVERIFY(!window.findChild<Tour*>());

        // from the menu, left with Escape
        for (QAction* action : window.findChildren<QAction*>())
            if (stripped(action->text()) == QLatin1String("Tour of the Window")) action->trigger();
        tour = window.findChild<Tour*>();
        QVERIFY(tour);
        QTest::keyClick(tour->nextButton(), Qt::Key_Escape);
        QTRY_VERIFY(tour.isNull());
        QCOMPARE(window.currentPage()->id(), before);
    }

    void everyActionSaysWhatItDoesAndCanBeReached()
    {
        const auto made = session();
        MainWindow& window = made->window();
        QTRY_VERIFY(!made->engine().catalogue().systems.empty());
        // done with the mouse or by name in the palette alone, and rarely: a key each would be more to learn than to gain
        const QStringList withoutKey{QStringLiteral("About Kinora"), QStringLiteral("About Qt"), QStringLiteral("Clear This List"), QStringLiteral("Tour of the Window"), QStringLiteral("Open the Ready Model"), QStringLiteral("Remove from List"), QStringLiteral("Copy Frame"), QStringLiteral("Copy Clip as GIF"), QStringLiteral("Nothing yet"), QStringLiteral("About the System"), QStringLiteral("About the System…"),
                                     // of a row or column of the matrix: in its menu
                                     QStringLiteral("Put the Clip into the Matrix"), QStringLiteral("Draw the Row or Column Anew"), QStringLiteral("Rows and Columns in Order"),
                                     // one key goes through the four kinds
                                     QStringLiteral("Pictures"), QStringLiteral("Signed Difference"), QStringLiteral("Absolute Difference"), QStringLiteral("Absolute Difference × 4")};
        QStringList untold, unreachable, keyless;
        std::set<QAction*> inMenus;
        for (Page* page : window.pages()) {
            window.showPage(page->id());
            QList<QMenu*> menus;
            for (QAction* entry : window.menuBar()->actions()) menus << entry->menu();
            while (!menus.isEmpty()) {
                QMenu* menu = menus.takeFirst();
                Q_EMIT menu->aboutToShow();
                for (QAction* action : menu->actions()) {
                    if (action->menu()) menus << action->menu();
                    if (action->menu() || action->isSeparator() || action->text().isEmpty()) continue;
                    inMenus.insert(action);
                    const QString name = page->id() + QStringLiteral(": ") + stripped(action->text());
                    QString bare = stripped(action->text());
                    bare.remove(QChar(0x2026));
                    if (action->isEnabled() && (action->toolTip().isEmpty() || action->toolTip() == bare)) untold << name;
                    const bool choice = action->actionGroup() && action->actionGroup()->isExclusive();  // a theme, a language: the group is what one looks for
                    if (action->shortcuts().isEmpty() && !choice && !withoutKey.contains(stripped(action->text()))) keyless << name;
                }
            }
        }
        // what stands in a context menu or a tool bar of a page also stands in a menu, unless it is about one row or cell of a list alone
        for (Page* page : window.pages())
            for (QAction* action : page->findChildren<QAction*>())
                if (!inMenus.contains(action) && !action->isSeparator() && !action->text().isEmpty() && !action->menu() && !action->parent()->inherits("QAbstractItemView") && !action->parent()->inherits("BookmarksPanel") && !action->parent()->inherits("QMenu") && !action->parent()->inherits("QLineEdit") && !action->parent()->inherits("QTextEdit"))
                    unreachable << page->id() + QStringLiteral(": ") + stripped(action->text()) + QStringLiteral(" [") + QString::fromLatin1(action->parent()->metaObject()->className()) + QLatin1Char(']');
        untold.removeDuplicates();
        keyless.removeDuplicates();
        QVERIFY(inMenus.size() > 60);
        QVERIFY2(untold.isEmpty(), qPrintable(QStringLiteral("no tooltip:\n") + untold.join(QLatin1Char('\n'))));
        QVERIFY2(unreachable.isEmpty(), qPrintable(QStringLiteral("in no menu:\n") + unreachable.join(QLatin1Char('\n'))));
        QVERIFY2(keyless.isEmpty(), qPrintable(QStringLiteral("no shortcut:\n") + keyless.join(QLatin1Char('\n'))));
    }

    void everyPageSaysWhatToDoWhenItIsEmpty()
    {
        const auto made = session();
        MainWindow& window = made->window();
        for (Page* page : window.pages()) {
            window.showPage(page->id());
            // a sentence and a button that does something
            int sentences = 0, buttons = 0;
            for (const QLabel* label : page->findChildren<QLabel*>())
                if (label->isVisible() && label->text().size() > 40) ++sentences;
            for (const QPushButton* button : page->findChildren<QPushButton*>())
                if (button->isVisible()) ++buttons;
            QVERIFY2(sentences > 0, qPrintable(page->id()));
            QVERIFY2(buttons > 0, qPrintable(page->id()));
        }
    }

    void aClipOfADatasetGoesToExplore()
    {
        const QString file = m_home.path(QStringLiteral("clips.h5"));
        fixture::writeDataset(file.toStdString(), 8);
        const auto made = session();
        MainWindow& window = made->window();
        auto* datasets = qobject_cast<DatasetsPage*>(window.page(QStringLiteral("datasets")));
        auto* explore = qobject_cast<ExplorePage*>(window.page(QStringLiteral("explore")));
        QSignalSpy asked(datasets, &DatasetsPage::codesRequested);
        window.openPath(file, QStringLiteral("datasets"));
        QTRY_VERIFY(datasets->clips().rowCount() == 8);
        QAction* find = nullptr;
        for (QAction* action : datasets->findChildren<QAction*>())
            if (stripped(action->text()).startsWith(QLatin1String("Find the Codes"))) find = action;
        QTRY_VERIFY(find && find->isEnabled());
        find->trigger();
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.first().at(0).toString(), file);
        QCOMPARE(asked.first().at(1).toLongLong(), 0);
        QTRY_COMPARE(window.currentPage(), explore);
        QVERIFY(!explore->inversion());  // without a checkpoint it says what is missing
        bool told = false;
        for (const QLabel* label : explore->findChildren<QLabel*>()) told = told || (label->isVisible() && label->text().contains(QStringLiteral("Open a checkpoint first")));
        QVERIFY(told);

        window.openPath(m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split")), QStringLiteral("explore"));
        QTRY_VERIFY_WITH_TIMEOUT(explore->hasCheckpoint(), 10000);
        window.showPage(datasets->id());
        datasets->view()->setCurrentIndex(datasets->clips().index(5));
        QTest::keyClick(&window, Qt::Key_K, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY(explore->inversion());
        QCOMPARE(window.currentPage(), explore);
        InversionDialog* dialog = explore->inversion();
        QTRY_VERIFY(dialog->clips()->currentIndex().isValid());
        QCOMPARE(dialog->clips()->currentIndex().data(ClipListModel::ClipRole).toLongLong(), 5);
        QTRY_VERIFY(dialog->startButton()->isEnabled());
        dialog->close();
    }

    /// What a menu's action opens on another page stays there.
    void actionsThatLeadElsewhereArrive()
    {
        const QString file = m_home.path(QStringLiteral("clips.h5"));
        fixture::writeDataset(file.toStdString(), 8);
        const auto made = session();
        MainWindow& window = made->window();
        const auto trigger = [&](const QString& text) {
            for (QAction* action : window.findChildren<QAction*>())
                if (stripped(action->text()) == text && action->isEnabled()) return action->trigger();
            QFAIL(qPrintable(text));
        };
        auto* datasets = qobject_cast<DatasetsPage*>(window.page(QStringLiteral("datasets")));
        window.openPath(file, datasets->id());
        QTRY_VERIFY(datasets->clips().rowCount() == 8);
        trigger(QStringLiteral("Train on This Dataset"));
        QTest::qWait(50);
        QCOMPARE(window.currentPage()->id(), QStringLiteral("train"));
        window.openPath(m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split")), QStringLiteral("explore"));
        auto* explore = qobject_cast<ExplorePage*>(window.page(QStringLiteral("explore")));
        QTRY_VERIFY_WITH_TIMEOUT(explore->hasCheckpoint(), 10000);
        trigger(QStringLiteral("Add to Comparison"));
        QTest::qWait(50);
        QCOMPARE(window.currentPage()->id(), QStringLiteral("compare"));
    }

    void whatIsShownIsCopiedAndSaved()
    {
        const QString file = m_home.path(QStringLiteral("clips.h5"));
        fixture::writeDataset(file.toStdString(), 8);
        const auto made = session();
        MainWindow& window = made->window();
        auto* datasets = qobject_cast<DatasetsPage*>(window.page(QStringLiteral("datasets")));
        window.openPath(file, datasets->id());
        ClipInspector* inspector = datasets->inspector();
        for (const QAction* action : inspector->menuActions()) QVERIFY(!action->isEnabled() || inspector->player()->clip());
        QTRY_VERIFY(inspector->player()->clip() != nullptr);
        inspector->clock()->pause();
        inspector->clock()->rewind();
        const Frames clip = *inspector->player()->clip();
        for (const QAction* action : inspector->menuActions()) QVERIFY(action->isEnabled());

        inspector->menuActions().at(1)->trigger();  // Copy Frame
        const QImage copied = QGuiApplication::clipboard()->image();
        QCOMPARE(copied.size(), QSize(clip.width(), clip.height()));
        QCOMPARE(qRed(copied.pixel(0, 0)), int(clip.frame(0)[0]));
        inspector->menuActions().at(2)->trigger();  // Copy Clip
        QVERIFY(QGuiApplication::clipboard()->mimeData()->hasUrls() || QGuiApplication::clipboard()->mimeData()->hasFormat(QStringLiteral("image/gif")));

        QTest::keyClick(&window, Qt::Key_S, Qt::ControlModifier | Qt::ShiftModifier);
        auto* dialog = inspector->findChild<ExportDialog*>();
        QVERIFY(dialog);
        const QString target = m_home.path(QStringLiteral("shown.gif"));
        dialog->setTarget(target);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(target), 20000);
        QCOMPARE(QMovie(target).frameCount(), clip.count());
    }
};
QTEST_MAIN(TestGuidance)
#include "tst_guidance.moc"
