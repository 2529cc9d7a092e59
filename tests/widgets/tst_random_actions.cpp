// A thousand random actions in the real window with the real engine: no crash, nothing that grows, and nobody waits. KINORA_TEST_SEED chooses another sequence, KINORA_TEST_ACTIONS another length.
#include <malloc.h>
#include <unistd.h>

#include <QAction>
#include <QApplication>
#include <QDesktopServices>
#include <QDialog>
#include <QDir>
#include <QFileDialog>
#include <QMenu>
#include <QMenuBar>
#include <QPointer>
#include <QScrollBar>
#include <QSlider>
#include <QSplitterHandle>
#include <QTimer>
#include <QUndoStack>
#include <QWindow>
#include <QtTest>
#include <cstdio>
#include <map>
#include <random>

#include "app/workbench/session.h"
#include "tests/widgets/run_fixture.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/main_window/watchdog.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/datasets_page.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/train_page.h"
#include "window_test_support.h"

using namespace kinora;

namespace {
constexpr double kBudgetMs = 50, kTolerance = 10;  // ./check fails at ten times a budget that a person feels

double residentMiB()
{
    malloc_trim(0);
    long pages = 0, resident = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}
double heapMiB() { return static_cast<double>(mallinfo2().uordblks) / (1 << 20); }

struct Size {
    qsizetype widgets = 0, objects = 0;
    double heapMiB = 0, residentMiB = 0;
    std::map<QString, int> kinds;  // of widgets, with where they are
};

/// Which kinds of widgets have become more.
QString growth(const Size& before, const Size& after)
{
    QStringList lines;
    for (const auto& [kind, count] : after.kinds)
        if (const auto old = before.kinds.find(kind); count > (old == before.kinds.end() ? 0 : old->second)) lines << QStringLiteral("%1: %2, then %3").arg(kind).arg(old == before.kinds.end() ? 0 : old->second).arg(count);
    return lines.join(QLatin1Char('\n'));
}
}  // namespace

/// Somebody who presses everything.
class Person final : public QObject {
    Q_OBJECT
public:
    Person(Session& session, unsigned seed, QStringList files, QString folder) : m_session(session), m_random(seed), m_files(std::move(files)), m_folder(std::move(folder))
    {
        // menus, message boxes and drags have event loops of their own, inside of an action: what is due there is done by this timer
        m_rescue.setInterval(40);
        connect(&m_rescue, &QTimer::timeout, this, &Person::rescue);
        m_rescue.start();
    }

    void act()
    {
        ++m_number;
        m_level = QThread::currentThread()->loopLevel();
        m_acting = true;
        if (QWidget* popup = QApplication::activePopupWidget())
            answerPopup(popup);
        else if (QWidget* modal = QApplication::activeModalWidget())
            inDialog(modal);
        else
            inWindow(pickWindow());
        m_acting = false;
        QTest::qWait(below(4) == 0 ? 10 : 1);
    }

    /// Closes everything but the window and lets pending work end, so that two moments can be compared.
    void settle()
    {
        for (int round = 0; round < 100; ++round) {
            QWidget* open = QApplication::activePopupWidget() ? QApplication::activePopupWidget() : QApplication::activeModalWidget();
            if (!open)
                for (QWidget* window : QApplication::topLevelWidgets())
                    if (window->isVisible() && window != &m_session.window()) open = window;
            if (!open) break;
            open->close();
            QTest::qWait(30);
        }
    }

    QStringList history() const { return m_history; }
    quint32 below(quint32 limit) { return limit ? static_cast<quint32>(m_random() % limit) : 0; }

private:
    void note(const QString& what)
    {
        m_history << QStringLiteral("%1 %2").arg(m_number).arg(what);
        if (m_history.size() > 40) m_history.removeFirst();
        if (qEnvironmentVariableIsSet("KINORA_TEST_TRACE")) {
            std::fprintf(stderr, "%s\n", qPrintable(m_history.last()));
        }
    }
    static QString named(const QWidget* widget)
    {
        return QStringLiteral("%1 \"%2\"").arg(QLatin1String(widget->metaObject()->className()), widget->accessibleName().isEmpty() ? widget->objectName() : widget->accessibleName());
    }

