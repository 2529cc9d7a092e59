// The script that makes the pictures of docs/ still makes one.
#include <QDir>
#include <QFileInfo>
#include <QImage>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>
#include <set>

class TestScreenshots final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (!QFileInfo(QStringLiteral(KINORA_BIN_DIR "/kinora-engine")).isExecutable()) QSKIP("kinora-engine is not built in this tree");
        if (!QFileInfo::exists(QStringLiteral(KINORA_SOURCE_DIR "/resources/demo/g3an_faces.safetensors"))) QSKIP("the ready model is not in this tree");
    }
    void onePageIsPhotographed()
    {
        QTemporaryDir folder;
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QStringLiteral(KINORA_MAKE_SCREENSHOTS), {folder.path(), QStringLiteral("explore")});
        QVERIFY(process.waitForFinished(240000));
        const QByteArray said = process.readAll();
        QVERIFY2(process.exitCode() == 0, said.constData());
        const QImage picture(folder.filePath(QStringLiteral("explore.png")));
        QCOMPARE(picture.size(), QSize(1280, 800));
        QCOMPARE(picture.format(), QImage::Format_Indexed8);
        QVERIFY(QFileInfo(folder.filePath(QStringLiteral("explore.png"))).size() < 200 * 1024);
        // a page with clips on it, not an empty window
        std::set<QRgb> colours;
        for (int y = 0; y < picture.height(); y += 4)
            for (int x = 0; x < picture.width(); x += 4) colours.insert(picture.pixel(x, y));
        QVERIFY2(colours.size() > 60, qPrintable(QString::number(colours.size())));
    }
    void anUnknownNameIsRefused()
    {
        QTemporaryDir folder;
        QProcess process;
        process.start(QStringLiteral(KINORA_MAKE_SCREENSHOTS), {folder.path(), QStringLiteral("nothing")});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 1);
        QVERIFY(process.readAllStandardError().contains("\"nothing\""));
    }
    /// Every picture that docs/ and the README show is there, and none is larger than it may be.
    void theDocumentsShowWhatIsThere()
    {
        const QDir root(QStringLiteral(KINORA_SOURCE_DIR));
        int shown = 0;
        QFileInfoList pages = QDir(root.filePath(QStringLiteral("docs"))).entryInfoList({QStringLiteral("*.md")}, QDir::Files);
        pages << QFileInfo(root.filePath(QStringLiteral("README.md")));
        for (const QFileInfo& page : pages) {
            QFile file(page.filePath());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QString text = QString::fromUtf8(file.readAll());
            static const QRegularExpression picture(QStringLiteral("!\\[([^\\]]*)\\]\\(([^)]+)\\)"));
            for (auto matches = picture.globalMatch(text); matches.hasNext();) {
                const auto match = matches.next();
                const QFileInfo target(page.dir().filePath(match.captured(2)));
                QVERIFY2(target.isFile(), qPrintable(page.fileName() + QStringLiteral(" shows ") + match.captured(2)));
                QVERIFY2(!match.captured(1).isEmpty(), qPrintable(page.fileName() + QStringLiteral(": say what is to be seen on ") + match.captured(2)));
                if (target.suffix() == QLatin1String("png")) QVERIFY2(target.size() < 200 * 1024, qPrintable(target.filePath()));
                ++shown;
            }
        }
        QVERIFY(shown >= 2);
    }
};
QTEST_APPLESS_MAIN(TestScreenshots)
#include "tst_screenshots.moc"
