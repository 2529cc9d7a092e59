#include <QTest>
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <set>
#include <thread>
#include <vector>

#include "core/util/error.h"
#include "datasets/synthetic/synthetic.h"

using namespace kinora;

namespace {
const std::array kKinds = {SyntheticKind::Faces, SyntheticKind::Puppets};
const char* nameOf(SyntheticKind kind) { return kind == SyntheticKind::Faces ? "builtin:faces" : "builtin:puppets"; }

std::size_t columnOf(const std::vector<LabelColumn>& columns, const std::string& name)
{
    const auto found = std::ranges::find(columns, name, &LabelColumn::name);
    if (found == columns.end()) throw std::runtime_error("no column " + name);
    return static_cast<std::size_t>(found - columns.begin());
}

/// One frame as a grey picture in [0, 1].
cv::Mat grey(const Frames& clip, int t)
{
    cv::Mat out;
    cv::cvtColor(cv::Mat(clip.height(), clip.width(), CV_8UC3, const_cast<std::uint8_t*>(clip.frame(t))), out, cv::COLOR_RGB2GRAY);
    out.convertTo(out, CV_32F, 1.0 / 255);
    return out;
}

cv::Mat asRow(const cv::Mat& picture)
{
    cv::Mat row = picture.clone().reshape(1, 1);
    return row / std::max(cv::norm(row), 1e-6);
}

/// What the face did between rest and apex: the difference of two frames, without its size.
cv::Mat faceMotion(const ClipSource& source, std::int64_t index)
{
    const Frames clip = source.frames(index, {0, 2, 6});
    cv::Mat small;
    cv::resize(grey(clip, 1) - grey(clip, 0), small, {32, 32}, 0, 0, cv::INTER_AREA);
    return asRow(small);
}

/// Where and how much a body moved: pictures of the mean change between neighbouring frames, centred on the mover, for both directions alike.
cv::Mat bodyMotion(const ClipSource& source, std::int64_t index)
{
    const Frames clip = source.frames(index, {});
    cv::Mat mean = cv::Mat::zeros(16, 16, CV_32F), strongest = mean.clone(), previous = grey(clip, 0);
    for (int t = 1; t < clip.count(); ++t) {
        const cv::Mat now = grey(clip, t);
        cv::Mat change = cv::abs(now - previous), centred, small;
        previous = now;
        const cv::Moments m = cv::moments(change);
        const float shift = m.m00 > 1e-3 ? static_cast<float>(31.5 - m.m10 / m.m00) : 0;
        cv::warpAffine(change, centred, cv::Matx23f(1, 0, shift, 0, 1, 0), change.size());
        cv::resize(centred, small, {16, 16}, 0, 0, cv::INTER_AREA);
        mean += small;
        strongest = cv::max(strongest, small);
    }
    cv::Mat features;
    for (const cv::Mat& picture : {mean, strongest}) {
        cv::Mat mirrored, row = picture + 0;
        cv::flip(picture, mirrored, 1);
        features = features.empty() ? asRow(row + mirrored) : (cv::hconcat(features, asRow(row + mirrored), features), features);
    }
    return features;
}

/// Ridge regression onto one-hot classes: linear, so that only what lies plainly in the features can be found.
class LinearClassifier {
public:
    LinearClassifier(const cv::Mat& features, const std::vector<int>& classes, int count)
    {
        const cv::Mat x = padded(features);
        cv::Mat wanted = cv::Mat::zeros(x.rows, count, CV_32F);
        for (int i = 0; i < x.rows; ++i) wanted.at<float>(i, classes[static_cast<std::size_t>(i)]) = 1;
        cv::Mat square;
        cv::mulTransposed(x, square, true);
        square += cv::Mat::eye(square.size(), CV_32F) * 0.05;
        cv::solve(square, x.t() * wanted, m_weights, cv::DECOMP_CHOLESKY);
    }
    int classOf(const cv::Mat& row) const
    {
        const cv::Mat scores = padded(row) * m_weights;
        cv::Point best;
        cv::minMaxLoc(scores, nullptr, nullptr, nullptr, &best);
        return best.x;
    }

private:
    static cv::Mat padded(const cv::Mat& features)
    {
        cv::Mat out;
        cv::hconcat(features, cv::Mat::ones(features.rows, 1, CV_32F), out);
        return out;
    }
    cv::Mat m_weights;
};

double correlation(const std::vector<double>& a, const std::vector<double>& b)
{
    const auto n = static_cast<double>(a.size());
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sa += a[i], sb += b[i], saa += a[i] * a[i], sbb += b[i] * b[i], sab += a[i] * b[i];
    return (sab - sa * sb / n) / std::sqrt((saa - sa * sa / n) * (sbb - sb * sb / n));
}
}  // namespace

