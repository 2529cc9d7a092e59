// The prefetching loader: the same batches for a seed whatever the threads, and everything that a dataset can lack.
#include <torch/torch.h>

#include <QtTest>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/clip/transform.h"
#include "core/loader/clip_loader.h"
#include "core/system/generation.h"
#include "core/util/error.h"
#include "core/util/random.h"
#include "tests/support/test_clips.h"

using namespace kinora;
using kinora::test::TestClips;

namespace {
BatchNeeds someNeeds()
{
    BatchNeeds needs;
    needs.frames = 8;
    needs.height = needs.width = 16;
    needs.frameSteps = {1, 2};
    needs.horizontalFlip = true;
    needs.labels = {"action", "brightness"};
    needs.streams = {"label_map", "flow"};
    return needs;
}

std::shared_ptr<const TestClips> clips(const TestClips::Options& options) { return std::make_shared<const TestClips>(options); }

bool same(const Batch& a, const Batch& b)
{
    bool equal = torch::equal(a.clips, b.clips);
    for (const auto& [name, tensor] : a.labels) equal = equal && torch::equal(tensor, b.labels.at(name));
    for (const auto& [name, tensor] : a.streams) equal = equal && torch::equal(tensor, b.streams.at(name));
    return equal;
}

template <class Work>
std::optional<Error> errorOf(Work&& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}
}  // namespace

class TestClipLoader final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void batchesDoNotDependOnThreads();
    void stateContinuesWithTheSameBatches();
    void anEpochVisitsEveryClipOnce();
    void aSmallDatasetIsRepeated();
    void valuesLabelsAndStreamsFitTheClip();
    void flipTurnsFramesAndMapsTogether();
    void frameStepsFollowTheLength();
    void onlyTheTrainSplitIsUsed();
    void whatIsMissingIsNamed();
    void aBrokenClipIsNamed();
    void aFewBrokenClipsArePassedOver();
    void readingTroubleDoesNotStopForAnythingElse();
    void memoryIsUsedAgainOnceItIsFree();
    void theWindowBeginsWhereAsked();
    void shortClipsRepeatTheirLastFrame();
    void cropsAreCutOutAlike();
    void aForeignStateIsRefused();
    void resizingIsPillows_data();
    void resizingIsPillows();
};

void TestClipLoader::batchesDoNotDependOnThreads()
{
    TestClips::Options options;
    options.count = 23;
    options.varied = true;
    std::vector<Batch> expected;
    for (const int threads : {1, 3, 8}) {
        ClipLoader loader(clips(options), someNeeds(), {4, threads, 9});
        for (int i = 0; i < 14; ++i) {
            const Batch batch = loader.next();
            QCOMPARE(batch.clips.sizes().vec(), (std::vector<int64_t>{4, 3, 8, 16, 16}));
            if (threads == 1) expected.push_back(batch);
            else QVERIFY(same(batch, expected[i]));
        }
    }
    ClipLoader other(clips(options), someNeeds(), {4, 1, 10});
    QVERIFY(!same(other.next(), expected[0]));
}

void TestClipLoader::stateContinuesWithTheSameBatches()
{
    TestClips::Options options;
    options.count = 11;
    ClipLoader whole(clips(options), someNeeds(), {3, 2, 5});
    ClipLoader part(clips(options), someNeeds(), {3, 2, 5});
    for (int i = 0; i < 7; ++i) {
        whole.next();
        part.next();
    }
    const nlohmann::json state = nlohmann::json::parse(part.state().dump());
    QCOMPARE(state.at("epoch").get<int>(), 2);
    QCOMPARE(state.at("position").get<int>(), 1);
    ClipLoader later(clips(options), someNeeds(), {3, 1, 5});
    later.next();  // what it did before does not matter
    later.setState(state);
    QCOMPARE(later.epoch(), part.epoch());
    for (int i = 0; i < 7; ++i) QVERIFY(same(later.next(), whole.next()));
}