    QWidget* pickWindow()
    {
        QList<QWidget*> others;
        for (QWidget* window : QApplication::topLevelWidgets())
            if (window->isVisible() && window != &m_session.window() && window->isWindow() && window->windowType() != Qt::ToolTip) others << window;
        if (!others.isEmpty() && below(4) == 0) {
            QWidget* other = others[below(static_cast<quint32>(others.size()))];
            if (below(6) == 0) {
                note(QStringLiteral("close ") + named(other));
                other->close();
                return &m_session.window();
            }
            return other;
        }
        return &m_session.window();
    }

    void rescue()
    {
        if (!m_acting || QThread::currentThread()->loopLevel() <= m_level) return;  // no loop of its own: the action is on its way
        if (QWidget* popup = QApplication::activePopupWidget()) return answerPopup(popup);
        if (QWidget* modal = QApplication::activeModalWidget()) return inDialog(modal);
        // a drag waits for its end
        note(QStringLiteral("end of a drag"));
        QWindow* window = m_session.window().windowHandle();
        QTest::keyClick(window, Qt::Key_Escape);
        QTest::mouseRelease(window, Qt::LeftButton, {}, QPoint(4, 4));
    }

    void answerPopup(QWidget* popup)
    {
        static const Qt::Key keys[] = {Qt::Key_Down, Qt::Key_Down, Qt::Key_Up, Qt::Key_Return, Qt::Key_Escape};
        const Qt::Key key = keys[below(5)];
        if (auto* menu = qobject_cast<QMenu*>(popup); menu && key == Qt::Key_Return && menu->activeAction() && !harmless(menu->activeAction())) {
            popup->close();
            return;
        }
        note(QStringLiteral("popup %1 key %2").arg(named(popup)).arg(key, 0, 16));
        QTest::keyClick(popup, key);
        if (key == Qt::Key_Escape) popup->close();
    }

    void inDialog(QWidget* modal)
    {
        if (auto* files = qobject_cast<QFileDialog*>(modal)) {
            if (below(2) == 0) {
                note(QStringLiteral("no file for \"%1\"").arg(files->windowTitle()));
                files->reject();
                return;
            }
            // never anything outside of the folder of the test
            const QString path = files->acceptMode() == QFileDialog::AcceptSave ? m_folder + QStringLiteral("/saved-%1").arg(below(5)) : m_files[below(static_cast<quint32>(m_files.size()))];
            note(QStringLiteral("\"%1\" for \"%2\"").arg(path, files->windowTitle()));
            files->setDirectory(QFileInfo(path).path());
            files->selectFile(path);
            QMetaObject::invokeMethod(files, "accept");
            if (files->isVisible()) files->reject();
            return;
        }
        if (++m_inDialog > 4 + static_cast<int>(below(8))) {
            m_inDialog = 0;
            note(QStringLiteral("leave ") + named(modal));
            const QPointer<QWidget> open = modal;
            QTest::keyClick(modal, Qt::Key_Escape);
            if (open && open->isVisible()) open->close();
            return;
        }
        inWindow(modal);
    }

    void inWindow(QWidget* window)
    {
        if (window == &m_session.window()) m_inDialog = 0;
        const quint32 die = below(100);
        if (die < 34) return click(window, Qt::LeftButton, false);
        if (die < 39) return click(window, Qt::LeftButton, true);
        if (die < 45) return click(window, Qt::RightButton, false);
        if (die < 63) return key(window);
        if (die < 76) return drag(window);
        if (die < 82) return wheel(window);
        if (window != &m_session.window()) return click(window, Qt::LeftButton, false);
        if (die < 91) return menu();
        if (die < 95) {
            const int page = static_cast<int>(below(4));
            note(QStringLiteral("page %1").arg(page + 1));
            QTest::keyClick(window, static_cast<Qt::Key>(Qt::Key_1 + page), Qt::ControlModifier);
        } else if (die < 98) {
            const QSize size(900 + static_cast<int>(below(700)), 620 + static_cast<int>(below(400)));
            note(QStringLiteral("size %1 x %2").arg(size.width()).arg(size.height()));
            if (window->isFullScreen())
                QTest::keyClick(window, Qt::Key_F11);
            else
                window->resize(size);
        } else {
            const QString path = m_files[below(static_cast<quint32>(m_files.size()))];
            note(QStringLiteral("open ") + path);
            m_session.window().openPath(path);
        }
    }

