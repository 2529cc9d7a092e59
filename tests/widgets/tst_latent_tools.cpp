#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QListWidget>
#include <QMenu>
#include <QMovie>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QTreeWidget>
#include <QUndoStack>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/export/recipe.h"
#include "widgets/clip_view/clip_view.h"
#include "widgets/controllers/saved_directions.h"
#include "widgets/message_bar.h"
#include "widgets/views/evidence_panel.h"
#include "widgets/views/explore_page.h"
#include "widgets/views/export_dialog.h"
#include "widgets/views/key_pose_panel.h"
#include "widgets/views/latent_pad.h"
#include "widgets/views/latent_tools.h"
#include "widgets/views/saved_directions_dialog.h"
#include "widgets/views/sequence_editor.h"
#include "window_test_support.h"

using namespace kinora;

/// The tools below the workspace, in the page and through its events.
class TestLatentTools final : public QObject {
    Q_OBJECT
    TestHome m_home;
    std::unique_ptr<EngineClient> m_engine;
    std::unique_ptr<ExplorePage> m_page;

    template <class T>
    T* named(const QString& name)
    {
        for (T* widget : m_page->findChildren<T*>())
            if (widget->accessibleName() == name) return widget;
        return nullptr;
    }
    void open(const QString& words)
    {
        m_page->openPath(m_home.checkpoint(QStringLiteral("model-%1.safetensors").arg(words.section(QLatin1Char(' '), 0, 0)), words));
        QTRY_VERIFY_WITH_TIMEOUT(m_page->hasCheckpoint(), 10000);
        QTRY_VERIFY_WITH_TIMEOUT(m_page->findChild<ClipView*>()->clip() != nullptr, 10000);
    }
    void openSplit()
    {
        open(QStringLiteral("split"));
        QTRY_VERIFY(named<QSlider>(QStringLiteral("Appearance, direction 1")));
        QTRY_VERIFY(named<QSlider>(QStringLiteral("Motion, direction 1")));
    }
    void show(const QString& tool)
    {
        for (QAction* action : m_page->tools()->viewActions())
            if (action->objectName() == tool && !action->isChecked()) action->trigger();
        QCoreApplication::processEvents();
    }
    PadArea& pad() { return *m_page->tools()->pad()->area(); }
    const LatentModel& model() { return m_page->model(); }

private Q_SLOTS:
    void init()
    {
        m_engine = std::make_unique<EngineClient>(testEngine());
        m_engine->start();
        m_page = std::make_unique<ExplorePage>(*m_engine, QString());
        m_page->resize(1200, 900);
        m_page->show();
    }
    void cleanup()
    {
        m_page.reset();
        m_engine.reset();
    }

    void toolsAppearOnlyWhenWanted()
    {
        openSplit();
        QVERIFY(m_page->tools()->isHidden());
        QTest::keyClick(m_page.get(), Qt::Key_P);
        QVERIFY(pad().isVisible());
        for (const QAction* action : m_page->tools()->viewActions()) {
            QVERIFY(!action->shortcut().isEmpty() && !action->statusTip().isEmpty());
            QVERIFY(m_page->menuActions(PageMenu::View).contains(action));
        }
        QTest::keyClick(m_page.get(), Qt::Key_P);
        QVERIFY(m_page->tools()->isHidden());
    }

    void aDragOnThePadIsOneStepAndTheSlidersFollow()
    {
        openSplit();
        show(QStringLiteral("pad"));
        const LatentState before = model().state();
        QTest::mousePress(&pad(), Qt::LeftButton, {}, pad().positionOf({0.5, 0.5}).toPoint());
        for (int move = 1; move <= 20; ++move) QTest::mouseMove(&pad(), pad().positionOf({0.5 + move * 0.05, 0.5 - move * 0.1}).toPoint());
        QTest::mouseRelease(&pad(), Qt::LeftButton, {}, pad().positionOf({1.5, -1.5}).toPoint());
        QVERIFY(std::abs(model().amount("za", 0) - 1.5f) < 0.05f);
        QVERIFY(std::abs(model().amount("zm", 0) + 1.5f) < 0.05f);
        QCOMPARE(named<QSlider>(QStringLiteral("Appearance, direction 1"))->value(), qRound(model().amount("za", 0) * 100));
        QCOMPARE(named<QSlider>(QStringLiteral("Motion, direction 1"))->value(), qRound(model().amount("zm", 0) * 100));
        QVERIFY(pad().trail().size() > 10);
        QCOMPARE(m_page->undoStack()->count(), 1);
        m_page->undoStack()->undo();
        QVERIFY(model().state() == before);  // bit for bit
        QCOMPARE(pad().point(), QPointF(0, 0));
        // and the pad follows a slider
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(-120);
        QCOMPARE(pad().point(), QPointF(-1.2, 0));
    }

