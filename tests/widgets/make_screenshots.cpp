// Pictures of the window for docs/: the real window without a screen, the real engine, the ready model and built-in datasets, nothing of the person's own.
#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QImage>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QMouseEvent>
#include <QPainter>
#include <QProcess>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>
#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <functional>

#include "app/workbench/session.h"
#include "core/clip/frames.h"
#include "core/export/palette.h"
#include "widgets/clip_view/clip_clock.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/main_window/command_palette.h"
#include "widgets/main_window/connect_dialog.h"
#include "widgets/main_window/tour.h"
#include "widgets/text.h"
#include "widgets/views/clip_inspector.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/datasets_page.h"
#include "widgets/views/bookmarks_panel.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/inversion_dialog.h"
#include "widgets/views/latent_pad.h"
#include "widgets/views/latent_tools.h"
#include "widgets/views/run_view.h"
#include "widgets/views/sample_view.h"
#include "widgets/views/study_window.h"
#include "widgets/views/train_page.h"

using namespace kinora;

namespace {
constexpr QSize kSize(1280, 800);
constexpr qint64 kLargest = 200 * 1024;
constexpr int kPatienceMs = 240000;

[[noreturn]] void die(const QString& text)
{
    std::fprintf(stderr, "make_screenshots: %s\n", qPrintable(text));
    std::exit(1);
}

/// Runs the event loop until something holds.
void await(const char* what, const std::function<bool()>& holds)
{
    QElapsedTimer timer;
    timer.start();
    while (!holds()) {
        if (timer.elapsed() > kPatienceMs) die(QStringLiteral("waited %1 s in vain for %2").arg(kPatienceMs / 1000).arg(QLatin1String(what)));
        QApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
    }
}
void pass(int milliseconds)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < milliseconds) QApplication::processEvents(QEventLoop::AllEvents, 20);
}

void run(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(KINORA_BIN_DIR "/") + program, arguments);
    if (!process.waitForFinished(kPatienceMs) || process.exitCode() != 0) die(program + QLatin1Char(' ') + arguments.join(QLatin1Char(' ')) + QStringLiteral(": ") + QString::fromLocal8Bit(process.readAll()));
}

/// As a PNG with a palette of 256 colours: a third of the size, and nobody sees it in a picture of a window.
void save(const QImage& given, const QString& file)
{
    const QImage image = given.convertToFormat(QImage::Format_RGB888);
    Frames frame(1, image.height(), image.width());
    for (int y = 0; y < image.height(); ++y) std::copy_n(image.constScanLine(y), image.width() * 3, frame.frame(0) + static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) * 3);
    ColourCount count;
    count.add({frame.frame(0), frame.frameBytes()});
    NearestColour nearest(count.palette(256));
    const IndexedFrame indices = indexed(frame, 0, nearest, Dither::None);
    QImage small(image.size(), QImage::Format_Indexed8);
    QList<QRgb> colours;
    for (const Colour& colour : nearest.palette()) colours << qRgb(colour[0], colour[1], colour[2]);
    small.setColorTable(colours);
    for (int y = 0; y < image.height(); ++y) std::copy_n(indices.indices.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()), image.width(), small.scanLine(y));
    if (!small.save(file, "PNG", 0)) die(QStringLiteral("cannot write ") + file);  // 0: as small as it gets
    const qint64 bytes = QFileInfo(file).size();
    std::printf("%-28s %4lld kB\n", qPrintable(QFileInfo(file).fileName()), static_cast<long long>(bytes / 1024));
    if (bytes > kLargest && given.devicePixelRatio() == 1) die(file + QStringLiteral(" is larger than a picture in docs/ may be"));
}

class Studio {
public:
    Studio(QString home, QString folder) : m_home(std::move(home)), m_folder(std::move(folder)) {}