    /// A visible, enabled widget that the pointer can reach; nullptr if chance finds none.
    QWidget* pick(QWidget* window, bool draggable = false)
    {
        const QList<QWidget*> all = window->findChildren<QWidget*>();
        const bool answering = below(4) != 0;  // mostly what can have the focus: buttons, lists, sliders
        for (int attempt = 0; attempt < 150 && !all.isEmpty(); ++attempt) {
            QWidget* widget = all[below(static_cast<quint32>(all.size()))];
            if (!widget->isVisible() || !widget->isEnabled() || widget->window() != window || widget->width() < 4 || widget->height() < 4) continue;
            if (answering && widget->focusPolicy() == Qt::NoFocus) continue;
            if (draggable && !qobject_cast<QAbstractSlider*>(widget) && !qobject_cast<QSplitterHandle*>(widget) && !widget->hasMouseTracking() && !qobject_cast<ClipView*>(widget)) continue;
            const QPoint middle = widget->mapTo(window, widget->rect().center());
            const QWidget* hit = window->childAt(middle);
            if (hit && (hit == widget || widget->isAncestorOf(hit) || hit->isAncestorOf(widget))) return widget;
        }
        return nullptr;
    }
    QPoint placeIn(QWidget* widget, QWidget* window)
    {
        return widget->mapTo(window, QPoint(static_cast<int>(below(static_cast<quint32>(widget->width()))), static_cast<int>(below(static_cast<quint32>(widget->height())))));
    }

    void click(QWidget* window, Qt::MouseButton button, bool twice)
    {
        QWidget* widget = pick(window);
        if (!widget || !window->windowHandle()) return;
        if (qobject_cast<QMenuBar*>(widget)) return;  // menu() does it
        const QPoint place = placeIn(widget, window);
        Qt::KeyboardModifiers modifiers;
        if (below(8) == 0) modifiers = below(2) ? Qt::ControlModifier : Qt::ShiftModifier;
        note(QStringLiteral("%1 %2 at %3,%4").arg(twice ? QStringLiteral("double click") : button == Qt::RightButton ? QStringLiteral("context menu") : QStringLiteral("click"), named(widget)).arg(place.x()).arg(place.y()));
        QWindow* handle = window->windowHandle();
        QTest::mouseMove(handle, place);
        const QPointer<QWindow> still = handle;
        if (twice)
            QTest::mouseDClick(handle, button, modifiers, place);
        else
            QTest::mouseClick(handle, button, modifiers, place);
        // the platform without a screen sends no context menu event
        if (button == Qt::RightButton && still) {
            if (QWidget* hit = window->childAt(place)) {
                QContextMenuEvent event(QContextMenuEvent::Mouse, hit->mapFrom(window, place), window->mapToGlobal(place));
                QApplication::sendEvent(hit, &event);
            }
        }
    }

