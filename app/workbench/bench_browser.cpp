#include "app/workbench/bench_browser.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "widgets/text.h"
#include "widgets/views/clip_list_view.h"
#include "widgets/views/datasets_page.h"

using namespace kinora;
using nlohmann::json;

namespace {
constexpr double kFrameBudgetMs = 33, kMemoryBudgetMiB = 500;
constexpr int kTickMs = 16;

/// Processor time of this thread: what a frame costs, however many others want the processor.
double threadMs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

/// Counts repaints.
class BenchApplication final : public QApplication {
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override
    {
        if (event->type() == QEvent::UpdateRequest) ++m_paints;
        return QApplication::notify(receiver, event);
    }
    int paints() const { return m_paints; }

private:
    int m_paints = 0;
};

/// A line of /proc/self/status in MiB.
double memoryMiB(const std::string& key)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key + ":")) return std::strtod(line.c_str() + key.size() + 1, nullptr) / 1024;
    return 0;
}

/// Small clips with classes, subjects, splits and a moving bar, so that thumbnails, facets and filters have something to do.
void writeClips(const QString& file, int clips, int frames, int side)
{
    ClipFileWriter writer(toPath(file), {{"action", {"walk", "run", "jump", "wave", "bend", "skip"}, "motion"}, {"hue", {}, "appearance"}, {"style", {"plain", "bright", "dark"}, "appearance"}}, {},
                          {{"kind", "bench"}, {"source", "generated"}});
    Frames clip(frames, side, side);
    for (int i = 0; i < clips; ++i) {
        for (int t = 0; t < frames; ++t)
            for (int y = 0; y < side; ++y)
                for (int x = 0; x < side; ++x) {
                    std::uint8_t* pixel = clip.frame(t) + (static_cast<std::size_t>(y) * side + x) * 3;
                    const bool bar = (x + t * (1 + i % 3) + i) % side < side / 4;
                    pixel[0] = static_cast<std::uint8_t>(bar ? 230 : i * 7 % 200);
                    pixel[1] = static_cast<std::uint8_t>(bar ? i * 13 % 255 : y * 200 / side);
                    pixel[2] = static_cast<std::uint8_t>(bar ? 40 : i * 29 % 200);
                }
        ClipInfo info;
        info.name = "clip_" + std::to_string(i);
        info.frameRateHz = 10 + i % 3 * 5;
        info.labels = {static_cast<float>(i % 6), static_cast<float>(i % 360), static_cast<float>(i / 6 % 3)};
        info.split = i % 5 == 4 ? "test" : "train";
        info.group = "s" + std::to_string(i % 997);
        info.source = "generated/subject_" + std::to_string(i % 997) + "/recording_" + std::to_string(i) + ".avi";
        info.origin = {std::string(64, "0123456789abcdef"[i % 16]), i % 50, 1, {10, 20, 100, 100}, {}};
        writer.add(info, clip);
    }
    writer.finish();
}

double quantile(std::vector<double> values, double share)
{
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

/// Frames of one way of scrolling.
struct Phase {
    std::string name;
    std::vector<double> intervals, cpu;  // ms
};

class Scroller {
public:
    explicit Scroller(ClipListView& view) : m_view(view) {}
    /// Moves the wall once every tick for \p frames frames and notes when each frame was on screen.
    Phase run(const std::string& name, int frames, const std::function<int(int)>& place)
    {
        Phase phase{name, {}, {}};
        QEventLoop loop;
        QTimer timer;
        timer.setTimerType(Qt::PreciseTimer);
        QElapsedTimer since;
        int frame = -1;
        double used = threadMs();
        // a tick moves the wall; its repaint is an event behind it, so the time until the next tick holds both
        QObject::connect(&timer, &QTimer::timeout, &loop, [&] {
            const double now = threadMs();
            if (frame >= 0) {
                phase.intervals.push_back(static_cast<double>(since.nsecsElapsed()) * 1e-6);
                phase.cpu.push_back(now - used);
            }
            used = now;
            since.start();
            if (++frame >= frames) return loop.quit();
            if (const int value = place(frame); value >= 0) m_view.verticalScrollBar()->setValue(value);
        });
        timer.start(kTickMs);
        loop.exec();
        return phase;
    }

private:
    ClipListView& m_view;
};

json report(const Phase& phase)
{
    const auto over = std::ranges::count_if(phase.intervals, [](double interval) { return interval > kFrameBudgetMs; });
    return {{"name", phase.name}, {"frames", phase.intervals.size()}, {"median_ms", quantile(phase.intervals, 0.5)}, {"p95_ms", quantile(phase.intervals, 0.95)},
            {"max_ms", quantile(phase.intervals, 1)}, {"cpu_median_ms", quantile(phase.cpu, 0.5)}, {"cpu_max_ms", quantile(phase.cpu, 1)}, {"over_budget", over}};
}
}  // namespace

