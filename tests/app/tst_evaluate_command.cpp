// `kinora evaluate` and the shipped judges through real processes: figures, their protocol, the renderer as a yardstick with a known leak, errors.
#include <torch/torch.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/engine/rendered_system.h"
#include "core/metrics/metric.h"
#include "core/metrics/swap_consistency.h"
#include "core/util/file.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
const QString kDemo = QStringLiteral(KINORA_SOURCE_DIR "/resources/demo/g3an_faces.safetensors");
const fs::path kJudges = fs::path(KINORA_SOURCE_DIR) / "resources/judges";

struct Result {
    int code = -1;
    QString out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out.toUtf8()).object(); }
    /// The lines that are no log lines.
    QStringList errors() const
    {
        QStringList lines;
        for (const QString& line : err.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
            if (!line.startsWith(QLatin1Char('['))) lines << line;
        return lines;
    }
};

Result engine(const QStringList& arguments)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("OMP_NUM_THREADS"), QStringLiteral("1"));
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(KINORA_BIN_DIR "/kinora-engine"), arguments);
    if (!process.waitForFinished(200000)) {
        process.kill();
        return {-1, {}, QStringLiteral("timed out")};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128, QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

QStringList words(const char* text) { return QString::fromLatin1(text).split(QLatin1Char(' ')).replaceInStrings(QStringLiteral("DEMO"), kDemo); }

QJsonObject metric(const Result& result, int index) { return result.json().value(QStringLiteral("metrics")).toArray().at(index).toObject(); }
double value(const QJsonObject& metric, const char* name)
{
    for (const QJsonValue& entry : metric.value(QStringLiteral("values")).toArray())
        if (entry.toObject().value(QStringLiteral("name")).toString() == QLatin1String(name)) return entry.toObject().value(QStringLiteral("value")).toDouble(std::nan(""));
    return std::nan("");
}
}  // namespace

class TestEvaluateCommand final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void listsTheMetrics();
    void measuresACheckpoint();
    void continuesGivenFrames();
    void realAgainstReal();
    void wrongUsage_data();
    void wrongUsage();
    void judgesAreShipped_data();
    void judgesAreShipped();
    void theDocumentationHasTheirScores();
    void theRendererIsTheYardstick_data();
    void theRendererIsTheYardstick();
    void aJudgeIsTrained();

private:
    QTemporaryDir m_dir;
};

void TestEvaluateCommand::listsTheMetrics()
{
    const Result table = engine(words("evaluate --list"));
    QCOMPARE(table.code, 0);
    for (const char* id : {"sample_diversity", "motion_energy", "frechet_pixels", "swap_consistency", "factor_variance", "best_of_n"}) QVERIFY2(table.out.contains(QLatin1String(id)), id);
    const Result json = engine(words("evaluate --list --json"));
    const QJsonArray metrics = json.json().value(QStringLiteral("metrics")).toArray();
    QCOMPARE(metrics.size(), 6);
    for (const QJsonValue& one : metrics) QVERIFY(!one.toObject().value(QStringLiteral("options")).toArray().isEmpty());
}

