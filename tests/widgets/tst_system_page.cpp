#include <QDir>
#include <QPointer>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextDocument>
#include <QtTest>

#include "widgets/views/system_page.h"

using namespace kinora;

class TestSystemPage final : public QObject {
    Q_OBJECT
    static SystemDescription described(const QString& id)
    {
        SystemDescription system;
        system.id = id.toStdString();
        system.name = "A system";
        system.summary = "What it is.";
        system.reference = "Somebody: A paper. 2020";
        Control control;
        control.id = "za";
        control.name = "Looks | and more";
        control.help = "Who is seen.";
        control.role = ControlRole::Appearance;
        system.controls = {control};
        system.options = {{"width", OptionType::Integer, std::int64_t(8), range(1, 64), "Channels", "system"}};
        return system;
    }

private Q_SLOTS:
    void everyPageFitsAndIsReadWithTheKeys_data()
    {
        QTest::addColumn<QString>("id");
        const SystemPage page(described(QStringLiteral("none")));  // brings the resource
        for (const QFileInfo& file : QDir(QStringLiteral(":/docs/systems")).entryInfoList()) QTest::newRow(qPrintable(file.baseName())) << file.baseName();
    }
    void everyPageFitsAndIsReadWithTheKeys()
    {
        QFETCH(QString, id);
        SystemPage* page = SystemPage::open(described(id), nullptr);
        QPointer<SystemPage> kept(page);
        QVERIFY(QTest::qWaitForWindowActive(page));
        QTextBrowser* text = page->text();
        QVERIFY(!text->toPlainText().contains(QStringLiteral("What it is.")));  // the page itself, not what the system says
        QVERIFY(text->toPlainText().contains(QStringLiteral("Options")));
        QCOMPARE(text->horizontalScrollBar()->maximum(), 0);
        QVERIFY(text->verticalScrollBar()->maximum() > 0);
        QTest::keyClick(page->focusWidget(), Qt::Key_End);
        QTRY_COMPARE(text->verticalScrollBar()->value(), text->verticalScrollBar()->maximum());
        // its figures are there
        for (QTextBlock block = text->document()->begin(); block.isValid(); block = block.next())
            for (auto part = block.begin(); !part.atEnd(); ++part) {
                if (!part.fragment().charFormat().isImageFormat()) continue;
                const QString name = part.fragment().charFormat().toImageFormat().name();
                QVERIFY2(!text->document()->resource(QTextDocument::ImageResource, QUrl(name)).value<QImage>().isNull(), qPrintable(name));
            }
        QTest::keyClick(page->focusWidget(), Qt::Key_Escape);
        QTRY_VERIFY(kept.isNull());
    }

    void aSystemWithoutAPageSpeaksForItself()
    {
        SystemPage page(described(QStringLiteral("none")));
        const QString text = page.text()->toPlainText();
        for (const char* words : {"A system", "What it is.", "Somebody: A paper. 2020", "Looks | and more", "Who is seen.", "width", "Channels"}) QVERIFY2(text.contains(QLatin1String(words)), words);
    }
};
QTEST_MAIN(TestSystemPage)
#include "tst_system_page.moc"
