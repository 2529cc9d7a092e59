#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLineEdit>
#include <QMovie>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTabBar>
#include <QToolButton>
#include <QUndoStack>
#include <QtTest>
#include <csignal>
#include <nlohmann/json.hpp>

#include "core/export/recipe.h"
#include "widgets/clip_view/clip_grid.h"
#include "widgets/message_bar.h"
#include "widgets/views/control_panel.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/evidence_panel.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/latent_slider.h"
#include "widgets/views/picture_well.h"
#include "window_test_support.h"

using namespace kinora;

class TestExplorePage final : public QObject {
    Q_OBJECT
    TestHome m_home;
    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<ExplorePage> m_page;

    ClipView& view() { return *m_page->findChild<ClipView*>(); }
    ClipGrid& grid() { return *m_page->findChild<ClipGrid*>(); }
    template <class T>
    T* named(const QString& name)
    {
        for (T* widget : m_page->findChildren<T*>())
            if (widget->accessibleName() == name) return widget;
        return nullptr;
    }
    void openPage(const QString& words)
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("model-%1.safetensors").arg(words.section(QLatin1Char(' '), 0, 0)), words));
        QTRY_VERIFY_WITH_TIMEOUT(m_page->hasCheckpoint(), 10000);
    }
    void openSplit(const QString& words = QStringLiteral("split"))
    {
        openPage(words);
        QTRY_VERIFY_WITH_TIMEOUT(view().clip() != nullptr, 10000);
        QTRY_VERIFY(named<QSlider>(QStringLiteral("Appearance, direction 1")));
        QTRY_VERIFY(named<QSlider>(QStringLiteral("Motion, direction 1")));
    }
    /// The red that the small engine paints for the present appearance.
    int expectedRed() { return std::clamp(static_cast<int>(std::lround((static_cast<double>(m_page->model().values().at("za").numbers[0]) + 2.0) * 63.75)), 0, 255); }
    int red() { return view().clip()->bytes()[0]; }