void TestClipLoader::anEpochVisitsEveryClipOnce()
{
    TestClips::Options options;
    options.count = 10;
    BatchNeeds needs = someNeeds();
    needs.streams.clear();
    ClipLoader loader(clips(options), needs, {3, 2, 1});
    QCOMPARE(loader.batchesPerEpoch(), int64_t(3));  // the tenth clip waits for another epoch
    std::vector<std::vector<float>> orders;
    for (int epoch = 0; epoch < 2; ++epoch) {
        std::vector<float> seen;
        for (int i = 0; i < 3; ++i) {
            const torch::Tensor brightness = loader.next().labels.at("brightness");
            for (int64_t k = 0; k < 3; ++k) seen.push_back(brightness[k].item<float>());
        }
        QCOMPARE(std::set<float>(seen.begin(), seen.end()).size(), std::size_t(9));
        orders.push_back(seen);
        QCOMPARE(loader.epoch(), epoch + 1.0);
    }
    QVERIFY(orders[0] != orders[1]);
}

void TestClipLoader::aSmallDatasetIsRepeated()
{
    TestClips::Options options;
    options.count = 3;
    BatchNeeds needs = someNeeds();
    needs.streams.clear();
    ClipLoader loader(clips(options), needs, {8, 1, 1});
    const torch::Tensor actions = loader.next().labels.at("action");
    QCOMPARE(actions.size(0), int64_t(8));
    for (int64_t kind = 0; kind < 3; ++kind) {
        const int64_t times = (actions == kind).sum().item<int64_t>();
        QVERIFY(times == 2 || times == 3);
    }
}

void TestClipLoader::valuesLabelsAndStreamsFitTheClip()
{
    TestClips::Options options;
    options.count = 1;
    BatchNeeds needs = someNeeds();
    needs.horizontalFlip = false;
    needs.frameSteps = {1};
    const auto source = clips(options);
    ClipLoader loader(source, needs, {1, 1, 1});
    const Batch batch = loader.next();
    QVERIFY(torch::equal(batch.clips[0], fromFrames(source->frames(0))));
    QCOMPARE(batch.labels.at("action").scalar_type(), torch::kInt64);
    QCOMPARE(batch.labels.at("brightness").scalar_type(), torch::kFloat32);
    const torch::Tensor map = batch.streams.at("label_map");
    QCOMPARE(map.sizes().vec(), (std::vector<int64_t>{1, 1, 8, 16, 16}));
    QCOMPARE(map.scalar_type(), torch::kUInt8);
    QCOMPARE(map.sum().item<int64_t>(), int64_t(8 * 16));  // a square of 4 by 4 in every frame
    // the square is where the map says
    QVERIFY(torch::equal(map[0][0] == 1, batch.clips[0][0] > -0.5));
    const torch::Tensor flow = batch.streams.at("flow");
    QCOMPARE(flow.sizes().vec(), (std::vector<int64_t>{1, 2, 8, 16, 16}));
    for (int64_t t = 0; t < 8; ++t) QVERIFY((flow[0][1][t] == static_cast<float>(t)).all().item<bool>());
}

void TestClipLoader::flipTurnsFramesAndMapsTogether()
{
    TestClips::Options options;
    options.count = 40;
    BatchNeeds needs = someNeeds();
    needs.frameSteps = {1};
    ClipLoader flipped(clips(options), needs, {40, 1, 3});
    needs.horizontalFlip = false;
    ClipLoader plain(clips(options), needs, {40, 1, 3});
    const Batch a = flipped.next(), b = plain.next();
    int turned = 0;
    for (int64_t k = 0; k < 40; ++k) {
        QVERIFY(torch::equal(a.streams.at("label_map")[k][0] == 1, a.clips[k][0] > -0.5));
        if (torch::equal(a.clips[k], b.clips[k])) continue;
        QVERIFY(torch::equal(a.clips[k], b.clips[k].flip({3})));
        ++turned;
    }
    QVERIFY2(turned > 8 && turned < 32, qPrintable(QString::number(turned)));
}

