// Figures and tables as files: readable, of the right size, and with exact numbers.
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QImage>
#include <QPainter>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <random>

#include "core/util/error.h"
#include "widgets/charts/chart_export.h"
#include "widgets/charts/chart_export_dialog.h"
#include "widgets/charts/charts_view.h"

using namespace kinora;

namespace {
RunCurvesPtr made(const QString& name, const std::map<std::string, std::vector<double>>& values, const QString& configuration = {})
{
    static std::uint64_t generation = 0;
    auto run = std::make_shared<RunCurves>();
    run->folder = name;
    run->configuration = configuration;
    run->loaded = true;
    for (const auto& [tag, column] : values) {
        auto curve = std::make_shared<Curve>();
        curve->tag = tag;
        curve->generation = ++generation;
        std::vector<double> steps, times;
        for (std::size_t i = 0; i < column.size(); ++i) steps.push_back(static_cast<double>(i)), times.push_back(1.7e9 + 0.25 * static_cast<double>(i));
        curve->steps = Column<double>(std::move(steps));
        curve->wallTimesS = Column<double>(std::move(times));
        curve->values = MinMaxPyramid(Column<double>(std::vector<double>(column)));
        run->curves[tag] = std::move(curve);
    }
    return run;
}
Figure figureOf(const std::vector<RunCurvesPtr>& runs, const std::vector<std::string>& tags, double to, double smoothing = 0)
{
    Figure figure;
    figure.view.to = to;
    for (const std::string& tag : tags) {
        ChartContent chart{QString::fromStdString(tag), false, {}};
        for (std::size_t r = 0; r < runs.size(); ++r)
            chart.lines.push_back({runs[r]->folder, runs[r]->folder, runColour(static_cast<int>(r)), 0, runs[r]->configuration, CurveBuilder().update(*runs[r], runs[r]->curves.at(tag), XMode::Step, smoothing), runs[r]});
        figure.charts.push_back(chart);
    }
    return figure;
}
std::vector<double> wave(int count, double level)
{
    std::mt19937 random(static_cast<unsigned>(count));
    std::vector<double> values;
    for (int i = 0; i < count; ++i) values.push_back(level + std::sin(i * 6.0 / count) + static_cast<double>(random() % 1000) / 5000);
    return values;
}
QByteArray bytesOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
int pixelsLike(const QImage& image, const QColor& colour)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QColor pixel = image.pixelColor(x, y);
            count += std::abs(pixel.red() - colour.red()) + std::abs(pixel.green() - colour.green()) + std::abs(pixel.blue() - colour.blue()) < 30;
        }
    return count;
}
}  // namespace

class TestChartsExport final : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    QString path(const QString& name) const { return m_folder.filePath(name); }

