// The arithmetic behind the charts, against plain loops.
#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "core/events/tfevents.h"
#include "widgets/charts/chart_content.h"
#include "widgets/charts/chart_data.h"

using namespace kinora;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Made {
    std::vector<double> x, values;
};
Made made(const std::string& kind, std::size_t count)
{
    std::mt19937 random(7);
    std::uniform_real_distribution<double> uniform(0, 1);
    Made result;
    double x = 0;
    for (std::size_t i = 0; i < count; ++i) {
        x += kind == "uneven" ? std::exp(12 * uniform(random) - 9) : kind == "doubled" ? static_cast<double>(random() % 2) : 1;
        double value = uniform(random) - 0.3;
        if (kind == "broken" && random() % 10 == 0) value = std::array{kNaN, kInfinity, -kInfinity}[random() % 3];
        if (kind == "constant") value = 0.25;
        if (kind == "huge") value = (uniform(random) - 0.5) * std::pow(10.0, 600 * uniform(random) - 300);
        if (kind == "nothing") value = kNaN;
        result.x.push_back(x);
        result.values.push_back(value);
    }
    return result;
}
Extent plain(const std::vector<double>& values, std::size_t first, std::size_t last)
{
    Extent extent;
    for (std::size_t i = first; i < last; ++i) {
        const double v = values[i];
        if (!std::isfinite(v)) {
            ++extent.notFinite;
            continue;
        }
        extent.low = std::min(extent.low, v);
        extent.high = std::max(extent.high, v);
        if (v > 0)
            extent.lowPositive = std::min(extent.lowPositive, v);
        else
            ++extent.notPositive;
    }
    return extent;
}
QStringList labels(const std::vector<Tick>& ticks)
{
    QStringList list;
    for (const Tick& tick : ticks)
        if (!tick.label.isEmpty()) list << tick.label;
    return list;
}
CurvePtr curveOf(const std::string& tag, const std::vector<double>& steps, const std::vector<double>& walls, const std::vector<double>& values)
{
    ScalarCurve columns;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        ScalarCurve one;
        one.tag = tag, one.steps = {steps[i]}, one.wallTimesS = {walls[i]}, one.values = {values[i]};
        columns.append(std::move(one));
    }
    columns.tag = tag;
    auto curve = std::make_shared<Curve>();
    appendPoints(*curve, columns);
    return curve;
}
std::vector<double> list(const Column<double>& column) { return {column.begin(), column.end()}; }
}  // namespace