    void key(QWidget* window)
    {
        static const Qt::Key plain[] = {Qt::Key_Left, Qt::Key_Right, Qt::Key_Up, Qt::Key_Down, Qt::Key_Space, Qt::Key_Tab, Qt::Key_Backtab, Qt::Key_Return, Qt::Key_Escape, Qt::Key_Home, Qt::Key_End,
                                        Qt::Key_PageUp, Qt::Key_PageDown, Qt::Key_Delete, Qt::Key_Comma, Qt::Key_Period, Qt::Key_Less, Qt::Key_Greater, Qt::Key_F5, Qt::Key_F2, Qt::Key_1, Qt::Key_2, Qt::Key_4,
                                        Qt::Key_A, Qt::Key_B, Qt::Key_D, Qt::Key_E, Qt::Key_F, Qt::Key_K, Qt::Key_L, Qt::Key_M, Qt::Key_N, Qt::Key_P, Qt::Key_R, Qt::Key_S, Qt::Key_W, Qt::Key_X, Qt::Key_Y};
        static const Qt::Key withControl[] = {Qt::Key_Z, Qt::Key_A, Qt::Key_C, Qt::Key_F, Qt::Key_V, Qt::Key_S, Qt::Key_E, Qt::Key_M, Qt::Key_N, Qt::Key_O, Qt::Key_I, Qt::Key_R, Qt::Key_P};
        const int times = 1 + static_cast<int>(below(4));
        const bool control = below(4) == 0;
        const Qt::Key chosen = control ? withControl[below(std::size(withControl))] : plain[below(std::size(plain))];
        Qt::KeyboardModifiers modifiers = control ? Qt::ControlModifier : Qt::NoModifier;
        if (below(6) == 0) modifiers |= Qt::ShiftModifier;
        note(QStringLiteral("key %1 %2x in %3").arg(QKeySequence(QKeyCombination(modifiers, chosen)).toString()).arg(times).arg(named(window)));
        const QPointer<QWindow> handle = window->windowHandle();
        for (int i = 0; i < times && handle; ++i) {
            if (chosen >= Qt::Key_A && chosen <= Qt::Key_Z && !control)
                QTest::keyClick(handle, static_cast<char>('a' + (chosen - Qt::Key_A)), modifiers);
            else
                QTest::keyClick(handle, chosen, modifiers);
        }
    }

    void drag(QWidget* window)
    {
        QWidget* widget = pick(window, true);
        if (!widget || !window->windowHandle()) return;
        const QPoint from = placeIn(widget, window);
        const QPoint to = from + QPoint(static_cast<int>(below(241)) - 120, static_cast<int>(below(121)) - 60);
        note(QStringLiteral("drag %1 from %2,%3 to %4,%5").arg(named(widget)).arg(from.x()).arg(from.y()).arg(to.x()).arg(to.y()));
        const QPointer<QWindow> handle = window->windowHandle();
        QTest::mousePress(handle, Qt::LeftButton, {}, from);
        for (int step = 1; step <= 6 && handle; ++step) {
            QTest::mouseMove(handle, from + (to - from) * step / 6);
            QTest::qWait(1);
        }
        if (handle) QTest::mouseRelease(handle, Qt::LeftButton, {}, to);
    }

    void wheel(QWidget* window)
    {
        QWidget* widget = pick(window);
        if (!widget || !window->windowHandle()) return;
        const QPoint place = placeIn(widget, window);
        note(QStringLiteral("wheel over ") + named(widget));
        const QPointer<QWindow> handle = window->windowHandle();
        const int turns = 1 + static_cast<int>(below(5)), way = below(2) ? 120 : -120;
        const Qt::KeyboardModifiers modifiers = below(4) == 0 ? Qt::ControlModifier : Qt::NoModifier;
        for (int i = 0; i < turns && handle; ++i) {
            QWheelEvent event(place, window->mapToGlobal(place), QPoint(), QPoint(0, way), Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
            QApplication::sendEvent(handle, &event);
        }
    }

    /// Not the end of the program, and no other language: that makes another window, which tst_main_window does.
    bool harmless(const QAction* action) const
    {
        if (action->menuRole() == QAction::QuitRole || (action->parent() && action->parent()->inherits("QActionGroup") && QStringList{QStringLiteral("system"), QStringLiteral("en"), QStringLiteral("zh_CN")}.contains(action->data().toString())))
            return false;
        return action->isEnabled();
    }

    void menu()
    {
        QList<QAction*> actions;
        QList<QMenu*> menus;
        for (QAction* entry : m_session.window().menuBar()->actions())
            if (entry->menu()) menus << entry->menu();
        while (!menus.isEmpty()) {
            QMenu* menu = menus.takeFirst();
            for (QAction* action : menu->actions()) {
                if (action->menu())
                    menus << action->menu();
                else if (!action->isSeparator() && harmless(action))
                    actions << action;
            }
        }
        QAction* action = actions[below(static_cast<quint32>(actions.size()))];
        note(QStringLiteral("menu ") + action->text());
        action->trigger();
    }

    Session& m_session;
    std::mt19937 m_random;
    QStringList m_files, m_history;
    QString m_folder;
    QTimer m_rescue;
    bool m_acting = false;
    int m_number = 0, m_inDialog = 0, m_level = 0;
};

class TestRandomActions final : public QObject {
    Q_OBJECT
    TestHome m_home;
    QStringList m_files;