void TestEvaluateCommand::measuresACheckpoint()
{
    const QString csv = m_dir.filePath(QStringLiteral("figures.csv"));
    const QStringList arguments = words("evaluate --checkpoint DEMO --dataset builtin:faces?clips=64 --metrics sample_diversity,motion_energy,frechet_pixels --clips 16 --seed 3 "
                                        "--set sample_diversity.rows=2 --set sample_diversity.columns=2 --set frechet_pixels.grid=4 --device cpu --json --csv") << csv;
    const Result first = engine(arguments), again = engine(arguments);
    QVERIFY2(first.code == 0, qPrintable(first.err));
    QCOMPARE(first.json().value(QStringLiteral("metrics")).toArray().size(), 3);
    for (int i = 0; i < 3; ++i) {
        QJsonObject one = metric(first, i), two = metric(again, i);
        one.remove(QStringLiteral("seconds"));
        two.remove(QStringLiteral("seconds"));
        QCOMPARE(one, two);
        QCOMPARE(one.value(QStringLiteral("protocol_hash")).toString().size(), 12);
    }
    QVERIFY(value(metric(first, 0), "sample_diversity") > 0.01);
    QVERIFY(value(metric(first, 0), "motion") > 0);
    QVERIFY(value(metric(first, 1), "real") > 0);
    QVERIFY(value(metric(first, 2), "frechet_pixels") > 0);
    const QJsonObject protocol = metric(first, 2).value(QStringLiteral("protocol")).toObject();
    QCOMPARE(protocol.value(QStringLiteral("dimensions")).toInt(), 3 * 4 * 4 * 16);
    QCOMPARE(protocol.value(QStringLiteral("real")).toObject().value(QStringLiteral("lossless_source")).toString(), QStringLiteral("yes (rendered)"));
    QCOMPARE(metric(first, 0).value(QStringLiteral("subject")).toObject().value(QStringLiteral("checkpoint_sha256")).toString().toStdString(), sha256File(kDemo.toStdString()));
    QFile file(csv);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QVERIFY(lines.front().startsWith(QLatin1String("metric,value_name,value,low_95,high_95")));
    QVERIFY(lines.size() > 12);
    QVERIFY(lines[1].startsWith(QLatin1String("sample_diversity,sample_diversity,")));
    // another number of clips is another protocol
    const Result other = engine(words("evaluate --checkpoint DEMO --dataset builtin:faces?clips=64 --metrics motion_energy --clips 9 --seed 3 --device cpu --json"));
    QVERIFY(metric(other, 0).value(QStringLiteral("protocol_hash")) != metric(first, 1).value(QStringLiteral("protocol_hash")));
    QCOMPARE(value(metric(other, 0), "real") > 0, true);
}

void TestEvaluateCommand::continuesGivenFrames()
{
    const QString run = m_dir.filePath(QStringLiteral("svg")), csv = m_dir.filePath(QStringLiteral("curve.csv"));
    const QStringList train = words("train --system svg --dataset builtin:puppets?clips=12 --steps 1 --device cpu --set base_channels=2 --set g_dim=8 --set z_dim=3 --set rnn_size=8 --set n_past=3 --set n_future=3 --set batch_size=2 --run");
    QCOMPARE(engine(train + QStringList{run}).code, 0);
    const QStringList evaluate = QStringList{QStringLiteral("evaluate"), QStringLiteral("--checkpoint"), run + QStringLiteral("/checkpoints/step-00000001.safetensors"), QStringLiteral("--csv"), csv} +
                                 words("--dataset builtin:puppets?clips=12 --metrics best_of_n --clips 8 --frames 7 --device cpu --set samples=2 --set settings=temperature=2");
    const Result table = engine(evaluate), result = engine(evaluate + QStringList{QStringLiteral("--json")});
    QVERIFY2(table.code == 0 && result.code == 0, qPrintable(result.err));
    const QJsonObject curves = metric(result, 0).value(QStringLiteral("details")).toObject().value(QStringLiteral("curves")).toObject();
    QCOMPARE(curves.value(QStringLiteral("first_frame")).toInt(), 3);
    for (const char* name : {"psnr", "psnr_mean", "psnr_still", "ssim", "ssim_mean", "ssim_still"}) {
        QCOMPARE(curves.value(QLatin1String(name)).toArray().size(), 4);
        QVERIFY(table.out.contains(QLatin1String(name)));
    }
    QVERIFY(value(metric(result, 0), "best_of_n") >= value(metric(result, 0), "psnr_mean"));
    QVERIFY(value(metric(result, 0), "psnr_still") > value(metric(result, 0), "best_of_n"));  // one step of training predicts nothing
    QFile file(csv);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(file.readAll());
    for (const char* line : {"best_of_n,best_of_n,", "best_of_n,psnr@3,", "best_of_n,ssim_still@6,"}) QVERIFY2(text.contains(QLatin1String(line)), line);
    QVERIFY(!text.contains(QLatin1String("@7,")));
    // a setting that there is not is said before anything is computed
    const Result wrong = engine(evaluate + words("--set settings=mood=2"));
    QCOMPARE(wrong.code, 2);
    QVERIFY2(wrong.err.contains(QLatin1String("temperature")), qPrintable(wrong.err));
    // generating takes clips that are long enough, and says how long that is
    const QStringList generate{QStringLiteral("generate"), QStringLiteral("--checkpoint"), run + QStringLiteral("/checkpoints/step-00000001.safetensors"), QStringLiteral("--device"), QStringLiteral("cpu"),
                               QStringLiteral("-o"), m_dir.filePath(QStringLiteral("next.gif")), QStringLiteral("--condition")};
    const Result tooShort = engine(generate + QStringList{QStringLiteral("builtin:puppets?clips=4&frames=2")}), named = engine(generate + QStringList{QStringLiteral("builtin:puppets?clips=4&frames=2#1")});
    QCOMPARE(tooShort.code, 3);
    QVERIFY2(tooShort.err.contains(QLatin1String("no clip has the 3 frames that 'past' takes (the longest has 2)")), qPrintable(tooShort.err));
    QCOMPARE(named.code, 3);
    QVERIFY2(named.err.contains(QLatin1String("clip 1 (")) && named.err.contains(QLatin1String("has 2 of the 3 frames that 'past' takes")), qPrintable(named.err));
    QCOMPARE(engine(generate + QStringList{QStringLiteral("builtin:puppets?clips=4&frames=3#1")}).code, 0);
}