    void keysMoveOneCodeAndLeaveTheOtherBitIdentical()
    {
        openSplit();
        show(QStringLiteral("pad"));
        named<QSlider>(QStringLiteral("Motion, direction 1"))->setValue(77);
        const ControlValues before = model().values();
        pad().setFocus();
        QTest::keyClick(&pad(), Qt::Key_Right);
        QTest::keyClick(&pad(), Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(&pad(), Qt::Key_Right, Qt::ControlModifier);
        QCOMPARE(model().amount("za", 0), 0.61f);
        QVERIFY(model().values().at("zm") == before.at("zm"));
        QVERIFY(model().values().at("za") != before.at("za"));
        const ControlValues moved = model().values();
        QTest::keyClick(&pad(), Qt::Key_Up);
        QVERIFY(model().values().at("za") == moved.at("za"));
        QVERIFY(model().values().at("zm") != moved.at("zm"));
        QCOMPARE(m_page->undoStack()->count(), 2);  // the slider, and keys in quick succession
        QTest::mouseDClick(&pad(), Qt::LeftButton, {}, pad().positionOf({2, 2}).toPoint());
        QCOMPARE(pad().point(), QPointF(0, 0));
        for (int press = 0; press < 50; ++press) QTest::keyClick(&pad(), Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(model().amount("za", 0), -3.0f);  // the edge
    }

    void thePadStaysSquare()
    {
        PadArea area;
        for (const QSize& size : {QSize(400, 160), QSize(160, 400)}) {
            area.resize(size);
            const QPointF zero = area.positionOf({0, 0}), right = area.positionOf({3, 0}) - zero, up = area.positionOf({0, 3}) - zero;
            QCOMPARE(zero, QPointF(size.width() / 2.0, size.height() / 2.0));
            QCOMPARE(right.x(), -up.y());
            QVERIFY(right.x() > 60 && right.x() < 80);
            // beside it is the edge
            QTest::mouseClick(&area, Qt::LeftButton, {}, QPoint(size.width() - 3, size.height() / 2));
            QCOMPARE(area.point().x(), 3.0);
        }
    }

    void lockedAxesStay()
    {
        openSplit();
        show(QStringLiteral("pad"));
        named<QToolButton>(QStringLiteral("Lock: Motion"))->click();
        const ControlValues before = model().values();
        QTest::mouseClick(&pad(), Qt::LeftButton, {}, pad().positionOf({1, 2}).toPoint());
        QVERIFY(model().values().at("zm") == before.at("zm"));
        QVERIFY(std::abs(model().amount("za", 0) - 1) < 0.05f);
        QVERIFY(pad().accessibleDescription().contains(QStringLiteral("locked")));
    }

    void anyTwoDirectionsCanBeChosenAndAreRemembered()
    {
        openSplit();
        show(QStringLiteral("pad"));
        QComboBox* up = m_page->tools()->pad()->axis(1);
        const int third = up->findText(QStringLiteral("Appearance · principal 3"));
        QVERIFY(third >= 0);
        up->setCurrentIndex(third);
        Q_EMIT up->activated(third);
        QTest::mouseClick(&pad(), Qt::LeftButton, {}, pad().positionOf({0, -2}).toPoint());
        QVERIFY(std::abs(model().amount("za", 2) + 2) < 0.05f);
        QCOMPARE(model().amount("zm", 0), 0.0f);
        QSettings settings(m_home.path(QStringLiteral("layout.ini")), QSettings::IniFormat);
        m_page->tools()->saveState(settings);
        LatentPad other;
        LatentModel copy = model();
        other.setModel(&copy);
        other.restoreState(settings);
        QCOMPARE(other.axis(1)->currentText(), QStringLiteral("Appearance · principal 3"));
        QCOMPARE(other.area()->point().y(), pad().point().y());
    }

    void aSystemWithOneCodeHasAPadToo()
    {
        open(QStringLiteral("whole"));
        show(QStringLiteral("pad"));
        QTRY_VERIFY(pad().isEnabled());
        QVERIFY(m_page->tools()->pad()->axis(0)->currentText() != m_page->tools()->pad()->axis(1)->currentText());
        open(QStringLiteral("split"));
        QTRY_VERIFY(m_page->tools()->pad()->axis(1)->currentText().startsWith(QStringLiteral("Motion")));
    }

    void aCurveIsDrawnOverTheSteps()
    {
        openSplit();
        m_page->setFrames(16);
        show(QStringLiteral("curves"));
        CurveArea& area = *m_page->tools()->curves()->area();
        QCOMPARE(area.curves().size(), std::size_t(4));  // principal directions
        QCOMPARE(area.curves()[0].size(), std::size_t(4));
        const ControlValues before = model().values();
        const auto count = m_page->undoStack()->count();
        // from above the first step of the first curve, so that no other is nearer
        area.setFocus();
        QTest::mousePress(&area, Qt::LeftButton, {}, area.positionOf(0, area.curves()[0][0]).toPoint());
        const int curve = area.active();
        for (int step = 0; step < 4; ++step) QTest::mouseMove(&area, area.positionOf(step, 2.5).toPoint());
        QTest::mouseRelease(&area, Qt::LeftButton, {}, area.positionOf(3, 2.5).toPoint());
        const auto after = model().values();
        for (int step = 0; step < 4; ++step) {
            QVERIFY(std::abs(after.at("zm").numbers[static_cast<std::size_t>(step * 4 + curve)] - 2.5f) < 0.1f);  // the small engine's directions are the axes
            for (int other = 0; other < 4; ++other)
                if (other != curve) QCOMPARE(after.at("zm").numbers[static_cast<std::size_t>(step * 4 + other)], before.at("zm").numbers[static_cast<std::size_t>(step * 4 + other)]);
        }
        QVERIFY(after.at("za") == before.at("za"));
        QCOMPARE(m_page->undoStack()->count(), count + 1);
        m_page->undoStack()->undo();
        QVERIFY(model().values() == before);
        // keys
        QTest::keyClick(&area, Qt::Key_Right);
        const double was = area.curves()[static_cast<std::size_t>(area.active())][static_cast<std::size_t>(area.step())];
        QTest::keyClick(&area, Qt::Key_Up, Qt::ShiftModifier);
        QVERIFY(std::abs(area.curves()[static_cast<std::size_t>(area.active())][static_cast<std::size_t>(area.step())] - was - 0.5) < 0.011);
        QTest::keyClick(&area, Qt::Key_PageDown);
        QCOMPARE(named<QComboBox>(QStringLiteral("Curve"))->currentIndex(), area.active());
    }

    QToolButton* operation(const QString& text)
    {
        for (QToolButton* button : m_page->tools()->curves()->findChildren<QToolButton*>())
            if (button->text() == text) return button;
        return nullptr;
    }
    void theWholeCodeIsReversedLoopedAndPutBack()
    {
        openSplit();
        m_page->setFrames(16);
        show(QStringLiteral("curves"));
        const auto before = model().values().at("zm").numbers;
        operation(QStringLiteral("Reverse"))->click();
        auto after = model().values().at("zm").numbers;
        for (int step = 0; step < 4; ++step)
            for (int index = 0; index < 4; ++index) QCOMPARE(after[static_cast<std::size_t>(step * 4 + index)], before[static_cast<std::size_t>((3 - step) * 4 + index)]);
        operation(QStringLiteral("Reverse"))->click();
        QCOMPARE(model().values().at("zm").numbers, before);
        operation(QStringLiteral("Loop"))->click();
        after = model().values().at("zm").numbers;
        for (int index = 0; index < 4; ++index) QCOMPARE(after[static_cast<std::size_t>(12 + index)], after[static_cast<std::size_t>(index)]);
        for (const char* name : {"Smooth", "Scale", "Retime"}) {
            const auto was = model().values().at("zm").numbers;
            operation(QLatin1String(name))->click();
            QVERIFY(model().values().at("zm").numbers != was);
        }
        while (m_page->undoStack()->index() > 1) m_page->undoStack()->undo();
        QCOMPARE(model().values().at("zm").numbers, before);
        // a locked code is not touched
        named<QToolButton>(QStringLiteral("Lock: Motion"))->click();
        QVERIFY(!operation(QStringLiteral("Reverse"))->isEnabled());
        QVERIFY(!m_page->tools()->curves()->area()->isEnabled());
    }
    void oneCurveIsChangedAlone()
    {
        openSplit();
        m_page->setFrames(16);
        show(QStringLiteral("curves"));
        for (QCheckBox* box : m_page->tools()->curves()->findChildren<QCheckBox*>()) box->setChecked(false);
        const auto before = model().values().at("zm").numbers;
        operation(QStringLiteral("Reverse"))->click();
        const auto after = model().values().at("zm").numbers;
        for (int step = 0; step < 4; ++step) {
            QVERIFY(std::abs(after[static_cast<std::size_t>(step * 4)] - before[static_cast<std::size_t>((3 - step) * 4)]) < 1e-5f);
            for (int index = 1; index < 4; ++index) QCOMPARE(after[static_cast<std::size_t>(step * 4 + index)], before[static_cast<std::size_t>(step * 4 + index)]);
        }
    }

    void keyPosesMakeAWayThatBeginsAndEndsAtThem()
    {
        openSplit();
        QTest::keyClick(m_page.get(), Qt::Key_K);
        KeyPosePanel& panel = *m_page->tools()->poses();
        QVERIFY(panel.isVisible());
        const ControlValues first = model().values();
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(250);
        panel.add(ControlRole::Appearance);
        const ControlValues second = model().values();
        QCOMPARE(panel.track(ControlRole::Appearance)->count(), 2);
        QCOMPARE(panel.track(ControlRole::Motion)->count(), 1);
        QTRY_VERIFY(!panel.track(ControlRole::Appearance)->item(1)->icon().isNull());
        QSpinBox* between = named<QSpinBox>(QStringLiteral("Steps between two poses"));
        between->setValue(8);
        QSignalSpy made(&panel, &KeyPosePanel::rendered);
        QTest::keyClick(m_page.get(), Qt::Key_P, Qt::ShiftModifier);
        QTRY_COMPARE(made.size(), 1);
        ClipView& view = *m_page->findChild<ClipView*>();
        const ClipPtr way = view.clip();
        QCOMPARE(way->count(), 10);
        const auto red = [](const ControlValues& values) { return std::clamp(static_cast<int>(std::lround((static_cast<double>(values.at("za").numbers[0]) + 2.0) * 63.75)), 0, 255); };
        QCOMPARE(static_cast<int>(way->frame(0)[0]), red(first));
        QCOMPARE(static_cast<int>(way->frame(9)[0]), red(second));
        const auto steps = poseSteps(model().system().controls, model().state().poses, model().values(), model().state().frames);
        QVERIFY(steps.front().at("za") == first.at("za") && steps.back().at("za") == second.at("za"));  // bit for bit
        // the reference of the evidence belongs to codes, so it is their clip and not the way
        QTest::keyClick(m_page.get(), Qt::Key_F);
        QCOMPARE(m_page->findChild<EvidencePanel*>()->reference()->count(), 8);
        // a slider shows its clip again
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(0);
        QTRY_COMPARE(view.clip()->count(), 8);
    }

    void posesAreMovedRemovedRecalledUndoneAndSaved()
    {
        openSplit();
        show(QStringLiteral("poses"));
        KeyPosePanel& panel = *m_page->tools()->poses();
        std::vector<ControlValues> kept;
        for (int pose = 0; pose < 3; ++pose) {
            if (pose > 0) m_page->newBoth();
            panel.addAll();
            kept.push_back(model().pose(ControlRole::Motion));
        }
        const auto tracks = [&](ControlRole role) { return model().state().poses.tracks.at(role); };
        QListWidget* list = panel.track(ControlRole::Motion);
        list->setCurrentRow(0);
        list->setFocus();
        QTest::keyClick(list, Qt::Key_Right, Qt::ControlModifier);
        QVERIFY(tracks(ControlRole::Motion) == (std::vector<ControlValues>{kept[1], kept[0], kept[2]}));
        QCOMPARE(list->currentRow(), 1);
        QVERIFY(tracks(ControlRole::Appearance).size() == 3);
        m_page->undoStack()->undo();
        QVERIFY(tracks(ControlRole::Motion) == kept);
        list->setCurrentRow(1);
        QTest::keyClick(list, Qt::Key_Delete);
        QVERIFY(tracks(ControlRole::Motion) == (std::vector<ControlValues>{kept[0], kept[2]}));
        const auto appearance = model().values().at("za");
        list->setCurrentRow(0);
        QTest::keyClick(list, Qt::Key_Return);
        QVERIFY(model().values().at("zm") == kept[0].at("zm"));
        QVERIFY(model().values().at("za") == appearance);  // the other code has not moved
        // they go with the state
        m_page->copyState();
        const KeyPoses poses = model().state().poses;
        while (list->count() > 0) panel.remove(ControlRole::Motion, 0);
        m_page->pasteState();
        QVERIFY(model().state().poses == poses);
        QCOMPARE(list->count(), 2);
    }

    void theWayIsExportedWithARecipe()
    {
        openSplit();
        KeyPosePanel& panel = *m_page->tools()->poses();
        show(QStringLiteral("poses"));
        panel.addAll();
        m_page->newBoth();
        panel.addAll();
        panel.render();
        QSignalSpy made(&panel, &KeyPosePanel::rendered);
        QTRY_COMPARE(made.size(), 1);
        m_page->saveClip();
        auto* dialog = m_page->findChild<ExportDialog*>();
        QVERIFY(dialog);
        const QString file = m_home.path(QStringLiteral("way.gif"));
        dialog->setTarget(file);
        dialog->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), 10000);
        QMovie movie(file);
        QCOMPARE(movie.frameCount(), 17);
        const auto recipe = recipeFromJson(readRecipe(file.toStdString()), "way.gif");
        const KeyPoses poses = keyPosesFromJson(nlohmann::json::parse(recipe.keyPoses), model().system().controls, recipe.frames);
        QVERIFY(poses == model().state().poses);
        QVERIFY(recipe.cells.size() == 1 && recipe.cells[0] == model().values());
    }

