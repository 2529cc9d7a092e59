// The charts as a person uses them: real mouse and key events, and many points.
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QScrollArea>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <cmath>
#include <random>

#include "core/events/tfevents.h"
#include "widgets/charts/chart_plot.h"
#include "widgets/charts/charts_view.h"
#include "widgets/text.h"

using namespace kinora;

namespace {
using Values = std::map<std::string, std::vector<double>>;

/// A run in memory: steps 0, 1, 2 ..., ten seconds apart, ten steps an epoch.
RunCurvesPtr made(const QString& name, const Values& values, const QString& configuration = {}, bool epochs = true)
{
    static std::uint64_t generation = 1000000;
    auto run = std::make_shared<RunCurves>();
    run->folder = name;
    run->loaded = true;
    run->configuration = configuration;
    Values all = values;
    if (epochs && !values.empty()) {
        const std::size_t count = values.begin()->second.size();
        for (std::size_t i = 0; i < count; ++i) all["epoch"].push_back(static_cast<double>(i) / 10);
    }
    for (const auto& [tag, column] : all) {
        auto curve = std::make_shared<Curve>();
        curve->tag = tag;
        curve->generation = ++generation;
        std::vector<double> steps, times;
        for (std::size_t i = 0; i < column.size(); ++i) steps.push_back(static_cast<double>(i)), times.push_back(1.7e9 + 10 * static_cast<double>(i));
        curve->steps = Column<double>(std::move(steps));
        curve->wallTimesS = Column<double>(std::move(times));
        curve->values = MinMaxPyramid(Column<double>(std::vector<double>(column)));
        run->curves[tag] = std::move(curve);
    }
    return run;
}
std::vector<double> column(int count, const std::function<double(int)>& value)
{
    std::vector<double> result;
    for (int i = 0; i < count; ++i) result.push_back(value(i));
    return result;
}
void show(ChartsView& view, const std::vector<RunCurvesPtr>& runs)
{
    std::vector<ChartRun> list;
    for (const RunCurvesPtr& run : runs) {
        view.store().provide(run);
        list.push_back({run->folder, {}, {}, false});
    }
    view.setRuns(list);
    view.resize(1000, 700);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QTRY_VERIFY(view.settled());
}
template <class T>
T* named(QWidget& parent, const QString& accessibleName)
{
    for (T* widget : parent.findChildren<T*>())
        if (widget->accessibleName().startsWith(accessibleName)) return widget;
    return nullptr;
}
QPoint placeOf(const ChartPlot& chart, double x) { return {static_cast<int>(std::lround(chart.pixelOf(x))), chart.plotArea().center().y()}; }
/// How many pixels of a widget have about this colour.
int pixelsOf(QWidget& widget, const QColor& colour, const QRect& area)
{
    const QImage image = widget.grab(area).toImage().convertToFormat(QImage::Format_RGB32);
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QColor pixel = image.pixelColor(x, y);
            count += std::abs(pixel.red() - colour.red()) < 24 && std::abs(pixel.green() - colour.green()) < 24 && std::abs(pixel.blue() - colour.blue()) < 24;
        }
    return count;
}
}  // namespace

