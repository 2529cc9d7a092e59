#include "app/workbench/bench_charts.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "core/events/tfevents.h"
#include "core/util/outcome.h"
#include "widgets/charts/chart_plot.h"
#include "widgets/charts/charts_view.h"
#include "widgets/text.h"

using namespace kinora;
using nlohmann::json;

namespace {
constexpr double kMedianBudgetMs = 16, kP95BudgetMs = 33, kOpenBudgetMs = 500;
constexpr int kScalars = 1000000, kTags = 4;

/// Processor time of this thread: what a frame costs, however many others want the processor.
double threadMs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

/// A line of /proc/self/status in MiB.
double memoryMiB(const std::string& key)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key + ":")) return std::strtod(line.c_str() + key.size() + 1, nullptr) / 1024;
    return 0;
}

double quantile(std::vector<double> values, double share)
{
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

struct Phase {
    std::string name;
    std::vector<double> wall, cpu;  // ms
};

/// Changes the view and waits until the window has painted it, \p frames times: from the change to the end of its paint event.
Phase measure(const std::string& name, QWidget& window, int frames, const std::function<void(int)>& change)
{
    Phase phase{name, {}, {}};
    QElapsedTimer clock;
    for (int i = 0; i < frames; ++i) {
        QApplication::processEvents();  // what came in between is not the frame's
        clock.start();
        const double used = threadMs();
        change(i);
        QApplication::sendPostedEvents();  // update requests among them: the window is painted and flushed here
        QApplication::processEvents();
        phase.wall.push_back(static_cast<double>(clock.nsecsElapsed()) * 1e-6);
        phase.cpu.push_back(threadMs() - used);
    }
    window.update();
    return phase;
}

json report(const Phase& phase)
{
    return {{"name", phase.name}, {"frames", phase.wall.size()}, {"median_ms", quantile(phase.wall, 0.5)}, {"p95_ms", quantile(phase.wall, 0.95)}, {"max_ms", quantile(phase.wall, 1)},
            {"cpu_median_ms", quantile(phase.cpu, 0.5)}, {"cpu_p95_ms", quantile(phase.cpu, 0.95)}, {"cpu_max_ms", quantile(phase.cpu, 1)}};
}

/// Noise around a falling line, as losses are; steps shared by the tags of a run.
RunCurvesPtr makeRun(int number, int tags, int points)
{
    auto run = std::make_shared<RunCurves>();
    run->folder = QStringLiteral("bench run %1").arg(number);
    run->loaded = true;
    std::vector<double> steps(static_cast<std::size_t>(points)), times(steps.size());
    std::mt19937 random(static_cast<unsigned>(number));
    double time = 1.7e9;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        steps[i] = static_cast<double>(i);
        times[i] = time += 0.05 + 0.02 * static_cast<double>(random() % 1000) / 1000;
    }
    const Column<double> sharedSteps(std::move(steps)), sharedTimes(std::move(times));
    for (int tag = 0; tag < tags; ++tag) {
        std::vector<double> values(static_cast<std::size_t>(points));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double x = static_cast<double>(i) / points;
            values[i] = 2 * std::exp(-3 * x) + 0.3 * number / 20 + 0.2 * std::sin(40 * x + number + tag) + 0.4 * static_cast<double>(random() % 4096) / 4096;
        }
        auto curve = std::make_shared<Curve>();
        curve->tag = "loss/" + std::to_string(tag);
        curve->generation = static_cast<std::uint64_t>(number) * 1000 + static_cast<std::uint64_t>(tag) + 1000000;
        curve->steps = sharedSteps;
        curve->wallTimesS = sharedTimes;
        curve->values = MinMaxPyramid(Column<double>(std::move(values)));
        run->curves[curve->tag] = std::move(curve);
    }
    return run;
}

void waitFor(const std::function<bool()>& done)
{
    QElapsedTimer clock;
    clock.start();
    while (!done() && clock.elapsed() < 120000) QApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
}
}  // namespace