    Q_INVOKABLE void swallow(const QUrl&) {}

    /// The window as it was at the start: Explore with the ready model, and what the session keeps open.
    static void bringBack(Session& session, const QStringList& files)
    {
        MainWindow& window = session.window();
        if (window.isFullScreen()) window.showNormal();
        window.resize(1320, 800);
        for (Page* page : window.pages())
            if (page->undoStack()) page->undoStack()->clear();
        qobject_cast<ComparePage*>(window.page(QStringLiteral("compare")))->clear();
        window.openPath(files[1], QStringLiteral("datasets"));
        window.openPath(files[2], QStringLiteral("train"));
        window.openPath(files[0], QStringLiteral("explore"));
    }
    static Size measure()
    {
        for (int i = 0; i < 20; ++i) {
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
            QTest::qWait(20);
        }
        Size size;
        size.widgets = QApplication::allWidgets().size();
        for (const QWidget* widget : QApplication::allWidgets())
            ++size.kinds[QStringLiteral("%1 in %2").arg(QLatin1String(widget->metaObject()->className()), widget->parent() ? QLatin1String(widget->parent()->metaObject()->className()) : QStringLiteral("nothing"))];
        for (QWidget* top : QApplication::topLevelWidgets())
            if (!top->parent()) size.objects += top->findChildren<QObject*>().size() + 1;
        size.objects += qApp->findChildren<QObject*>().size();
        size.residentMiB = residentMiB();
        size.heapMiB = heapMiB();
        return size;
    }

private Q_SLOTS:
    void initTestCase()
    {
        const QString engine = QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), ready = QStringLiteral(KINORA_SOURCE_DIR "/resources/demo/g3an_faces.safetensors");
        if (!QFileInfo(engine).isExecutable()) QSKIP("kinora-engine is not built in this tree");
        if (!QFileInfo::exists(ready)) QSKIP("the ready model is not in this tree");
        // whatever is typed into a dialog lies in the folder of the test
        qputenv("HOME", m_home.path(QStringLiteral("person")).toUtf8());
        QDir().mkpath(m_home.path(QStringLiteral("person/work")));
        QDir().mkpath(m_home.path(QStringLiteral("config")));
        QDir().mkpath(m_home.path(QStringLiteral("data/datasets")));
        QDir().mkpath(m_home.path(QStringLiteral("data/runs")));
        QDir::setCurrent(m_home.path(QStringLiteral("person/work")));
        QSettings(settingsFile(), QSettings::IniFormat).setValue(QStringLiteral("engine"), QStringLiteral("\"%1\" serve --stdio --device cpu").arg(engine));
        QDesktopServices::setUrlHandler(QStringLiteral("file"), this, "swallow");
        QDesktopServices::setUrlHandler(QStringLiteral("https"), this, "swallow");

        const QString model = m_home.path(QStringLiteral("ready.safetensors")), clips = m_home.path(QStringLiteral("data/datasets/clips.h5")), run = m_home.path(QStringLiteral("data/runs/a"));
        QVERIFY(QFile::copy(ready, model));
        fixture::writeDataset(clips.toStdString(), 60, 8, 32);
        for (const QString& folder : {run, m_home.path(QStringLiteral("data/runs/b"))}) {
            auto writer = RunWriter::create(folder.toStdString(), fixture::config());
            for (int step = 1; step <= 200; ++step) fixture::scalars(*writer, step);
            for (int step = 10; step <= 50; step += 10) fixture::samples(*writer, step);
            fixture::report(*writer, 200, RunState::Finished);
        }
        QFile state(m_home.path(QStringLiteral("broken.json")));
        QVERIFY(state.open(QIODevice::WriteOnly));
        state.write("{\"kinora\": ");
        state.close();
        m_files = {model, clips, run, state.fileName()};
    }

    void cleanupTestCase()
    {
        for (const char* scheme : {"file", "https"}) QDesktopServices::unsetUrlHandler(QLatin1String(scheme));
    }