    QComboBox* kinds(const QString& code) { return named<QComboBox>(QStringLiteral("Directions of %1").arg(code)); }
    void chooseKind(const QString& code, const QString& text)
    {
        QComboBox* box = kinds(code);
        const int place = box->findText(text);
        QVERIFY(place >= 0);
        box->setCurrentIndex(place);
        Q_EMIT box->activated(place);
    }
    QAction* menuEntry(const QString& code, const QString& text)
    {
        for (QAction* action : named<QToolButton>(QStringLiteral("More for %1").arg(code))->menu()->actions())
            if (QString(action->text()).remove(QLatin1Char('&')).startsWith(text)) return action;
        return nullptr;
    }

    void closedFormDirectionsMoveTheCodeToo()
    {
        openSplit();
        QTRY_VERIFY(kinds(QStringLiteral("Motion")) && kinds(QStringLiteral("Motion"))->isVisible());
        QTRY_VERIFY(kinds(QStringLiteral("Appearance"))->isVisible());
        chooseKind(QStringLiteral("Appearance"), QStringLiteral("Closed-form directions"));
        const ControlValues before = model().values();
        auto* slider = named<QSlider>(QStringLiteral("Appearance, closed form 1"));
        QVERIFY(slider);
        slider->setValue(100);
        const auto after = model().values();
        QCOMPARE(after.at("za").numbers[39], before.at("za").numbers[39] + 1.0f);  // the small engine's: the axes backwards
        QCOMPARE(after.at("za").numbers[0], before.at("za").numbers[0]);
        QVERIFY(after.at("zm") == before.at("zm"));
        m_page->undoStack()->undo();
        QVERIFY(model().values() == before);
        // a system that names no weights has principal ones alone
        open(QStringLiteral("half"));
        QTRY_VERIFY(named<QSlider>(QStringLiteral("Look, direction 1")));
        QTest::qWait(300);
        QVERIFY(!kinds(QStringLiteral("Look"))->isVisible());
    }

