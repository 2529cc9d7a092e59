#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "widgets/views/loss_chart_view.h"

namespace {
ScalarBatch batch(const std::string& tag, int from, int to, double (*value)(int))
{
    ScalarBatch result;
    for (int i = from; i < to; ++i) {
        result.series[tag].steps.push_back(i);
        result.series[tag].values.push_back(value(i));
    }
    return result;
}
bool ascending(const ScalarSeries& series)
{
    for (std::size_t i = 1; i < series.steps.size(); ++i)
        if (!(series.steps[i] > series.steps[i - 1])) return false;
    return true;
}
}  // namespace

class TestLossChart final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void smoothingKeepsAConstant()
    {
        const std::vector<double> constant(2000, 0.7);
        for (const double value : smoothed(constant, 0.99)) QVERIFY(std::abs(value - 0.7) < 1e-12);
        const std::vector<double> ramp{5, 7, 9};
        QVERIFY(std::abs(smoothed(ramp, 0.9).front() - 5) < 1e-12);  // no pull towards zero
        QCOMPARE(smoothed(ramp, 0), ramp);
        const std::vector<double> broken{1, NAN, 1};
        QVERIFY(std::isnan(smoothed(broken, 0.5)[1]));
        QVERIFY(std::abs(smoothed(broken, 0.5)[2] - 1) < 1e-12);
    }

    void decimationKeepsExtremes()
    {
        std::vector<double> steps, values;
        for (int i = 0; i < 100000; ++i) {
            steps.push_back(i);
            values.push_back(std::sin(i * 0.01));
        }
        values[54321] = 50;
        values[777] = -50;
        const QList<QPointF> points = decimated(steps, values, 0, 99999, 500);
        QVERIFY(points.size() <= 2002);
        double low = 0, high = 0;
        for (qsizetype i = 0; i < points.size(); ++i) {
            low = std::min(low, points[i].y());
            high = std::max(high, points[i].y());
            if (i) QVERIFY(points[i].x() > points[i - 1].x());
        }
        QCOMPARE(low, -50.0);
        QCOMPARE(high, 50.0);
        QCOMPARE(points.first().x(), 0.0);
        QCOMPARE(points.last().x(), 99999.0);
        // few points stay as they are, and lines run on to the edges
        const QList<QPointF> few = decimated(steps, values, 100, 110, 500);
        QCOMPARE(few.size(), 13);
        QVERIFY(decimated({}, {}, 0, 1, 10).isEmpty());
    }

    void growsAndDropsWhatAResumeVoids()
    {
        LossChartView chart;
        chart.resize(600, 400);
        chart.show();
        chart.append(batch("loss/G", 1, 101, [](int i) { return 1.0 / i; }));
        QCOMPARE(chart.series().at("loss/G").steps.size(), 100U);
        QTRY_COMPARE(chart.range().second, 100.0);
        chart.append(batch("loss/G", 101, 151, [](int i) { return 1.0 / i; }));
        QTRY_COMPARE(chart.range().second, 150.0);
        QTRY_VERIFY(chart.shownPoints("loss/G").size() == 150);
        ScalarBatch resumed = batch("loss/G", 81, 91, [](int) { return 9.0; });
        resumed.voidedFrom = 81;
        chart.append(resumed);
        const ScalarSeries& series = chart.series().at("loss/G");
        QCOMPARE(series.steps.size(), 90U);
        QVERIFY(ascending(series));
        QCOMPARE(series.values[79], 1.0 / 80);
        QCOMPARE(series.values[80], 9.0);
        QTRY_COMPARE(chart.range().second, 90.0);
        // even if nobody said that something is void
        chart.append(batch("loss/G", 50, 60, [](int) { return 3.0; }));
        QVERIFY(ascending(chart.series().at("loss/G")));
        QCOMPARE(chart.series().at("loss/G").steps.size(), 59U);
        ScalarBatch fresh = batch("loss/D", 1, 3, [](int) { return 1.0; });
        fresh.fresh = true;
        chart.append(fresh);
        QCOMPARE(chart.series().size(), 1U);
    }

    void survivesNanAndNegativeValues()
    {
        LossChartView chart;
        chart.resize(600, 400);
        chart.show();
        chart.append(batch("a", 1, 50, [](int i) { return i == 7 ? NAN : i < 20 ? -1.0 : i * 0.1; }));
        chart.append(batch("only", 1, 50, [](int) { return 0.0; }));
        QTest::qWait(60);
        for (const QPointF& point : chart.shownPoints("a")) QVERIFY(point.x() != 7);
        chart.setLogarithmic(true);
        QTRY_VERIFY(!chart.shownPoints("a").isEmpty() && chart.shownPoints("a").first().y() > 0);
        for (const QPointF& point : chart.shownPoints("a")) QVERIFY(point.y() > 0);
        QVERIFY(chart.shownPoints("only").isEmpty());
        QVERIFY(chart.valuesAt(7).contains(QStringLiteral("nan"), Qt::CaseInsensitive));
        chart.setLogarithmic(false);
        QTRY_COMPARE(chart.shownPoints("only").size(), 49);
    }

    void zoomsAndComesBack()
    {
        LossChartView chart;
        chart.resize(700, 400);
        chart.show();
        chart.append(batch("a", 0, 1001, [](int i) { return std::sqrt(i); }));
        QTRY_COMPARE(chart.range(), (std::pair<double, double>(0, 1000)));
        QTest::keyClick(&chart, Qt::Key_Plus);
        QTRY_VERIFY(chart.range().second - chart.range().first < 900);
        const auto zoomed = chart.range();
        QTest::keyClick(&chart, Qt::Key_Right);
        QVERIFY(chart.range().first > zoomed.first);
        // what comes does not move a zoomed view
        const auto before = chart.range();
        chart.append(batch("a", 1001, 1101, [](int i) { return std::sqrt(i); }));
        QTest::qWait(60);
        QCOMPARE(chart.range(), before);
        QTest::keyClick(&chart, Qt::Key_0);
        QTRY_COMPARE(chart.range(), (std::pair<double, double>(0, 1100)));
        chart.zoom(1e-9, 500);
        QVERIFY(chart.range().second - chart.range().first >= 2);
        chart.zoom(1e9, 500);
        QCOMPARE(chart.range().second - chart.range().first, 1100.0);
    }

    void hidesCurvesAndGroups()
    {
        LossChartView chart;
        chart.setOrder({QStringLiteral("loss/G"), QStringLiteral("lr/G")});
        chart.resize(600, 400);
        chart.show();
        chart.append(batch("time/step", 1, 10, [](int i) { return double(i); }));
        chart.append(batch("lr/G", 1, 10, [](int i) { return double(i); }));
        chart.append(batch("loss/G", 1, 10, [](int i) { return double(i); }));
        chart.append(batch("loss/D", 1, 10, [](int i) { return double(i); }));
        QVERIFY(chart.isShown("loss/D"));
        QVERIFY(!chart.isShown("time/step"));  // the first group is what a run is about
        chart.setGroup({});
        QVERIFY(chart.isShown("time/step"));
        chart.setShown(QStringLiteral("loss/D"), false);
        QVERIFY(!chart.isShown("loss/D"));
        QVERIFY(!chart.valuesAt(3).contains(QStringLiteral("loss/D")));
        QVERIFY(chart.valuesAt(3.2).contains(QStringLiteral("loss/G: 3")));
    }

    void saves()
    {
        QTemporaryDir folder;
        LossChartView chart;
        chart.resize(600, 400);
        chart.show();
        chart.append(batch("loss/G", 1, 4, [](int i) { return i / 8.0; }));
        chart.append(batch("a,b", 2, 3, [](int) -> double { return NAN; }));
        chart.setGroup({});
        QSignalSpy saved(&chart, &LossChartView::saved), failed(&chart, &LossChartView::saveFailed);
        chart.save(folder.filePath(QStringLiteral("c.csv")));
        QVERIFY(saved.wait());
        QFile table(folder.filePath(QStringLiteral("c.csv")));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll().toLower(), QByteArray("step,\"a,b\",loss/g\n1,,0.125\n2,nan,0.25\n3,,0.375\n"));
        chart.save(folder.filePath(QStringLiteral("c.png")));
        QVERIFY(saved.wait());
        const QImage picture(folder.filePath(QStringLiteral("c.png")));
        QVERIFY(picture.width() > 1000);
        chart.save(folder.filePath(QStringLiteral("no/such/c.png")));
        QVERIFY(failed.wait());
        QVERIFY(failed.first().at(0).toString().contains(QStringLiteral("no/such")));
    }

    void staysFastWithManyPoints()
    {
        LossChartView chart;
        chart.resize(1000, 600);
        chart.show();
        ScalarBatch many;
        for (int s = 0; s < 4; ++s) {
            ScalarSeries& series = many.series["loss/" + std::to_string(s)];
            for (int i = 0; i < 500000; ++i) {
                series.steps.push_back(i);
                series.values.push_back(std::sin(i * 0.001 * (s + 1)) + (i % 1000 * 7919 % 1000) * 0.001);
            }
        }
        QElapsedTimer timer;
        timer.start();
        chart.append(many);
        QTRY_COMPARE(chart.range().second, 499999.0);
        chart.grab();
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
        timer.restart();
        for (int i = 0; i < 5; ++i) {
            chart.zoom(0.8, 250000);
            chart.grab();
        }
        qInfo("a frame of 4 curves of 500,000 points: %lld ms", timer.elapsed() / 5);
        QVERIFY(timer.elapsed() < 10000);
    }
};

QTEST_MAIN(TestLossChart)
#include "tst_loss_chart.moc"