void TestEvaluateCommand::realAgainstReal()
{
    const Result same = engine(words("evaluate --against builtin:puppets?clips=128&size=32 --dataset builtin:puppets?clips=128&size=32 --metrics sample_diversity,motion_energy,frechet_pixels --clips 64 --json"));
    QVERIFY2(same.code == 0, qPrintable(same.err));
    QVERIFY2(std::abs(value(metric(same, 0), "ratio") - 1) < 0.1, qPrintable(QString::number(value(metric(same, 0), "ratio"))));
    QVERIFY2(value(metric(same, 1), "motion_energy") < 0.3, qPrintable(QString::number(value(metric(same, 1), "motion_energy"))));
    const Result other = engine(words("evaluate --against builtin:faces?clips=128&size=32 --dataset builtin:puppets?clips=128&size=32 --metrics frechet_pixels --clips 64 --json"));
    QVERIFY2(other.code == 0, qPrintable(other.err));
    QVERIFY(value(metric(other, 0), "frechet_pixels") > 3 * value(metric(same, 2), "frechet_pixels"));
}

void TestEvaluateCommand::wrongUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char* name, const char* arguments, int code, const char* mentions) { QTest::newRow(name) << words(arguments) << code << QString::fromLatin1(mentions); };
    row("nothing to measure", "evaluate --dataset builtin:faces", 2, "--checkpoint");
    row("two things to measure", "evaluate --checkpoint DEMO --against builtin:faces", 2, "--against");
    row("unknown metric", "evaluate --checkpoint DEMO --dataset builtin:faces --metrics motion_enrgy", 2, "did you mean 'motion_energy'");
    row("twice", "evaluate --checkpoint DEMO --dataset builtin:faces --metrics motion_energy,motion_energy", 2, "twice");
    row("no metric", "evaluate --checkpoint DEMO --dataset builtin:faces --metrics ,", 2, "--list");
    row("unknown option of a metric", "evaluate --checkpoint DEMO --dataset builtin:faces --metrics motion_energy --set motion_energy.clip=3", 2, "did you mean 'clips'");
    row("option of another metric", "evaluate --checkpoint DEMO --dataset builtin:faces --metrics motion_energy --set frechet_pixels.clips=3", 2, "none of the metrics");
    row("bare option of several", "evaluate --checkpoint DEMO --dataset builtin:faces --set clips=3", 2, "METRIC.KEY=VALUE");
    row("no dataset", "evaluate --checkpoint DEMO --metrics motion_energy", 2, "--dataset");
    row("unknown split", "evaluate --checkpoint DEMO --dataset builtin:faces?clips=20 --split test", 2, "test");
    row("too few clips", "evaluate --checkpoint DEMO --dataset builtin:faces?clips=10 --metrics frechet_pixels", 2, "too few");
    row("length", "evaluate --checkpoint DEMO --dataset builtin:faces?clips=10 --frames 17", 2, "nearest");
    row("missing checkpoint", "evaluate --checkpoint /nonexistent.safetensors --dataset builtin:faces?clips=10", 3, "nonexistent");
    row("missing dataset", "evaluate --checkpoint DEMO --dataset /nonexistent.h5", 3, "nonexistent");
    row("short clips", "evaluate --checkpoint DEMO --dataset builtin:faces?clips=10&frames=8", 3, "16 frames");
    row("given frames", "evaluate --checkpoint DEMO --dataset builtin:faces?clips=10 --metrics best_of_n", 2, "not given frames");
    row("given frames, after another", "evaluate --checkpoint DEMO --dataset builtin:faces?clips=40 --metrics sample_diversity,best_of_n --clips 4", 2, "not given frames");
    row("missing judge", "evaluate --checkpoint DEMO --metrics swap_consistency --set judge=/nonexistent.safetensors", 3, "nonexistent");
    row("judge that is a checkpoint", "evaluate --checkpoint DEMO --metrics swap_consistency --set judge=DEMO", 7, "no judge");
    row("judge with a system", "train --judge builtin:faces --system g3an --run /tmp/never", 2, "--judge");
    row("judge of a number that is too large", "train --judge builtin:faces?clips=10 --run /tmp/never", 2, "has 10 clips");
}

