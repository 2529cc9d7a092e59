#include <QComboBox>
#include <QFontDatabase>
#include <QRegularExpression>
#include <QXmlStreamReader>
#include <QtTest>

#include "widgets/main_window/appearance.h"
#include "widgets/text.h"
#include "widgets/views/sample_view.h"
#include "window_test_support.h"

namespace {
struct Entry {
    QString context, source, type;
    QStringList translations;
};

QList<Entry> entries(const QString& file)
{
    QFile input(file);
    if (!input.open(QIODevice::ReadOnly)) return {};
    QXmlStreamReader xml(&input);
    QList<Entry> result;
    Entry entry;
    QString context;
    while (!xml.atEnd()) {
        xml.readNext();
        if (!xml.isStartElement()) {
            if (xml.isEndElement() && xml.name() == QLatin1String("message")) result << entry;
            continue;
        }
        if (xml.name() == QLatin1String("name"))
            context = xml.readElementText();
        else if (xml.name() == QLatin1String("message"))
            entry = {context, {}, {}, {}};
        else if (xml.name() == QLatin1String("source"))
            entry.source = xml.readElementText();
        else if (xml.name() == QLatin1String("translation")) {
            entry.type = xml.attributes().value(QLatin1String("type")).toString();
            if (xml.readNext() == QXmlStreamReader::Characters && !xml.isWhitespace()) entry.translations << xml.text().toString();
        } else if (xml.name() == QLatin1String("numerusform"))
            entry.translations << xml.readElementText();
    }
    return result;
}

QStringList placeholders(const QString& text)
{
    static const QRegularExpression expression(QStringLiteral("%(?:\\d|n)"));
    QStringList found;
    for (auto match = expression.globalMatch(text); match.hasNext();) found << match.next().captured();
    found.removeDuplicates();
    found.sort();
    return found;
}
}  // namespace