    void prepareDataset()
    {
        if (!m_dataset.isEmpty()) return;
        m_dataset = m_home + QStringLiteral("/data/datasets/faces.h5");
        QDir().mkpath(QFileInfo(m_dataset).path());
        run(QStringLiteral("kinora"), {QStringLiteral("datasets"), QStringLiteral("import"), QStringLiteral("synthetic"), QStringLiteral("builtin:faces?clips=120"), QStringLiteral("-o"), m_dataset});
    }
    void prepareRun()
    {
        if (!m_run.isEmpty()) return;
        m_run = m_home + QStringLiteral("/data/runs/first-faces");
        run(QStringLiteral("kinora-engine"), {QStringLiteral("train"), QStringLiteral("--system"), QStringLiteral("g3an"), QStringLiteral("--dataset"), QStringLiteral("builtin:faces?clips=64"), QStringLiteral("--run"), m_run,
                                              QStringLiteral("--steps"), QStringLiteral("60"), QStringLiteral("--device"), QStringLiteral("cpu"), QStringLiteral("-q"), QStringLiteral("--set"), QStringLiteral("base_channels=4"),
                                              QStringLiteral("--set"), QStringLiteral("batch_size=4"), QStringLiteral("--set"), QStringLiteral("sample_interval=20"), QStringLiteral("--set"),
                                              QStringLiteral("checkpoint_interval=60")});
    }
    MainWindow& window()
    {
        if (!m_session) {
            m_session = std::make_unique<Session>();
            m_session->start({});
            m_session->window().resize(kSize);
            await("the engine", [this] { return m_session->engine().state() == EngineClient::State::Ready; });
        }
        return m_session->window();
    }
    ExplorePage& explore()
    {
        MainWindow& shown = window();
        auto* page = qobject_cast<ExplorePage*>(shown.page(QStringLiteral("explore")));
        if (!page->hasCheckpoint()) shown.openPath(QStringLiteral(KINORA_SOURCE_DIR "/resources/demo/g3an_faces.safetensors"), QStringLiteral("explore"));
        shown.showPage(page->id());
        await("the clip", [page] { return page->hasCheckpoint() && page->findChild<ClipView*>()->clip(); });
        await("the matrix", [page] {
            for (const ClipGrid* grid : page->findChildren<ClipGrid*>())
                if (grid->rows() > 0 && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; })) return true;
            return false;
        });
        return *page;
    }

    void datasets()
    {
        prepareDataset();
        MainWindow& shown = window();
        shown.openPath(m_dataset, QStringLiteral("datasets"));
        auto* page = qobject_cast<DatasetsPage*>(shown.page(QStringLiteral("datasets")));
        await("the clips", [page] { return page->clips().rowCount() > 100 && page->clips().loadedAt(0) && page->clips().loadedAt(20); });
        page->tabs()->setCurrentIndex(0);
        page->view()->setCurrentIndex(page->clips().index(7));
        await("the clip", [page] { return page->inspector()->player()->clip() != nullptr; });
        shoot(QStringLiteral("datasets"));
    }
    void statistics()
    {
        datasetsOpen();
        auto* page = qobject_cast<DatasetsPage*>(window().page(QStringLiteral("datasets")));
        page->tabs()->setCurrentIndex(1);
        pass(1500);
        shoot(QStringLiteral("statistics"));
        page->tabs()->setCurrentIndex(0);
    }
    void train()
    {
        prepareRun();
        MainWindow& shown = window();
        shown.openPath(m_run, QStringLiteral("train"));
        auto* page = qobject_cast<TrainPage*>(shown.page(QStringLiteral("train")));
        await("the samples", [page] { return page->runView()->samples()->shownStep() >= 40; });
        pass(1500);  // the curves
        shoot(QStringLiteral("train"));
    }
    void exploreLight()
    {
        explore();
        shoot(QStringLiteral("explore"));
    }
    void exploreDark()
    {
        explore();
        applyTheme(Theme::Dark);
        shoot(QStringLiteral("explore-dark"));
        applyTheme(themeFromName(QSettings(settingsFile(), QSettings::IniFormat).value(QStringLiteral("theme")).toString()));
    }
    /// Pad, curves and key poses below the clip, bookmarks below the controls.
    void tools()
    {
        ExplorePage& page = explore();
        for (QAction* action : page.tools()->viewActions()) action->setChecked(false), action->trigger();
        QAction *bookmarks = action(page, PageMenu::View, QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_B)), *keep = page.bookmarks().addAction(), *pose = action(page, PageMenu::Latents, QKeySequence(Qt::Key_K));
        bookmarks->trigger();
        page.setFrames(32);  // a path of several steps
        await("longer clips", [&page] {
            const auto grids = page.findChildren<ClipGrid*>();
            return std::ranges::any_of(grids, [](const ClipGrid* grid) { return grid->rows() > 0 && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip && clip->count() == 32; }); });
        });
        QAction* matrix = page.menuActions(PageMenu::View).first();
        for (int kept = 0; kept < 3; ++kept) {
            QSignalSpy shown(&page, &Page::latencyMeasured);
            page.loadCell((kept + 2) % 3, kept + 1);
            await("another clip", [&shown] { return !shown.isEmpty(); });
            pose->trigger();
            keep->trigger();
            await("the bookmark", [&page, kept] { return page.bookmarks().view()->model()->rowCount() == kept + 1; });
        }
        matrix->trigger();
        window().resize(1400, 800);
        pass(1500);
        QPointF at(-1.5, -1);
        for (int step = 0; step < 24; ++step, at += QPointF(0.12, 0.3 * std::sin(step / 3.0))) {
            const QPointF place = page.tools()->pad()->area()->positionOf(at);
            QMouseEvent event(step == 0 ? QEvent::MouseButtonPress : QEvent::MouseMove, place, page.tools()->pad()->area()->mapToGlobal(place), step == 0 ? Qt::LeftButton : Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(page.tools()->pad()->area(), &event);
        }
        pass(1500);
        shoot(QStringLiteral("tools"));
        for (QAction* action : page.tools()->viewActions()) action->trigger();
        bookmarks->trigger();
        matrix->trigger();
        window().resize(kSize);
        page.undoStack()->setIndex(0);
        page.setFrames(16);
        pass(1500);
    }
    void evidence()
    {
        ExplorePage& page = explore();
        QAction* shows = action(page, PageMenu::View, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
        shows->trigger();
        pass(500);
        page.loadCell(0, 0);
        pass(1000);
        page.setReference();
        QSignalSpy shown(&page, &Page::latencyMeasured);
        page.loadCell(0, 2);
        await("another clip", [&shown] { return !shown.isEmpty(); });
        pass(2500);  // numbers and flow
        shoot(QStringLiteral("evidence"));
        shows->trigger();
        page.undoStack()->setIndex(0);
        pass(800);
    }
    void inversion()
    {
        prepareDataset();
        ExplorePage& page = explore();
        page.findCodesOf(m_dataset, 3);
        InversionDialog* dialog = page.inversion();
        await("the start button", [dialog] { return dialog->startButton()->isEnabled(); });
        dialog->start();
        await("the inversion", [dialog] { return dialog->losses()->losses().size() >= 12; });
        save(dialog->grab().toImage(), m_folder + QStringLiteral("/inversion.png"));
        dialog->stop();
        await("its end", [dialog] { return !dialog->running(); });
        dialog->reject();
    }
    void compare()
    {
        compareOpen();
        shoot(QStringLiteral("compare"));
        auto* page = qobject_cast<ComparePage*>(window().page(QStringLiteral("compare")));
        page->setBlend(ClipBlend::Wipe);
        shoot(QStringLiteral("compare-wipe"));
        page->setBlend(ClipBlend::None);
    }
    void compareOpen()
    {
        prepareDataset();
        MainWindow& shown = window();
        auto* page = qobject_cast<ComparePage*>(shown.page(QStringLiteral("compare")));
        page->clear();
        shown.showPage(page->id());
        const QString model = QStringLiteral(KINORA_SOURCE_DIR "/resources/demo/g3an_faces.safetensors");
        shown.openPath(model, page->id());
        shown.openPath(m_dataset, page->id());
        await("the columns", [page] {
            const auto* grid = page->findChild<ClipGrid*>();
            return grid->columns() == 2 && grid->rows() > 0 && std::ranges::all_of(grid->clips(), [](const ClipPtr& clip) { return clip != nullptr; });
        });
    }
    /// A question of a blind study, then what two raters said.
    void study()
    {
        compareOpen();
        const auto* grid = window().page(QStringLiteral("compare"))->findChild<ClipGrid*>();
        StudyDesign design;
        design.question = "Which clip looks more natural?";
        design.systems = {"G3AN", "real faces"};
        design.clips = grid->rows();
        design.plays = 0;
        design.seed = 5;
        design.frameRateHz = 10;
        std::vector<Frames> clips;
        for (int column = 0; column < 2; ++column)
            for (int row = 0; row < grid->rows(); ++row) clips.push_back(*grid->clip(row, column));
        StudyWindow shown(Study::create(toPath(m_home + QStringLiteral("/faces.study.json")), design, clips));
        shown.resize(900, 620);
        shown.show();
        for (const char* rater : {"anna", "ben"}) {
            shown.startRating(QLatin1String(rater));
            pass(200);
            if (*rater == 'a') {
                for (ClipClock* clock : shown.findChildren<ClipClock*>()) clock->pause();
                save(shown.grab().toImage(), m_folder + QStringLiteral("/study.png"));
            }
            for (int answers = 0; shown.rating() && answers < 100; ++answers) {
                const Qt::Key key = answers % 3 == 2 ? Qt::Key_Down : *shown.findChildren<ClipView*>().at(0)->clip() == clips[static_cast<std::size_t>(grid->rows())] ? Qt::Key_Left : Qt::Key_Right;
                QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier);
                QApplication::sendEvent(&shown, &press);
            }
        }
        shown.showResults();
        pass(200);
        save(shown.grab().toImage(), m_folder + QStringLiteral("/study-results.png"));
        shown.close();
    }
    void connectEngine()
    {
        window().showConnect();
        auto* dialog = window().findChild<ConnectDialog*>();
        pass(200);
        save(dialog->grab().toImage(), m_folder + QStringLiteral("/connect.png"));
        dialog->reject();
    }
    void exportDialog()
    {
        explore().saveClip();
        auto* dialog = window().findChild<ExportDialog*>();
        dialog->setTarget(QStringLiteral("/tmp/faces.gif"));
        pass(1500);
        save(dialog->grab().toImage(), m_folder + QStringLiteral("/export.png"));
        dialog->reject();
    }
    void palette()
    {
        explore();
        window().showPalette();
        auto* palette = window().findChild<CommandPalette*>();
        palette->line()->setText(QStringLiteral("new"));
        pass(200);
        // a dialog is a window of its own: put where it stands on the screen
        QImage picture = window().grab().toImage();
        QPainter painter(&picture);
        const QRect place(window().mapFromGlobal(palette->pos()), palette->size());
        painter.drawPixmap(place.topLeft(), palette->grab());
        painter.setPen(palette->palette().color(QPalette::Mid));
        painter.drawRect(place.adjusted(0, 0, -1, -1));
        painter.end();
        save(picture, m_folder + QStringLiteral("/palette.png"));
        palette->close();
        pass(100);
    }
    void tour()
    {
        explore();
        window().showTour();
        pass(200);
        save(window().grab().toImage(), m_folder + QStringLiteral("/tour.png"));
        window().findChild<Tour*>()->end();
        pass(100);
    }