void TestEvaluateCommand::wrongUsage()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QString, mentions);
    const Result result = engine(arguments);
    QVERIFY2(result.code == code, qPrintable(QString::number(result.code) + result.err));
    QVERIFY2(result.err.contains(mentions), qPrintable(result.err));
    QVERIFY2(result.errors().size() == 1, qPrintable(result.err));
    QVERIFY2(result.out.isEmpty(), qPrintable(result.out));  // no head of a table that has no rows
    QVERIFY(!fs::exists("/tmp/never"));
}

void TestEvaluateCommand::judgesAreShipped_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("faces") << QStringLiteral("faces");
    QTest::newRow("puppets") << QStringLiteral("puppets");
}

void TestEvaluateCommand::judgesAreShipped()
{
    QFETCH(QString, name);
    const fs::path file = kJudges / (name.toStdString() + ".safetensors");
    QVERIFY(fs::file_size(file) <= 1000000);
    Judge judge(file);
    // the scores in the file are found again on people that it has never seen
    const SyntheticKind kind = name == QLatin1String("faces") ? SyntheticKind::Faces : SyntheticKind::Puppets;
    QCOMPARE(judge.factors().size(), syntheticLabels(kind).size());
    std::vector<Frames> clips;
    std::vector<std::vector<float>> truth;
    constexpr int kClips = 160;
    for (int i = 0; i < kClips; ++i) {
        const SyntheticFactors factors = syntheticFactors(kind, 31337, i);
        clips.push_back(renderSynthetic(kind, factors, 64, 16));
        truth.push_back(factors.appearance);
        truth.back().insert(truth.back().end(), factors.motion.begin(), factors.motion.end());
    }
    at::set_num_threads(1);
    const torch::Tensor read = judge.read(clips);
    int usable = 0;
    for (std::size_t k = 0; k < judge.factors().size(); ++k) {
        const JudgeFactor& factor = judge.factors()[k];
        usable += factor.skill() >= 0.5;
        double right = 0, error = 0, sum = 0, squares = 0;
        for (int i = 0; i < kClips; ++i) {
            const double wanted = truth[static_cast<std::size_t>(i)][k], found = read[i][static_cast<int64_t>(k)].item<double>();
            right += wanted == found;
            error += (wanted - found) * (wanted - found);
            sum += wanted;
            squares += wanted * wanted;
        }
        const double score = factor.categorical() ? right / kClips : 1 - error / (squares - sum * sum / kClips);
        QVERIFY2(std::abs(score - factor.score) < 0.15, qPrintable(QStringLiteral("%1: %2, its file says %3").arg(QString::fromStdString(factor.name)).arg(score).arg(factor.score)));
    }
    QVERIFY2(usable >= 10, qPrintable(QString::number(usable)));
}

