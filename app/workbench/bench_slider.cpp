#include "app/workbench/bench_slider.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QSlider>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <clocale>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/workbench/session.h"
#include "core/util/error.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/text.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/latent_slider.h"

using namespace kinora;
using nlohmann::json;

namespace {
constexpr int kPauseMs = 120;  // between two single movements: everything of the last one is over
constexpr int kDragMs = 16;    // a mouse gives a movement for every picture of the screen
constexpr int kTickMs = 4;     // how finely the GUI thread's stalls are seen

double quantile(std::vector<double> values, double share)
{
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

json spread(const std::vector<double>& values)
{
    return {{"count", values.size()}, {"median_ms", quantile(values, 0.5)}, {"p95_ms", quantile(values, 0.95)}, {"max_ms", quantile(values, 1)}};
}

/// Notes when a view has painted, and which frame of which clip.
class PaintWatch final : public QObject {
public:
    explicit PaintWatch(ClipView& view) : m_view(view) { view.installEventFilter(this); }
    quint64 paints = 0;
    ClipPtr painted;          // clip of the latest painting
    std::vector<int> frames;  // of it, one after the other
protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched == &m_view && event->type() == QEvent::Paint) {
            ++paints;
            painted = m_view.clip();
            frames.push_back(m_view.shownFrame());
        }
        return false;
    }

private:
    ClipView& m_view;
};
}  // namespace

