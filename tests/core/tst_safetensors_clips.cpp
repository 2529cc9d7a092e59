#include <QtTest>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/clipfile/clip_file.h"
#include "core/dataset/safetensors_clips.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/safetensors.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
/// Clips in memory: 4 frames each unless \p uneven.
class Memory final : public ClipSource {
public:
    explicit Memory(bool uneven = false) : m_uneven(uneven) {}
    std::string name() const override { return "memory"; }
    std::int64_t size() const override { return 5; }
    ClipInfo info(std::int64_t i) const override
    {
        return {.name = "clip \"" + std::to_string(i) + "\"", .frames = m_uneven && i == 3 ? 6 : 4, .height = 3, .width = 5, .frameRateHz = 25,
                .labels = {i == 4 ? NAN : static_cast<float>(i % 2), 0.5F * static_cast<float>(i)}, .split = i < 3 ? "train" : "test", .group = "g" + std::to_string(i / 2), .source = "é"};
    }
    const std::vector<LabelColumn>& labelColumns() const override
    {
        static const std::vector<LabelColumn> columns = {{"zebra", {"no", "yes"}, "appearance"}, {"age", {}, ""}};
        return columns;
    }
    const std::vector<StreamColumn>& streamColumns() const override
    {
        static const std::vector<StreamColumn> columns = {{"flow", "float32", 2, true}, {"pose", "uint8", 3, false}};
        return columns;
    }
    Frames frames(std::int64_t i, const FrameWindow& window = {}) const override
    {
        const FrameWindow span = resolved(window, info(i).frames);
        Frames out(span.count, 3, 5);
        for (int t = 0; t < span.count; ++t) std::memset(out.frame(t), static_cast<int>(i * 20 + span.first + t * span.step), out.frameBytes());
        return out;
    }
    std::vector<std::uint8_t> stream(std::int64_t i, const std::string& name, const FrameWindow& window = {}) const override
    {
        const std::size_t frame = name == "flow" ? 3 * 5 * 2 * 4 : 3;
        return std::vector<std::uint8_t>(frame * static_cast<std::size_t>(resolved(window, info(i).frames).count), static_cast<std::uint8_t>(i + 1));
    }

private:
    bool m_uneven;
};

ErrorCode codeOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

std::span<const std::byte> span(const std::string& bytes) { return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()}; }
}  // namespace

