// Every text by which a system, an option or a built-in dataset describes itself has a Chinese translation.
#include <QProcess>
#include <QRegularExpression>
#include <QXmlStreamReader>
#include <QtTest>

class TestCatalogueTexts final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyDescribedTextHasChinese();
};

void TestCatalogueTexts::everyDescribedTextHasChinese()
{
    QProcess engine;
    engine.start(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), {QStringLiteral("systems"), QStringLiteral("--texts")});
    QVERIFY2(engine.waitForFinished(60000), qPrintable(engine.errorString()));
    QCOMPARE(engine.exitCode(), 0);
    QStringList texts;
    static const QRegularExpression line(QStringLiteral("QT_TRANSLATE_NOOP\\(\"catalogue\", \"((?:[^\"\\\\]|\\\\.)*)\"\\)"));
    const QString output = QString::fromUtf8(engine.readAllStandardOutput());
    for (auto match = line.globalMatch(output); match.hasNext();) texts << match.next().captured(1).replace(QStringLiteral("\\\""), QStringLiteral("\""));
    QVERIFY(texts.size() > 50);

    QFile file(QStringLiteral(KINORA_SOURCE_DIR "/translations/catalogue_zh_CN.ts"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QXmlStreamReader xml(&file);
    QHash<QString, QString> chinese;
    QString source;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement) continue;
        if (xml.name() == QLatin1String("source")) source = xml.readElementText();
        else if (xml.name() == QLatin1String("translation") && xml.attributes().value(QLatin1String("type")).isEmpty()) chinese[source] = xml.readElementText();
    }
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QStringList missing;
    for (const QString& text : texts)
        if (chinese.value(text).isEmpty()) missing << text;
    QVERIFY2(missing.isEmpty(), qPrintable(QStringLiteral("translations/catalogue_zh_CN.ts lacks:\n") + missing.join(QLatin1Char('\n'))));
}

QTEST_GUILESS_MAIN(TestCatalogueTexts)
#include "tst_catalogue_texts.moc"