void TestClipLoader::frameStepsFollowTheLength()
{
    // time stands in the flow's second channel, so that the step and the first frame can be read off a batch
    class Long final : public ClipSource {
    public:
        explicit Long(int frames) : m_frames(frames), m_streams({{"time", "float32", 1, false}}) {}
        std::string name() const override { return "test:long"; }
        int64_t size() const override { return 1; }
        ClipInfo info(int64_t) const override
        {
            ClipInfo info;
            info.frames = m_frames, info.height = info.width = 4;
            return info;
        }
        const std::vector<LabelColumn>& labelColumns() const override { return m_labels; }
        const std::vector<StreamColumn>& streamColumns() const override { return m_streams; }
        Frames frames(int64_t, const FrameWindow& window) const override { return Frames(resolved(window, m_frames).count, 4, 4); }
        std::vector<uint8_t> stream(int64_t, const std::string&, const FrameWindow& window) const override
        {
            std::vector<uint8_t> bytes;
            for (int t = 0; t < window.count; ++t) {
                const float time = static_cast<float>(window.first + t * window.step);
                const auto* raw = reinterpret_cast<const uint8_t*>(&time);
                bytes.insert(bytes.end(), raw, raw + 4);
            }
            return bytes;
        }

    private:
        int m_frames;
        std::vector<LabelColumn> m_labels;
        std::vector<StreamColumn> m_streams;
    };
    const auto look = [](int frames) {
        BatchNeeds needs;
        needs.frames = 4;
        needs.height = needs.width = 4;
        needs.frameSteps = {2, 3};
        needs.streams = {"time"};
        ClipLoader loader(std::make_shared<Long>(frames), needs, {200, 1, 3});
        const torch::Tensor time = loader.next().streams.at("time");
        std::set<int> steps, firsts;
        for (int64_t k = 0; k < 200; ++k) {
            const float first = time[k][0][0].item<float>(), step = time[k][0][1].item<float>() - first;
            firsts.insert(static_cast<int>(first));
            steps.insert(static_cast<int>(step));
        }
        return std::pair(steps, firsts);
    };
    QCOMPARE(look(12).first, (std::set<int>{2, 3}));
    QCOMPARE(look(12).second, (std::set<int>{0, 1, 2, 3, 4}));  // 12 - 4 * 2, both ends included
    QCOMPARE(look(11).first, (std::set<int>{2}));
    QCOMPARE(look(7).first, (std::set<int>{1}));  // no step that was asked for fits
    QCOMPARE(look(4).second, (std::set<int>{0}));
    QVERIFY(errorOf([&] { look(3); }));
}

void TestClipLoader::onlyTheTrainSplitIsUsed()
{
    TestClips::Options options;
    options.count = 12;
    options.splits = true;
    ClipLoader loader(clips(options), someNeeds(), {3, 1, 1});
    QCOMPARE(loader.usableClips(), int64_t(9));
    options.unlabelled = 4;  // two of these and a test clip
    ClipLoader fewer(clips(options), someNeeds(), {3, 1, 1});
    QCOMPARE(fewer.usableClips(), int64_t(6));
}

void TestClipLoader::whatIsMissingIsNamed()
{
    BatchNeeds needs = someNeeds();
    needs.labels = {"expression"};
    auto error = errorOf([&] { checkDataset(TestClips(), needs); });
    QVERIFY(error && error->code() == ErrorCode::NotFound && exitCode(error->code()) == 3);
    QVERIFY(QString::fromStdString(error->what()).contains("expression") && QString::fromStdString(error->what()).contains("action"));
    needs = someNeeds();
    needs.streams = {"depth"};
    error = errorOf([&] { checkDataset(TestClips(), needs); });
    QVERIFY(error && QString::fromStdString(error->what()).contains("depth"));
    needs = someNeeds();
    needs.frames = 9;
    error = errorOf([&] { checkDataset(TestClips(), needs); });
    QVERIFY(error && QString::fromStdString(error->what()).contains("9 frames") && QString::fromStdString(error->what()).contains("8"));
    TestClips::Options options;
    options.unlabelled = options.count;
    error = errorOf([&] { checkDataset(TestClips(options), someNeeds()); });
    QVERIFY(error && QString::fromStdString(error->what()).contains("brightness"));
    options.count = 0;
    error = errorOf([&] { checkDataset(TestClips(options), someNeeds()); });
    QVERIFY(error && error->code() == ErrorCode::NotFound);
}

