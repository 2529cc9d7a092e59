#include <QSignalSpy>
#include <QtTest>
#include <csignal>

#include "widgets/controllers/latent_state.h"
#include "widgets/controllers/matrix_controller.h"
#include "widgets/controllers/preview_controller.h"
#include "window_test_support.h"

using namespace kinora;
using State = EngineClient::State;

class TestEngineClient final : public QObject {
    Q_OBJECT
    TestHome m_home;

    static GenerateRequest requestFor(const OpenedCheckpoint& opened, std::uint64_t seed)
    {
        GenerateRequest request;
        request.checkpoint = opened.handle;
        request.frames = opened.system.length.trained;
        request.clips = {LatentModel(opened.system, request.frames, {{ControlRole::Appearance, seed}, {ControlRole::Both, seed}}).values()};
        request.channel = "preview";
        return request;
    }
    static std::uint8_t expectedRed(const GenerateRequest& request)
    {
        return static_cast<std::uint8_t>(std::clamp(std::lround((static_cast<double>(request.clips[0].at("za").numbers[0]) + 2.0) * 63.75), 0L, 255L));
    }
    std::optional<OpenedCheckpoint> opened(EngineClient& engine, const QString& path)
    {
        std::optional<OpenedCheckpoint> result;
        bool answered = false;
        engine.open(path, this, [&](const Outcome<OpenedCheckpoint>& outcome) {
            answered = true;
            if (outcome) result = outcome.value();
        });
        (void)QTest::qWaitFor([&] { return answered; }, 10000);
        return result;
    }

    /// The small engine behind a link that delays everything; control() disturbs it.
    EngineCommand slowEngine(int delayMs)
    {
        control("");
        return {QStringLiteral(KINORA_TEST_LINK), {QString::number(delayMs), m_home.path(QStringLiteral("link")), QStringLiteral(KINORA_TEST_ENGINE)}, true};
    }
    void control(const QByteArray& word)
    {
        QFile file(m_home.path(QStringLiteral("link")));
        if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write %s", qPrintable(file.fileName()));
        file.write(word);
    }

private Q_SLOTS:
    void learnsWhatTheEngineIsAndRemembersItsCatalogue()
    {
        {
            EngineClient engine(testEngine());
            QVERIFY(engine.catalogue().empty());
            QSignalSpy changed(&engine, &EngineClient::catalogueChanged);
            engine.start();
            QVERIFY(changed.wait(10000));
            QCOMPARE(engine.state(), State::Ready);
            QCOMPARE(engine.info().device, QStringLiteral("cpu"));
            QVERIFY(engine.info().pid > 0);
            QVERIFY(engine.catalogue().system("split"));
        }
        // written in the background; the next client has it before any engine runs
        QTRY_VERIFY(!EngineClient(testEngine()).catalogue().empty());
    }