class TestSynthetic final : public QObject {
    Q_OBJECT
private:
    static void addKinds()
    {
        QTest::addColumn<SyntheticKind>("kind");
        for (const SyntheticKind kind : kKinds) QTest::newRow(nameOf(kind)) << kind;
    }
    /// The message of the usage error that opening this text raises.
    static std::string refusal(const std::string& name)
    {
        try {
            openSynthetic(name);
        } catch (const Error& error) {
            return (error.code() == ErrorCode::Usage ? "" : "not a usage error: ") + std::string(error.what());
        }
        return "accepted";
    }

private Q_SLOTS:
    void opensByName()
    {
        QVERIFY(isSynthetic("builtin:faces?size=32"));
        QVERIFY(isSynthetic("builtin:nonsense"));
        QVERIFY(!isSynthetic("/data/faces.h5"));
        const auto source = openSynthetic("builtin:faces");
        QCOMPARE(source->size(), 2048);
        QCOMPARE(source->name(), std::string("builtin:faces"));
        const ClipInfo info = source->info(7);
        QCOMPARE(info.frames, 16);
        QCOMPARE(info.width, 64);
        QCOMPARE(info.height, 64);
        QCOMPARE(info.frameRateHz, 10.0);
        const auto other = openSynthetic("builtin:puppets?size=40&frames=5&clips=3&seed=9223372036854775807");
        QCOMPARE(other->size(), 3);
        const Frames clip = other->frames(2);
        QCOMPARE(clip.count(), 5);
        QCOMPARE(clip.height(), 40);
        QCOMPARE(clip.width(), 40);
    }

