// Studies without a window: the statistics against published examples, what a file keeps, and files that are none.
#include <QTemporaryDir>
#include <QtTest>
#include <set>
#include <thread>

#include "core/study/study.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/random.h"
#include "core/util/safetensors.h"

using namespace kinora;
namespace fs = std::filesystem;

class TestStudy final : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    int m_number = 0;

    fs::path newFile() { return fs::path(m_folder.path().toStdString()) / ("study" + std::to_string(++m_number) + ".study.json"); }
    static StudyDesign designOf(int systems, int clips)
    {
        StudyDesign design;
        design.question = "Which clip looks more realistic?";
        for (int i = 0; i < systems; ++i) design.systems.push_back("system " + std::to_string(i));
        design.clips = clips;
        design.seed = 7;
        return design;
    }
    static std::vector<Frames> clipsOf(const StudyDesign& design)
    {
        std::vector<Frames> clips;
        for (std::size_t i = 0; i < design.systems.size() * static_cast<std::size_t>(design.clips); ++i) {
            Frames clip(2, 4, 4);
            std::ranges::fill(clip.bytes(), static_cast<std::uint8_t>(i));
            clips.push_back(clip);
        }
        return clips;
    }
    static Study made(const fs::path& file, const StudyDesign& design) { return Study::create(file, design, clipsOf(design)); }
    static StudyAnswer answer(const StudyTrial& trial, Preference preference) { return {trial, preference, 1.5, 2}; }
    static ErrorCode codeOf(const std::function<void()>& work)
    {
        try {
            work();
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    }

private Q_SLOTS:
    void wilsonAgreesWithTheRecordedCase()
    {
        const safetensors::File file(fs::path(KINORA_TEST_DATA) / "metrics_video.safetensors");
        const auto* counts = reinterpret_cast<const std::int64_t*>(file.at("in/preference_wins_ties_total").bytes.data());
        const auto* rate = reinterpret_cast<const double*>(file.at("out/preference_rate").bytes.data());
        const auto* interval = reinterpret_cast<const double*>(file.at("out/preference_wilson95").bytes.data());
        const double preferred = static_cast<double>(counts[0]) + 0.5 * static_cast<double>(counts[1]), total = static_cast<double>(counts[2]);
        QVERIFY(std::fabs(preferred / total - *rate) < 1e-12);
        const Interval found = wilson(preferred, total);
        QVERIFY(std::fabs(found.low - interval[0]) < 1e-6 && std::fabs(found.high - interval[1]) < 1e-6);
        QVERIFY(wilson(0, 10).low < 1e-12 && wilson(10, 10).high > 1 - 1e-12);
        QCOMPARE(wilson(0, 0).high, 1.0);
    }

    void binomialAndStrengthsAgreeWithPublishedNumbers()
    {
        QVERIFY(std::fabs(binomialTest(8, 2) - 0.109375) < 1e-12);  // 2 (1 + 10 + 45) / 1024
        QCOMPARE(binomialTest(5, 5), 1.0);
        QCOMPARE(binomialTest(0, 0), 1.0);
        QVERIFY(binomialTest(1000, 500) < 1e-30 && binomialTest(1000, 500) > 0);
        // four players; strengths by their geometric mean 0.640, 1.043, 0.660, 2.270
        const auto strengths = bradleyTerry({{0, 2, 0, 1}, {3, 0, 5, 0}, {0, 3, 0, 1}, {4, 0, 3, 0}});
        QCOMPARE(strengths.size(), std::size_t(4));
        QVERIFY(std::fabs(strengths[1] / strengths[0] - 1.043 / 0.640) < 3e-3);
        QVERIFY(std::fabs(strengths[3] / strengths[2] - 2.270 / 0.660) < 3e-3);
        QVERIFY(bradleyTerry({{0, 3}, {0, 0}}).empty());  // one never won: its strength has no estimate
    }

    void agreementAgreesWithPublishedExamples()
    {
        // Fleiss 1971's kind of table: 10 units, 14 raters, 5 categories, kappa 0.210
        const int table[10][5] = {{0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1}, {7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}};
        Ratings ratings;
        for (const auto& row : table) {
            ratings.emplace_back();
            for (int category = 0; category < 5; ++category) ratings.back().insert(ratings.back().end(), static_cast<std::size_t>(row[category]), category);
        }
        QVERIFY(std::fabs(fleissKappa(ratings, 5).value() - 0.210) < 5e-4);
        // Krippendorff: three observers, 15 units, missing values; nominal alpha 0.691
        const Ratings missing = {{0}, {}, {1, 1}, {0, 0}, {2, 2}, {2, 2, 3}, {3, 3, 3}, {0, 2}, {1, 1}, {0, 0}, {0, 0}, {2, 2}, {2, 2}, {}, {2, 3}};
        QVERIFY(std::fabs(krippendorffAlpha(missing, 4).value() - 0.691) < 5e-4);
        QVERIFY(!fleissKappa(missing, 4));  // raters differ in number
        QVERIFY(!krippendorffAlpha({{0}, {1}}, 3) && !krippendorffAlpha({{1, 1}, {1, 1}}, 3) && !fleissKappa({{1, 1}}, 3));
        QCOMPARE(krippendorffAlpha({{0, 0}, {1, 1}}, 2).value(), 1.0);
    }

    void ordersAndSidesAreBalancedAndBelongToTheRater()
    {
        StudyDesign design = designOf(3, 20);
        design.repeats = 12;
        const Study study = made(newFile(), design);
        const auto trials = study.trials("anna");
        QCOMPARE(static_cast<int>(trials.size()), design.trials());
        QCOMPARE(design.trials(), 3 * 20 + 12);
        std::set<std::tuple<int, int, int>> questions;
        std::map<std::pair<int, int>, int> left;
        std::map<std::tuple<int, int, int>, std::pair<std::size_t, bool>> seen;
        for (std::size_t i = 0; i < trials.size(); ++i) {
            const StudyTrial& trial = trials[i];
            const std::tuple key(trial.first, trial.second, trial.item);
            if (trial.repeat) {
                QVERIFY2(seen.contains(key), "a repeat came before its question");
                QVERIFY(seen[key].second != trial.firstOnLeft);
                continue;
            }
            QVERIFY(questions.insert(key).second);
            seen[key] = {i, trial.firstOnLeft};
            left[{trial.first, trial.second}] += trial.firstOnLeft;
        }
        QCOMPARE(questions.size(), std::size_t(60));
        for (const auto& [pair, count] : left) QCOMPARE(count, 10);
        const auto again = study.trials(" anna ");
        QVERIFY(std::ranges::equal(trials, again, [](const StudyTrial& a, const StudyTrial& b) { return a.sameQuestion(b) && a.firstOnLeft == b.firstOnLeft; }));
        QVERIFY(!std::ranges::equal(trials, study.trials("ben"), [](const StudyTrial& a, const StudyTrial& b) { return a.sameQuestion(b); }));
    }

    void everyAnswerIsOnTheDiskAndAStudyGoesOnWhereItWasLeft()
    {
        const fs::path file = newFile();
        {
            Study study = made(file, designOf(2, 5));
            QCOMPARE(study.next("r"), 0);
            const auto trials = study.trials("r");
            for (int i = 0; i < 3; ++i) study.record("r", answer(trials[static_cast<std::size_t>(i)], Preference::First));
            QCOMPARE(study.takeBack("r").value(), 2);
            QCOMPARE(study.next("r"), 2);
        }
        Study again = Study::open(file);
        QCOMPARE(again.next("r"), 2);
        QCOMPARE(again.answers("r").size(), std::size_t(2));
        QCOMPARE(again.answers("r")[0].plays, 2);
        QCOMPARE(again.clip(1, 3).bytes()[0], std::uint8_t(8));
        const auto trials = again.trials("r");
        for (int i = 2; i < 5; ++i) again.record("r", answer(trials[static_cast<std::size_t>(i)], Preference::Second));
        QCOMPARE(again.next("r"), 5);
        again.record("r", answer(trials[0], Preference::Tie));  // another answer replaces the first
        QCOMPARE(again.answers("r").size(), std::size_t(5));
        QVERIFY(!fs::exists(file.string() + ".lock"));
    }

    void severalWindowsRecordIntoOneFile()
    {
        const fs::path file = newFile();
        const StudyDesign design = designOf(2, 6);
        made(file, design);
        std::vector<std::jthread> windows;
        std::atomic<int> failed = 0;
        for (const std::string name : {"a", "b", "c"})
            windows.emplace_back([&, name] {
                const auto done = attempt([&] {
                    Study study = Study::open(file);
                    for (const StudyTrial& trial : study.trials(name)) study.record(name, answer(trial, Preference::First));
                    return true;
                });
                if (!done) ++failed;
            });
        windows.clear();
        QCOMPARE(failed.load(), 0);
        const Study all = Study::open(file);
        QCOMPARE(all.raters().size(), std::size_t(3));
        QCOMPARE(all.results().pairs[0].wins, 18);
        QCOMPARE(all.results().alpha.has_value(), false);  // everybody always said the same: chance cannot be told from agreement
    }

    void resultsOfAScriptedRater()
    {
        // three raters with known habits: the first system wins 12, loses 4, ties 2
        StudyDesign design = designOf(2, 6);
        design.repeats = 4;
        design.systems = {"G3AN, ours & theirs", "MoCoGAN_2"};
        Study study = made(newFile(), design);
        for (const std::string rater : {"a", "b", "c"})
            for (const StudyTrial& trial : study.trials(rater)) {
                Preference preference = trial.item < 4 ? Preference::First : Preference::Second;  // 12 : 6
                if (rater == "a" && trial.item >= 4) preference = Preference::Tie;                // 12 : 4 : 2
                if (rater == "b" && trial.repeat) preference = Preference::Tie;                   // never what b said before
                study.record(rater, answer(trial, preference));
            }
        const StudyResults results = study.results();
        QCOMPARE(results.pairs.size(), std::size_t(1));
        QCOMPARE(results.pairs[0].wins, 12);
        QCOMPARE(results.pairs[0].losses, 4);
        QCOMPARE(results.pairs[0].ties, 2);
        QVERIFY(std::fabs(results.pairs[0].share - 13.0 / 18) < 1e-12);
        QVERIFY(std::fabs(results.pairs[0].p - 0.076812744140625) < 1e-9);  // exact, 16 decided
        QCOMPARE(results.units, 6);
        // four units agree, two are (tie, second, second): P = (4 + 2/3) / 6, chance = (12² + 4² + 2²) / 18²
        const double observed = (4 + 2.0 / 3) / 6, chance = (144.0 + 16 + 4) / 324;
        QVERIFY(std::fabs(results.fleiss.value() - (observed - chance) / (1 - chance)) < 1e-12);
        QVERIFY(results.alpha.value() > results.fleiss.value());
        QCOMPARE(results.raters[0].repeats, 4);
        QCOMPARE(results.raters[0].steady, 4);
        QCOMPARE(results.raters[1].steady, 0);
        QCOMPARE(results.raters[2].answered, 10);
        const std::string csv = study.resultsCsv(), latex = study.resultsLatex();
        QVERIFY2(csv.find("\"G3AN, ours & theirs\",MoCoGAN_2,18,12,2,4,72.2222,") != std::string::npos, csv.c_str());
        QVERIFY2(latex.find("G3AN, ours \\& theirs & MoCoGAN\\_2 & 18 & 12 & 2 & 4 & 72.2 [") != std::string::npos && latex.find("\\toprule") != std::string::npos, latex.c_str());
        const std::string answers = study.answersCsv();
        QCOMPARE(std::ranges::count(answers, '\n'), 31);
    }

    void copiesAreMerged()
    {
        const fs::path file = newFile();
        Study ours = made(file, designOf(2, 4));
        const fs::path copy = newFile();
        fs::copy_file(file, copy);
        fs::copy_file(studyClipFile(file), studyClipFile(copy));
        Study theirs = Study::open(copy);
        ours.record("a", answer(ours.trials("a")[0], Preference::First));
        theirs.record("a", answer(theirs.trials("a")[0], Preference::Second));  // the same question: ours stays
        for (const StudyTrial& trial : theirs.trials("b")) theirs.record("b", answer(trial, Preference::Second));
        QCOMPARE(ours.merge(copy), 4);
        QCOMPARE(ours.merge(copy), 0);
        QCOMPARE(ours.results().pairs[0].wins, 1);
        QCOMPARE(ours.results().pairs[0].losses, 4);
        Study other = made(newFile(), designOf(2, 3));
        QCOMPARE(codeOf([&] { ours.merge(other.file()); }), ErrorCode::Incompatible);
    }

    void wrongDesignsAndAnswersAreRefused()
    {
        const auto refusedAs = [&](StudyDesign design) { return codeOf([&] { made(newFile(), design); }); };
        StudyDesign design = designOf(1, 3);
        QCOMPARE(refusedAs(design), ErrorCode::Usage);
        QCOMPARE(refusedAs(designOf(9, 3)), ErrorCode::Usage);
        design = designOf(2, 3);
        design.systems[1] = design.systems[0];
        QCOMPARE(refusedAs(design), ErrorCode::Usage);
        design = designOf(2, 3);
        design.question = "  ";
        QCOMPARE(refusedAs(design), ErrorCode::Usage);
        design = designOf(2, 3);
        design.repeats = 4;
        QCOMPARE(refusedAs(design), ErrorCode::Usage);
        design = designOf(2, 3);
        auto clips = clipsOf(design);
        clips.pop_back();
        QCOMPARE(codeOf([&] { Study::create(newFile(), design, clips); }), ErrorCode::ShapeMismatch);
        clips.emplace_back(3, 4, 4);
        QCOMPARE(codeOf([&] { Study::create(newFile(), design, clips); }), ErrorCode::ShapeMismatch);

        const fs::path file = newFile();
        design.ties = false;
        Study study = made(file, design);
        QCOMPARE(codeOf([&] { made(file, design); }), ErrorCode::CannotWrite);
        StudyTrial trial = study.trials("a")[0];
        QCOMPARE(codeOf([&] { study.record("a", answer(trial, Preference::Tie)); }), ErrorCode::Usage);
        trial.firstOnLeft = !trial.firstOnLeft;
        QCOMPARE(codeOf([&] { study.record("a", answer(trial, Preference::First)); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { study.addRater("\n"); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { study.addRater(std::string(65, 'x')); }), ErrorCode::Usage);
        QCOMPARE(Study::open(file).raters().size(), std::size_t(0));
    }

    void damagedFilesAreRefused_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<int>("code");
        const int damaged = static_cast<int>(ErrorCode::Damaged), incompatible = static_cast<int>(ErrorCode::Incompatible);
        QTest::newRow("torn") << "\"raters\"" << "" << damaged;
        QTest::newRow("another format") << "\"kinora_study\": 1" << "\"kinora_study\": 2" << incompatible;
        QTest::newRow("no study") << "kinora_study" << "something" << damaged;
        QTest::newRow("another question") << "realistic" << "beautiful" << damaged;
        QTest::newRow("clips of another study") << "\"clips_sha256\": \"" << "\"clips_sha256\": \"0" << damaged;
        QTest::newRow("a pair that is none") << "\"second\": 1" << "\"second\": 7" << damaged;
        QTest::newRow("an answer that is none") << "\"answer\": \"first\"" << "\"answer\": \"maybe\"" << damaged;
        QTest::newRow("a text for a number") << "\"plays\": 2" << "\"plays\": \"2\"" << damaged;
        QTest::newRow("a rater without a name") << "\"name\": \"r\"" << "\"name\": \"\"" << damaged;
    }
    void damagedFilesAreRefused()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(int, code);
        const fs::path file = newFile();
        Study study = made(file, designOf(2, 2));
        study.record("r", answer(study.trials("r")[0], Preference::First));
        QString text = QString::fromStdString(readFile(file));
        QVERIFY(text.contains(from));
        if (to.isEmpty())
            text.truncate(text.indexOf(from));
        else
            text.replace(from, to);
        writeFile(file, text.toStdString());
        QCOMPARE(static_cast<int>(codeOf([&] { Study::open(file); })), code);
        QCOMPARE(static_cast<int>(codeOf([&] { study.record("r", answer(study.trials("r")[1], Preference::First)); })), code);
        QCOMPARE(QString::fromStdString(readFile(file)), text);  // what is not understood is not written over
    }

    void missingOrForeignClipsAreRefused()
    {
        const fs::path file = newFile();
        made(file, designOf(2, 2));
        const fs::path other = newFile();
        made(other, designOf(2, 3));
        fs::copy_file(studyClipFile(other), studyClipFile(file), fs::copy_options::overwrite_existing);
        QCOMPARE(codeOf([&] { Study::open(file); }), ErrorCode::Incompatible);
        fs::remove(studyClipFile(file));
        QCOMPARE(codeOf([&] { Study::open(file); }), ErrorCode::NotFound);
        writeFile(file, std::string(100000, '['));
        QCOMPARE(codeOf([&] { Study::open(file); }), ErrorCode::Damaged);
    }
};
QTEST_APPLESS_MAIN(TestStudy)
#include "tst_study.moc"