    void nothingBreaksGrowsOrStands()
    {
        bool given = false;
        int actions = qEnvironmentVariableIntValue("KINORA_TEST_ACTIONS", &given);
        if (!given) actions = qEnvironmentVariableIntValue("KINORA_TEST_LONG") ? 1000 : 300;
        const unsigned seed = qEnvironmentVariableIsSet("KINORA_TEST_SEED") ? qEnvironmentVariable("KINORA_TEST_SEED").toUInt() : 7;
        Session session;
        session.start({});
        QVERIFY(QTest::qWaitForWindowExposed(&session.window()));
        bringBack(session, m_files);
        // another language makes another window: it is asked for anew each time
        const auto shown = [&] {
            const auto* explore = qobject_cast<ExplorePage*>(session.window().page(QStringLiteral("explore")));
            return explore->hasCheckpoint() && explore->findChild<ClipView*>()->clip();
        };
        QTRY_VERIFY_WITH_TIMEOUT(shown(), 120000);
        QTest::qWait(500);

        Watchdog watchdog(kBudgetMs, Watchdog::Clock::Processor);
        Person person(session, seed, m_files, m_home.path(QStringLiteral("person/work")));
        Size sizes[3];
        double seconds = 0;
        for (int half = 0; half < 2; ++half) {
            QElapsedTimer timer;
            timer.start();
            for (int i = 0; i < actions / 2; ++i) person.act();
            seconds += static_cast<double>(timer.elapsed()) / 1000;
            person.settle();
            bringBack(session, m_files);
            QVERIFY2(QTest::qWaitFor(shown, 120000), qPrintable(person.history().join(QLatin1Char('\n'))));
            sizes[half + 1] = measure();
        }
        std::vector<Watchdog::Stall> stalls = watchdog.stalls();
        std::ranges::sort(stalls, std::greater{}, &Watchdog::Stall::processorMs);
        const qsizetype told = qEnvironmentVariableIsSet("KINORA_TEST_TRACE") ? 40 : 3;
        for (qsizetype i = 0; i < std::min<qsizetype>(told, std::ssize(stalls)); ++i) qInfo("%s", qPrintable(stallText(stalls[static_cast<std::size_t>(i)])));
        qInfo("%d random actions in %.1f s: longest turn of the window %.0f ms of processor time, %zu over %.0f ms", actions, seconds, watchdog.longestMs(), stalls.size(), kBudgetMs);
        qInfo("after the first half %lld widgets, %lld objects, heap %.1f MiB, resident %.1f MiB; after the second %lld, %lld, %.1f, %.1f", static_cast<long long>(sizes[1].widgets),
              static_cast<long long>(sizes[1].objects), sizes[1].heapMiB, sizes[1].residentMiB, static_cast<long long>(sizes[2].widgets), static_cast<long long>(sizes[2].objects), sizes[2].heapMiB,
              sizes[2].residentMiB);
        QVERIFY2(watchdog.longestMs() < kTolerance * kBudgetMs, stalls.empty() ? "" : qPrintable(stallText(stalls.front())));
        QVERIFY(watchdog.turns() > actions);
        QVERIFY2(sizes[2].widgets < sizes[1].widgets * 1.1 + 40, qPrintable(QStringLiteral("%1, then %2\n").arg(sizes[1].widgets).arg(sizes[2].widgets) + growth(sizes[1], sizes[2])));
        QVERIFY2(sizes[2].objects < sizes[1].objects * 1.1 + 100, qPrintable(QStringLiteral("%1, then %2").arg(sizes[1].objects).arg(sizes[2].objects)));
        QVERIFY2(sizes[2].heapMiB < sizes[1].heapMiB * 1.25 + 16, qPrintable(QStringLiteral("%1, then %2 MiB").arg(sizes[1].heapMiB).arg(sizes[2].heapMiB)));
        QVERIFY2(sizes[2].residentMiB < sizes[1].residentMiB * 1.25 + 32, qPrintable(QStringLiteral("%1, then %2 MiB").arg(sizes[1].residentMiB).arg(sizes[2].residentMiB)));
    }
};
QTEST_MAIN(TestRandomActions)
#include "tst_random_actions.moc"