class TestTranslations final : public QObject {
    Q_OBJECT
    TestHome m_home;

private Q_SLOTS:
    void chineseIsComplete_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("zh_CN") << QStringLiteral(KINORA_SOURCE_DIR "/translations/kinora_zh_CN.ts");
    }
    void chineseIsComplete()
    {
        QFETCH(QString, file);
        const QList<Entry> all = entries(file);
        QVERIFY(all.size() > 100);
        QStringList missing, wrong;
        for (const Entry& entry : all) {
            if (entry.type == QLatin1String("vanished") || entry.type == QLatin1String("obsolete")) continue;
            if (entry.type == QLatin1String("unfinished") || entry.translations.isEmpty() || entry.translations.contains(QString()))
                missing << entry.context + QStringLiteral(": ") + entry.source;
            else
                for (const QString& translation : entry.translations)
                    if (placeholders(translation) != placeholders(entry.source)) wrong << entry.source + QStringLiteral(" → ") + translation;
        }
        QVERIFY2(missing.isEmpty(), qPrintable(QStringLiteral("no Chinese for %1 texts: ").arg(missing.size()) + missing.mid(0, 10).join(QLatin1Char('\n'))));
        QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("other placeholders: ") + wrong.join(QLatin1Char('\n'))));
    }

    void chineseHasFullWidthPunctuation_data()
    {
        QTest::addColumn<QString>("file");
        QTest::newRow("window") << QStringLiteral(KINORA_SOURCE_DIR "/translations/kinora_zh_CN.ts");
        QTest::newRow("catalogue") << QStringLiteral(KINORA_SOURCE_DIR "/translations/catalogue_zh_CN.ts");
    }
    void chineseHasFullWidthPunctuation()
    {
        QFETCH(QString, file);
        const QList<Entry> all = entries(file);
        QVERIFY(all.size() > 100);
        // half-width beside a Chinese character or after a mnemonic; "(" may begin a mnemonic, and what is typed stays as it is typed
        static const QRegularExpression half(QStringLiteral("[一-鿿][;:,?!]|[;:,?!][一-鿿]|[一-鿿]\\((?!&)|\\)[一-鿿]|\\(&.\\)[:;,]"));
        const QStringList typed{QStringLiteral("tag:名称"), QStringLiteral("基线, 论文")};
        QStringList wrong;
        for (const Entry& entry : all)
            for (QString translation : entry.translations) {
                for (const QString& text : typed) translation.remove(text);
                if (half.match(translation).hasMatch()) wrong << translation;
            }
        QVERIFY2(wrong.isEmpty(), qPrintable(QStringLiteral("half-width: ") + wrong.join(QLatin1Char('\n'))));
    }

    void textsOfTheProgramAreInTheFile()
    {
        // every context that has texts in the sources; a new one without lupdate is found here
        const QList<Entry> all = entries(QStringLiteral(KINORA_SOURCE_DIR "/translations/kinora_zh_CN.ts"));
        QSet<QString> contexts;
        for (const Entry& entry : all) contexts << entry.context;
        for (const char* needed : {"MainWindow", "ExplorePage", "ComparePage", "DatasetsPage", "TrainPage", "ControlPanel", "ExportDialog", "EngineClient", "Texts"})
            QVERIFY2(contexts.contains(QLatin1String(needed)), needed);
    }

    void theWindowSpeaksChinese()
    {
        QCOMPARE(applyLanguage(QStringLiteral("zh_CN")), QStringLiteral("zh_CN"));
        QCOMPARE(QCoreApplication::translate("MainWindow", "&File"), QStringLiteral("文件(&F)"));
        QCOMPARE(errorText(kinora::Error(kinora::ErrorCode::NotFound, "x")), QStringLiteral("未找到：x"));
        QCOMPARE(applyLanguage(QStringLiteral("en")), QStringLiteral("en"));
        QCOMPARE(QCoreApplication::translate("ControlPanel", "All %n number(s)", nullptr, 1), QStringLiteral("All 1 number"));
        QCOMPARE(QCoreApplication::translate("ControlPanel", "All %n number(s)", nullptr, 40), QStringLiteral("All 40 numbers"));
    }

    /// Chinese mnemonics stand in brackets behind the word; lists and readers of the screen do without.
    void listsAndNamesHaveNoMnemonics()
    {
        QCOMPARE(applyLanguage(QStringLiteral("zh_CN")), QStringLiteral("zh_CN"));
        const SampleView view;
        applyLanguage(QStringLiteral("en"));
        static const QRegularExpression bracket(QStringLiteral("\\(&?[A-Z0-9]\\)|&"));
        QStringList texts;
        for (const QComboBox* box : view.findChildren<QComboBox*>())
            for (int index = 0; index < box->count(); ++index) texts << box->itemText(index);
        for (const QWidget* widget : view.findChildren<QWidget*>()) texts << widget->accessibleName();
        QVERIFY(texts.contains(QStringLiteral("画面")));
        for (const QString& text : texts) QVERIFY2(!bracket.match(text).hasMatch(), qPrintable(text));
    }

    void aTextOfTheCatalogueWithoutTranslationStays()
    {
        QCOMPARE(catalogueText(QStringLiteral("a text that nobody described")), QStringLiteral("a text that nobody described"));
        QCOMPARE(keyText("some_odd_key"), QStringLiteral("Some odd key"));
    }

    void aFontHasTheGlyphs()
    {
        const QStringList families = QFontDatabase::families(QFontDatabase::SimplifiedChinese);
        QVERIFY2(!families.isEmpty(), "install a font with Chinese characters, for example fonts-noto-cjk");
        const QFontMetrics metrics{QFont(families.first())};
        for (const QChar character : QStringLiteral("外观运动生成器训练数据集检查点矩阵")) QVERIFY2(metrics.inFont(character), qPrintable(QString(character)));
    }
};
QTEST_MAIN(TestTranslations)
#include "tst_translations.moc"
