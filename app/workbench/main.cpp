#include <QApplication>
#include <QCommandLineParser>
#include <clocale>

#include "app/workbench/session.h"
#include "kinora_version.h"

int main(int argc, char** argv)
{
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

    Session session;
    session.start(parser.positionalArguments());
    return QApplication::exec();
}
