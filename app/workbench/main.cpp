#include <QApplication>
#include <QCommandLineParser>
#include <clocale>

#include "app/workbench/bench_browser.h"
#include "app/workbench/bench_charts.h"
#include "app/workbench/bench_slider.h"
#include "app/workbench/session.h"
#include "kinora_version.h"
#include "widgets/main_window/watchdog.h"

int main(int argc, char** argv)
{
    if (argc > 2 && qstrcmp(argv[1], "bench") == 0) {
        QStringList arguments;
        for (int i = 3; i < argc; ++i) arguments.append(QString::fromLocal8Bit(argv[i]));
        if (qstrcmp(argv[2], "browser") == 0) return benchBrowser(argc, argv, arguments);
        if (qstrcmp(argv[2], "charts") == 0) return benchCharts(argc, argv, arguments);
        if (qstrcmp(argv[2], "slider") == 0) return benchSlider(argc, argv, arguments);
    }
    QApplication application(argc, argv);
    setlocale(LC_NUMERIC, "C");  // numbers in files are those of the C locale, whatever the desktop says
    QApplication::setApplicationName(QStringLiteral("kinora"));
    QApplication::setApplicationDisplayName(QStringLiteral("Kinora"));
    QApplication::setApplicationVersion(QStringLiteral(KINORA_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("org.kinora.Kinora"));

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("The workbench of Kinora: datasets, training, exploration and comparison of video generators."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("path"), QStringLiteral("Datasets, checkpoints, run directories or states to open."), QStringLiteral("[path...]"));
    parser.process(application);

    const auto watchdog = Watchdog::fromEnvironment();
    Session session;
    session.start(parser.positionalArguments());
    if (parser.positionalArguments().isEmpty()) session.window().offerTour();
    return QApplication::exec();
}