int benchCharts(int argc, char** argv, const QStringList& arguments)
{
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    setlocale(LC_NUMERIC, "C");
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Pans and zooms over curves of many points, and opens a run of a million scalars; measures every frame.\n\nExamples:\n  kinora bench charts\n"
                                                    "  kinora bench charts --curves 5 --points 100000 --json"));
    parser.addHelpOption();
    const QCommandLineOption jsonOption(QStringLiteral("json"), QStringLiteral("Print the figures as JSON.")), curvesOption(QStringLiteral("curves"), QStringLiteral("How many curves (20)."), QStringLiteral("n"), QStringLiteral("20")),
        pointsOption(QStringLiteral("points"), QStringLiteral("Points of each (1000000)."), QStringLiteral("n"), QStringLiteral("1000000")),
        sizeOption(QStringLiteral("window"), QStringLiteral("Its size in pixels (1280x800)."), QStringLiteral("WxH"), QStringLiteral("1280x800")),
        framesOption(QStringLiteral("frames"), QStringLiteral("Frames of each way of moving (200)."), QStringLiteral("n"), QStringLiteral("200")),
        pictureOption(QStringLiteral("picture"), QStringLiteral("Save what is on screen at the end of each part as FOLDER/<part>.png."), QStringLiteral("folder"));
    parser.addOptions({jsonOption, curvesOption, pointsOption, sizeOption, framesOption, pictureOption});
    QStringList all{QStringLiteral("kinora bench charts")};
    all += arguments;
    const auto usage = [](const QString& problem) {
        std::fprintf(stderr, "kinora bench charts: %s\n", qPrintable(problem));
        return exitCode(ErrorCode::Usage);
    };
    if (!parser.parse(all)) return usage(parser.errorText());
    if (parser.isSet(QStringLiteral("help"))) {
        std::fputs(qPrintable(parser.helpText()), stdout);
        return 0;
    }
    if (!parser.positionalArguments().isEmpty()) return usage(QStringLiteral("there is nothing to do with '%1'").arg(parser.positionalArguments().first()));
    const QStringList size = parser.value(sizeOption).split(QLatin1Char('x'));
    const int curves = parser.value(curvesOption).toInt(), points = parser.value(pointsOption).toInt(), frames = parser.value(framesOption).toInt();
    if (size.size() != 2 || size[0].toInt() < 200 || size[1].toInt() < 200 || size[0].toInt() > 8000 || size[1].toInt() > 8000) return usage(QStringLiteral("--window is WIDTHxHEIGHT, 200 to 8000 pixels each"));
    if (curves < 1 || curves > 200) return usage(QStringLiteral("--curves is 1 to 200"));
    if (points < 2 || points > 20000000) return usage(QStringLiteral("--points is 2 to 20000000"));
    if (frames < 1 || frames > 100000) return usage(QStringLiteral("--frames is 1 to 100000"));

    // a run of a million scalars, from its file to the first painted frame, then with everything smoothed
    QTemporaryDir folder;
    double firstFrameMs = -1;
    qint64 fileBytes = 0;
    {
        const auto written = attempt([&] {
            EventsWriter writer(toPath(folder.path()));
            for (int step = 0; step < kScalars / kTags; ++step) {
                std::vector<std::pair<std::string, double>> values;
                for (int tag = 0; tag < kTags; ++tag) values.emplace_back("loss/" + std::to_string(tag), std::sin(step * 1e-3 + tag) + (step * 7919 % 1000) * 1e-3);
                for (const auto& value : values) writer.scalars(step, {value});
            }
            writer.flush();
            return true;
        });
        if (!written) {
            std::fprintf(stderr, "kinora bench charts: %s\n", written.error().what());
            return exitCode(written.error().code());
        }
        for (const QFileInfo& file : QDir(folder.path()).entryInfoList(QDir::Files)) fileBytes += file.size();
        for (int repeat = 0; repeat < 3; ++repeat) {  // the best of three: the file lies in memory then
            ChartsView view;
            view.resize(size[0].toInt(), size[1].toInt());
            view.show();
            QApplication::processEvents();
            QElapsedTimer clock;
            clock.start();
            view.setRuns({{folder.path(), {}, {}, false}});
            const auto painted = [&] {
                ChartPlot* chart = view.chart(QStringLiteral("loss/0"));
                return chart && chart->upToDate() && !chart->content().lines.empty() && chart->content().lines.front().data->size() == kScalars / kTags;
            };
            waitFor([&] { return painted() && view.settled(); });
            const double ms = static_cast<double>(clock.nsecsElapsed()) * 1e-6;
            firstFrameMs = firstFrameMs < 0 ? ms : std::min(firstFrameMs, ms);
        }
    }

    const double emptyMiB = memoryMiB("VmRSS");
    std::vector<Phase> phases;
    json memory{{"empty", emptyMiB}};
    const auto picture = [&](ChartsView& view, const QString& name) {
        if (parser.isSet(pictureOption)) view.grab().save(parser.value(pictureOption) + QLatin1Char('/') + name + QStringLiteral(".png"));
    };
    const auto scenario = [&](const QString& name, int runs, int tags, bool enlarged, double smoothing) {
        ChartsView view;
        view.resize(size[0].toInt(), size[1].toInt());
        std::vector<ChartRun> list;
        for (int i = 0; i < runs; ++i) {
            const RunCurvesPtr run = makeRun(i, tags, points);
            view.store().provide(run);
            list.push_back({run->folder, {}, {}, false});
        }
        view.setSmoothing(smoothing);
        view.setRuns(list);
        view.show();
        waitFor([&] { return view.settled() && view.chart(QStringLiteral("loss/0")); });
        if (enlarged) view.enlarge(QStringLiteral("loss/0"));
        waitFor([&] { return view.settled(); });
        const std::string prefix = name.toStdString() + ", ";
        measure("warm-up", view, 10, [&](int i) { view.zoom(i % 2 ? 0.9 : 1 / 0.9, points / 2.0); });
        // a third of everything moves from end to end
        view.setRange(0, points / 3.0);
        phases.push_back(measure(prefix + "pan a third", view, frames, [&](int i) { view.pan(i < frames / 2 ? 0.02 : -0.02); }));
        view.setRange(points * 0.5, points * 0.52);
        phases.push_back(measure(prefix + "pan a fiftieth", view, frames, [&](int i) { view.pan(i % 20 < 10 ? 0.02 : -0.02); }));
        view.showAll();
        phases.push_back(measure(prefix + "zoom", view, frames, [&](int i) { view.zoom(i % 60 < 30 ? 0.85 : 1 / 0.85, points * 0.4); }));
        view.showAll();
        QApplication::processEvents();
        picture(view, name);
        memory[name.toStdString()] = memoryMiB("VmRSS");
    };
    scenario(QStringLiteral("one chart"), curves, 1, true, 0.6);
    scenario(QStringLiteral("one chart, not smoothed"), curves, 1, true, 0);
    scenario(QStringLiteral("grid"), std::max(1, curves / 4), 4, false, 0.6);

    Phase together{"all", {}, {}};
    for (const Phase& phase : phases) {
        together.wall.insert(together.wall.end(), phase.wall.begin(), phase.wall.end());
        together.cpu.insert(together.cpu.end(), phase.cpu.begin(), phase.cpu.end());
    }
    const double peakMiB = memoryMiB("VmHWM");
    const bool within = quantile(together.wall, 0.5) <= kMedianBudgetMs && quantile(together.wall, 0.95) <= kP95BudgetMs && firstFrameMs <= kOpenBudgetMs;
    memory["peak"] = peakMiB;
    json document{{"curves", curves}, {"points", points}, {"platform", QGuiApplication::platformName().toStdString()}, {"window", parser.value(sizeOption).toStdString()},
                  {"open", {{"scalars", kScalars}, {"tags", kTags}, {"file_bytes", fileBytes}, {"first_frame_ms", firstFrameMs}}}, {"memory_mib", memory},
                  {"budget", {{"median_ms", kMedianBudgetMs}, {"p95_ms", kP95BudgetMs}, {"open_ms", kOpenBudgetMs}, {"within", within}}}, {"frames", report(together)}, {"phases", json::array()}};
    for (const Phase& phase : phases) document["phases"].push_back(report(phase));
    if (parser.isSet(jsonOption)) {
        std::printf("%s\n", document.dump(2).c_str());
        return 0;
    }
    std::printf("%d curves of %d points, window %s (%s)\n", curves, points, qPrintable(parser.value(sizeOption)), qPrintable(QGuiApplication::platformName()));
    std::printf("a run of %d scalars (%d tags, %.1f MB): first frame with every point smoothed after %.0f ms\n", kScalars, kTags, static_cast<double>(fileBytes) / 1e6, firstFrameMs);
    std::printf("memory: %.0f MiB at most (%.0f MiB before the curves)\n\n", peakMiB, emptyMiB);
    std::printf("%-40s %7s %10s %8s %8s %11s %8s\n", "", "frames", "median ms", "p95 ms", "max ms", "cpu median", "cpu p95");
    phases.push_back(together);
    for (const Phase& phase : phases) {
        const json row = report(phase);
        std::printf("%-40s %7zu %10.1f %8.1f %8.1f %11.1f %8.1f\n", phase.name.c_str(), phase.wall.size(), row["median_ms"].get<double>(), row["p95_ms"].get<double>(), row["max_ms"].get<double>(),
                    row["cpu_median_ms"].get<double>(), row["cpu_p95_ms"].get<double>());
    }
    std::printf("\n%s: median %.0f ms, 95%% within %.0f ms, a million scalars within %.0f ms\n", within ? "within the budget" : "over the budget", kMedianBudgetMs, kP95BudgetMs, kOpenBudgetMs);
    return 0;
}