class TestSafetensorsClips final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const char* name) const { return fs::path(m_dir.path().toStdString()) / name; }
private Q_SLOTS:
    void givesBackWhatWasWritten()
    {
        const Memory source;
        std::int64_t last = 0;
        writeSafetensorsClips(source, {4, 0, 1, 2, 3}, path("clips.safetensors"), 0, [&](std::int64_t done, std::int64_t total) {
            QCOMPARE(total, std::int64_t(5));
            last = done;
        });
        QCOMPARE(last, std::int64_t(5));
        const auto clips = openSafetensorsClips(path("clips.safetensors"));
        QCOMPARE(clips->size(), std::int64_t(5));
        QVERIFY(clips->labelColumns() == source.labelColumns());
        QVERIFY(clips->streamColumns() == source.streamColumns());
        for (int i = 0; i < 5; ++i) {
            const int from = i == 0 ? 4 : i - 1;
            const ClipInfo info = clips->info(i), expected = source.info(from);
            QCOMPARE(info.name, expected.name);
            QCOMPARE(info.split, expected.split);
            QCOMPARE(info.group, expected.group);
            QCOMPARE(info.source, expected.source);
            QCOMPARE(info.frameRateHz, 25.0);
            QCOMPARE(info.frames, 4);
            QCOMPARE(std::isnan(info.labels[0]), from == 4);
            QCOMPARE(info.labels[1], expected.labels[1]);
            QVERIFY(clips->frames(i) == source.frames(from));
            QVERIFY(clips->frames(i, {1, 2, 2}) == source.frames(from, {1, 2, 2}));
            QVERIFY(clips->stream(i, "flow") == source.stream(from, "flow"));
            QVERIFY(clips->stream(i, "pose", {2, 1, 1}) == source.stream(from, "pose", {2, 1, 1}));
        }
        QCOMPARE(codeOf([&] { clips->frames(5); }), ErrorCode::NotFound);
        QCOMPARE(codeOf([&] { clips->frames(0, {0, 5, 1}); }), ErrorCode::ShapeMismatch);
        QCOMPARE(codeOf([&] { clips->stream(0, "nothing"); }), ErrorCode::NotFound);
    }
    void everyTensorIsAligned()
    {
        const safetensors::File file(path("clips.safetensors"));
        for (const auto& [name, tensor] : file.tensors())
            QVERIFY2(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % safetensors::elementSize(tensor.type) == 0, name.c_str());
        QCOMPARE(file.metadata().at("format"), std::string("kinora-clips"));
    }
    void lengthsMustAgreeOrBeCut()
    {
        const Memory source(true);
        QCOMPARE(codeOf([&] { writeSafetensorsClips(source, {0, 3}, path("uneven.safetensors")); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { writeSafetensorsClips(source, {0, 3}, path("uneven.safetensors"), 5); }), ErrorCode::Usage);
        QCOMPARE(codeOf([&] { writeSafetensorsClips(source, {}, path("uneven.safetensors")); }), ErrorCode::Usage);
        QVERIFY(!fs::exists(path("uneven.safetensors")));
        writeSafetensorsClips(source, {0, 3}, path("cut.safetensors"), 3);
        QCOMPARE(openSafetensorsClips(path("cut.safetensors"))->info(1).frames, 3);
    }
    void anInterruptedExportLeavesNothing()
    {
        std::stop_source stop;
        QCOMPARE(codeOf([&] {
                     writeSafetensorsClips(Memory(), {0, 1, 2}, path("stopped.safetensors"), 0, [&](std::int64_t, std::int64_t) { stop.request_stop(); }, stop.get_token());
                 }), ErrorCode::Cancelled);
        for (const fs::directory_entry& entry : fs::directory_iterator(m_dir.path().toStdString())) QVERIFY(entry.path().string().find("stopped") == std::string::npos);
    }
    void aBareFileIsEnough()
    {
        // what three lines of Python write: clips and integer labels, no metadata
        const std::string pixels(std::size_t(2) * 3 * 4 * 4 * 3, '\x07');
        const std::int64_t labels[2] = {3, 1};
        writeFile(path("bare.safetensors"), safetensors::serialize({{"clips", {"U8", {2, 3, 4, 4, 3}, span(pixels)}}, {"labels/action", {"I64", {2}, std::as_bytes(std::span(labels))}}}, {}));
        const auto clips = openSafetensorsClips(path("bare.safetensors"));
        QCOMPARE(clips->info(0).labels, std::vector<float>{3});
        QCOMPARE(clips->info(1).name, std::string("clip 1"));
        QCOMPARE(int(clips->frames(1).frame(2)[5]), 7);
    }
    void damagedFilesAreRefused_data()
    {
        QTest::addColumn<int>("kind");
        int kind = 0;
        for (const char* name : {"no clips", "clips of another type", "clips of another rank", "clips of four channels", "too few labels", "labels of text", "category out of range", "metadata no JSON",
                                 "metadata nested", "metadata names a missing label", "clip list too short", "stream of another length", "frame rate negative"})
            QTest::newRow(name) << kind++;
    }
    void damagedFilesAreRefused()
    {
        QFETCH(int, kind);
        const std::string pixels(std::size_t(2) * 3 * 4 * 4 * 4, '\x07');
        const auto first = [&](std::size_t count) { return span(pixels).first(count); };
        const float values[2] = {0, 5};
        std::map<std::string, safetensors::TensorSource> tensors{{"clips", {"U8", {2, 3, 4, 4, 3}, first(288)}}, {"labels/a", {"F32", {2}, std::as_bytes(std::span(values))}}};
        std::map<std::string, std::string> metadata;
        switch (kind) {
            case 0: tensors.erase("clips"); break;
            case 1: tensors["clips"] = {"I8", {2, 3, 4, 4, 3}, first(288)}; break;
            case 2: tensors["clips"] = {"U8", {2, 3, 48}, first(288)}; break;
            case 3: tensors["clips"] = {"U8", {2, 3, 4, 4, 4}, first(384)}; break;
            case 4: tensors["labels/a"] = {"F32", {1}, std::as_bytes(std::span(values)).first(4)}; break;
            case 5: tensors["labels/a"] = {"F8_E4M3", {2}, first(2)}; break;
            case 6: metadata["labels"] = R"([{"name": "a", "categories": ["x", "y"]}])"; break;
            case 7: metadata["labels"] = "[{"; break;
            case 8: metadata["labels"] = std::string(200000, '[') + std::string(200000, ']'); break;
            case 9: metadata["labels"] = R"([{"name": "b"}])"; break;
            case 10: metadata["clips"] = R"([{"name": "one"}])"; break;
            case 11: tensors["streams/s"] = {"U8", {2, 4, 1}, first(8)}; break;
            case 12: metadata["frame_rate_hz"] = "-3"; break;
            default: QFAIL("no such case");
        }
        writeFile(path("damaged.safetensors"), safetensors::serialize(tensors, metadata));
        QCOMPARE(codeOf([&] { openSafetensorsClips(path("damaged.safetensors")); }), ErrorCode::Damaged);
    }
    void clipFilesGoBothWays()
    {
        const auto tensors = openSafetensorsClips(path("clips.safetensors"));
        ClipFileWriter writer(path("clips.h5"), tensors->labelColumns(), tensors->streamColumns());
        for (std::int64_t i = 0; i < tensors->size(); ++i) writer.add(tensors->info(i), tensors->frames(i), {tensors->stream(i, "flow"), tensors->stream(i, "pose")});
        writer.finish();
        writeSafetensorsClips(*openClipFile(path("clips.h5")), {0, 1, 2, 3, 4}, path("back.safetensors"));
        const auto back = openSafetensorsClips(path("back.safetensors"));
        for (std::int64_t i = 0; i < 5; ++i) QVERIFY(back->frames(i) == tensors->frames(i) && back->info(i).name == tensors->info(i).name);
    }
};
QTEST_APPLESS_MAIN(TestSafetensorsClips)
#include "tst_safetensors_clips.moc"