    void aMovementIsKeptAsANamedDirection()
    {
        openSplit();
        QTRY_VERIFY(kinds(QStringLiteral("Motion"))->isVisible());
        QSignalSpy said(m_page->tools(), &LatentTools::said), failed(m_page->tools(), &LatentTools::failed);
        m_page->tools()->keepMovement("za", QStringLiteral("nothing"));
        QCOMPARE(failed.size(), 1);  // not moved
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(200);
        named<QSlider>(QStringLiteral("Appearance, direction 3"))->setValue(200);
        m_page->tools()->keepMovement("za", QStringLiteral("smile / \u7b11"));
        QTRY_COMPARE(said.size(), 1);
        QTRY_VERIFY(kinds(QStringLiteral("Appearance"))->findText(QStringLiteral("Saved directions")) >= 0);
        const auto kept = readDirections(savedDirectionsFolder());
        QCOMPARE(kept.size(), std::size_t(1));
        QCOMPARE(kept[0].checkpointHash, std::string("0000"));
        QVERIFY(std::abs(kept[0].vector[0] - std::sqrt(0.5f)) < 1e-5f && std::abs(kept[0].vector[2] - std::sqrt(0.5f)) < 1e-5f && std::abs(kept[0].vector[1]) < 1e-6f);
        chooseKind(QStringLiteral("Appearance"), QStringLiteral("Saved directions"));
        const auto before = model().values().at("za").numbers;
        named<QSlider>(QStringLiteral("Appearance, smile / \u7b11"))->setValue(100);
        QVERIFY(std::abs(model().values().at("za").numbers[2] - before[2] - std::sqrt(0.5f)) < 1e-5f);
        QVERIFY(kinds(QStringLiteral("Motion"))->findText(QStringLiteral("Saved directions")) < 0);  // its shape does not fit

        // rename, export, delete, import in the dialog
        m_page->tools()->manageDirections();
        auto* dialog = m_page->findChild<SavedDirectionsDialog*>();
        QVERIFY(dialog);
        QTRY_COMPARE(dialog->list()->topLevelItemCount(), 1);
        QCOMPARE(dialog->list()->topLevelItem(0)->text(3), QStringLiteral("of this checkpoint"));
        dialog->rename(QStringLiteral("grin"));
        QTRY_COMPARE(dialog->list()->topLevelItem(0)->text(0), QStringLiteral("grin"));
        QTRY_VERIFY(named<QSlider>(QStringLiteral("Appearance, grin")));
        const QString file = m_home.path(QStringLiteral("given.json"));
        dialog->exportTo(file);
        QTRY_VERIFY(QFile::exists(file));
        QTRY_COMPARE(dialog->list()->topLevelItemCount(), 1);
        const auto moved = model().values();
        dialog->remove();
        QTRY_COMPARE(dialog->list()->topLevelItemCount(), 0);
        QVERIFY(readDirections(savedDirectionsFolder()).empty());
        QVERIFY(model().values() == moved);  // the code stays where it was moved
        QVERIFY(kinds(QStringLiteral("Appearance"))->findText(QStringLiteral("Saved directions")) < 0);
        dialog->importFile(file);
        QTRY_COMPARE(dialog->list()->topLevelItemCount(), 1);
        QTRY_VERIFY(kinds(QStringLiteral("Appearance"))->findText(QStringLiteral("Saved directions")) >= 0);
        // and what is no direction is refused
        QFile broken(m_home.path(QStringLiteral("broken.json")));
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write(R"({"kinora_direction": 1, "name": "x", "system": "split", "control": "za", "kind": "gaussian_vector", "vector": [0, 0]})");
        broken.close();
        dialog->importFile(broken.fileName());
        QTRY_VERIFY(dialog->findChild<MessageBar*>()->isVisible());
        QCOMPARE(dialog->list()->topLevelItemCount(), 1);
        dialog->close();
        // undo goes back through all of it
        while (m_page->undoStack()->canUndo()) m_page->undoStack()->undo();
        QCOMPARE(model().amount("za", 0), 0.0f);
    }