private Q_SLOTS:
    void init()
    {
        m_engine = std::make_unique<EngineClient>(testEngine());
        m_engine->start();
        m_page = std::make_unique<ExplorePage>(*m_engine, QString());
        m_page->resize(1200, 700);
        m_page->show();
    }
    void cleanup()
    {
        m_page.reset();
        m_engine.reset();
    }

    void showsHowToBeginWithoutAModel()
    {
        QVERIFY(!m_page->hasCheckpoint());
        const auto buttons = m_page->findChildren<QPushButton*>();
        QVERIFY(std::ranges::any_of(buttons, [](QPushButton* button) { return button->isVisible() && button->text().contains(QStringLiteral("Open Checkpoint")); }));
    }

    void controlsComeFromTheDescription()
    {
        openSplit();
        QCOMPARE(m_page->findChildren<LatentSlider*>().size(), 8 + 4 + 2);  // directions first, and truncation
        auto* disclosure = [&]() -> QToolButton* {
            for (QToolButton* button : m_page->findChildren<QToolButton*>())
                if (button->text().contains(QStringLiteral("40"))) return button;
            return nullptr;
        }();
        QVERIFY(disclosure);
        disclosure->click();
        QCOMPARE(m_page->findChildren<LatentSlider*>().size(), 14 + 32);  // a page of numbers
        QVERIFY(named<QSlider>(QStringLiteral("Appearance, number 32")));
    }

    void aSliderMovesTheClip()
    {
        openSplit();
        QCOMPARE(red(), expectedRed());
        auto* slider = named<QSlider>(QStringLiteral("Appearance, direction 1"));
        slider->setValue(150);
        QCOMPARE(m_page->model().amount("za", 0), 1.5f);
        QTRY_COMPARE(red(), expectedRed());
        // keys move it too
        slider->setFocus();
        QTest::keyClick(slider, Qt::Key_Right);
        QCOMPARE(m_page->model().amount("za", 0), 1.6f);
        QTRY_COMPARE(red(), expectedRed());
        // the other group has not moved
        QCOMPARE(m_page->model().amount("zm", 0), 0.0f);
    }

    void theOldFrameIsHeldWhileTheNextIsMade()
    {
        openSplit(QStringLiteral("split delay=120"));
        auto* slider = named<QSlider>(QStringLiteral("Appearance, direction 1"));
        for (int value = 0; value < 60; ++value) {
            slider->setValue(value * 5);
            QTest::qWait(5);
            QVERIFY(view().clip() != nullptr);
        }
        QTRY_COMPARE_WITH_TIMEOUT(red(), expectedRed(), 5000);
    }

    void aDragIsOneUndoEntry()
    {
        openSplit();
        const LatentState before = m_page->model().state();
        auto* slider = named<QSlider>(QStringLiteral("Appearance, direction 2"));
        slider->setSliderDown(true);
        for (int tick = 1; tick <= 100; ++tick) slider->setValue(tick);
        slider->setSliderDown(false);
        QCOMPARE(m_page->undoStack()->count(), 1);
        slider->setSliderDown(true);
        for (int tick = 100; tick > 50; --tick) slider->setValue(tick);
        slider->setSliderDown(false);
        QCOMPARE(m_page->undoStack()->count(), 2);
        m_page->undoStack()->undo();
        QCOMPARE(m_page->model().amount("za", 1), 1.0f);
        QCOMPARE(slider->value(), 100);
        m_page->undoStack()->undo();
        QVERIFY(m_page->model().state() == before);  // bit for bit
        QCOMPARE(slider->value(), 0);
        m_page->undoStack()->redo();
        QCOMPARE(m_page->model().amount("za", 1), 1.0f);
        QTRY_COMPARE(red(), expectedRed());
    }

    void groupsAreDrawnLockedAndResetApart()
    {
        openSplit();
        const ControlValues before = m_page->model().values();
        m_page->newAppearance();
        QVERIFY(m_page->model().values().at("za") != before.at("za"));
        QVERIFY(m_page->model().values().at("zm") == before.at("zm"));
        named<QToolButton>(QStringLiteral("Lock: Appearance"))->click();
        const ControlValues locked = m_page->model().values();
        m_page->newBoth();
        QVERIFY(m_page->model().values().at("za") == locked.at("za"));
        QVERIFY(m_page->model().values().at("zm") != locked.at("zm"));
        const ControlValues drawn = m_page->model().values();
        named<QSlider>(QStringLiteral("Motion, direction 1"))->setValue(200);
        QVERIFY(m_page->model().values() != drawn);
        named<QToolButton>(QStringLiteral("Reset: Motion"))->click();
        QVERIFY(m_page->model().values() == drawn);
        named<QSpinBox>(QStringLiteral("Seed of Motion"))->setValue(77);
        QCOMPARE(m_page->model().seed(ControlRole::Motion), std::uint64_t(77));
    }

    void keysOfThePageWork()
    {
        openSplit();
        m_page->activateWindow();
        m_page->setFocus();
        const auto seed = [&](ControlRole role) { return m_page->model().seed(role); };
        const auto appearance = seed(ControlRole::Appearance), motion = seed(ControlRole::Motion);
        view().setFocus();
        QTest::keyClick(&view(), Qt::Key_A);
        QVERIFY(seed(ControlRole::Appearance) != appearance);
        QCOMPARE(seed(ControlRole::Motion), motion);
        QTest::keyClick(&view(), Qt::Key_M);
        QVERIFY(seed(ControlRole::Motion) != motion);
    }

    void aStepOfASequenceMovesAlone()
    {
        openSplit();
        auto* steps = named<QComboBox>(QStringLiteral("Step of Motion"));
        QVERIFY(steps && steps->isVisible());
        QCOMPARE(steps->count(), 3);  // all, 1, 2
        const auto before = m_page->model().values().at("zm").numbers;
        steps->setCurrentIndex(2);
        Q_EMIT steps->activated(2);
        named<QSlider>(QStringLiteral("Motion, direction 1"))->setValue(100);
        const auto after = m_page->model().values().at("zm").numbers;
        QCOMPARE(after[0], before[0]);
        QCOMPARE(after[4], before[4] + 1.0f);
    }

    void theMatrixCrossesSeedsAndACellLoadsItsCodes()
    {
        openSplit();
        QTRY_VERIFY(std::ranges::all_of(grid().clips(), [](const ClipPtr& clip) { return clip != nullptr; }) && grid().rows() == 4);
        QCOMPARE(grid().clip(1, 0)->bytes()[0], grid().clip(1, 3)->bytes()[0]);  // a row has one appearance
        QVERIFY(grid().clip(0, 0)->bytes()[0] != grid().clip(1, 0)->bytes()[0]);
        const QRect cell = grid().cellRect(2, 1);
        QTest::mouseClick(&grid(), Qt::LeftButton, {}, cell.center());
        QCOMPARE(m_page->model().seed(ControlRole::Appearance), std::uint64_t(2));
        QCOMPARE(m_page->model().seed(ControlRole::Motion), std::uint64_t(1));
        QVERIFY(*view().clip() == *grid().clip(2, 1));
        QTest::qWait(300);
        QVERIFY(*view().clip() == *grid().clip(2, 1));  // what the sliders give is what the cell showed
        m_page->undoStack()->undo();
        QCOMPARE(m_page->model().seed(ControlRole::Appearance), std::uint64_t(0));
        named<QSpinBox>(QStringLiteral("Rows of the matrix"))->setValue(2);
        QTRY_COMPARE(grid().rows(), 2);
    }

    void evidenceSaysWhatWasMoved()
    {
        openSplit();
        EvidencePanel* evidence = m_page->evidence();
        QVERIFY(evidence->isHidden());
        QTRY_VERIFY(evidence->reference());  // the first clip
        QList<QAction*> view = m_page->menuActions(PageMenu::View);
        const auto action = std::ranges::find_if(view, [](QAction* one) { return one->text().contains(QStringLiteral("Evidence")); });
        QVERIFY(action != view.end());
        (*action)->trigger();
        QVERIFY(evidence->isVisible());
        QTRY_VERIFY(evidence->change());
        QVERIFY(evidence->text().contains(QStringLiteral("those of the reference")));
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(120);
        QTRY_VERIFY(evidence->text().contains(QStringLiteral("Only the appearance")));
        QTRY_VERIFY(evidence->change() && evidence->change()->still > 0.5);
        named<QSlider>(QStringLiteral("Motion, direction 1"))->setValue(120);
        QTRY_VERIFY(evidence->text().contains(QStringLiteral("Both codes")));
        QTest::keyClick(m_page.get(), Qt::Key_F);
        QTRY_VERIFY(evidence->change() && evidence->change()->all == 0);
        named<QSlider>(QStringLiteral("Motion, direction 1"))->setValue(-120);
        QTRY_VERIFY(evidence->text().contains(QStringLiteral("Only the motion")));
    }

    void theJudgeSaysWhichFactorsChanged()
    {
        openSplit();
        EvidencePanel* evidence = m_page->evidence();
        for (QAction* action : m_page->menuActions(PageMenu::View))
            if (action->text().contains(QStringLiteral("Evidence"))) action->trigger();
        auto* tabs = evidence->findChild<QTabBar*>();
        QVERIFY(tabs && !evidence->wantsJudgement());
        QTest::mouseClick(tabs, Qt::LeftButton, {}, tabs->tabRect(1).center());
        QVERIFY(evidence->wantsJudgement());
        QTRY_VERIFY(evidence->judgement().contains(QStringLiteral("Redness")));
        QVERIFY2(evidence->judgement().contains(QStringLiteral("Changed: 0 of 1 appearance factors, 0 of 1 motion factors.")), qPrintable(evidence->judgement()));
        QVERIFY(evidence->judgement().contains(QStringLiteral("does not know it well")));  // its skill is 0.2
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(100);
        QTRY_VERIFY(evidence->judgement().contains(QStringLiteral("Changed: 1 of 1 appearance factors, 0 of 1 motion factors.")));
        QVERIFY(evidence->judgement().contains(QStringLiteral("Only the appearance code was moved")) && !evidence->judgement().contains(QStringLiteral("⚠")));
        // the reference is taken anew: nothing has changed since
        QTest::mouseClick(evidence->referenceButton(), Qt::LeftButton);
        QTRY_VERIFY(evidence->judgement().contains(QStringLiteral("Changed: 0 of 1")));
        // a model that no judge knows
        openPage(QStringLiteral("half"));
        QTRY_VERIFY(evidence->judgement().contains(QStringLiteral("built-in datasets")));
    }

    void clipLengthFollowsTheRule()
    {
        openSplit();
        auto* length = named<QSpinBox>(QStringLiteral("Clip length in frames"));
        length->setValue(13);  // 4, 8, 12, 16 are possible
        QCOMPARE(length->value(), 12);
        QTRY_COMPARE(view().clip()->count(), 12);
        m_page->undoStack()->undo();
        QCOMPARE(length->value(), 8);
        QTRY_COMPARE(view().clip()->count(), 8);
    }

    void aGifIsSaved()
    {
        openSplit();
        QTRY_VERIFY(grid().rows() == 4 && std::ranges::all_of(grid().clips(), [](const ClipPtr& clip) { return clip != nullptr; }));
        for (const int subject : {0, 1}) {
            m_page->saveClip();
            auto* dialog = m_page->findChild<ExportDialog*>();
            QVERIFY(dialog);
            const QString file = m_home.path(QStringLiteral("out%1.gif").arg(subject));
            dialog->setSubject(subject);
            dialog->setTarget(file);
            QSignalSpy said(m_page.get(), &Page::statusMessage);
            dialog->accept();
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 10000);
            QTRY_VERIFY(std::ranges::any_of(said, [](const QVariantList& call) { return call[0].toString().startsWith(QStringLiteral("Saved")); }));
            QMovie movie(file);
            QVERIFY(movie.isValid());
            QCOMPARE(movie.frameCount(), 8);
            QTRY_VERIFY(!m_page->findChild<ExportDialog*>());
        }
    }

    /// The codes are new at once, the clip only later: they are saved together.
    void whatIsSavedIsTheClipOfTheCodes()
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("late.safetensors"), QStringLiteral("split delay=150")));
        QTRY_VERIFY(view().clip());
        const ClipPtr before = view().clip();
        m_page->newBoth();
        m_page->saveClip();
        QVERIFY(!m_page->findChild<ExportDialog*>());
        QTRY_VERIFY(m_page->findChild<ExportDialog*>());
        QVERIFY(view().clip() != before);
        const ClipPtr taken = view().clip();
        auto* dialog = m_page->findChild<ExportDialog*>();
        QVERIFY(dialog->job().clips().clips.at(0) == *taken);
        const auto comment = nlohmann::json::parse(dialog->job().comment(dialog->options()));
        QVERIFY(recipeFromJson(comment, "it").cells.at(0) == m_page->model().values());
    }

    void exportRefusesWhatCannotBeWritten()
    {
        ExportDialog dialog({QStringLiteral("clip")}, {QStringLiteral("name")}, 10, 1);
        auto* save = [&]() -> QPushButton* {
            for (QPushButton* button : dialog.findChildren<QPushButton*>())
                if (button->isDefault()) return button;
            return nullptr;
        }();
        dialog.setTarget(m_home.path(QStringLiteral("x.gif")));
        QVERIFY(save->isEnabled());
        dialog.setTarget(m_home.path(QStringLiteral("x.doc")));
        QVERIFY(!save->isEnabled());
        dialog.setTarget(QStringLiteral("/nowhere/x.gif"));
        QVERIFY(!save->isEnabled());
    }

    void stateIsCopiedAndPasted()
    {
        openSplit();
        m_page->newBoth();
        named<QSlider>(QStringLiteral("Appearance, direction 3"))->setValue(-120);
        const ControlValues values = m_page->model().values();
        m_page->copyState();
        const auto json = nlohmann::json::parse(QGuiApplication::clipboard()->text().toStdString());
        QCOMPARE(json.at("system").get<std::string>(), "split");
        QVERIFY(json.contains("checkpoint"));
        m_page->newBoth();
        QVERIFY(m_page->model().values() != values);
        m_page->pasteState();
        QVERIFY(m_page->model().values() == values);
        QGuiApplication::clipboard()->setText(QStringLiteral("no state"));
        m_page->pasteState();
        QVERIFY(m_page->model().values() == values);
        QVERIFY(m_page->findChild<MessageBar*>()->isVisible());
    }

    void aKilledEngineLeavesThePageWhereItWas()
    {
        openSplit();
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(90);
        QTRY_COMPARE(red(), expectedRed());
        const ControlValues values = m_page->model().values();
        ::kill(static_cast<pid_t>(m_engine->info().pid), SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(m_engine->state() != EngineClient::State::Ready, 5000);
        QVERIFY(view().clip() != nullptr);
        named<QSlider>(QStringLiteral("Appearance, direction 2"))->setValue(50);  // moved while there is no engine
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(-90);
        QTRY_COMPARE_WITH_TIMEOUT(m_engine->state(), EngineClient::State::Ready, 10000);
        QTRY_COMPARE_WITH_TIMEOUT(red(), expectedRed(), 5000);
        QVERIFY(m_page->model().values() != values);
    }

    void entangledSystemsShowCategoriesAndASheet()
    {
        openPage(QStringLiteral("whole"));
        QTRY_VERIFY(view().clip() != nullptr);
        auto* category = named<QComboBox>(QStringLiteral("Class"));
        QVERIFY(category);
        QCOMPARE(category->count(), 3);
        category->setCurrentIndex(2);
        Q_EMIT category->activated(2);
        QCOMPARE(m_page->model().values().at("class").category, 2);
        QVERIFY(!named<QSpinBox>(QStringLiteral("Motion seed of the first column"))->isVisible());
        QTRY_VERIFY(grid().rows() == 4 && std::ranges::all_of(grid().clips(), [](const ClipPtr& clip) { return clip != nullptr; }));
        m_page->loadCell(1, 2);
        QCOMPARE(m_page->model().seed(ControlRole::Both), std::uint64_t(6));
    }

    void picturesAreChosenAndResized()
    {
        openPage(QStringLiteral("pictures"));
        QVERIFY(view().clip() == nullptr);
        QImage image(50, 40, QImage::Format_RGB32);
        image.fill(QColor(200, 30, 60));
        const QString file = m_home.path(QStringLiteral("face.png"));
        QVERIFY(image.save(file));
        const auto wells = m_page->findChildren<PictureWell*>();
        QCOMPARE(wells.size(), 3);
        for (PictureWell* well : wells) well->load({file});
        QTRY_VERIFY_WITH_TIMEOUT(view().clip() != nullptr, 5000);
        QCOMPARE(red(), 200);
        QSignalSpy failed(wells[0], &PictureWell::failed);
        wells[0]->load({m_home.path(QStringLiteral("none.png"))});
        QVERIFY(failed.wait(5000));
        QTRY_VERIFY(m_page->findChild<MessageBar*>()->text().contains(QStringLiteral("none.png")));
    }

    void picturesOfADatasetFollowTheSeed()
    {
        openPage(QStringLiteral("animated"));
        QTRY_VERIFY_WITH_TIMEOUT(view().clip() != nullptr, 10000);  // of what the model was trained on, without a question
        QCOMPARE(red(), 10);
        QVERIFY(!m_page->undoStack()->canUndo());
        auto* seed = named<QSpinBox>(QStringLiteral("Seed of Appearance"));
        seed->setValue(2);
        QTRY_COMPARE(red(), 30);
        seed->setValue(7);
        QTRY_COMPARE(red(), 40);  // round and round
        // every row of the matrix is another clip
        QTRY_VERIFY(grid().rows() == 4 && std::ranges::all_of(grid().clips(), [](const ClipPtr& clip) { return clip != nullptr; }));
        for (int row = 0; row < 4; ++row) QCOMPARE(int(grid().clips()[static_cast<std::size_t>(row) * 4]->bytes()[0]), 10 + 10 * row);
        // another dataset, and what cannot be opened
        m_page->askGiven("first", QStringLiteral("all.red"));
        QTRY_COMPARE(red(), 120);
        m_page->askGiven("first", QStringLiteral("all.blue"));
        QTRY_VERIFY(m_page->findChild<MessageBar*>()->text().contains(QStringLiteral("all.blue")));
        QCOMPARE(red(), 120);
        m_page->undoStack()->undo();
        QTRY_COMPARE(red(), 40);
        // a picture of one's own stays, whatever is drawn
        QImage image(8, 8, QImage::Format_RGB32);
        image.fill(QColor(200, 30, 60));
        const QString file = m_home.path(QStringLiteral("own.png"));
        QVERIFY(image.save(file));
        m_page->findChild<PictureWell*>()->load({file});
        QTRY_COMPARE(red(), 200);
        seed->setValue(1);
        QTest::qWait(50);
        QCOMPARE(red(), 200);
    }

    void aMissingCheckpointIsSaidAndTheOpenOneStays()
    {
        openSplit();
        m_page->openPath(m_home.path(QStringLiteral("gone.safetensors")));
        QTRY_VERIFY(m_page->findChild<MessageBar*>()->isVisible());
        QVERIFY(m_page->hasCheckpoint());
    }

    void theSessionComesBack()
    {
        openSplit();
        m_page->newBoth();
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(42);
        const ControlValues values = m_page->model().values();
        QSettings settings(m_home.path(QStringLiteral("s.ini")), QSettings::IniFormat);
        m_page->saveState(settings);
        m_page = std::make_unique<ExplorePage>(*m_engine, QString());
        m_page->restoreState(settings);
        QTRY_VERIFY(m_page->hasCheckpoint());
        QVERIFY(m_page->model().values() == values);
    }

    void everythingThatTakesTheFocusHasAName()
    {
        openSplit();
        for (const QWidget* widget : m_page->findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || widget->focusProxy() || widget->inherits("QScrollArea") || widget->inherits("QLineEdit") || widget->inherits("QLabel")) continue;
            const QAccessibleInterface* face = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
            QVERIFY2(face && !face->text(QAccessible::Name).isEmpty(), qPrintable(QString::fromLatin1(widget->metaObject()->className()) + QLatin1Char(' ') + widget->objectName()));
        }
    }
};
QTEST_MAIN(TestExplorePage)
#include "tst_explore_page.moc"