void TestClipLoader::aBrokenClipIsNamed()
{
    TestClips::Options options;
    options.broken = {4};
    ClipLoader loader(clips(options), someNeeds(), {3, 2, 1, 0});
    const auto error = errorOf([&] {
        for (int i = 0; i < 5; ++i) loader.next();
    });
    QVERIFY(error && error->code() == ErrorCode::DecodeFailed);
    QVERIFY2(QString::fromStdString(error->what()).contains("clip-4"), error->what());
    QVERIFY(errorOf([&] { loader.next(); }));  // and it stays so
}

namespace {
/// TestClips of which some cannot be read, for a while or for good.
class Failing final : public ClipSource {
public:
    Failing(const TestClips::Options& options, std::set<int64_t> bad, ErrorCode code = ErrorCode::Damaged) : m_clips(options), m_bad(std::move(bad)), m_code(code) {}
    std::string name() const override { return "test:failing"; }
    int64_t size() const override { return m_clips.size(); }
    ClipInfo info(int64_t index) const override { return m_clips.info(index); }
    const std::vector<LabelColumn>& labelColumns() const override { return m_clips.labelColumns(); }
    const std::vector<StreamColumn>& streamColumns() const override { return m_clips.streamColumns(); }
    Frames frames(int64_t index, const FrameWindow& window) const override
    {
        if (m_bad.contains(index) && !healed) throw Error(m_code, "bad spot", "clip " + std::to_string(index));
        return m_clips.frames(index, window);
    }
    std::vector<uint8_t> stream(int64_t index, const std::string& stream, const FrameWindow& window) const override { return m_clips.stream(index, stream, window); }
    std::atomic<bool> healed = false;

private:
    TestClips m_clips;
    std::set<int64_t> m_bad;
    ErrorCode m_code;
};
}  // namespace

void TestClipLoader::aFewBrokenClipsArePassedOver()
{
    TestClips::Options options;
    options.count = 20;
    const auto brightnessOf = [&](int64_t index) { return static_cast<float>(index) / static_cast<float>(options.count); };
    for (const ErrorCode code : {ErrorCode::Damaged, ErrorCode::DecodeFailed, ErrorCode::CannotRead}) {
        std::vector<Batch> expected;
        for (const int threads : {1, 4}) {
            ClipLoader loader(std::make_shared<Failing>(options, std::set<int64_t>{3, 11}, code), someNeeds(), {4, threads, 9, 2}), whole(clips(options), someNeeds(), {4, 1, 9});
            int other = 0;
            for (int i = 0; i < 15; ++i) {
                const Batch batch = loader.next(), good = whole.next();
                for (int64_t k = 0; k < 4; ++k) {
                    const float brightness = good.labels.at("brightness")[k].item<float>();
                    const bool bad = brightness == brightnessOf(3) || brightness == brightnessOf(11);
                    const bool same = torch::equal(batch.clips[k], good.clips[k]) && torch::equal(batch.labels.at("brightness")[k], good.labels.at("brightness")[k]) &&
                                      torch::equal(batch.labels.at("action")[k], good.labels.at("action")[k]) && torch::equal(batch.streams.at("label_map")[k], good.streams.at("label_map")[k]);
                    QCOMPARE(same, !bad);  // the places of good clips are as if nothing had happened
                    other += bad;
                    if (!bad) continue;
                    // a whole other clip: pictures, maps and labels belong together
                    QVERIFY(torch::equal(batch.streams.at("label_map")[k][0] == 1, batch.clips[k][0] > -0.5));
                    const float now = batch.labels.at("brightness")[k].item<float>();
                    QVERIFY(now != brightnessOf(3) && now != brightnessOf(11));
                }
                if (threads == 1) expected.push_back(batch);
                else QVERIFY(::same(batch, expected[i]));
            }
            QCOMPARE(other, 6);  // two clips, three epochs
            QCOMPARE(loader.unreadableClips(), int64_t(2));
        }
    }
    // resumed in the middle, the same clips take the places
    ClipLoader first(std::make_shared<Failing>(options, std::set<int64_t>{3, 11}), someNeeds(), {4, 2, 9, 2}), second(std::make_shared<Failing>(options, std::set<int64_t>{3, 11}), someNeeds(), {4, 1, 9, 2});
    for (int i = 0; i < 7; ++i) first.next();
    second.setState(first.state());
    for (int i = 0; i < 7; ++i) QVERIFY(same(first.next(), second.next()));
    // one too many
    ClipLoader third(std::make_shared<Failing>(options, std::set<int64_t>{3, 11, 12}), someNeeds(), {4, 2, 9, 2});
    const auto error = errorOf([&] {
        for (int i = 0; i < 5; ++i) third.next();
    });
    QVERIFY(error && error->code() == ErrorCode::Damaged);
    QVERIFY2(QString::fromStdString(error->what()).contains("3 of 20 clips") && QString::fromStdString(error->what()).contains("datasets verify"), error->what());
    // by default one in a hundred, at least one
    ClipLoader one(std::make_shared<Failing>(options, std::set<int64_t>{3}), someNeeds(), {4, 2, 9});
    for (int i = 0; i < 10; ++i) one.next();
    ClipLoader two(std::make_shared<Failing>(options, std::set<int64_t>{3, 11}), someNeeds(), {4, 2, 9});
    QVERIFY(errorOf([&] {
        for (int i = 0; i < 5; ++i) two.next();
    }));
    // a disk that recovers gives its clips back
    const auto source = std::make_shared<Failing>(options, std::set<int64_t>{3});
    ClipLoader recovering(source, someNeeds(), {20, 1, 9}), good(clips(options), someNeeds(), {20, 1, 9});
    for (int i = 0; i < 3; ++i) QVERIFY(!same(recovering.next(), good.next()));
    source->healed = true;
    for (int i = 0; i < 5; ++i) {  // those prepared ahead are as they are
        const bool equal = same(recovering.next(), good.next());
        if (i >= 3) QVERIFY(equal);
    }
}