int benchBrowser(int argc, char** argv, const QStringList& arguments)
{
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    BenchApplication application(argc, argv);
    setlocale(LC_NUMERIC, "C");
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Scrolls the window's page of datasets and measures every frame.\n\nExamples:\n  kinora bench browser\n  kinora bench browser --clips 10000 --json\n"
                                                    "  kinora bench browser --dataset faces.h5"));
    parser.addHelpOption();
    const QCommandLineOption clipsOption(QStringLiteral("clips"), QStringLiteral("Clips to generate."), QStringLiteral("N"), QStringLiteral("100000"));
    const QCommandLineOption framesOption(QStringLiteral("frames"), QStringLiteral("Frames of each."), QStringLiteral("T"), QStringLiteral("8"));
    const QCommandLineOption sideOption(QStringLiteral("side"), QStringLiteral("Their width and height."), QStringLiteral("PIXELS"), QStringLiteral("24"));
    const QCommandLineOption datasetOption(QStringLiteral("dataset"), QStringLiteral("Scroll over this clip file instead."), QStringLiteral("FILE"));
    const QCommandLineOption sizeOption(QStringLiteral("window"), QStringLiteral("Size of the window."), QStringLiteral("WIDTHxHEIGHT"), QStringLiteral("1320x800"));
    const QCommandLineOption jsonOption(QStringLiteral("json"), QStringLiteral("Machine-readable output."));
    parser.addOptions({clipsOption, framesOption, sideOption, datasetOption, sizeOption, jsonOption});
    const auto fail = [](ErrorCode code, const QString& problem) {
        std::fprintf(stderr, "kinora: %s\n", qPrintable(problem));
        return exitCode(code);
    };
    if (!parser.parse(QStringList{QStringLiteral("kinora bench browser")} + arguments)) return fail(ErrorCode::Usage, parser.errorText());
    if (parser.isSet(QStringLiteral("help"))) parser.showHelp();
    const int clips = parser.value(clipsOption).toInt(), frames = parser.value(framesOption).toInt(), side = parser.value(sideOption).toInt();
    const QStringList size = parser.value(sizeOption).split(QLatin1Char('x'));
    if (clips < 1 || frames < 1 || side < 4 || size.size() != 2 || size[0].toInt() < 300 || size[1].toInt() < 200 || !parser.positionalArguments().isEmpty())
        return fail(ErrorCode::Usage, QStringLiteral("bench browser: --clips, --frames and --side are positive numbers, --window is WIDTHxHEIGHT; see 'kinora bench browser --help'"));

    // nothing of the person's own is read or written
    QTemporaryDir home;
    if (!home.isValid()) return fail(ErrorCode::CannotWrite, home.errorString());
    qputenv("KINORA_HOME", home.path().toUtf8());
    QString file = parser.value(datasetOption);
    QElapsedTimer clock;
    clock.start();
    double writingS = 0;
    if (file.isEmpty()) {
        file = home.filePath(QStringLiteral("bench.h5"));
        const auto written = attempt([&] {
            writeClips(file, clips, frames, side);
            return true;
        });
        if (!written) return fail(written.error().code(), QString::fromUtf8(written.error().what()));
        writingS = static_cast<double>(clock.elapsed()) / 1000;
    }

    DatasetsPage page(home.filePath(QStringLiteral("datasets")), home.filePath(QStringLiteral("recent.txt")), toQString(Places::programs() / "kinora"));
    page.resize(size[0].toInt(), size[1].toInt());
    page.show();
    const double emptyMiB = memoryMiB("VmRSS");
    QEventLoop loop;
    double openedMs = -1, listedMs = -1;
    QString problem;
    QObject::connect(&page, &Page::opened, &loop, [&] { openedMs = static_cast<double>(clock.nsecsElapsed()) * 1e-6; });
    QObject::connect(&page.library(), &DatasetLibrary::failed, &loop, [&](const QString&, const QString& text) {
        problem = text;
        loop.quit();
    });
    QObject::connect(&page.clips(), &ClipListModel::queried, &loop, &QEventLoop::quit);
    clock.start();
    page.openPath(file);
    loop.exec();
    if (!problem.isEmpty()) return fail(ErrorCode::Damaged, problem);
    // on screen: the first thumbnail was painted
    ClipListView& view = *page.view();
    while (listedMs < 0 && clock.elapsed() < 30000) {
        QApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
        if (page.clips().rowCount() > 0 && page.clips().loadedAt(0)) listedMs = static_cast<double>(clock.nsecsElapsed()) * 1e-6;
    }
    const double listedMiB = memoryMiB("VmRSS");

    Scroller scroller(view);
    const int range = view.verticalScrollBar()->maximum();
    std::vector<Phase> phases;
    scroller.run("warm-up", 60, [](int) { return -1; });
    phases.push_back(scroller.run("playing", 120, [](int) { return -1; }));
    phases.push_back(scroller.run("wheel", 300, [&](int frame) { return std::min(range, 24 * frame); }));
    phases.push_back(scroller.run("page by page", 200, [&](int frame) { return std::min(range, range / 3 + frame / 4 * view.viewport()->height()); }));
    // the bar is dragged from one end to the other
    phases.push_back(scroller.run("dragging", 300, [&](int frame) { return static_cast<int>(static_cast<double>(range) * frame / 299); }));
    Phase all{"scrolling", {}, {}};
    for (std::size_t i = 1; i < phases.size(); ++i) {
        all.intervals.insert(all.intervals.end(), phases[i].intervals.begin(), phases[i].intervals.end());
        all.cpu.insert(all.cpu.end(), phases[i].cpu.begin(), phases[i].cpu.end());
    }
    // a filter that has to look at every clip, from the key to the new wall
    clock.start();
    bool answered = false;
    QObject::connect(&page.clips(), &ClipListModel::queried, &loop, [&] { answered = true; });
    ClipQuery query;
    query.text = QStringLiteral("source:_9 frames>1");
    page.clips().setQuery(query);
    while (!answered) QApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
    const double filterMs = static_cast<double>(clock.nsecsElapsed()) * 1e-6;

    const double peakMiB = memoryMiB("VmHWM"), residentMiB = memoryMiB("VmRSS");
    const double slowest = quantile(all.intervals, 1);
    const bool within = slowest <= kFrameBudgetMs && residentMiB < kMemoryBudgetMiB;
    json document{{"clips", static_cast<std::int64_t>(page.clips().contents()->clips.size())}, {"platform", QGuiApplication::platformName().toStdString()}, {"window", parser.value(sizeOption).toStdString()},
                  {"write_s", writingS}, {"list_ms", openedMs}, {"first_thumbnail_ms", listedMs}, {"filter_ms", filterMs}, {"memory_mib", {{"empty", emptyMiB}, {"listed", listedMiB}, {"end", residentMiB}, {"peak", peakMiB}}},
                  {"paints", application.paints()}, {"budget", {{"frame_ms", kFrameBudgetMs}, {"memory_mib", kMemoryBudgetMiB}, {"within", within}}}, {"scrolling", report(all)}, {"phases", json::array()}};
    for (const Phase& phase : phases) document["phases"].push_back(report(phase));
    if (parser.isSet(jsonOption)) {
        std::printf("%s\n", document.dump(2).c_str());
        return 0;
    }
    std::printf("%lld clips, window %s (%s)\n", static_cast<long long>(page.clips().contents()->clips.size()), qPrintable(parser.value(sizeOption)), qPrintable(QGuiApplication::platformName()));
    std::printf("listed in %.0f ms, first thumbnail after %.0f ms, filter over all clips %.0f ms\n", openedMs, listedMs, filterMs);
    std::printf("memory: %.0f MiB at the end, %.0f MiB at most (an empty window has %.0f MiB)\n\n", residentMiB, peakMiB, emptyMiB);
    std::printf("%-14s %7s %10s %8s %8s %8s %11s %8s\n", "", "frames", "median ms", "p95 ms", "max ms", "> 33 ms", "cpu median", "cpu max");
    phases.push_back(all);
    for (const Phase& phase : phases) {
        const json row = report(phase);
        std::printf("%-14s %7zu %10.1f %8.1f %8.1f %8lld %11.1f %8.1f\n", phase.name.c_str(), phase.intervals.size(), row["median_ms"].get<double>(), row["p95_ms"].get<double>(), row["max_ms"].get<double>(),
                    row["over_budget"].get<long long>(), row["cpu_median_ms"].get<double>(), row["cpu_max_ms"].get<double>());
    }
    std::printf("\n%s: no frame over %.0f ms while scrolling, less than %.0f MiB\n", within ? "within the budget" : "over the budget", kFrameBudgetMs, kMemoryBudgetMiB);
    return 0;
}