    void requestsMadeBeforeTheStartAreAnswered()
    {
        EngineClient engine(testEngine());
        std::optional<OpenedCheckpoint> got;
        engine.open(m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split")), this, [&](const Outcome<OpenedCheckpoint>& outcome) {
            if (outcome) got = outcome.value();
        });
        engine.start();
        QTRY_VERIFY(got.has_value());
        QCOMPARE(got->step, 100);
        QCOMPARE(got->system.controls.size(), std::size_t(2));
    }

    void generatesFromNumbersPicturesAndMaps()
    {
        EngineClient engine(testEngine());
        engine.start();
        const auto split = opened(engine, m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split")));
        QVERIFY(split);
        const GenerateRequest request = requestFor(*split, 5);
        std::optional<GeneratedClips> clips;
        engine.generate(request, this, [&](const Outcome<GeneratedClips>& outcome) {
            if (outcome) clips = outcome.value();
        });
        QTRY_VERIFY(clips.has_value());
        QCOMPARE(clips->clips.size(), std::size_t(1));
        QCOMPARE(clips->clips[0]->count(), 8);
        QCOMPARE(clips->clips[0]->bytes()[0], expectedRed(request));

        const auto pictures = opened(engine, m_home.checkpoint(QStringLiteral("c.safetensors"), QStringLiteral("pictures")));
        QVERIFY(pictures);
        GenerateRequest given;
        given.checkpoint = pictures->handle;
        given.frames = 8;
        ControlValues values;
        Frames image(1, 16, 16);
        image.bytes()[0] = 100;
        values["first"].frames = std::make_shared<const Frames>(image);
        values["past"].frames = std::make_shared<const Frames>(2, 16, 16);
        values["maps"].steps = 2;
        values["maps"].numbers.assign(2 * 2 * 4 * 4, 1.0f);
        given.clips = {values};
        std::optional<GeneratedClips> made;
        QString problem;
        engine.generate(given, this, [&](const Outcome<GeneratedClips>& outcome) {
            if (outcome)
                made = outcome.value();
            else
                problem = QString::fromUtf8(outcome.error().what());
        });
        QTRY_VERIFY2(made.has_value() || !problem.isEmpty(), "no answer");
        QVERIFY2(made.has_value(), qPrintable(problem));
        QCOMPARE(made->clips[0]->bytes()[0], std::uint8_t(100));
    }

    void aFailedRequestSaysWhyAndHarmsNoOther()
    {
        EngineClient engine(testEngine());
        engine.start();
        QString problem;
        ErrorCode code = ErrorCode::Internal;
        engine.open(m_home.path(QStringLiteral("none.safetensors")), this, [&](const Outcome<OpenedCheckpoint>& outcome) {
            code = outcome.error().code();
            problem = QString::fromUtf8(outcome.error().what());
        });
        QTRY_VERIFY(!problem.isEmpty());
        QCOMPARE(code, ErrorCode::NotFound);
        QVERIFY(problem.contains(QStringLiteral("none.safetensors")));
        QCOMPARE(engine.state(), State::Ready);
    }

    void newestWinsAndFewAreRendered()
    {
        EngineClient engine(testEngine());
        engine.start();
        const auto checkpoint = opened(engine, m_home.checkpoint(QStringLiteral("slow.safetensors"), QStringLiteral("split delay=100")));
        QVERIFY(checkpoint);
        PreviewController preview(engine);
        int shown = 0;
        std::uint8_t last = 0;
        connect(&preview, &PreviewController::clipReady, this, [&](const std::shared_ptr<const Frames>& clip, double, bool) {
            ++shown;
            last = clip->bytes()[0];
        });
        GenerateRequest request = requestFor(*checkpoint, 0);
        QElapsedTimer timer;
        timer.start();
        for (int tick = 0; tick < 200; ++tick) {
            request.clips[0]["za"].numbers[0] = static_cast<float>(tick) / 100.0f - 1.0f;
            preview.request(request);
            QTest::qWait(5);
        }
        QVERIFY(preview.busy());
        QTRY_VERIFY_WITH_TIMEOUT(!preview.busy(), 5000);
        QCOMPARE(last, expectedRed(request));
        const int atMost = static_cast<int>(timer.elapsed() / 100) + 2;
        QVERIFY2(shown > 2 && shown <= atMost, qPrintable(QString::number(shown)));
    }

    void aKilledEngineIsReplacedAndBackWhereItWas()
    {
        EngineClient engine(testEngine());
        engine.start();
        const auto checkpoint = opened(engine, m_home.checkpoint(QStringLiteral("slow.safetensors"), QStringLiteral("split delay=300")));
        QVERIFY(checkpoint);
        const qint64 first = engine.info().pid;
        const GenerateRequest request = requestFor(*checkpoint, 9);
        std::optional<GeneratedClips> clips;
        QString problem;
        engine.generate(request, this, [&](const Outcome<GeneratedClips>& outcome) {
            if (outcome)
                clips = outcome.value();
            else
                problem = QString::fromUtf8(outcome.error().what());
        });
        QTest::qWait(100);
        QSignalSpy states(&engine, &EngineClient::stateChanged);
        QCOMPARE(::kill(static_cast<pid_t>(first), SIGKILL), 0);
        QTRY_VERIFY_WITH_TIMEOUT(engine.state() == State::Lost || engine.state() == State::Starting, 5000);
        // the old handle is still good, and what was under way is answered
        QTRY_VERIFY_WITH_TIMEOUT(clips.has_value() || !problem.isEmpty(), 10000);
        QVERIFY2(clips.has_value(), qPrintable(problem));
        QCOMPARE(clips->clips[0]->bytes()[0], expectedRed(request));
        QCOMPARE(engine.state(), State::Ready);
        QVERIFY(engine.info().pid != first);
        QCOMPARE(engine.restarts(), 1);
    }

    void aRequestThatKillsEnginesIsGivenUp()
    {
        EngineClient engine(testEngine());
        engine.start();
        const auto checkpoint = opened(engine, m_home.checkpoint(QStringLiteral("slow.safetensors"), QStringLiteral("split delay=2000")));
        QVERIFY(checkpoint);
        std::optional<ErrorCode> code;
        engine.generate(requestFor(*checkpoint, 1), this, [&](const Outcome<GeneratedClips>& outcome) { code = outcome ? ErrorCode::Internal : outcome.error().code(); });
        for (int death = 0; death < 2; ++death) {
            QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Ready, 10000);
            QTest::qWait(300);  // until it is at work
            ::kill(static_cast<pid_t>(engine.info().pid), SIGKILL);
            QTRY_VERIFY_WITH_TIMEOUT(engine.state() != State::Ready, 5000);
        }
        QTRY_VERIFY_WITH_TIMEOUT(code.has_value(), 5000);
        QCOMPARE(*code, ErrorCode::EngineLost);
        QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Ready, 10000);  // the engine itself goes on
    }

    void quickDeathsStopAndRestartBegins()
    {
        qputenv("KINORA_TEST_ENGINE_DIES", "1");
        EngineClient engine(testEngine());
        QSignalSpy states(&engine, &EngineClient::stateChanged);
        engine.start();
        QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Failed, 20000);
        QVERIFY2(engine.problem().contains(QStringLiteral("the test wants this engine to die")), qPrintable(engine.problem()));
        std::optional<ErrorCode> code;
        engine.open(QStringLiteral("x"), this, [&](const Outcome<OpenedCheckpoint>& outcome) { code = outcome.error().code(); });
        QTRY_COMPARE(code.value_or(ErrorCode::Internal), ErrorCode::EngineLost);
        qunsetenv("KINORA_TEST_ENGINE_DIES");
        engine.restart();
        QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Ready, 10000);
    }

    void aProgramThatIsNotThereIsNamed()
    {
        EngineClient engine({QStringLiteral("/nowhere/kinora-engine"), {}});
        engine.start();
        QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Failed, 5000);
        QVERIFY(engine.problem().contains(QStringLiteral("/nowhere/kinora-engine")));
    }

    void anEngineThatTalksNonsenseIsNoEngine()
    {
        EngineClient engine({QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QStringLiteral("printf 'KNR1\\377\\377\\377\\377aaaaaaaaaaaaaaaaaaaaaaaaa'; sleep 5")}});
        engine.start();
        QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Failed, 20000);
    }

    void matricesComeInParts()
    {
        EngineClient engine(testEngine());
        engine.start();
        const auto checkpoint = opened(engine, m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split")));
        QVERIFY(checkpoint);
        MatrixController matrix(engine);
        GenerateRequest request = requestFor(*checkpoint, 0);
        const LatentModel model(checkpoint->system, 8, {});
        request.clips.clear();
        for (int cell = 0; cell < 6; ++cell) request.clips.push_back(model.cell(cell / 3, cell % 3, 3, 1, 2));
        std::vector<int> firsts;
        int clips = 0;
        connect(&matrix, &MatrixController::clipsReady, this, [&](int first, const std::vector<std::shared_ptr<const Frames>>& part) {
            firsts.push_back(first);
            clips += static_cast<int>(part.size());
        });
        matrix.request(request, 3);
        QVERIFY(matrix.busy());
        QTRY_VERIFY(!matrix.busy());
        QCOMPARE(firsts, (std::vector<int>{0, 3}));
        QCOMPARE(clips, 6);
    }

    void onlyChangedCellsAreAskedFor()
    {
        EngineClient engine(testEngine());
        engine.start();
        const auto checkpoint = opened(engine, m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split")));
        QVERIFY(checkpoint);
        MatrixController matrix(engine);
        GenerateRequest request = requestFor(*checkpoint, 0);
        const LatentModel model(checkpoint->system, 8, {});
        request.clips.clear();
        for (int cell = 0; cell < 12; ++cell) request.clips.push_back(model.cell(cell / 4, cell % 4, 4, 1, 2));
        std::vector<std::shared_ptr<const Frames>> shown(12);
        connect(&matrix, &MatrixController::clipsReady, this, [&](int first, const std::vector<std::shared_ptr<const Frames>>& part) { std::ranges::copy(part, shown.begin() + first); });
        matrix.request(request, 4);
        QTRY_VERIFY(!matrix.busy());
        const std::vector<std::shared_ptr<const Frames>> before = shown;
        const qint64 bytes = engine.bytesReceived(), clip = static_cast<qint64>(before[0]->bytes().size());
        // rows swapped: everything is known, nothing is sent
        std::swap_ranges(request.clips.begin(), request.clips.begin() + 4, request.clips.begin() + 4);
        shown.assign(12, nullptr);
        matrix.request(request, 4);
        QVERIFY(!matrix.busy());
        QCOMPARE(shown[0], before[4]);
        QCOMPARE(shown[5], before[1]);
        QCOMPARE(shown[11], before[11]);
        QCOMPARE(engine.bytesReceived(), bytes);
        // one cell edited: one clip is sent
        request.clips[6]["za"].numbers[0] += 0.5f;
        shown.assign(12, nullptr);
        matrix.request(request, 4);
        QVERIFY(matrix.busy());
        QTRY_VERIFY(!matrix.busy());
        QVERIFY(std::ranges::none_of(shown, [](const auto& one) { return one == nullptr; }));
        QVERIFY(!(*shown[6] == *before[2]));
        QVERIFY(engine.bytesReceived() - bytes >= clip && engine.bytesReceived() - bytes < 2 * clip);
        // another length: nothing is known
        request.frames = 16;
        shown.assign(12, nullptr);
        for (ControlValues& values : request.clips) values = LatentModel(checkpoint->system, 16, {}).values();
        matrix.request(request, 4);
        QTRY_VERIFY(!matrix.busy());
        QCOMPARE(shown[0]->count(), 16);
    }

    void framesTravelCompactlyOverALinkWithDelay()
    {
        EngineClient plain(testEngine());
        plain.start();
        EngineClient engine(slowEngine(50));
        engine.setSignsOfLife(100, 20000, 200);
        engine.start();
        const QString file = m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split"));
        const auto here = opened(plain, file), there = opened(engine, file);
        QVERIFY(here && there);
        QVERIFY(engine.remote() && engine.info().codings.contains(QStringLiteral("lossless-1")));
        QTRY_VERIFY2(engine.roundTripMs() >= 100 && engine.roundTripMs() < 400, qPrintable(QString::number(engine.roundTripMs())));
        const auto made = [&](EngineClient& client, GenerateRequest request) {
            std::optional<GeneratedClips> clips;
            client.generate(request, this, [&](const Outcome<GeneratedClips>& outcome) {
                if (outcome) clips = outcome.value();
            });
            (void)QTest::qWaitFor([&] { return clips.has_value(); }, 5000);
            return clips;
        };
        const auto direct = made(plain, requestFor(*here, 3));
        const qint64 before = engine.bytesReceived();
        const auto coded = made(engine, requestFor(*there, 3));
        QVERIFY(direct && coded);
        QVERIFY(coded->exact && *direct->clips[0] == *coded->clips[0]);
        const qint64 took = engine.bytesReceived() - before;
        QVERIFY2(took < static_cast<qint64>(coded->clips[0]->bytes().size()) / 2, qPrintable(QString::number(took)));
        QVERIFY(coded->roundTripMs >= 100);
        QVERIFY(engine.clipsPerSecond() > 0);
        // quick movements are met with previews, and then comes the exact clip
        PreviewController preview(engine);
        std::vector<bool> exact;
        std::shared_ptr<const Frames> last;
        connect(&preview, &PreviewController::clipReady, this, [&](const std::shared_ptr<const Frames>& clip, double, bool newest) {
            exact.push_back(newest);
            last = clip;
        });
        GenerateRequest request = requestFor(*there, 5);
        for (int tick = 0; tick < 40; ++tick) {
            request.clips[0]["za"].numbers[0] = static_cast<float>(tick) / 40.0f;
            preview.request(request);
            QTest::qWait(10);
        }
        QVERIFY(preview.busy());
        QTRY_VERIFY_WITH_TIMEOUT(!preview.busy(), 5000);
        QVERIFY(exact.size() >= 3 && exact.back() && !exact[exact.size() - 2]);
        QCOMPARE(last->bytes()[0], expectedRed(request));
    }

    void aCutLinkIsReportedRetriedAndLosesNothing()
    {
        EngineClient engine(slowEngine(50));
        engine.setSignsOfLife(5000, 20000, 200);
        engine.start();
        const auto checkpoint = opened(engine, m_home.checkpoint(QStringLiteral("slow.safetensors"), QStringLiteral("split delay=300")));
        QVERIFY(checkpoint);
        const GenerateRequest request = requestFor(*checkpoint, 9);
        std::optional<GeneratedClips> clips;
        QString problem;
        engine.generate(request, this, [&](const Outcome<GeneratedClips>& outcome) {
            if (outcome)
                clips = outcome.value();
            else
                problem = QString::fromUtf8(outcome.error().what());
        });
        QTest::qWait(150);
        control("cut");
        QTRY_VERIFY_WITH_TIMEOUT(engine.state() == State::Lost, 5000);
        QVERIFY2(engine.problem().contains(QStringLiteral("link")) && engine.problem().contains(QStringLiteral("closed by the remote host")), qPrintable(engine.problem()));
        // it stays cut for more tries than a local engine would get
        QTRY_VERIFY_WITH_TIMEOUT(engine.restarts() >= 5, 20000);
        QVERIFY(engine.state() != State::Failed);
        control("");
        QTRY_VERIFY_WITH_TIMEOUT(clips.has_value() || !problem.isEmpty(), 20000);
        QVERIFY2(clips.has_value(), qPrintable(problem));
        QCOMPARE(clips->clips[0]->bytes()[0], expectedRed(request));
        QCOMPARE(engine.state(), State::Ready);
    }

    void aSilentLinkIsCutAndTriedAgain()
    {
        EngineClient engine(slowEngine(5));
        engine.setSignsOfLife(100, 600, 200);
        engine.start();
        const auto checkpoint = opened(engine, m_home.checkpoint(QStringLiteral("a.safetensors"), QStringLiteral("split")));
        QVERIFY(checkpoint);
        QTest::qWait(1000);
        QCOMPARE(engine.restarts(), 0);  // an engine that is only idle gives signs of life
        control("silent");
        QTRY_VERIFY_WITH_TIMEOUT(engine.state() == State::Lost, 5000);
        QVERIFY2(engine.problem().contains(QStringLiteral("silent")), qPrintable(engine.problem()));
        control("");
        QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Ready, 10000);
        bool answered = false;
        engine.generate(requestFor(*checkpoint, 1), this, [&](const Outcome<GeneratedClips>& outcome) { answered = static_cast<bool>(outcome); });
        QTRY_VERIFY(answered);
    }

    void aLinkThatNeverWorkedIsGivenUp()
    {
        EngineClient engine(slowEngine(5));
        engine.setSignsOfLife(5000, 20000, 200);
        control("cut");
        engine.start();
        QTRY_COMPARE_WITH_TIMEOUT(engine.state(), State::Failed, 20000);
        QVERIFY2(engine.problem().contains(QStringLiteral("slow_link")), qPrintable(engine.problem()));
        control("");
    }

    void commandLinesAreSplitAsInAShell()
    {
        const EngineCommand command = EngineCommand::fromLine(QStringLiteral("ssh \"gpu host\" kinora serve --stdio"));
        QCOMPARE(command.program, QStringLiteral("ssh"));
        QCOMPARE(command.arguments, QStringList({QStringLiteral("gpu host"), QStringLiteral("kinora"), QStringLiteral("serve"), QStringLiteral("--stdio")}));
        QVERIFY(command.remote && !EngineCommand::fromLine(QString()).remote);
        QVERIFY(EngineCommand::fromLine(QString()).program.endsWith(QStringLiteral("kinora-engine")));
    }
};
QTEST_GUILESS_MAIN(TestEngineClient)
#include "tst_engine_client.moc"