class TestChartsData final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
        qputenv("TZ", "UTC");
    }

    void snapshotsStay()
    {
        Column<double> column;
        for (int i = 0; i < 100; ++i) column.push_back(i);
        const Column<double> before = column;
        for (int i = 100; i < 100000; ++i) column.push_back(i);
        QCOMPARE(before.size(), 100U);
        QCOMPARE(before.back(), 99.0);
        QCOMPARE(column[99999], 99999.0);
        // what was cut off is not written over while somebody looks at it
        const Column<double> whole = column;
        column.cut(10);
        column.push_back(-1);
        QCOMPARE(column.back(), -1.0);
        QCOMPARE(whole[10], 10.0);
        // two copies may both go on
        Column<double> a = before, b = before;
        a.push_back(1), b.push_back(2);
        QCOMPARE(a.back(), 1.0);
        QCOMPARE(b.back(), 2.0);
    }

    void pyramidEqualsBruteForce_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"even", "uneven", "doubled", "broken", "constant", "huge", "nothing"}) QTest::newRow(kind) << QString::fromLatin1(kind);
    }
    void pyramidEqualsBruteForce()
    {
        QFETCH(QString, kind);
        std::mt19937 random(11);
        for (const std::size_t count : {std::size_t(1), std::size_t(15), std::size_t(16), std::size_t(17), std::size_t(4096), std::size_t(70001)}) {
            const Made data = made(kind.toStdString(), count);
            // grown in pieces of all sizes, with snapshots in between
            MinMaxPyramid pyramid;
            std::vector<MinMaxPyramid> snapshots;
            for (std::size_t at = 0; at < count;) {
                const std::size_t piece = std::min(count - at, std::size_t(1) + random() % (1 + count / 7));
                pyramid.append(data.values.data() + at, piece);
                at += piece;
                if (snapshots.size() < 5) snapshots.push_back(pyramid);
            }
            const Column<double> x{std::vector<double>(data.x)};
            for (int k = 0; k < 300; ++k) {
                std::size_t first = random() % (count + 1), last = random() % (count + 1);
                if (first > last) std::swap(first, last);
                QVERIFY(pyramid.extent(first, last) == plain(data.values, first, last));
            }
            for (const MinMaxPyramid& snapshot : snapshots) QVERIFY(snapshot.extent(0, snapshot.size()) == plain(data.values, 0, snapshot.size()));
            const double span = data.x.back() - data.x.front() + 1;
            for (int k = 0; k < 40; ++k) {
                const double from = data.x.front() - 0.2 * span + span * static_cast<double>(random() % 1000) / 1000, to = from + span * std::pow(10.0, -static_cast<double>(random() % 50) / 10);
                const int columns = 1 + static_cast<int>(random() % 900);
                const std::vector<ColumnExtent> result = pyramid.columns(x, from, to, columns);
                QCOMPARE(result.size(), static_cast<std::size_t>(columns));
                const double width = (to - from) / columns;
                std::size_t seen = 0;
                for (int c = 0; c < columns; ++c) {
                    const double left = c ? from + c * width : from, right = from + (c + 1) * width;
                    const auto first = static_cast<std::size_t>(std::lower_bound(data.x.begin(), data.x.end(), left) - data.x.begin());
                    const auto last = static_cast<std::size_t>((c + 1 < columns ? std::lower_bound(data.x.begin(), data.x.end(), right) : std::upper_bound(data.x.begin(), data.x.end(), to)) - data.x.begin());
                    QCOMPARE(result[static_cast<std::size_t>(c)].first, first);
                    QCOMPARE(result[static_cast<std::size_t>(c)].last, last);
                    QVERIFY(result[static_cast<std::size_t>(c)].extent == plain(data.values, first, last));
                    seen += last - first;
                }
                QCOMPARE(seen, static_cast<std::size_t>(std::ranges::count_if(data.x, [&](double v) { return v >= from && v <= to; })));
            }
            // cut and gone on with
            if (count > 20) {
                pyramid.cut(count / 2);
                pyramid.append(data.values.data(), 20);
                std::vector<double> expected(data.values.begin(), data.values.begin() + static_cast<std::ptrdiff_t>(count / 2));
                expected.insert(expected.end(), data.values.begin(), data.values.begin() + 20);
                QVERIFY(pyramid.extent(0, expected.size()) == plain(expected, 0, expected.size()));
                QVERIFY(snapshots.back().extent(0, snapshots.back().size()) == plain(data.values, 0, snapshots.back().size()));
            }
        }
    }

    void smoothingIsUnbiased()
    {
        for (const double value : smoothed(std::vector<double>(2000, 0.7), 0.99)) QVERIFY(std::abs(value - 0.7) < 1e-12);
        const std::vector<double> ramp{5, 7, 9};
        QCOMPARE(smoothed(ramp, 0.9).front(), 5.0);  // no pull towards zero
        QCOMPARE(smoothed(ramp, 0), ramp);
        // by hand: weights a^(n-i), normalised
        const double a = 0.9;
        QVERIFY(std::abs(smoothed(ramp, a)[2] - (5 * a * a + 7 * a + 9) / (a * a + a + 1)) < 1e-12);
        const std::vector<double> broken{1, kNaN, kInfinity, 1};
        QVERIFY(std::isnan(smoothed(broken, 0.5)[1]));
        QVERIFY(std::isinf(smoothed(broken, 0.5)[2]));
        QVERIFY(std::abs(smoothed(broken, 0.5)[3] - 1) < 1e-12);
    }

    void linearTicksAreRound()
    {
        QCOMPARE(labels(linearTicks(0, 1, 5)), (QStringList{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
        QCOMPARE(labels(linearTicks(-3, 1000, 6)), (QStringList{"0", "200", "400", "600", "800", "1,000"}));
        QCOMPARE(labels(linearTicks(1.00001, 1.00003, 4)), (QStringList{"1.000010", "1.000015", "1.000020", "1.000025", "1.000030"}));
        QCOMPARE(labels(linearTicks(0, 4e9, 4)), (QStringList{"0", "1e9", "2e9", "3e9", "4e9"}));
        QVERIFY(linearTicks(1, 1, 5).empty());
        QVERIFY(linearTicks(kNaN, 1, 5).empty());
        QVERIFY(linearTicks(-1e308, 1e308, 5).size() < 10);
        for (const double size : {1e-300, 1e-9, 1.0, 1e12, 1e300}) {
            const std::vector<Tick> ticks = linearTicks(size, 3 * size, 6);
            QVERIFY(ticks.size() >= 2 && ticks.size() <= 8);
        }
    }

    void logTicksAreTrue()
    {
        QCOMPARE(labels(logTicks(0.001, 100, 10)), (QStringList{"0.001", "0.01", "0.1", "1", "10", "100"}));
        QCOMPARE(labels(logTicks(0.9, 11, 10)), (QStringList{"1", "2", "5", "10"}));
        QCOMPARE(labels(logTicks(1e-12, 1e12, 5)).size(), 5);
        QCOMPARE(labels(logTicks(1e-7, 1e-5, 5)), (QStringList{QString::fromUtf8("10⁻⁷"), QString::fromUtf8("10⁻⁶"), QString::fromUtf8("10⁻⁵")}));
        // two to nine between powers
        int minor = 0;
        for (const Tick& tick : logTicks(1, 1000, 10)) minor += tick.minor;
        QCOMPARE(minor, 3 * 8);
        QVERIFY(labels(logTicks(0.20, 0.23, 5)).size() >= 2);  // less than a decade: values all the same
        QVERIFY(logTicks(-1, 10, 5).empty());
        // equal factors are equally far apart
        const AxisMap axis{0.01, 1000, true};
        QVERIFY(std::abs((axis.share(0.1) - axis.share(0.01)) - (axis.share(1000) - axis.share(100))) < 1e-12);
        QVERIFY(!std::isfinite(axis.share(0)));
        QVERIFY(!std::isfinite(axis.share(-3)));
    }

    void timesAreRound()
    {
        QCOMPARE(labels(durationTicks(0, 3600, 4)), (QStringList{"0 min", "15 min", "30 min", "45 min", "1 h"}));
        QCOMPARE(labels(durationTicks(0, 3 * 86400, 3)), (QStringList{"0 h", "1 d", "2 d", "3 d"}));
        QCOMPARE(durationLabel(3725, 1), QStringLiteral("1 h 2 min 5 s"));
        QCOMPARE(durationLabel(0.25, 0.01), QStringLiteral("0.25 s"));
        QCOMPARE(xText(XMode::Step, 12345), QStringLiteral("step 12,345"));
        QCOMPARE(xText(XMode::RelativeTime, 3725), QStringLiteral("1 h 2 min 5 s"));
        // on the local clock's round minutes
        for (const Tick& tick : timeTicks(1.7e9, 1.7e9 + 3600, 6)) QCOMPARE(std::fmod(tick.value, 600.0), 0.0);
    }

    void limitsFollowWhatIsSeen()
    {
        std::vector<double> steps, values;
        for (int i = 0; i < 1000; ++i) steps.push_back(i), values.push_back(std::sin(i * 0.1));
        values[500] = 1000;
        values[501] = kNaN;
        RunCurves run;
        CurveBuilder builder;
        const ShownCurvePtr shown = builder.update(run, curveOf("a", steps, steps, values), XMode::Step, 0);
        const Limits all = limitsOf(*shown, shown->values, 0, 999, false, false);
        QCOMPARE(all.high, 1000.0);
        const Limits cut = limitsOf(*shown, shown->values, 0, 999, false, true);
        QVERIFY(cut.high <= 1 && cut.high > 0.95 && cut.low < -0.95);
        QVERIFY(limitsOf(*shown, shown->values, 0, 499, false, false).high <= 1000.0);
        QVERIFY(limitsOf(*shown, shown->values, 0, 499, false, false).high < 1.001);  // the line to the outlier begins at 499
        QVERIFY(limitsOf(*shown, shown->values, 0, 499.5, false, false).high > 400);
        QCOMPARE(leftOut(*shown, 0, 999, false).notFinite, 1U);
        QVERIFY(leftOut(*shown, 0, 999, true).notPositive > 400);
        QCOMPARE(leftOut(*shown, 0, 400, false).notFinite, 0U);
        // between two points a line is seen
        QCOMPARE(limitsOf(*shown, shown->values, 499.25, 499.5, false, false).any(), true);
        for (const double constant : {0.0, 5.0, -1e300, 1e-300}) {
            Limits limits;
            limits.add(constant, constant);
            const AxisMap axis = axisFor(limits, false);
            QVERIFY(axis.low < constant && axis.high > constant && std::isfinite(axis.high - axis.low));
        }
        const AxisMap none = axisFor({}, true);
        QVERIFY(none.low > 0 && none.high > none.low);
    }

    void columnsCoverTheLine()
    {
        // a line from (0, 0) to (10, 10), a gap, a single point, and a line that leaves the picture
        RunCurves run;
        CurveBuilder builder;
        const ShownCurvePtr shown = builder.update(run, curveOf("a", {0, 10, 11, 12, 13, 14, 30}, {0, 1, 2, 3, 4, 5, 6}, {0, 10, kNaN, 5, kNaN, 2, 4}), XMode::Step, 0);
        const std::vector<Span> spans = columnSpans(*shown, shown->values, 0, 20, 20, {0, 10, false}, 100);
        for (int c = 0; c < 10; ++c) {
            QVERIFY(std::abs(spans[static_cast<std::size_t>(c)].low - (90 - 10 * c)) < 1e-3F);
            QVERIFY(std::abs(spans[static_cast<std::size_t>(c)].high - (100 - 10 * c)) < 1e-3F);
        }
        QVERIFY(spans[10].any());   // its end
        QVERIFY(!spans[11].any());  // not a number
        QVERIFY(std::abs(spans[12].low - 50) < 1e-3F && spans[12].low == spans[12].high);
        QVERIFY(!spans[13].any());
        QVERIFY(spans[19].any());  // on its way to the point at 30
        QVERIFY(std::abs(spans[19].low - (100 - 10 * (2 + 2 * 6.0 / 16))) < 1e-3);
        // seen through a hole between points
        const std::vector<Span> inside = columnSpans(*shown, shown->values, 4, 5, 10, {0, 10, false}, 100);
        for (const Span& span : inside) QVERIFY(span.any() && span.slope != 0);
        // logarithmic: what is not above zero is left out, extremes stay
        const ShownCurvePtr noisy = CurveBuilder().update(run, curveOf("b", {0, 1, 2, 3}, {0, 1, 2, 3}, {-1, 0, 100, 1}), XMode::Step, 0);
        const std::vector<Span> log = columnSpans(*noisy, noisy->values, 0, 3, 3, {0.1, 1000, true}, 100);
        QVERIFY(!log[0].any() && !log[1].any());
        QVERIFY(std::abs(log[2].low - 25) < 1e-3F && std::abs(log[2].high - 75) < 1e-3F);
    }

    void xCanBeFourThings()
    {
        RunCurves run;
        run.curves["a"] = curveOf("a", {10, 20, 30, 40}, {1000, 1010, 1030, 1031}, {1, 2, 3, 4});
        run.curves["epoch"] = curveOf("epoch", {10, 30}, {999, 1030}, {0.5, 1.5});
        const auto xs = [&](XMode mode) {
            const ShownCurvePtr shown = CurveBuilder().update(run, run.curves["a"], mode, 0.5);
            std::vector<double> result = list(shown->x);
            for (double& x : result) x += shown->offset;
            return result;
        };
        QCOMPARE(xs(XMode::Step), (std::vector<double>{10, 20, 30, 40}));
        QCOMPARE(xs(XMode::Epoch), (std::vector<double>{0.5, 1, 1.5, 1.5}));
        QCOMPARE(xs(XMode::WallTime), (std::vector<double>{1000, 1010, 1030, 1031}));
        QCOMPARE(xs(XMode::RelativeTime), (std::vector<double>{1, 11, 31, 32}));  // since the run's first point
        // smoothing counts points: the same values whatever x is
        for (const XMode mode : {XMode::Epoch, XMode::WallTime, XMode::RelativeTime})
            QCOMPARE(list(CurveBuilder().update(run, run.curves["a"], mode, 0.5)->smooth.values()), smoothed({1, 2, 3, 4}, 0.5));
        run.curves.erase("epoch");
        QVERIFY(!CurveBuilder().update(run, run.curves["a"], XMode::Epoch, 0));
        // a clock that was set back: sorted by time, and every point there
        run.curves["b"] = curveOf("b", {1, 2, 3}, {100, 90, 95}, {1, 2, 3});
        QVERIFY(run.curves["b"]->wallTimeFalls);
        const ShownCurvePtr shown = CurveBuilder().update(run, run.curves["b"], XMode::WallTime, 0);
        QCOMPARE(list(shown->x), (std::vector<double>{90, 95, 100}));
        QCOMPARE(list(shown->values.values()), (std::vector<double>{2, 3, 1}));
        QCOMPARE(list(shown->steps), (std::vector<double>{2, 3, 1}));
    }

    void growingCostsWhatCame()
    {
        RunCurves run;
        Curve curve;
        CurveBuilder builder;
        std::vector<double> all;
        std::mt19937 random(3);
        for (int batch = 0; batch < 50; ++batch) {
            ScalarCurve more;
            more.tag = "a";
            for (int i = 0; i < 37; ++i) {
                more.steps.push_back(static_cast<double>(all.size()));
                more.wallTimesS.push_back(static_cast<double>(all.size()) * 0.5);
                all.push_back(static_cast<double>(random() % 1000));
                more.values.push_back(all.back());
            }
            appendPoints(curve, more);
            const ShownCurvePtr shown = builder.update(run, std::make_shared<Curve>(curve), XMode::Step, 0.9);
            QCOMPARE(shown->size(), all.size());
        }
        const ShownCurvePtr shown = builder.update(run, std::make_shared<Curve>(curve), XMode::Step, 0.9);
        QCOMPARE(list(shown->smooth.values()), smoothed(all, 0.9));
        QCOMPARE(list(shown->values.values()), all);
    }

    void goingOnFromAnEarlierStepMakesNoZigzag()
    {
        // the second session began after the first had ended
        CurvePtr curve = curveOf("a", {1, 2, 3, 4, 3, 4, 5}, {10, 11, 12, 13, 20, 21, 22}, {1, 2, 3, 4, 30, 40, 50});
        QCOMPARE(list(curve->steps), (std::vector<double>{1, 2, 3, 4, 5}));
        QCOMPARE(list(curve->values.values()), (std::vector<double>{1, 2, 30, 40, 50}));
        QCOMPARE(curve->discarded.size(), 1U);
        QCOMPARE(curve->discarded.front()->values, (std::vector<double>{3, 4}));
        // two writers at once: nothing is dropped
        curve = curveOf("a", {1, 3, 5, 2, 4, 6}, {10, 12, 14, 11, 13, 15}, {1, 3, 5, 2, 4, 6});
        QCOMPARE(list(curve->steps), (std::vector<double>{1, 2, 3, 4, 5, 6}));
        QCOMPARE(list(curve->values.values()), (std::vector<double>{1, 2, 3, 4, 5, 6}));
        QVERIFY(curve->discarded.empty());
        // a step that comes twice in a row is two points
        curve = curveOf("a", {1, 1, 2}, {10, 11, 12}, {1, 5, 2});
        QCOMPARE(curve->size(), 3U);
    }

    void meanAndSpread()
    {
        // numpy.mean and numpy.std(ddof=1) of [[1, 2, 3], [2, 4, 9], [6, 0, 3]] by column
        RunCurves run;
        std::vector<ShownCurvePtr> curves;
        for (const std::vector<double>& values : {std::vector<double>{1, 2, 3}, {2, 4, 9}, {6, 0, 3}}) curves.push_back(CurveBuilder().update(run, curveOf("a", {0, 10, 20}, {0, 1, 2}, values), XMode::Step, 0));
        const Band band = bandOf(curves, 0, 20, 500);
        QCOMPARE(band.x, (std::vector<double>{0, 10, 20}));
        QCOMPARE(band.mean, (std::vector<double>{3, 2, 5}));
        const double expected[] = {2.6457513110645907, 2.0, 3.4641016151377544};
        for (std::size_t i = 0; i < 3; ++i) QVERIFY(std::abs(band.deviation[i] - expected[i]) < 1e-12);
        // seeds that report at other steps: lines between points; and only where a run has values
        curves.push_back(CurveBuilder().update(run, curveOf("a", {5, 10}, {0, 1}, {3, 2}), XMode::Step, 0));
        const Band mixed = bandOf(curves, 0, 20, 500);
        QCOMPARE(mixed.x, (std::vector<double>{0, 5, 10, 20}));
        QCOMPARE(mixed.mean[0], 3.0);
        QCOMPARE(mixed.mean[1], (1.5 + 3 + 3 + 3) / 4);
        QCOMPARE(mixed.mean[2], 2.0);
        QCOMPARE(mixed.mean[3], 5.0);
        // dense ones are looked at in as many places as there are columns
        std::vector<double> steps, one, two;
        for (int i = 0; i < 100000; ++i) steps.push_back(i), one.push_back(1), two.push_back(3);
        const Band dense = bandOf({CurveBuilder().update(run, curveOf("a", steps, steps, one), XMode::Step, 0), CurveBuilder().update(run, curveOf("a", steps, steps, two), XMode::Step, 0)}, 0, 99999, 300);
        QVERIFY(dense.x.size() >= 300 && dense.x.size() < 1000);
        for (std::size_t i = 0; i < dense.x.size(); ++i) {
            if (dense.x[i] < 0 || dense.x[i] > 99999) continue;
            QVERIFY(std::abs(dense.mean[i] - 2) < 1e-12 && std::abs(dense.deviation[i] - std::sqrt(2.0)) < 1e-12);
        }
    }

    void crosshairNamesAllRuns()
    {
        RunCurves run;
        ChartContent content{"loss/G", false, {}};
        ChartViewport view{XMode::Step, 0, 100, false, false, -1};
        const auto add = [&](const QString& name, const std::vector<double>& steps, const std::vector<double>& values, double smoothing) {
            content.lines.push_back({name, name, Qt::red, 0, QStringLiteral("same"), CurveBuilder().update(run, curveOf("loss/G", steps, steps, values), XMode::Step, smoothing), nullptr});
        };
        add("one", {0, 50, 100}, {1, 2, 3}, 0);
        add("two", {0, 50, 100}, {5, kNaN, 7}, 0);
        add("short", {0, 10}, {8, 9}, 0);
        QCOMPARE(crosshairAt(content, view, 47).text(), QStringLiteral("step 50\none: 2\ntwo: nan"));
        QCOMPARE(crosshairAt(content, view, 9).text(), QStringLiteral("step 10\none: 1 (step 0)\ntwo: 5 (step 0)\nshort: 9"));
        add("smooth", {0, 50}, {4, 6}, 0.5);
        QVERIFY(crosshairAt(content, view, 50).text().endsWith(QStringLiteral("smooth: 6 (smoothed 5.3333)")));
        view.grouped = true;
        const QString grouped = crosshairAt(content, view, 100).text();
        QVERIFY2(grouped.contains(QStringLiteral("one and 3 more: 5 ± 2.8284")), qPrintable(grouped));
        QCOMPARE(*stepAt(content, view, 60), qint64(50));
        QCOMPARE(*placeOfStep(content, view, 33), 33.0);
        QCOMPARE(crosshairAt({"x", false, {}}, view, 3).text(), QStringLiteral("step 3"));
        // far from the only point there is nothing to say
        view.grouped = false;
        ChartContent one{"x", false, {content.lines[2]}};
        QCOMPARE(crosshairAt(one, view, 60).text(), QStringLiteral("step 60"));
        QCOMPARE(crosshairAt(one, view, 10.5).text(), QStringLiteral("step 10\nshort: 9"));
    }
};

QTEST_MAIN(TestChartsData)
#include "tst_charts_data.moc"