    void refusesWrongNames_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("words");
        QTest::newRow("dataset") << "builtin:face"
                                 << "did you mean 'builtin:faces'";
        QTest::newRow("far dataset") << "builtin:xyzzyqqqq"
                                     << "known: builtin:faces, builtin:puppets";
        QTest::newRow("key") << "builtin:faces?frame=16"
                             << "did you mean 'frames'";
        QTest::newRow("far key") << "builtin:faces?wibble=16"
                                 << "known: size, frames, clips, seed";
        QTest::newRow("too small") << "builtin:faces?size=15"
                                   << "16 to 512";
        QTest::newRow("too large") << "builtin:faces?size=513"
                                   << "16 to 512";
        QTest::newRow("no frames") << "builtin:puppets?frames=0"
                                   << "1 to 512";
        QTest::newRow("too many clips") << "builtin:faces?clips=10000001"
                                        << "clips: '10000001' is not allowed";
        QTest::newRow("negative seed") << "builtin:faces?seed=-1"
                                       << "'-1' is not allowed";
        QTest::newRow("huge seed") << "builtin:faces?seed=9223372036854775808"
                                   << "'9223372036854775808' is not allowed";
        QTest::newRow("no number") << "builtin:faces?size=big"
                                   << "'big' is not allowed";
        QTest::newRow("no value") << "builtin:faces?size"
                                  << "key=value";
        QTest::newRow("empty value") << "builtin:faces?size="
                                     << "size";
        QTest::newRow("nothing") << "builtin:faces?"
                                 << "key=value";
        QTest::newRow("twice") << "builtin:faces?size=32&size=64"
                               << "given twice";
    }
    void refusesWrongNames()
    {
        QFETCH(QString, name);
        QFETCH(QString, words);
        const QString message = QString::fromStdString(refusal(name.toStdString()));
        QVERIFY2(message.contains(words), qPrintable(message));
        QVERIFY2(message.startsWith("builtin:"), qPrintable(message));
        QVERIFY(!message.contains('\n'));
    }

    void refusesClipsAndFactorsThatAreNotThere()
    {
        const auto source = openSynthetic("builtin:faces?clips=4");
        for (const std::int64_t index : {std::int64_t(-1), std::int64_t(4)}) {
            QVERIFY_EXCEPTION_THROWN(source->info(index), Error);
            QVERIFY_EXCEPTION_THROWN(source->frames(index), Error);
        }
        QVERIFY_EXCEPTION_THROWN(source->frames(0, {0, 17, 1}), Error);
        SyntheticFactors factors = syntheticFactors(SyntheticKind::Faces, 0, 0);
        std::swap(factors.appearance, factors.motion);
        QVERIFY_EXCEPTION_THROWN(renderSynthetic(SyntheticKind::Faces, factors, 32, 2), Error);
        for (const float wrong : {-1.0F, 0.5F, 6.0F, std::nanf("")}) {
            factors = syntheticFactors(SyntheticKind::Faces, 0, 0);
            factors.motion[0] = wrong;  // the expression
            QVERIFY_EXCEPTION_THROWN(renderSynthetic(SyntheticKind::Faces, factors, 32, 2), Error);
        }
    }

    void describesItself()
    {
        const auto all = describeSynthetic();
        QCOMPARE(all.size(), kKinds.size());
        for (const DatasetDescription& one : all) {
            QVERIFY(one.builtin);
            QCOMPARE(one.options.size(), 4);
            std::string name = one.id;
            for (const OptionField& field : one.options) name += (name == one.id ? "?" : "&") + field.key + "=" + optionText(field.fallback);
            QCOMPARE(openSynthetic(name)->frames(1), openSynthetic(one.id)->frames(1));  // the described defaults are the defaults
        }
    }

    void everyFactorIsALabel_data() { addKinds(); }
    void everyFactorIsALabel()
    {
        QFETCH(SyntheticKind, kind);
        const auto source = openSynthetic(std::string(nameOf(kind)) + "?seed=3&size=32&clips=300");
        const auto& columns = source->labelColumns();
        QCOMPARE(columns, syntheticLabels(kind));
        std::set<std::string> names;
        std::vector<std::set<float>> seen(columns.size());
        std::size_t appearance = 0;
        for (const LabelColumn& column : columns) {
            QVERIFY(column.role == "appearance" || column.role == "motion");
            appearance += column.role == "appearance";
            names.insert(column.name);
        }
        QCOMPARE(names.size(), columns.size());
        QVERIFY(appearance >= 8);
        for (std::int64_t i = 0; i < source->size(); ++i) {
            const std::vector<float> labels = source->info(i).labels;
            QCOMPARE(labels.size(), columns.size());
            for (std::size_t c = 0; c < columns.size(); ++c) {
                seen[c].insert(labels[c]);
                if (columns[c].categorical()) {
                    QVERIFY(labels[c] >= 0 && labels[c] < static_cast<float>(columns[c].categories.size()) && labels[c] == std::floor(labels[c]));
                } else {
                    QVERIFY(labels[c] >= -1 && labels[c] <= 1);
                }
            }
        }
        for (std::size_t c = 0; c < columns.size(); ++c) {
            if (columns[c].categorical())
                QCOMPARE(seen[c].size(), columns[c].categories.size());  // every category occurs
            else
                QVERIFY(*seen[c].rbegin() > 0.95F && (*seen[c].begin() < -0.95F || (*seen[c].begin() >= 0 && *seen[c].begin() < 0.05F)));
        }
        // the labels say all there is to know
        const std::vector<float> labels = source->info(5).labels;
        const auto middle = labels.begin() + static_cast<std::ptrdiff_t>(appearance);
        QCOMPARE(renderSynthetic(kind, {{labels.begin(), middle}, {middle, labels.end()}}, 32, 16), source->frames(5));
    }

    void everyFactorIsSeen_data() { addKinds(); }
    void everyFactorIsSeen()
    {
        QFETCH(SyntheticKind, kind);
        const auto& columns = syntheticLabels(kind);
        for (std::size_t c = 0; c < columns.size(); ++c) {
            SyntheticFactors factors = syntheticFactors(kind, 21, 0);
            if (kind == SyntheticKind::Faces)
                factors.appearance[columnOf(columns, "hair_style")] = 0;
            else
                factors.motion[0] = 0;  // a walk; jacks look alike from both sides
            const bool motion = c >= factors.appearance.size();
            float& value = motion ? factors.motion[c - factors.appearance.size()] : factors.appearance[c];
            value = 0;
            const Frames low = renderSynthetic(kind, factors, 64, 16);
            value = columns[c].categorical() ? 1.0F : 0.5F;  // a phase of 1 is one of 0 again
            const Frames high = renderSynthetic(kind, factors, 64, 16);
            QVERIFY2(low != high, columns[c].name.c_str());
            if (kind == SyntheticKind::Faces)  // at rest a face shows its appearance alone
                QVERIFY2((std::equal(low.frame(0), low.frame(1), high.frame(0))) == motion, columns[c].name.c_str());
        }
    }

    void factorsAreIndependent_data() { addKinds(); }
    void factorsAreIndependent()
    {
        QFETCH(SyntheticKind, kind);
        constexpr int kClips = 4000;
        std::vector<std::vector<double>> values(syntheticLabels(kind).size());
        for (int i = 0; i < kClips; ++i) {
            const SyntheticFactors factors = syntheticFactors(kind, 1, i);
            for (std::size_t c = 0; c < values.size(); ++c)
                values[c].push_back(c < factors.appearance.size() ? factors.appearance[c] : factors.motion[c - factors.appearance.size()]);
        }
        for (std::size_t a = 0; a < values.size(); ++a)
            for (std::size_t b = 0; b < a; ++b) {
                const double r = correlation(values[a], values[b]);
                QVERIFY2(
                    std::abs(r) < 0.07,
                    qPrintable(QString("%1 and %2: %3").arg(syntheticLabels(kind)[a].name.c_str(), syntheticLabels(kind)[b].name.c_str()).arg(r)));
            }
    }

    void clipsAreTheSameWhateverTheOrderThreadOrCount_data() { addKinds(); }
    void clipsAreTheSameWhateverTheOrderThreadOrCount()
    {
        QFETCH(SyntheticKind, kind);
        const std::string name = nameOf(kind);
        constexpr int kClips = 12;
        const auto source = openSynthetic(name + "?seed=5&clips=12");
        std::vector<Frames> forward, backward(kClips), many(kClips);
        for (int i = 0; i < kClips; ++i) forward.push_back(source->frames(i));
        const auto larger = openSynthetic(name + "?clips=5000&seed=5");
        for (int i = kClips - 1; i >= 0; --i) backward[static_cast<std::size_t>(i)] = larger->frames(i);
        const int before = cv::getNumThreads();
        cv::setNumThreads(1);
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 4; ++t)
                threads.emplace_back([&, t] {
                    for (int i = t; i < kClips; i += 4) many[static_cast<std::size_t>(i)] = source->frames(i);
                });
        }
        cv::setNumThreads(before);
        QCOMPARE(backward, forward);
        QCOMPARE(many, forward);
        // a window holds the same frames
        const Frames window = source->frames(3, {4, 3, 5});
        for (int i = 0; i < 3; ++i) QVERIFY(std::equal(window.frame(i), window.frame(i) + window.frameBytes(), forward[3].frame(4 + 5 * i)));
        // and clips and seeds differ
        for (std::size_t i = 0; i < forward.size(); ++i)
            for (std::size_t k = 0; k < i; ++k) QVERIFY(forward[i] != forward[k]);
        QVERIFY(openSynthetic(name + "?seed=6")->frames(0) != forward[0]);
    }

    void theSeedsMeaningIsFixed()
    {
        // published measurements name clips by seed and number: these values must never change
        const SyntheticFactors face = syntheticFactors(SyntheticKind::Faces, 1, 0), puppet = syntheticFactors(SyntheticKind::Puppets, 1, 0);
        QCOMPARE(face.appearance.front(), -0.988351941F);
        QCOMPARE(face.appearance.back(), -0.224116161F);
        QCOMPARE(face.motion, (std::vector<float>{5, 0.451462299F, 0.766047835F, 0.298378885F, -0.923607409F, 0.173926294F, 0}));
        QCOMPARE(puppet.motion, (std::vector<float>{6, 0.451462299F, 0.766047835F, 0.298378885F, 0}));
        // nor the pictures, but for the last bit where a library draws an edge differently
        const auto meanColour = [](const Frames& clip) {
            const cv::Scalar mean = cv::mean(cv::Mat(clip.height(), clip.width(), CV_8UC3, const_cast<std::uint8_t*>(clip.frame(7))));
            return cv::Vec3d(mean[0], mean[1], mean[2]);
        };
        const cv::Vec3d faceMean = meanColour(renderSynthetic(SyntheticKind::Faces, face, 64, 16)),
                        puppetMean = meanColour(renderSynthetic(SyntheticKind::Puppets, puppet, 64, 16));
        QVERIFY(cv::norm(faceMean, cv::Vec3d(170.298, 137.051, 126.671)) < 1);
        QVERIFY(cv::norm(puppetMean, cv::Vec3d(173.563, 182.365, 183.805)) < 1);
    }

    void facesStartAndEndNeutral()
    {
        const auto source = openSynthetic("builtin:faces?seed=2&clips=60");
        for (std::int64_t i = 0; i < source->size(); ++i) {
            const Frames clip = source->frames(i);
            QVERIFY(std::equal(clip.frame(0), clip.frame(1), clip.frame(15)));
            // an expression is no detail: it moves many pixels far
            int changed = 0;
            for (std::size_t k = 0; k < clip.frameBytes(); ++k) changed += std::abs(clip.frame(6)[k] - clip.frame(0)[k]) > 24;
            QVERIFY2(changed > 200, qPrintable(QString("clip %1: %2").arg(i).arg(changed)));
        }
    }

    void appearanceAndMotionCanBeExchanged()
    {
        const SyntheticKind kind = SyntheticKind::Faces;
        const SyntheticFactors a = syntheticFactors(kind, 4, 0), b = syntheticFactors(kind, 4, 1);
        const Frames own = renderSynthetic(kind, a, 64, 16), mixed = renderSynthetic(kind, {a.appearance, b.motion}, 64, 16);
        QVERIFY(std::equal(own.frame(0), own.frame(1), mixed.frame(0)));
        QVERIFY(own != mixed);
    }

    void theBackgroundStands_data() { addKinds(); }
    void theBackgroundStands()
    {
        QFETCH(SyntheticKind, kind);
        const auto source = openSynthetic(std::string(nameOf(kind)) + "?seed=8&clips=30&frames=24");
        for (std::int64_t i = 0; i < source->size(); ++i) {
            const Frames clip = source->frames(i);
            for (int t = 1; t < clip.count(); ++t)
                for (const int x : {0, 1, 62, 63})
                    for (const int y : {0, 1, 2}) {
                        const std::size_t at = (static_cast<std::size_t>(y) * 64 + static_cast<std::size_t>(x)) * 3;
                        QVERIFY(std::equal(clip.frame(t) + at, clip.frame(t) + at + 3, clip.frame(0) + at));
                    }
        }
    }

    void anySizeAndLength_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("frames");
        QTest::newRow("smallest") << 16 << 1;
        QTest::newRow("odd") << 37 << 7;
        QTest::newRow("large") << 512 << 2;
        QTest::newRow("long") << 16 << 512;
    }
    void anySizeAndLength()
    {
        QFETCH(int, size);
        QFETCH(int, frames);
        for (const SyntheticKind kind : kKinds) {
            const SyntheticFactors factors = syntheticFactors(kind, 2, 9);
            const Frames clip = renderSynthetic(kind, factors, size, frames);
            QCOMPARE(clip.count(), frames);
            // the same picture at another size
            const Frames usual = renderSynthetic(kind, factors, 64, frames);
            cv::Mat a, b;
            cv::resize(grey(clip, 0), a, {8, 8}, 0, 0, cv::INTER_AREA);
            cv::resize(grey(usual, 0), b, {8, 8}, 0, 0, cv::INTER_AREA);
            QVERIFY(cv::norm(a, b, cv::NORM_INF) < 0.06);
        }
        // a puppet goes on; a face's expression takes as long as the clip
        const SyntheticFactors puppet = syntheticFactors(SyntheticKind::Puppets, 2, 10);
        const Frames brief = renderSynthetic(SyntheticKind::Puppets, puppet, 32, 4), lasting = renderSynthetic(SyntheticKind::Puppets, puppet, 32, 9);
        QVERIFY(std::equal(brief.bytes().begin(), brief.bytes().end(), lasting.bytes().begin()));
    }

    void classesAreRecognisedOnOtherPeople_data() { addKinds(); }
    void classesAreRecognisedOnOtherPeople()
    {
        QFETCH(SyntheticKind, kind);
        const bool faces = kind == SyntheticKind::Faces;
        const auto source = openSynthetic(std::string(nameOf(kind)) + "?clips=100000&seed=11");
        const std::size_t column = columnOf(source->labelColumns(), faces ? "expression" : "action");
        const auto& names = source->labelColumns()[column].categories;
        const int learnt = faces ? 1200 : 900, asked = 400;
        cv::Mat features;
        std::vector<int> classes;
        const auto motion = [&](int i) { return faces ? faceMotion(*source, i) : bodyMotion(*source, i); };
        const auto classOf = [&](int i) { return static_cast<int>(source->info(i).labels[column]); };
        for (int i = 0; i < learnt; ++i) {
            features.push_back(motion(i));
            classes.push_back(classOf(i));
        }
        const LinearClassifier classifier(features, classes, static_cast<int>(names.size()));
        std::vector<std::vector<int>> table(names.size(), std::vector<int>(names.size()));
        int right = 0;
        for (int i = learnt; i < learnt + asked; ++i) {
            const int found = classifier.classOf(motion(i));
            ++table[static_cast<std::size_t>(classOf(i))][static_cast<std::size_t>(found)];
            right += found == classOf(i);
        }
        for (std::size_t r = 0; r < names.size(); ++r) {
            QString line;
            for (const int n : table[r]) line += QString::number(n).rightJustified(5);
            qInfo("%-16s%s", names[r].c_str(), qPrintable(line));
        }
        const double accuracy = static_cast<double>(right) / asked;
        qInfo("%s: %.1f %% of %d clips of other people", nameOf(kind), 100 * accuracy, asked);
        QVERIFY(accuracy >= 0.95);
    }
};

QTEST_APPLESS_MAIN(TestSynthetic)
#include "tst_synthetic.moc"
