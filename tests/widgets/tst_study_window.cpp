// A study from two columns to its results, with scripted raters at the keyboard.
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QtTest>

#include "widgets/clip_view/clip_view.h"
#include "widgets/message_bar.h"
#include "widgets/text.h"
#include "widgets/views/compare_page.h"
#include "widgets/views/study_dialog.h"
#include "widgets/views/study_window.h"
#include "window_test_support.h"

using namespace kinora;

class TestStudyWindow final : public QObject {
    Q_OBJECT
    TestHome m_home;
    int m_number = 0;

    /// Two systems: the clips of "dark" are dark, those of "bright" are bright.
    Study study(int clips, int plays, int repeats = 0)
    {
        StudyDesign design;
        design.question = "Which clip is brighter?";
        design.systems = {"dark model", "bright model"};
        design.clips = clips;
        design.plays = plays;
        design.repeats = repeats;
        design.seed = 3;
        design.frameRateHz = 200;
        std::vector<Frames> all;
        for (int value : {20, 220})
            for (int i = 0; i < clips; ++i) {
                Frames clip(8, 8, 8);
                std::ranges::fill(clip.bytes(), static_cast<std::uint8_t>(value + i));
                all.push_back(clip);
            }
        return Study::create(toPath(m_home.path(QStringLiteral("secret%1.study.json").arg(++m_number))), design, all);
    }
    static ClipView& side(StudyWindow& window, int index) { return *window.findChildren<ClipView*>().at(index); }
    static bool brighterOnLeft(StudyWindow& window) { return side(window, 0).clip()->bytes()[0] > side(window, 1).clip()->bytes()[0]; }
    static void begin(StudyWindow& window, const QString& rater)
    {
        auto* name = window.findChild<QLineEdit*>();
        name->setFocus();
        QTest::keyClicks(name, rater);
        QTest::keyClick(name, Qt::Key_Return);
    }
    /// Everything that can be read in the window.
    static QString words(const QWidget& window)
    {
        QString text = window.windowTitle();
        for (const auto* label : window.findChildren<QLabel*>())
            if (label->isVisible()) text += label->text() + label->toolTip();
        for (const auto* widget : window.findChildren<QWidget*>())
            if (widget->isVisible()) text += widget->accessibleName() + widget->toolTip();
        for (const auto* button : window.findChildren<QPushButton*>())
            if (button->isVisible()) text += button->text();
        return text;
    }

private Q_SLOTS:
    void aScriptedRaterGetsTheResultsThatTheyGave()
    {
        StudyWindow window(study(6, 0, 2));
        window.show();
        begin(window, QStringLiteral("anna"));
        QVERIFY(window.rating());
        // the brighter one five times, no difference once, the darker one twice, whatever the order
        int shown = 0;
        while (window.rating()) {
            QVERIFY2(!words(window).contains(QStringLiteral("model")) && !words(window).contains(QStringLiteral("secret")), qPrintable(words(window)));
            const bool left = brighterOnLeft(window);
            const int item = std::min(side(window, 0).clip()->bytes()[0], side(window, 1).clip()->bytes()[0]) - 20;
            QTest::keyClick(&window, item == 0 ? Qt::Key_Down : (item < 3) == left ? Qt::Key_Right : Qt::Key_Left);  // items 1 and 2: the darker
            QVERIFY(++shown <= 8);
        }
        QCOMPARE(shown, 8);
        QVERIFY(window.findChild<MessageBar*>()->text().contains(QStringLiteral("anna")));
        window.showResults();
        const PairResult pair = window.study().results().pairs.at(0);
        QCOMPARE(pair.wins, 2);  // of the dark one
        QCOMPARE(pair.losses, 3);
        QCOMPARE(pair.ties, 1);
        QCOMPARE(window.study().results().raters.at(0).steady, 2);
        auto* table = window.findChildren<QTableWidget*>().at(0);
        QCOMPARE(table->item(0, 0)->text(), QStringLiteral("dark model"));
        QCOMPARE(table->item(0, 3)->text(), QStringLiteral("2"));
        QCOMPARE(table->item(0, 6)->text(), QLocale().toString(100 * 2.5 / 6, 'f', 1));
        for (auto* button : window.findChildren<QPushButton*>())
            if (button->text() == QStringLiteral("&Copy LaTeX")) button->click();
        QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("dark model & bright model & 6 & 2 & 1 & 3 & 41.7")));
    }

    void leavingAndComingBackGoesOnWithTheNextQuestion()
    {
        Study made = study(5, 0);
        const auto file = made.file();
        {
            StudyWindow window(std::move(made));
            window.show();
            begin(window, QStringLiteral("ben"));
            for (int i = 0; i < 3; ++i) QTest::keyClick(&window, brighterOnLeft(window) ? Qt::Key_Left : Qt::Key_Right);
            QTest::keyClick(&window, Qt::Key_Backspace);  // the third was a mistake
            QCOMPARE(Study::open(file).answers("ben").size(), std::size_t(2));
            QTest::keyClick(&window, Qt::Key_Escape);
            QVERIFY(!window.rating());
        }
        StudyWindow again(Study::open(file));
        again.show();
        begin(again, QStringLiteral("ben"));
        int more = 0;
        for (; again.rating() && more < 10; ++more) QTest::keyClick(&again, brighterOnLeft(again) ? Qt::Key_Left : Qt::Key_Right);
        QCOMPARE(more, 3);
        begin(again, QStringLiteral("cleo"));
        for (more = 0; again.rating() && more < 10; ++more) QTest::keyClick(&again, brighterOnLeft(again) ? Qt::Key_Left : Qt::Key_Right);
        QCOMPARE(more, 5);
        again.showResults();
        QCOMPARE(again.study().results().pairs[0].losses, 10);
        QCOMPARE(again.study().results().units, 5);
    }

    void anAnswerWaitsUntilTheClipsHavePlayed()
    {
        StudyWindow window(study(2, 3));
        window.show();
        begin(window, QStringLiteral("dora"));
        QTest::keyClick(&window, Qt::Key_Left);
        QCOMPARE(window.study().answers("dora").size(), std::size_t(0));
        auto buttons = window.findChildren<QPushButton*>();
        const auto* left = *std::ranges::find_if(buttons, [](const QPushButton* button) { return button->text().contains(QStringLiteral("Left")); });
        QVERIFY(!left->isEnabled());
        QTRY_VERIFY(left->isEnabled());  // three plays of eight frames at 200 frames a second
        QTest::keyClick(&window, Qt::Key_Left);
        QCOMPARE(window.study().answers("dora").size(), std::size_t(1));
        QVERIFY(window.study().answers("dora")[0].plays >= 3);
        QVERIFY(!left->isEnabled());
    }

    void whatCannotBeWrittenIsSaidAndTheQuestionStays()
    {
        Study made = study(3, 0);
        const QString file = toQString(made.file());
        StudyWindow window(std::move(made));
        window.show();
        begin(window, QStringLiteral("eve"));
        const ClipPtr before = side(window, 0).clip();
        QFile::rename(file, file + QStringLiteral(".away"));
        QTest::keyClick(&window, Qt::Key_Left);
        QVERIFY(window.rating());
        QCOMPARE(side(window, 0).clip(), before);
        QVERIFY2(window.findChild<MessageBar*>()->text().contains(QStringLiteral("study.json")), qPrintable(window.findChild<MessageBar*>()->text()));
        QFile::rename(file + QStringLiteral(".away"), file);
        QTest::keyClick(&window, Qt::Key_Left);
        QCOMPARE(window.study().answers("eve").size(), std::size_t(1));
    }

    void aStudyIsMadeFromTheColumnsOfTheComparison()
    {
        EngineClient engine(testEngine());
        engine.start();
        ComparePage page(engine);
        page.show();
        page.newStudy();
        QVERIFY(page.findChild<MessageBar*>()->text().contains(QStringLiteral("two columns")));
        const QString checkpoint = m_home.checkpoint(QStringLiteral("one.safetensors"), QStringLiteral("split"));
        page.openPath(checkpoint);
        page.openPath(checkpoint);
        page.openPath(m_home.checkpoint(QStringLiteral("three.safetensors"), QStringLiteral("whole")));
        QTRY_COMPARE_WITH_TIMEOUT(page.codesText(2), QStringLiteral("same seeds; other controls"), 10000);
        page.newStudy();
        auto* dialog = page.findChild<StudyDialog*>();
        QVERIFY(dialog);
        StudyDesign design = dialog->design();
        QCOMPARE(design.systems[1], std::string("one · step 100 (2)"));  // two columns of one name are told apart
        design.clips = 3;
        design.repeats = 0;
        design.plays = 0;
        dialog->setDesign(design);
        dialog->setFile(m_home.path(QStringLiteral("missing/folder/x")));
        auto* make = dialog->findChildren<QPushButton*>().last();
        for (auto* button : dialog->findChildren<QPushButton*>())
            if (button->text() == QStringLiteral("Make Study")) make = button;
        QVERIFY(!make->isEnabled());
        dialog->setFile(m_home.path(QStringLiteral("made")));
        QVERIFY(make->isEnabled());
        make->click();
        QTRY_VERIFY_WITH_TIMEOUT(page.findChild<StudyWindow*>(), 10000);
        auto* window = page.findChild<StudyWindow*>();
        QCOMPARE(window->study().design().trials(), 9);
        QCOMPARE(window->study().file().filename().string(), std::string("made.study.json"));
        QCOMPARE(window->study().clip(0, 1), window->study().clip(1, 1));
        QCOMPARE(window->study().design().origin.at("columns").size(), std::size_t(3));
        begin(*window, QStringLiteral("fay"));
        for (int i = 0; i < 9; ++i) QTest::keyClick(window, Qt::Key_Down);
        QVERIFY(!window->rating());
        window->showResults();
        QCOMPARE(window->study().results().pairs[2].ties, 3);
        // one file name, one study
        page.newStudy();
        for (auto* open : page.findChildren<StudyDialog*>())
            if (open->isVisible()) {
                open->setFile(m_home.path(QStringLiteral("made.study.json")));
                for (auto* button : open->findChildren<QPushButton*>())
                    if (button->text() == QStringLiteral("Make Study")) QVERIFY(!button->isEnabled());
            }
    }

    void filesThatAreNoStudyAreNamed()
    {
        EngineClient engine(testEngine());
        ComparePage page(engine);
        page.show();
        QVERIFY(page.accepts(QStringLiteral("/x/a.study.json")));
        page.openPath(m_home.checkpoint(QStringLiteral("bad.study.json"), QStringLiteral("{\"kinora_study\": 1")));
        QTRY_VERIFY(page.findChild<MessageBar*>()->text().contains(QStringLiteral("bad.study.json")));
        QVERIFY(!page.findChild<StudyWindow*>());
    }
};
QTEST_MAIN(TestStudyWindow)
#include "tst_study_window.moc"