    void truncationPullsTheDrawTowardsTheMean()
    {
        openSplit();
        const ControlValues before = model().values();
        auto* slider = named<QSlider>(QStringLiteral("Appearance, truncation"));
        slider->setValue(50);
        auto now = model().values();
        for (std::size_t index = 0; index < 40; ++index) QCOMPARE(now.at("za").numbers[index], 0.5f * before.at("za").numbers[index]);
        QVERIFY(now.at("zm") == before.at("zm"));
        named<QSlider>(QStringLiteral("Appearance, direction 1"))->setValue(100);
        QVERIFY(std::abs(model().values().at("za").numbers[0] - (0.5f * before.at("za").numbers[0] + 1)) < 1e-6f);  // movements are not truncated
        m_page->newAppearance();
        QCOMPARE(model().truncation("za"), 0.5f);  // it stays
        QVERIFY(model().toJson().at("truncation").at("za") == 0.5f);
        slider->setValue(0);
        const ControlValues average = model().values();
        for (const float number : average.at("za").numbers) QCOMPARE(number, 0.0f);
        while (m_page->undoStack()->canUndo()) m_page->undoStack()->undo();
        QVERIFY(model().values() == before);
        QCOMPARE(slider->value(), 100);
    }

    void oneCodeIsDrawnLockedCopiedAndPasted()
    {
        open(QStringLiteral("whole"));
        QTRY_VERIFY(named<QSlider>(QStringLiteral("Code, direction 1")));
        const ControlValues before = model().values();
        menuEntry(QStringLiteral("Code"), QStringLiteral("New Draw"))->trigger();
        QVERIFY(model().values().at("z") != before.at("z"));
        QVERIFY(model().values().at("class") == before.at("class"));
        const ControlValues drawn = model().values();
        menuEntry(QStringLiteral("Code"), QStringLiteral("Copy"))->trigger();
        menuEntry(QStringLiteral("Code"), QStringLiteral("Reset"))->trigger();
        QVERIFY(model().values() == before);
        menuEntry(QStringLiteral("Code"), QStringLiteral("Paste"))->trigger();
        QVERIFY(model().values() == drawn);
        menuEntry(QStringLiteral("Code"), QStringLiteral("Lock"))->trigger();
        m_page->newBoth();
        QVERIFY(model().values().at("z") == drawn.at("z"));
        QVERIFY(!menuEntry(QStringLiteral("Code"), QStringLiteral("New Draw"))->isEnabled());
        QVERIFY(model().cell(1, 1, 4, 0, 0).at("z") == drawn.at("z"));  // in the sheet too
        menuEntry(QStringLiteral("Code"), QStringLiteral("Mean"))->trigger();  // by hand it can be moved
        const ControlValues average = model().values();
        for (const float number : average.at("z").numbers) QCOMPARE(number, 0.0f);
        // what is no code is refused
        const ControlValues now = model().values();
        for (const char* text : {"no code", R"({"kinora_code": 1, "control": "z", "value": {"numbers": [1, 2]}})"}) {
            QGuiApplication::clipboard()->setText(QLatin1String(text));
            menuEntry(QStringLiteral("Code"), QStringLiteral("Paste"))->trigger();
            QVERIFY(m_page->findChild<MessageBar*>()->isVisible());
            QVERIFY(model().values() == now);
        }
    }
};

QTEST_MAIN(TestLatentTools)
#include "tst_latent_tools.moc"