int benchSlider(int argc, char** argv, const QStringList& arguments)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    setlocale(LC_NUMERIC, "C");
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Moves the sliders of the window's Explore page, over the engine's own process, and measures the time until the new clip has been painted.\n\nExamples:\n  kinora bench slider\n"
                                                    "  kinora bench slider runs/mine/checkpoints/step_1000.safetensors --moves 300 --json"));
    parser.addHelpOption();
    parser.addPositionalArgument(QStringLiteral("checkpoint"), QStringLiteral("Default: the ready model."), QStringLiteral("[checkpoint]"));
    const QCommandLineOption movesOption(QStringLiteral("moves"), QStringLiteral("Single movements, half of them of the appearance, half of the motion."), QStringLiteral("N"), QStringLiteral("200"));
    const QCommandLineOption dragOption(QStringLiteral("drag"), QStringLiteral("Seconds of dragging after that."), QStringLiteral("S"), QStringLiteral("5"));
    const QCommandLineOption waitOption(QStringLiteral("wait"), QStringLiteral("Longest wait in seconds until the model is open with its matrix and directions."), QStringLiteral("S"), QStringLiteral("300"));
    const QCommandLineOption jsonOption(QStringLiteral("json"), QStringLiteral("Machine-readable output."));
    parser.addOptions({movesOption, dragOption, waitOption, jsonOption});
    const auto fail = [](ErrorCode code, const QString& problem) {
        std::fprintf(stderr, "kinora: bench slider: %s\n", qPrintable(problem));
        return exitCode(code);
    };
    if (!parser.parse(QStringList{QStringLiteral("kinora bench slider")} + arguments)) return fail(ErrorCode::Usage, parser.errorText());
    if (parser.isSet(QStringLiteral("help"))) parser.showHelp();
    const int moves = parser.value(movesOption).toInt();
    const double dragS = parser.value(dragOption).toDouble(), waitS = parser.value(waitOption).toDouble();
    if (moves < 4 || dragS <= 0 || waitS <= 0 || parser.positionalArguments().size() > 1) return fail(ErrorCode::Usage, QStringLiteral("--moves is at least 4, --drag and --wait are seconds, and there is one checkpoint at most; see 'kinora bench slider --help'"));
    const QString checkpoint = QFileInfo(parser.positionalArguments().isEmpty() ? demoCheckpoint() : parser.positionalArguments().front()).absoluteFilePath();
    if (!QFileInfo(checkpoint).isFile()) return fail(ErrorCode::NotFound, QStringLiteral("there is no such checkpoint: '%1'").arg(checkpoint));

    // nothing of the person's own is read or written
    QTemporaryDir home;
    if (!home.isValid()) return fail(ErrorCode::CannotWrite, home.errorString());
    qputenv("KINORA_HOME", home.path().toUtf8());
    Session session;
    session.start({checkpoint});
    session.window().resize(1320, 800);
    auto* page = session.window().findChild<ExplorePage*>();
    session.window().showPage(page->id());
    ClipView& view = *page->findChild<ClipView*>();
    ClipGrid& grid = *page->findChild<ClipGrid*>();
    QElapsedTimer clock;
    clock.start();
    const auto wait = [&](double seconds, const auto& done) {
        const qint64 end = clock.elapsed() + static_cast<qint64>(1000 * seconds);
        while (!done() && clock.elapsed() < end) QApplication::processEvents(QEventLoop::AllEvents, 20);
        return done();
    };
    // directions and matrix first: nothing else is computed while it measures
    std::vector<LatentSlider*> sliders;
    const auto settled = [&] {
        if (!page->hasCheckpoint() || !view.clip() || grid.rows() == 0 || !std::ranges::all_of(grid.clips(), [](const ClipPtr& clip) { return clip != nullptr; })) return false;
        for (const Control& control : page->model().system().controls)
            if ((control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence) && !control.fixed && page->model().directions(control.id).size() == 0) return false;
        sliders.clear();
        for (LatentSlider* slider : page->findChildren<LatentSlider*>())
            if (slider->isVisible()) sliders.push_back(slider);
        return !sliders.empty();
    };
    if (!wait(waitS, settled)) return fail(ErrorCode::CheckFailed, QStringLiteral("the model was not open with its matrix and directions after %1 s").arg(waitS));
    // the first direction of every group that has some: those whose movement changes one code
    std::vector<QSlider*> moved;
    {
        const LatentState start = page->model().state();
        for (LatentSlider* slider : sliders) {
            slider->edit(0.5);
            const LatentState now = page->model().state();
            bool taken = false;
            for (const auto& [id, edit] : now.controls)
                if (!(edit == start.controls.at(id)) && std::ranges::none_of(moved, [&](QSlider* other) { return other->property("control").toString() == QString::fromStdString(id); })) {
                    slider->slider()->setProperty("control", QString::fromStdString(id));
                    taken = true;
                }
            slider->edit(0);
            if (taken) moved.push_back(slider->slider());
        }
    }
    wait(1, [] { return false; });

    PaintWatch watch(view);
    std::map<std::string, std::vector<double>> latencies;
    int given = 0;
    for (int move = -4; move < moves; ++move) {  // the first four are not counted
        QSlider* slider = moved[static_cast<std::size_t>(move + 4) % moved.size()];
        const ClipPtr before = view.clip();
        QElapsedTimer since;
        since.start();
        slider->setValue(slider->minimum() + (slider->maximum() - slider->minimum()) * ((move + 5) * 37 % 101) / 100);
        // its painting is over when the event loop comes back
        if (!wait(20, [&] { return watch.painted && watch.painted != before; })) return fail(ErrorCode::CheckFailed, QStringLiteral("no new clip within 20 s"));
        const double ms = static_cast<double>(since.nsecsElapsed()) * 1e-6;
        if (move >= 0) {
            latencies[slider->property("control").toString().toStdString()].push_back(ms);
            ++given;
        }
        wait(kPauseMs / 1000.0, [] { return false; });
    }
    std::vector<double> all;
    for (const auto& [id, values] : latencies) all.insert(all.end(), values.begin(), values.end());

    // dragging: stalls of the GUI thread, clips a second, and frames of the playing clip that were left out
    std::vector<double> gaps;
    QTimer ticks;
    ticks.setTimerType(Qt::PreciseTimer);
    QElapsedTimer last;
    QObject::connect(&ticks, &QTimer::timeout, &ticks, [&] {
        if (last.isValid()) gaps.push_back(static_cast<double>(last.nsecsElapsed()) * 1e-6);
        last.start();
    });
    QTimer drag;
    drag.setTimerType(Qt::PreciseTimer);
    int wishes = 0, shown = 0;
    ClipPtr latest = view.clip();
    QSlider* dragged = moved.back();
    dragged->setSliderDown(true);
    QObject::connect(&drag, &QTimer::timeout, &drag, [&] {
        const int range = dragged->maximum() - dragged->minimum(), at = wishes++ * 3 % (2 * range);
        dragged->setValue(dragged->minimum() + (at < range ? at : 2 * range - at));
    });
    watch.frames.clear();
    ClipClock& playing = *view.clock();
    const qint64 startPosition = playing.position();
    const double startRate = playing.frameRateHz();
    ticks.start(kTickMs);
    drag.start(kDragMs);
    QElapsedTimer since;
    since.start();
    wait(dragS, [&] {
        if (watch.painted != latest) {
            latest = watch.painted;
            ++shown;
        }
        return false;
    });
    const double seconds = static_cast<double>(since.elapsed()) / 1000;
    drag.stop();
    ticks.stop();
    dragged->setSliderDown(false);
    const qint64 due = playing.position() - startPosition;
    qint64 seen = 0;
    for (std::size_t i = 1; i < watch.frames.size(); ++i) seen += watch.frames[i] != watch.frames[i - 1];

    const json report{{"checkpoint", checkpoint.toStdString()}, {"system", page->model().system().id}, {"frames", page->model().state().frames}, {"device", session.engine().info().device.toStdString()},
                      {"platform", QGuiApplication::platformName().toStdString()}, {"latency", spread(all)},
                      {"drag", {{"seconds", seconds}, {"wishes", wishes}, {"clips_shown", shown}, {"gui_gap", spread(gaps)}, {"frames_due", due}, {"frames_shown", seen}, {"frame_rate_hz", startRate}}}};
    if (parser.isSet(jsonOption)) {
        json whole = report;
        for (const auto& [id, values] : latencies) whole["latency"]["of"][id] = spread(values);
        std::printf("%s\n", whole.dump(2).c_str());
        return 0;
    }
    std::printf("%s, %d frames, %s (%s)\n", report["system"].get<std::string>().c_str(), page->model().state().frames, qPrintable(session.engine().info().device), qPrintable(QGuiApplication::platformName()));
    std::printf("from a slider's movement to the new clip on screen, %d movements: median %.1f ms, p95 %.1f ms, worst %.1f ms\n", given, quantile(all, 0.5), quantile(all, 0.95), quantile(all, 1));
    for (const auto& [id, values] : latencies) std::printf("  %-12s median %.1f ms, p95 %.1f ms, worst %.1f ms\n", id.c_str(), quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1));
    std::printf("dragging for %.1f s: %d movements, %d clips shown (%.0f a second); the GUI thread came round every %.1f ms (median), %.1f ms (p95), %.1f ms (worst); %lld of %lld frames of the playing clip shown\n", seconds, wishes,
                shown, shown / seconds, quantile(gaps, 0.5), quantile(gaps, 0.95), quantile(gaps, 1), static_cast<long long>(seen), static_cast<long long>(due));
    return 0;
}