void TestEvaluateCommand::theDocumentationHasTheirScores()
{
    const std::string text = readFile(KINORA_SOURCE_DIR "/docs/metrics.md");
    for (const char* name : {"faces", "puppets"}) {
        const fs::path file = kJudges / (std::string(name) + ".safetensors");
        const Judge judge(file);
        QVERIFY2(text.find(judge.sha256().substr(0, 12)) != std::string::npos, name);
        for (const JudgeFactor& factor : judge.factors()) {
            char row[160];
            if (factor.categorical())
                std::snprintf(row, sizeof row, "| `%s` | %s | %.1f %% (chance %.1f %%) | %.2f ", factor.name.c_str(), factor.role.c_str(), 100 * factor.score, 100 * factor.chance, factor.skill());
            else
                std::snprintf(row, sizeof row, "| `%s` | %s | R² %.3f | %.2f ", factor.name.c_str(), factor.role.c_str(), factor.score, factor.skill());
            QVERIFY2(text.find(row) != std::string::npos, row);
        }
    }
}

void TestEvaluateCommand::theRendererIsTheYardstick_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<double>("leaking");
    QTest::newRow("faces, none") << 0 << 0.0;
    QTest::newRow("faces, complete") << 0 << 1.0;
    QTest::newRow("puppets, none") << 1 << 0.0;
    QTest::newRow("puppets, complete") << 1 << 1.0;
}

void TestEvaluateCommand::theRendererIsTheYardstick()
{
    QFETCH(int, kind);
    QFETCH(double, leaking);
    app::RenderedSystem system(kind == 0 ? SyntheticKind::Faces : SyntheticKind::Puppets, 64, 16, leaking);
    MetricClips::Setup setup;
    setup.system = &system;
    MetricClips clips(setup);
    const fs::path judge = kJudges / (kind == 0 ? "faces.safetensors" : "puppets.safetensors");
    const auto metric = makeMetric("swap_consistency", {{"judge", judge.string()}, {"pairs", int64_t(32)}, {"resamples", int64_t(20)}});
    const MetricResult result = metric->measure(clips);
    const QByteArray shown = QByteArray::fromStdString(toJson(result).at("values").dump());
    // the puppets' judge reads less surely than the faces'
    QVERIFY2(std::abs(result.at("appearance_leak").value) < (kind == 0 ? 0.1 : 0.15), shown.constData());
    QVERIFY2(std::abs(result.at("motion_leak").value - leaking) < 0.12, shown.constData());
    if (leaking > 0) QVERIFY2(result.value() < 0.1, shown.constData());
    else QVERIFY2(result.value() > 0.85, shown.constData());
}

void TestEvaluateCommand::aJudgeIsTrained()
{
    const QString run = m_dir.filePath(QStringLiteral("judge"));
    const QStringList arguments = words("train --judge builtin:puppets --steps 4 --set training_clips=40 --set test_clips=30 --set batch=4 --json --run") << run;
    const Result result = engine(arguments);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    const Judge judge(fs::path(run.toStdString()) / "judge.safetensors");
    QCOMPARE(judge.factors().size(), syntheticLabels(SyntheticKind::Puppets).size());
    QVERIFY(QFile::exists(run + QStringLiteral("/judge.json")));
    QCOMPARE(result.json().value(QStringLiteral("sha256")).toString().toStdString(), judge.sha256());
    const Result taken = engine(arguments);
    QCOMPARE(taken.code, 3);
    QVERIFY(taken.err.contains(QLatin1String("no empty folder")));
}

QTEST_APPLESS_MAIN(TestEvaluateCommand)
#include "tst_evaluate_command.moc"