void TestClipLoader::readingTroubleDoesNotStopForAnythingElse()
{
    TestClips::Options options;
    for (const ErrorCode code : {ErrorCode::OutOfMemory, ErrorCode::NotFound, ErrorCode::Internal}) {
        ClipLoader loader(std::make_shared<Failing>(options, std::set<int64_t>{3}, code), someNeeds(), {4, 2, 9, 12});
        const auto error = errorOf([&] {
            for (int i = 0; i < 3; ++i) loader.next();
        });
        QVERIFY(error && error->code() == code);  // no clip's fault: nothing is passed over
    }
    // nothing can be read at all: it ends
    std::set<int64_t> all;
    for (int64_t i = 0; i < options.count; ++i) all.insert(i);
    ClipLoader loader(std::make_shared<Failing>(options, all), someNeeds(), {4, 2, 9, options.count});
    QVERIFY(errorOf([&] { loader.next(); }));
}

void TestClipLoader::memoryIsUsedAgainOnceItIsFree()
{
    TestClips::Options options;
    ClipLoader loader(clips(options), someNeeds(), {4, 2, 1}), kept(clips(options), someNeeds(), {4, 1, 1});
    std::set<const void*> places;
    for (int i = 0; i < 40; ++i) {
        const Batch batch = loader.next();
        places.insert(batch.clips.data_ptr());
        places.insert(batch.streams.at("flow").data_ptr());
    }
    QVERIFY2(places.size() <= 12, qPrintable(QString::number(places.size())));
    // what somebody holds, the tensor or a part of it, stays as it is
    std::vector<torch::Tensor> views, copies;
    std::vector<Batch> batches;
    for (int i = 0; i < 30; ++i) {
        Batch batch = kept.next();
        views.push_back(batch.clips[1].slice(1, 2, 5));
        copies.push_back(views.back().clone());
        if (i % 3 == 0) batches.push_back(batch);
    }
    for (std::size_t i = 0; i < views.size(); ++i) QVERIFY(torch::equal(views[i], copies[i]));
}

void TestClipLoader::theWindowBeginsWhereAsked()
{
    TestClips::Options options;
    options.count = 6;
    options.frames = 21;
    BatchNeeds needs = someNeeds();
    needs.horizontalFlip = false;
    needs.frameSteps = {2};
    const auto source = clips(options);
    for (const auto& [start, first] : {std::pair{BatchNeeds::Start::Beginning, 0}, {BatchNeeds::Start::Middle, 2}}) {
        needs.start = start;
        ClipLoader loader(source, needs, {6, 1, 1});
        const Batch batch = loader.next();
        std::set<int64_t> seen;
        for (int64_t k = 0; k < 6; ++k) {
            const auto index = static_cast<int64_t>(std::lround(batch.labels.at("brightness")[k].item<float>() * 6));
            seen.insert(index);
            QVERIFY(torch::equal(batch.clips[k], fromFrames(source->frames(index, {first, 8, 2}))));
        }
        QCOMPARE(seen.size(), std::size_t(6));
    }
}