class TestCharts final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    }

    void saysWhyThereIsNothing()
    {
        ChartsView view;
        view.resize(800, 500);
        view.show();
        const auto said = [&](const QString& words) {
            return std::ranges::any_of(view.findChildren<QLabel*>(), [&](QLabel* label) { return label->isVisible() && label->text().contains(words); });
        };
        QVERIFY(said(QStringLiteral("Choose a run")));
        QTemporaryDir folder;
        view.setRuns({{folder.path(), {}, {}, false}});
        QTRY_VERIFY(said(QStringLiteral("as soon as the run reports")));
        show(view, {made(QStringLiteral("a"), {{"loss/G", {1, 2, 3}}})});
        QVERIFY(!said(QStringLiteral("Choose")) && !said(QStringLiteral("as soon as")));
        view.setFilter(QStringLiteral("nothing is called so"));
        QVERIFY(said(QStringLiteral("nothing is called so")));
        view.setFilter({});
        view.setHidden(QStringLiteral("a"), true);
        QTRY_VERIFY(said(QStringLiteral("All runs are hidden")));
    }

    void laysOutSectionsAndFilters()
    {
        ChartsView view;
        view.setOrder({QStringLiteral("loss/video"), QStringLiteral("loss/image")});
        show(view, {made(QStringLiteral("a"), {{"time/step", {1, 2}}, {"zebra/x", {1, 2}}, {"lr/G", {1, 2}}, {"loss/image", {1, 2}}, {"loss/video", {1, 2}}, {"loss/G", {1, 2}}, {"metric/frechet", {1, 2}}})});
        QCOMPARE(view.shownTags(), (QStringList{"loss/video", "loss/image", "loss/G", "lr/G", "time/step", "metric/frechet", "zebra/x", "epoch"}));
        // typed, as a person does after Ctrl+F
        QTest::keyClick(&view, Qt::Key_F, Qt::ControlModifier);
        auto* edit = named<QLineEdit>(view, QStringLiteral("Filter"));
        edit->setFocus();
        QTest::keyClicks(edit, QStringLiteral("OSS g"));
        QCOMPARE(view.shownTags(), (QStringList{"loss/image", "loss/G"}));
        edit->clear();
        QTest::mouseClick(named<QToolButton>(view, QStringLiteral("Regular expression")), Qt::LeftButton);
        QTest::keyClicks(edit, QStringLiteral("^l.*/g$"));
        QCOMPARE(view.shownTags(), (QStringList{"loss/G", "lr/G"}));
        edit->setText(QStringLiteral("(["));  // no regular expression: everything, and said so
        QCOMPARE(view.shownTags().size(), 8);
        QVERIFY(edit->toolTip().contains(QStringLiteral("no regular expression")));
        edit->clear();
        // a section closes by mouse and opens by key
        auto* header = named<QToolButton>(view, QStringLiteral("Section Loss"));
        QVERIFY(header);
        QTest::mouseClick(header, Qt::LeftButton);
        QCOMPARE(view.shownTags().first(), QStringLiteral("lr/G"));
        header->setFocus();
        QTest::keyClick(header, Qt::Key_Space);
        QCOMPARE(view.shownTags().first(), QStringLiteral("loss/video"));
    }

    void pinsAndEnlarges()
    {
        ChartsView view;
        show(view, {made(QStringLiteral("a"), {{"loss/G", {1, 2}}, {"loss/D", {1, 2}}, {"time/step", {1, 2}}})});
        QTest::keyClick(view.chart(QStringLiteral("time/step")), Qt::Key_P);
        QCOMPARE(view.pinned(), QStringList{"time/step"});
        QTRY_COMPARE(view.shownTags().first(), QStringLiteral("time/step"));
        auto* pin = named<QToolButton>(*view.chart(QStringLiteral("loss/G")), QStringLiteral("Pin"));
        QTest::mouseClick(pin, Qt::LeftButton);
        QTRY_COMPARE(view.shownTags(), (QStringList{"time/step", "loss/G", "loss/D", "epoch"}));
        QTest::mouseClick(pin, Qt::LeftButton);
        QTRY_COMPARE(view.shownTags(), (QStringList{"time/step", "loss/D", "loss/G", "epoch"}));
        ChartPlot* chart = view.chart(QStringLiteral("loss/D"));
        const int before = chart->width();
        QTest::keyClick(chart, Qt::Key_Return);
        QCOMPARE(view.enlarged(), QStringLiteral("loss/D"));
        QTRY_VERIFY(chart->width() > 2 * before && chart->height() > 400);
        QVERIFY(chart->isVisible() && !view.chart(QStringLiteral("loss/G"))->isVisible());
        QVERIFY(chart->hasFocus() || !view.isActiveWindow());
        QTest::keyClick(chart, Qt::Key_Escape);
        QVERIFY(view.enlarged().isEmpty());
        QTRY_COMPARE(chart->width(), before);
        QVERIFY(view.chart(QStringLiteral("loss/G"))->isVisible());
        // kept over sessions; nonsense is not
        const QByteArray state = view.saveState();
        ChartsView other;
        other.restoreState(state);
        QCOMPARE(other.pinned(), QStringList{"time/step"});
        QCOMPARE(other.saveState(), state);
        other.restoreState("{\"smoothing\": \"much\", \"pinned\": 3");
        other.restoreState("{\"smoothing\": 7, \"pinned\": 3, \"x\": \"sideways\"}");
        QVERIFY(other.smoothing() <= 0.999);
    }

    void allChartsShareTheirZoom()
    {
        ChartsView view;
        show(view, {made(QStringLiteral("a"), {{"loss/G", column(1001, [](int i) { return std::sqrt(i); })}, {"loss/D", column(1001, [](int i) { return 1.0 * i; })}})});
        ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
        ChartPlot* other = view.chart(QStringLiteral("loss/D"));
        QCOMPARE(view.range(), (std::pair<double, double>(0, 1000)));
        // the wheel: what lies under the pointer stays there
        const QPoint at = placeOf(*chart, 250);
        const double under = chart->xAt(at.x());
        QWheelEvent wheel(at, chart->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(chart, &wheel);
        QVERIFY(std::abs((view.range().second - view.range().first) - 800) < 1e-6);
        QVERIFY(std::abs(chart->xAt(at.x()) - under) < 1e-6);
        QCOMPARE(other->viewport().from, view.range().first);
        // dragging pans
        const auto before = view.range();
        QTest::mousePress(chart, Qt::LeftButton, {}, placeOf(*chart, 500));
        QTest::mouseMove(chart, placeOf(*chart, 500) + QPoint(-10, 0));
        QTest::mouseMove(chart, placeOf(*chart, 500) + QPoint(-40, 0));
        QTest::mouseRelease(chart, Qt::LeftButton, {}, placeOf(*chart, 500) + QPoint(-40, 0));
        QVERIFY(view.range().first > before.first);
        QVERIFY(std::abs((view.range().second - view.range().first) - 800) < 1e-6);
        // Shift and drag zooms into a range
        view.showAll();
        const QPoint left = placeOf(*chart, 400), right = placeOf(*chart, 600);
        QTest::mousePress(chart, Qt::LeftButton, Qt::ShiftModifier, left);
        QTest::mouseMove(chart, right);
        QTest::mouseRelease(chart, Qt::LeftButton, Qt::ShiftModifier, right);
        QVERIFY(std::abs(view.range().first - 400) < 5 && std::abs(view.range().second - 600) < 5);
        QCOMPARE(other->viewport().to, view.range().second);
        // a double click shows everything; so does a key
        QTest::mouseDClick(other, Qt::LeftButton, {}, other->plotArea().center());
        QCOMPARE(view.range(), (std::pair<double, double>(0, 1000)));
        QTest::keyClick(chart, Qt::Key_Plus);
        QTest::keyClick(chart, Qt::Key_Right, Qt::ShiftModifier);
        QVERIFY(view.range().second - view.range().first < 900 && view.range().first > 100);
        // what comes does not move a zoomed view, and does move one of everything
        const auto zoomed = view.range();
        view.store().provide(made(QStringLiteral("a"), {{"loss/G", column(1101, [](int i) { return std::sqrt(i); })}}));
        QTRY_VERIFY(view.settled());
        QCOMPARE(view.range(), zoomed);
        QTest::keyClick(chart, Qt::Key_0);
        QTRY_COMPARE(view.range(), (std::pair<double, double>(0, 1100)));
        view.zoom(1e-12, 500);
        QCOMPARE(view.range().second - view.range().first, 2.0);
        view.zoom(1e12, 500);
        QCOMPARE(view.range().second - view.range().first, 1100.0);
    }

    void crosshairIsInAllCharts()
    {
        ChartsView view;
        view.setSmoothing(0);
        show(view, {made(QStringLiteral("one"), {{"loss/G", column(101, [](int i) { return i / 4.0; })}, {"loss/D", column(101, [](int i) { return 1.0 * i; })}}),
                    made(QStringLiteral("two"), {{"loss/G", column(51, [](int i) { return i == 20 ? NAN : -i; })}})});
        ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
        ChartPlot* other = view.chart(QStringLiteral("loss/D"));
        QCOMPARE(chart->valuesAt(20.3), QStringLiteral("step 20\none: 5\ntwo: nan"));
        QCOMPARE(chart->valuesAt(80), QStringLiteral("step 80\none: 20"));  // the other has ended
        QCOMPARE(other->valuesAt(20), QStringLiteral("step 20\none: 20"));
        const QImage before = other->grab().toImage();
        const QPoint at = placeOf(*chart, 50);
        QMouseEvent move(QEvent::MouseMove, at, chart->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(chart, &move);
        QTRY_VERIFY(other->grab().toImage() != before);  // its own line and box
        // by keys: from point to point
        QTest::keyClick(chart, Qt::Key_Right);
        QSignalSpy chosen(&view, &ChartsView::stepSelected);
        QTest::keyClick(chart, Qt::Key_Space);
        QCOMPARE(chosen.size(), 1);
        const qint64 step = chosen.takeFirst().at(0).toLongLong();
        QTest::keyClick(chart, Qt::Key_Right);
        QTest::keyClick(chart, Qt::Key_Space);
        QVERIFY(chosen.takeFirst().at(0).toLongLong() > step);
        // a click chooses the nearest step, and a drag does not
        QTest::mouseClick(chart, Qt::LeftButton, {}, placeOf(*chart, 70));
        QCOMPARE(chosen.size(), 1);
        QVERIFY(std::abs(chosen.takeFirst().at(0).toLongLong() - 70) <= 1);
        view.zoom(0.5, 50);
        QTest::mousePress(chart, Qt::LeftButton, {}, placeOf(*chart, 50));
        QTest::mouseMove(chart, placeOf(*chart, 50) + QPoint(20, 0));
        QTest::mouseRelease(chart, Qt::LeftButton, {}, placeOf(*chart, 50) + QPoint(20, 0));
        QVERIFY(chosen.isEmpty());
        // the marker of a sample step
        view.showAll();
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(chart, &leave);
        const QColor highlight = chart->palette().color(QPalette::Highlight);
        chart->clearFocus();
        const int without = pixelsOf(*chart, highlight, chart->plotArea());
        view.setMarker(60);
        QVERIFY(pixelsOf(*chart, highlight, chart->plotArea()) > without + chart->plotArea().height() / 2);
    }

    void xByStepEpochAndTime()
    {
        ChartsView view;
        show(view, {made(QStringLiteral("a"), {{"loss/G", column(101, [](int i) { return 1.0 * i; })}}), made(QStringLiteral("foreign"), {{"loss/G", {1, 2, 3}}}, {}, false)});
        ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
        QCOMPARE(chart->content().lines.size(), 2U);
        auto* modes = named<QComboBox>(view, QStringLiteral("Horizontal axis"));
        modes->setFocus();
        QTest::keyClick(modes, Qt::Key_Down);
        QCOMPARE(view.xMode(), XMode::Epoch);
        QTRY_COMPARE(view.range(), (std::pair<double, double>(0, 10)));
        QTRY_COMPARE(chart->content().lines.size(), 1U);  // the other run knows no epochs
        QTRY_VERIFY(chart->valuesAt(5).startsWith(QStringLiteral("epoch 5.000\na: 50")));
        QTest::keyClick(modes, Qt::Key_Down);
        QTRY_COMPARE(view.range(), (std::pair<double, double>(1.7e9, 1.7e9 + 1000)));
        QTest::keyClick(modes, Qt::Key_Down);
        QTRY_COMPARE(view.range(), (std::pair<double, double>(0, 1000)));
        QTRY_VERIFY(chart->valuesAt(61).startsWith(QStringLiteral("1 min\na: 6")));
        // a click still says the step
        QSignalSpy chosen(&view, &ChartsView::stepSelected);
        QTest::mouseClick(chart, Qt::LeftButton, {}, placeOf(*chart, 500));
        QVERIFY(std::abs(chosen.at(0).at(0).toLongLong() - 50) <= 1);
    }

    void logarithmicChartsLeaveOutAndSaySo()
    {
        ChartsView view;
        view.setSmoothing(0);
        show(view, {made(QStringLiteral("a"), {{"loss/G", column(100, [](int i) { return i < 20 ? -1.0 : i == 30 ? NAN : std::pow(10.0, i / 20.0); })}, {"loss/only", column(100, [](int) { return 0.0; })}})});
        ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
        chart->grab();
        QVERIFY(!chart->axis().logarithmic);
        QCOMPARE(chart->remark(), QStringLiteral("1 × NaN or infinite"));
        QTest::keyClick(chart, Qt::Key_L);
        chart->grab();
        QVERIFY(chart->axis().logarithmic && chart->axis().low > 1 && chart->axis().low < 10);
        QCOMPARE(chart->remark(), QStringLiteral("1 × NaN or infinite, 20 × ≤ 0 left out"));
        QVERIFY(!view.chart(QStringLiteral("loss/only"))->content().logarithmic);  // this chart alone
        QTest::mouseClick(named<QToolButton>(view, QStringLiteral("Log")), Qt::LeftButton);
        QVERIFY(view.chart(QStringLiteral("loss/only"))->content().logarithmic && chart->content().logarithmic);
        view.chart(QStringLiteral("loss/only"))->grab();
        QCOMPARE(view.chart(QStringLiteral("loss/only"))->remark(), QStringLiteral("100 × ≤ 0 left out"));
        // of the part on screen
        view.setRange(40, 90);
        QVERIFY(chart->remark().isEmpty());
    }

    void smoothingOutliersAndSeeds()
    {
        ChartsView view;
        std::mt19937 random(5);
        const auto noisy = [&](double level) { return column(2000, [&](int i) { return i == 1000 ? 1e6 : level + static_cast<double>(random() % 100) / 100; }); };
        show(view, {made(QStringLiteral("s1"), {{"loss/G", noisy(1)}}, QStringLiteral("same")), made(QStringLiteral("s2"), {{"loss/G", noisy(3)}}, QStringLiteral("same")), made(QStringLiteral("else"), {{"loss/G", noisy(2)}}, QStringLiteral("other"))});
        ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
        chart->grab();
        QVERIFY(chart->axis().high > 9e5);
        view.setIgnoreOutliers(true);
        chart->grab();
        QVERIFY(chart->axis().high < 100 && chart->axis().low > 0.5);
        view.setSmoothing(0.99);
        QTRY_VERIFY(view.settled());
        const Column<double>& smooth = chart->content().lines.front().data->smooth.values();
        const Column<double>& raw = chart->content().lines.front().data->values.values();
        const std::vector<double> expected = smoothed({raw.begin(), raw.end()}, view.smoothing());
        QCOMPARE(std::vector<double>(smooth.begin(), smooth.end()), expected);
        view.setSmoothing(0);
        QTRY_VERIFY(view.settled());
        view.setGrouped(true);
        chart->grab();
        QVERIFY2(chart->valuesAt(10).contains(QStringLiteral("s1 and 1 more: ")) && chart->valuesAt(10).contains(QStringLiteral(" ± ")), qPrintable(chart->valuesAt(10)));
        QVERIFY(chart->valuesAt(10).contains(QStringLiteral("else: ")));
        QVERIFY(!chart->valuesAt(10).contains(QStringLiteral("s2")));
        // two values and no more: their mean, and |a - b| / sqrt(2)
        const double a = raw[10], b = chart->content().lines[1].data->values.values()[10];
        QVERIFY2(chart->valuesAt(10).contains(QStringLiteral("%1 ± %2").arg(valueText((a + b) / 2), valueText(std::abs(a - b) / std::sqrt(2)))), qPrintable(chart->valuesAt(10)));
    }

    void legendTogglesRuns()
    {
        ChartsView view;
        view.setSmoothing(0);
        show(view, {made(QStringLiteral("alpha"), {{"loss/G", column(100, [](int i) { return 1.0 * i; })}}), made(QStringLiteral("beta"), {{"loss/G", column(100, [](int i) { return 100.0 - i; })}, {"loss/extra", {1, 2}}})});
        ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
        const QColor first = chart->content().lines[0].colour, second = chart->content().lines[1].colour;
        QVERIFY(first != second);
        QVERIFY(pixelsOf(*chart, second, chart->plotArea()) > 50);
        QSignalSpy hidden(&view, &ChartsView::runHidden);
        auto* beta = named<QToolButton>(view, QStringLiteral("Show the run beta"));
        QTest::mouseClick(beta, Qt::LeftButton);
        QCOMPARE(hidden.first(), (QList<QVariant>{QStringLiteral("beta"), true}));
        QTRY_VERIFY(view.settled() && !view.chart(QStringLiteral("loss/extra")));
        QCOMPARE(chart->content().lines.size(), 1U);
        QTRY_COMPARE(pixelsOf(*chart, second, chart->plotArea()), 0);
        QVERIFY(pixelsOf(*chart, first, chart->plotArea()) > 50);
        beta->setFocus();
        QTest::keyClick(beta, Qt::Key_Space);
        QTRY_COMPARE(chart->content().lines.size(), 2U);
        QCOMPARE(chart->content().lines[1].colour, second);  // its own, always
        QVERIFY(view.chart(QStringLiteral("loss/extra")));
    }

    void everyControlHasANameAndAKey()
    {
        ChartsView view;
        show(view, {made(QStringLiteral("a"), {{"loss/G", {1, 2, 3}}, {"loss/D", {1, 2, 3}}})});
        for (QWidget* widget : view.findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || widget->parentWidget()->inherits("QAbstractSpinBox") || widget->parentWidget()->inherits("QComboBox")) continue;
            QVERIFY2(!widget->accessibleName().isEmpty(), widget->metaObject()->className());
        }
        // Tab reaches both charts
        QSet<QWidget*> reached;
        QWidget* at = &view;
        for (int i = 0; i < 100; ++i) {
            at = at->nextInFocusChain();
            if (at->focusPolicy() & Qt::TabFocus && at->isVisible()) reached.insert(at);
        }
        QVERIFY(reached.contains(view.chart(QStringLiteral("loss/G"))) && reached.contains(view.chart(QStringLiteral("loss/D"))));
    }

    void foldersAreDropped()
    {
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("logs/first")) && QDir(folder.path()).mkpath(QStringLiteral("logs/second")));
        for (const char* name : {"logs/first", "logs/second"}) EventsWriter(toPath(folder.filePath(QString::fromLatin1(name)))).scalars(3, {{"loss", 1}});
        ChartsView view;
        view.resize(600, 400);
        view.show();
        const auto drop = [&](const QString& path) {
            QMimeData data;
            data.setUrls({QUrl::fromLocalFile(path)});
            QDragEnterEvent enter({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(&view, &enter);
            if (!enter.isAccepted()) return false;
            QDropEvent event({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(&view, &event);
            return true;
        };
        QVERIFY(!drop(folder.filePath(QStringLiteral("clips.h5"))));  // that is the window's
        QVERIFY(drop(folder.filePath(QStringLiteral("logs"))));
        QTRY_COMPARE(view.runs().size(), 2U);
        QCOMPARE(view.runs()[0].name, QStringLiteral("logs/first"));
        QTRY_VERIFY(view.chart(QStringLiteral("loss")) && view.chart(QStringLiteral("loss"))->content().lines.size() == 2);
        // another run of the page leaves what the person added
        view.setRuns({{folder.path(), {}, {}, false}});
        QCOMPARE(view.runs().size(), 3U);
        QVERIFY(drop(QDir(folder.filePath(QStringLiteral("logs/first"))).entryInfoList(QDir::Files).first().absoluteFilePath()));  // there already
        QTest::qWait(50);
        QCOMPARE(view.runs().size(), 3U);
    }

    void pyramidAndColumnBordersAgree()
    {
        // what is drawn from coarse borders holds every point, and none twice
        std::mt19937 random(9);
        for (const int count : {10, 1000, 70000, 900000}) {
            std::vector<double> x, values;
            double at = 0;
            for (int i = 0; i < count; ++i) x.push_back(at += static_cast<double>(random() % 7)), values.push_back(static_cast<double>(random()));
            const ShownCurve curve = ShownCurve::of(x, values);
            for (const auto& [from, to] : {std::pair(-5.0, at + 5), std::pair(at * 0.3, at * 0.7), std::pair(at * 0.5, at * 0.5001)}) {
                const std::vector<std::size_t> borders = curve.coarse.borders(curve.x, from, to, 300);
                QCOMPARE(borders.size(), 301U);
                QVERIFY(std::ranges::is_sorted(borders));
                QCOMPARE(borders.front(), static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), from) - x.begin()));
                QCOMPARE(borders.back(), static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), to) - x.begin()));
                const double width = (to - from) / 300;
                const std::size_t each = (borders.back() - borders.front()) / 300;
                for (std::size_t c = 1; c < 300; ++c) {
                    const auto exact = static_cast<std::size_t>(std::lower_bound(x.begin(), x.end(), from + static_cast<double>(c) * width) - x.begin());
                    const std::size_t off = exact > borders[c] ? exact - borders[c] : borders[c] - exact;
                    QVERIFY2(off <= each / 4, qPrintable(QStringLiteral("%1 points off of %2 a column").arg(off).arg(each)));
                }
            }
        }
    }

    void darkAndLightAreReadable()
    {
        for (const QColor& ground : {QColor(Qt::white), QColor(30, 30, 30)}) {
            ChartsView view;
            view.setSmoothing(0);
            QPalette palette;
            palette.setColor(QPalette::Base, ground);
            palette.setColor(QPalette::Text, ground.lightness() < 128 ? Qt::white : Qt::black);
            view.setPalette(palette);
            std::vector<RunCurvesPtr> runs;
            for (int i = 0; i < 8; ++i) runs.push_back(made(QStringLiteral("run %1").arg(i), {{"loss/G", column(50, [i](int k) { return i * 10.0 + k; })}}));
            show(view, runs);
            ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
            QSet<QRgb> colours;
            for (const ChartLine& line : chart->content().lines) colours.insert(line.colour.rgb());
            QCOMPARE(colours.size(), 8);
            const QImage image = chart->grab(chart->plotArea()).toImage().convertToFormat(QImage::Format_RGB32);
            int farthest = 0, ofGround = 0;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x) {
                    farthest = std::max(farthest, std::abs(qGray(image.pixel(x, y)) - qGray(ground.rgb())));
                    ofGround += image.pixel(x, y) == ground.rgb();
                }
            QVERIFY(ofGround > image.width() * image.height() / 3);
            QVERIFY(farthest > 60);
        }
    }

    void followsFilesOnScreen()
    {
        QTemporaryDir folder;
        EventsWriter writer(toPath(folder.path()));
        for (int step = 0; step < 50; ++step) writer.scalars(step, {{"loss/G", step}});
        ChartsView view;
        view.store().setInterval(20);
        view.resize(800, 600);
        view.show();
        QSignalSpy added(&view, &ChartsView::foldersAdded);
        view.addFolder(folder.path());
        QVERIFY(added.wait());
        QTRY_VERIFY(view.chart(QStringLiteral("loss/G")) && view.range().second == 49);
        for (int step = 50; step < 80; ++step) writer.scalars(step, {{"loss/G", step}, {"loss/D", 1}});
        QTRY_COMPARE(view.range().second, 79.0);
        QTRY_VERIFY(view.chart(QStringLiteral("loss/D")));
        writer.restart(60);
        writer.scalars(60, {{"loss/G", 1}});
        QTRY_COMPARE(view.range().second, 60.0);
        QSignalSpy failed(&view, &ChartsView::saveFailed);
        QTemporaryDir empty;
        view.addFolder(empty.path());
        QVERIFY(failed.wait());
        QVERIFY(failed.first().first().toString().contains(QStringLiteral("no events files")));
    }

    void pansOverTwentyMillionPoints()
    {
        constexpr int kPoints = 1000000, kRuns = 20;
        constexpr double kMedianMs = 16, kP95Ms = 33;
        std::vector<double> steps(kPoints), times(kPoints);
        for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = static_cast<double>(i), times[i] = 1.7e9 + static_cast<double>(i);
        const Column<double> sharedSteps(std::move(steps)), sharedTimes(std::move(times));
        ChartsView view;
        view.setSmoothing(0);
        std::vector<RunCurvesPtr> runs;
        std::mt19937 random(1);
        for (int r = 0; r < kRuns; ++r) {
            std::vector<double> values(kPoints);
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = r * 0.1 + std::sin(static_cast<double>(i) * 1e-5 + r) + static_cast<double>(random() % 1024) / 1024;
            auto curve = std::make_shared<Curve>();
            curve->tag = "loss/G";
            curve->generation = static_cast<std::uint64_t>(r) + 1;
            curve->steps = sharedSteps, curve->wallTimesS = sharedTimes;
            curve->values = MinMaxPyramid(Column<double>(std::move(values)));
            auto run = std::make_shared<RunCurves>();
            run->folder = QStringLiteral("run %1").arg(r);
            run->loaded = true;
            run->curves["loss/G"] = std::move(curve);
            runs.push_back(run);
        }
        show(view, runs);
        view.enlarge(QStringLiteral("loss/G"));
        ChartPlot* chart = view.chart(QStringLiteral("loss/G"));
        QTRY_VERIFY(chart->width() > 900);
        view.setRange(0, 300000);
        QTRY_VERIFY(view.settled());
        std::vector<double> frames;
        const int painted = chart->paints();
        QElapsedTimer clock;
        for (int i = 0; i < 60; ++i) {
            clock.start();
            view.pan(i < 30 ? 0.03 : -0.03);
            QApplication::processEvents();
            QApplication::sendPostedEvents();
            frames.push_back(static_cast<double>(clock.nsecsElapsed()) * 1e-6);
        }
        QVERIFY(chart->paints() >= painted + 50);
        std::ranges::sort(frames);
        qInfo("20 curves of 1,000,000 points: median %.1f ms a frame, 95%% within %.1f ms", frames[frames.size() / 2], frames[frames.size() * 95 / 100]);
        // ten times the budget: the machine that runs the tests has other work; `kinora bench charts` holds the budget itself
        QVERIFY(frames[frames.size() / 2] < 10 * kMedianMs);
        QVERIFY(frames[frames.size() * 95 / 100] < 10 * kP95Ms);
    }
};

QTEST_MAIN(TestCharts)
#include "tst_charts.moc"