private Q_SLOTS:
    void initTestCase()
    {
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
        // a dark window; paper is white all the same
        QPalette dark;
        dark.setColor(QPalette::Base, QColor(20, 20, 20));
        dark.setColor(QPalette::Text, Qt::white);
        QApplication::setPalette(dark);
    }

    void pictureHasItsSize()
    {
        const Figure figure = figureOf({made(QStringLiteral("a"), {{"loss/G", wave(500, 0)}}), made(QStringLiteral("b"), {{"loss/G", wave(500, 2)}})}, {"loss/G"}, 499);
        FigureOptions options;
        options.widthCm = 10, options.heightCm = 5, options.dpi = 254, options.legend = false;
        writeFigure(path(QStringLiteral("a.png")), figure, options);
        const QImage image(path(QStringLiteral("a.png")));
        QCOMPARE(image.size(), QSize(1000, 500));
        QCOMPARE(image.dotsPerMeterX(), 10000);
        QCOMPARE(image.pixelColor(2, 2), QColor(Qt::white));
        for (int r = 0; r < 2; ++r) QVERIFY(pixelsLike(image, runColour(r)) > 900);  // the lines run through the picture
        QVERIFY(pixelsLike(image, Qt::black) > 300);                                  // axes and writing
        options.legend = true;
        writeFigure(path(QStringLiteral("b.png")), figure, options);
        QVERIFY(QImage(path(QStringLiteral("b.png"))).height() > 510);  // the legend has its own room
    }

    void vectorsAreSmallAndReadable()
    {
        const Figure figure = figureOf({made(QStringLiteral("one"), {{"loss/G", wave(1000000, 0)}}), made(QStringLiteral("two"), {{"loss/G", wave(1000000, 1)}})}, {"loss/G"}, 999999, 0.99);
        writeFigure(path(QStringLiteral("a.svg")), figure, {});
        const QByteArray svg = bytesOf(path(QStringLiteral("a.svg")));
        QVERIFY2(svg.size() < 600000, qPrintable(QString::number(svg.size())));  // two million points: 300 kB for each million
        QSvgRenderer renderer(svg);
        QVERIFY(renderer.isValid());
        const QSizeF cm = figureSizeCm(figure, {});
        QVERIFY(std::abs(renderer.viewBoxF().width() - cm.width() / 2.54 * 72) < 0.01 && std::abs(renderer.viewBoxF().height() - cm.height() / 2.54 * 72) < 0.01);
        QImage image((cm * 100).toSize(), QImage::Format_RGB32);
        image.fill(Qt::red);
        QPainter painter(&image);
        renderer.render(&painter);
        painter.end();
        QCOMPARE(image.pixelColor(1, 1), QColor(Qt::white));
        QVERIFY(pixelsLike(image, runColour(0)) > 500 && pixelsLike(image, runColour(1)) > 500);
        QVERIFY(svg.contains("loss/G"));  // writing stays writing

        writeFigure(path(QStringLiteral("a.pdf")), figure, {});
        const QByteArray pdf = bytesOf(path(QStringLiteral("a.pdf")));
        QVERIFY(pdf.startsWith("%PDF-") && pdf.trimmed().endsWith("%%EOF"));
        const QRegularExpressionMatch box = QRegularExpression(QStringLiteral("/MediaBox \\[0 0 ([0-9.]+) ([0-9.]+)")).match(QString::fromLatin1(pdf));
        QVERIFY(box.hasMatch());
        QVERIFY2(std::abs(box.captured(1).toDouble() - cm.width() / 2.54 * 72) < 1 && std::abs(box.captured(2).toDouble() - cm.height() / 2.54 * 72) < 1, qPrintable(box.captured()));
        QVERIFY2(pdf.size() < 600000, qPrintable(QString::number(pdf.size())));
    }

    void tableHasEveryNumber()
    {
        const std::vector<double> values{0.1, 1.0 / 3, NAN, -INFINITY, 5e-324, 1.7976931348623157e308, 123456789.125};
        const RunCurvesPtr run = made(QStringLiteral("a, \"b\""), {{"loss/G", values}, {"epoch", {0, 0.5, 1, 1.5, 2, 2.5, 3}}});
        writeFigure(path(QStringLiteral("a.csv")), figureOf({run}, {"loss/G"}, 6, 0.9), {});
        const QList<QByteArray> lines = bytesOf(path(QStringLiteral("a.csv"))).split('\n');
        QCOMPARE(lines.size(), 9);
        QCOMPARE(lines[0], QByteArray("run,tag,step,epoch,wall_time,value"));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const QByteArray line = lines[static_cast<qsizetype>(i) + 1];
            QVERIFY2(line.startsWith(QByteArray("\"a, \"\"b\"\"\",loss/G," + QByteArray::number(static_cast<int>(i)) + ',')), line);
            const QList<QByteArray> fields = line.mid(line.indexOf("loss/G,")).split(',');
            QCOMPARE(fields.size(), 5);
            QCOMPARE(fields[2].toDouble(), static_cast<double>(i) / 2);
            QCOMPARE(fields[3].toDouble(), 1.7e9 + 0.25 * static_cast<double>(i));
            const double value = std::strtod(fields[4].constData(), nullptr);
            QVERIFY2(std::isnan(values[i]) ? std::isnan(value) : value == values[i], line);
        }
        // without epochs the column is empty
        writeFigure(path(QStringLiteral("b.csv")), figureOf({made(QStringLiteral("x"), {{"a", {2.5}}})}, {"a"}, 1), {});
        QCOMPARE(bytesOf(path(QStringLiteral("b.csv"))), QByteArray("run,tag,step,epoch,wall_time,value\nx,a,0,,1700000000,2.5\n"));
    }

    void impossibleOnesAreRefused()
    {
        const Figure figure = figureOf({made(QStringLiteral("a"), {{"loss/G", wave(10, 0)}})}, {"loss/G"}, 9);
        FigureOptions options;
        const auto refused = [&](const QString& file, const Figure& what, const FigureOptions& how, ErrorCode code) {
            try {
                writeFigure(path(file), what, how);
            } catch (const Error& error) {
                return error.code() == code && !QFile::exists(path(file));
            }
            return false;
        };
        QVERIFY(refused(QStringLiteral("a.gif"), figure, options, ErrorCode::Usage));
        QVERIFY(refused(QStringLiteral("no/such/a.png"), figure, options, ErrorCode::NotFound));
        QVERIFY(refused(QStringLiteral("empty.png"), {}, options, ErrorCode::Usage));
        options.widthCm = 90, options.heightCm = 90, options.dpi = 1200;
        QVERIFY(refused(QStringLiteral("huge.png"), figure, options, ErrorCode::Usage));
        options.widthCm = 0;
        QVERIFY(refused(QStringLiteral("nothing.pdf"), figure, options, ErrorCode::Usage));
        // what was there stays when writing fails, and nothing half-written lies about
        QCOMPARE(QDir(m_folder.path()).entryList({QStringLiteral("*.tmp*"), QStringLiteral(".*")}, QDir::Files | QDir::Hidden).size(), 0);
    }

    void bandsLogAndManyCharts()
    {
        Figure figure = figureOf({made(QStringLiteral("a"), {{"loss/G", wave(300, 1.2)}, {"loss/D", {}}}, QStringLiteral("k")), made(QStringLiteral("b"), {{"loss/G", wave(300, 2)}, {"loss/D", {}}}, QStringLiteral("k"))}, {"loss/G", "loss/G", "loss/D"}, 299);
        figure.view.grouped = true;
        figure.charts[1].logarithmic = true;
        FigureOptions options;
        options.widthCm = 18, options.columns = 2, options.legend = false;
        QCOMPARE(figureSizeCm(figure, options), QSizeF(18, 12));
        writeFigure(path(QStringLiteral("many.png")), figure, options);
        const QImage image(path(QStringLiteral("many.png")));
        const QColor pale = QColor::fromRgbF(1 - 0.25F * (1 - runColour(0).redF()), 1 - 0.25F * (1 - runColour(0).greenF()), 1 - 0.25F * (1 - runColour(0).blueF()));
        QVERIFY(pixelsLike(image, pale) > 20000);  // the band of one deviation
        QVERIFY(pixelsLike(image, runColour(0)) > 1000);
        QCOMPARE(pixelsLike(image, runColour(1)), 0);  // the second seed is in the band
    }

    void theViewWritesInTheBackground()
    {
        ChartsView view;
        view.resize(700, 500);
        const RunCurvesPtr run = made(QStringLiteral("a"), {{"loss/G", wave(200, 0)}, {"loss/D", wave(200, 1)}, {"lr/G", wave(200, 2)}});
        view.store().provide(run);
        view.setRuns({{QStringLiteral("a"), {}, {}, false}});
        view.show();
        QTRY_VERIFY(view.settled() && view.chart(QStringLiteral("loss/G")));
        QSignalSpy saved(&view, &ChartsView::saved), failed(&view, &ChartsView::saveFailed);
        view.save(path(QStringLiteral("all.csv")));
        QVERIFY(saved.wait());
        QCOMPARE(bytesOf(path(QStringLiteral("all.csv"))).count('\n'), 601);
        view.save(path(QStringLiteral("one.csv")), QStringLiteral("lr/G"));
        QVERIFY(saved.wait());
        QCOMPARE(bytesOf(path(QStringLiteral("one.csv"))).count('\n'), 201);
        view.save(path(QStringLiteral("no/such/c.png")));
        QVERIFY(failed.wait());
        QVERIFY(failed.first().at(0).toString().contains(QStringLiteral("no/such")));
        // asked for in a dialog, whose presets set the width
        view.exportDialog(QStringLiteral("loss/G"));
        auto* dialog = view.findChild<ChartExportDialog*>();
        QVERIFY(dialog && dialog->isVisible());
        bool found = false;
        for (QComboBox* box : dialog->findChildren<QComboBox*>())
            for (int i = 0; i < box->count(); ++i)
                if (box->itemText(i).contains(QStringLiteral("3.25"))) {
                    box->setCurrentIndex(i);
                    found = true;
                }
        QVERIFY(found);
        QVERIFY(std::abs(dialog->options().widthCm - 8.255) < 0.006);
        dialog->reject();
    }
};

QTEST_MAIN(TestChartsExport)
#include "tst_charts_export.moc"