void TestClipLoader::shortClipsRepeatTheirLastFrame()
{
    TestClips::Options options;
    options.frames = 5;
    BatchNeeds needs = someNeeds();
    needs.horizontalFlip = false;
    QVERIFY(errorOf([&] { checkDataset(TestClips(options), needs); }));
    needs.repeatLast = true;
    const auto source = clips(options);
    ClipLoader loader(source, needs, {12, 1, 1});
    const Batch batch = loader.next();
    for (int64_t k = 0; k < 12; ++k) {
        const auto index = static_cast<int64_t>(std::lround(batch.labels.at("brightness")[k].item<float>() * 12));
        QVERIFY(torch::equal(batch.clips[k].slice(1, 0, 5), fromFrames(source->frames(index))));
        for (int64_t t = 5; t < 8; ++t) {
            QVERIFY(torch::equal(batch.clips[k].select(1, t), batch.clips[k].select(1, 4)));
            QVERIFY(torch::equal(batch.streams.at("flow")[k].select(1, t), batch.streams.at("flow")[k].select(1, 4)));
        }
    }
}

void TestClipLoader::cropsAreCutOutAlike()
{
    TestClips::Options options;
    options.count = 60;
    options.height = 20;
    options.width = 24;
    BatchNeeds needs = someNeeds();
    needs.horizontalFlip = false;
    needs.frameSteps = {1};
    needs.height = 10;
    needs.width = 12;
    needs.cropLow = needs.cropHigh = 0.5;  // parts of just the size that is needed, so that no pixel changes
    const auto source = clips(options);
    ClipLoader loader(source, needs, {60, 2, 1});
    const Batch batch = loader.next();
    std::set<std::pair<int, int>> places;
    for (int64_t k = 0; k < 60; ++k) {
        QVERIFY(torch::equal(batch.streams.at("label_map")[k][0] == 1, batch.clips[k][0] > -0.5));
        const auto index = static_cast<int64_t>(std::lround(batch.labels.at("brightness")[k].item<float>() * 60));
        const torch::Tensor whole = fromFrames(source->frames(index));
        int found = 0;
        for (int top = 0; top <= 10; ++top)
            for (int left = 0; left <= 12; ++left)
                if (torch::equal(batch.clips[k], whole.slice(2, top, top + 10).slice(3, left, left + 12))) {
                    places.emplace(top, left);
                    ++found;
                }
        QVERIFY(found > 0);
    }
    QVERIFY2(places.size() > 60, qPrintable(QString::number(places.size())));  // some pictures fit in several places
    // a range, with resizing: the parts differ in size, and the rest of the draw is as without
    needs.cropLow = 0.6;
    needs.cropHigh = 0.9;
    BatchNeeds plain = needs;
    plain.cropLow = plain.cropHigh = 1;
    ClipLoader ranged(source, needs, {60, 1, 1}), uncut(source, plain, {60, 1, 1});
    const Batch cut = ranged.next(), full = uncut.next();
    QVERIFY(torch::equal(cut.labels.at("brightness"), full.labels.at("brightness")));
    QVERIFY(!torch::equal(cut.clips, full.clips));
    std::set<float> brightest;
    for (int64_t k = 0; k < 60; ++k) brightest.insert(cut.streams.at("label_map")[k].sum().item<float>());
    QVERIFY(brightest.size() > 5);  // the square is larger the smaller the part
    for (const auto& [low, high] : {std::pair{0.0, 1.0}, {0.9, 0.5}, {0.5, 1.5}, {std::nan(""), 1.0}}) {
        needs.cropLow = low;
        needs.cropHigh = high;
        const auto error = errorOf([&] { checkDataset(*source, needs); });
        QVERIFY(error && error->code() == ErrorCode::Usage);
    }
}

