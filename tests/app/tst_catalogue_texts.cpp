// Every text by which a system, a metric, an option or a kind of data describes itself has a Chinese translation.
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QXmlStreamReader>
#include <QtTest>

namespace {
using Text = std::pair<QString, QString>;  ///< English, and the comment that tells it from others of the same words.

QHash<Text, QString> chineseTexts()
{
    QFile file(QStringLiteral(KINORA_SOURCE_DIR "/translations/catalogue_zh_CN.ts"));
    if (!file.open(QIODevice::ReadOnly)) return {};
    QXmlStreamReader xml(&file);
    QHash<Text, QString> chinese;
    Text text;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement) continue;
        if (xml.name() == QLatin1String("source")) text = {xml.readElementText(), QString()};
        else if (xml.name() == QLatin1String("comment")) text.second = xml.readElementText();
        else if (xml.name() == QLatin1String("translation") && xml.attributes().value(QLatin1String("type")).isEmpty()) chinese[text] = xml.readElementText();
    }
    return xml.hasError() ? QHash<Text, QString>() : chinese;
}
}  // namespace

class TestCatalogueTexts final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyDescribedTextHasChinese_data();
    void everyDescribedTextHasChinese();
};

void TestCatalogueTexts::everyDescribedTextHasChinese_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<Text>("one");  // that must be among them
    QTest::newRow("systems and metrics") << "kinora-engine" << QStringList{"systems", "--texts"} << Text("Sample diversity", "");
    QTest::newRow("what depends on options") << "kinora-engine" << QStringList{"systems", "--texts"} << Text("Category", "");
    QTest::newRow("kinds of data") << "kinora-import" << QStringList{"datasets", "list", "--texts"} << Text("stretch", "choice");
}

void TestCatalogueTexts::everyDescribedTextHasChinese()
{
    QFETCH(QString, program);
    QFETCH(QStringList, command);
    QFETCH(Text, one);
    QProcess process;
    process.start(QStringLiteral(KINORA_BIN_DIR "/") + program, command);
    QVERIFY2(process.waitForFinished(60000), qPrintable(process.errorString()));
    QCOMPARE(process.exitCode(), 0);
    QList<Text> texts;
    static const QRegularExpression line(QStringLiteral(R"re(QT_TRANSLATE_NOOP3?\("catalogue", ("(?:[^"\\]|\\.)*")(?:, "([a-z]+)")?\))re"));
    const QString output = QString::fromUtf8(process.readAllStandardOutput());
    for (auto match = line.globalMatch(output); match.hasNext();) {
        const QRegularExpressionMatch found = match.next();
        texts << Text(QJsonDocument::fromJson('[' + found.captured(1).toUtf8() + ']').array().at(0).toString(), found.captured(2));
    }
    QVERIFY(texts.size() > 50);
    QCOMPARE(texts.size(), output.count(QLatin1String("QT_TRANSLATE_NOOP")));
    QVERIFY(texts.contains(one));

    const QHash<Text, QString> chinese = chineseTexts();
    QVERIFY(!chinese.isEmpty());
    QStringList missing;
    for (const Text& text : texts)
        if (chinese.value(text).isEmpty()) missing << text.first + (text.second.isEmpty() ? QString() : QStringLiteral(" (") + text.second + QLatin1Char(')'));
    QVERIFY2(missing.isEmpty(), qPrintable(QStringLiteral("translations/catalogue_zh_CN.ts lacks:\n") + missing.join(QLatin1Char('\n'))));
}

QTEST_GUILESS_MAIN(TestCatalogueTexts)
#include "tst_catalogue_texts.moc"