private:
    static QAction* action(const Page& page, PageMenu menu, const QKeySequence& key)
    {
        for (QAction* action : page.menuActions(menu))
            if (action->shortcut() == key) return action;
        die(QStringLiteral("no action has the key ") + key.toString());
    }
    void datasetsOpen()
    {
        auto* page = qobject_cast<DatasetsPage*>(window().page(QStringLiteral("datasets")));
        if (!page->clips().contents()) datasets();
        window().showPage(page->id());
    }
    void shoot(const QString& name)
    {
        // all clips at the frame that shows movement best, whenever the picture is taken
        pass(600);
        for (ClipClock* clock : window().currentPage()->findChildren<ClipClock*>()) clock->pause();
        pass(300);
        save(window().grab().toImage(), m_folder + QLatin1Char('/') + name + QStringLiteral(".png"));
    }

    QString m_home, m_folder, m_dataset, m_run;
    std::unique_ptr<Session> m_session;
};
}  // namespace

int main(int argc, char** argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    // before anything asks where its home is
    QTemporaryDir home;
    qputenv("KINORA_HOME", home.path().toUtf8());
    QApplication application(argc, argv);
    setlocale(LC_NUMERIC, "C");
    const std::vector<std::pair<QString, void (Studio::*)()>> pictures{
        {QStringLiteral("datasets"), &Studio::datasets}, {QStringLiteral("statistics"), &Studio::statistics}, {QStringLiteral("train"), &Studio::train},
        {QStringLiteral("explore"), &Studio::exploreLight}, {QStringLiteral("explore-dark"), &Studio::exploreDark}, {QStringLiteral("tools"), &Studio::tools}, {QStringLiteral("evidence"), &Studio::evidence},
        {QStringLiteral("inversion"), &Studio::inversion}, {QStringLiteral("compare"), &Studio::compare},
        {QStringLiteral("study"), &Studio::study}, {QStringLiteral("connect"), &Studio::connectEngine}, {QStringLiteral("export"), &Studio::exportDialog}, {QStringLiteral("palette"), &Studio::palette}, {QStringLiteral("tour"), &Studio::tour}};
    QStringList names;
    for (const auto& [name, take] : pictures) names << name;
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Takes pictures of the window for docs/. Names: %1.").arg(names.join(QStringLiteral(", "))));
    parser.addHelpOption();
    const QCommandLineOption themeOption(QStringLiteral("theme"), QStringLiteral("light or dark."), QStringLiteral("theme"), QStringLiteral("light"));
    const QCommandLineOption languageOption(QStringLiteral("language"), QStringLiteral("en or zh_CN."), QStringLiteral("language"), QStringLiteral("en"));
    parser.addOptions({themeOption, languageOption});
    parser.addPositionalArgument(QStringLiteral("folder"), QStringLiteral("Where the pictures go."));
    parser.addPositionalArgument(QStringLiteral("name"), QStringLiteral("Which ones; none: all."), QStringLiteral("[name...]"));
    parser.process(application);
    QStringList arguments = parser.positionalArguments();
    if (arguments.isEmpty() || !home.isValid()) die(QStringLiteral("say a folder; see --help"));
    const QString folder = arguments.takeFirst();
    if (!QDir().mkpath(folder)) die(QStringLiteral("cannot make ") + folder);
    for (const QString& name : arguments)
        if (!names.contains(name)) die(QStringLiteral("there is no picture \"%1\"; there are %2").arg(name, names.join(QStringLiteral(", "))));

    QDir().mkpath(home.filePath(QStringLiteral("config")));
    {
        QSettings settings(settingsFile(), QSettings::IniFormat);
        settings.setValue(QStringLiteral("engine"), QStringLiteral("\"" KINORA_BIN_DIR "/kinora-engine\" serve --stdio --device cpu"));
        settings.setValue(QStringLiteral("theme"), parser.value(themeOption));
        settings.setValue(QStringLiteral("language"), parser.value(languageOption));
    }
    Studio studio(home.path(), folder);
    for (const auto& [name, take] : pictures)
        if (arguments.isEmpty() || arguments.contains(name)) (studio.*take)();
    return 0;
}