void TestClipLoader::aForeignStateIsRefused()
{
    ClipLoader loader(clips({}), someNeeds(), {3, 1, 1});
    const nlohmann::json good = loader.state();
    for (const char* key : {"clips", "batch_size"}) {
        nlohmann::json state = good;
        state[key] = 5;
        const auto error = errorOf([&] { loader.setState(state); });
        QVERIFY(error && error->code() == ErrorCode::Incompatible);
    }
    for (const nlohmann::json& bad : {nlohmann::json(), nlohmann::json(5), nlohmann::json::object()}) QVERIFY(errorOf([&] { loader.setState(bad); }));
    nlohmann::json state = good;
    state["position"] = 1000;
    QVERIFY(errorOf([&] { loader.setState(state); }));
    state["position"] = -1;
    QVERIFY(errorOf([&] { loader.setState(state); }));
}

void TestClipLoader::resizingIsPillows_data()
{
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("width");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<int>("fromHeight");
    QTest::addColumn<int>("fromWidth");
    // Image.fromarray(a).resize((w, h), Image.BILINEAR) of Pillow, where a is RGB with a[y, x, c] = (y * 53 + x * 29 + c * 97 + x * y * 7) % 256; SHA-256 of the bytes, the same from Pillow 9.5 to 11.3.
    // Pillow 13 differs by 1 in a fifth of the pixels of 'odd'; the older way is the one that the papers' loaders used
    QTest::newRow("smaller") << 3 << 4 << QByteArray("076f2ca62a681a42c751a11207defb9f0f970be67777c8741a0295c527c2c3a3") << 5 << 7;
    QTest::newRow("larger") << 9 << 16 << QByteArray("028a882414c324df0d9b8aed2ea0155184c035d092ed2153d2da0642947e8014") << 5 << 7;
    QTest::newRow("narrower and higher") << 11 << 2 << QByteArray("eb3c6a3def8fe619fb2b0bb43bd922b6de8f3eb5f9311f6def0ae5e4879aff18") << 5 << 7;
    QTest::newRow("width alone") << 5 << 3 << QByteArray("4244fa8937284c29f22e68aa3a68b5c2e14e81813acfdc179d929ffb2726285b") << 5 << 7;
    QTest::newRow("one pixel") << 1 << 1 << QByteArray("f1ee131db82ef8f9c8c49d5b3aecaeef1fc1c2d838042cae79613b049467d92d") << 5 << 7;
    // as large as what is loaded, so that every way through the resizer is taken
    QTest::newRow("half") << 64 << 64 << QByteArray("4f0684080da1d730bdf550377fdf95a0550b878e70821d9818083ac62a74427c") << 128 << 128;
    QTest::newRow("odd") << 64 << 64 << QByteArray("bac0a502415e46d89a2cda17886c8949737c83bf5fd37cc60afacd8b780d55fb") << 131 << 97;
    QTest::newRow("UCF101") << 64 << 85 << QByteArray("fbbec049ede1245549c3d26d38de1ffd9345195cf61ec8b0784738bbf11ad3b5") << 240 << 320;
    QTest::newRow("enlarged") << 256 << 200 << QByteArray("92b06c9ca02a7d819bf78f9f6352aa30895d61eaf1d96e8b0fb0562c059ca64b") << 64 << 64;
}

void TestClipLoader::resizingIsPillows()
{
    QFETCH(int, height);
    QFETCH(int, width);
    QFETCH(QByteArray, expected);
    QFETCH(int, fromHeight);
    QFETCH(int, fromWidth);
    Frames frames(2, fromHeight, fromWidth);
    for (int t = 0; t < 2; ++t)
        for (int y = 0; y < fromHeight; ++y)
            for (int x = 0; x < fromWidth; ++x)
                for (int c = 0; c < 3; ++c) frames.frame(t)[(y * fromWidth + x) * 3 + c] = static_cast<uint8_t>((y * 53 + x * 29 + c * 97 + x * y * 7) % 256);
    const Frames resized = kinora::resized(frames, height, width);
    QCOMPARE(resized.count(), 2);
    const QByteArray bytes(reinterpret_cast<const char*>(resized.frame(1)), static_cast<qsizetype>(resized.frameBytes()));
    QCOMPARE(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex(), expected);
}

QTEST_APPLESS_MAIN(TestClipLoader)
#include "tst_clip_loader.moc"
