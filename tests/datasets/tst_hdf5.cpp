#include <hdf5.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>

#include "core/clipfile/clip_file.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "datasets/hdf5/hdf5_dataset.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
constexpr int kClips = 5, kFrames = 4, kHeight = 6, kWidth = 7;

/// What pixel (t, y, x, c) of clip n is, in any order of axes.
int pixel(int n, int t, int y, int x, int c) { return (37 * n + 11 * t + 5 * y + 3 * x + 80 * c) % 256; }

int sizeOf(char axis, int colours) { return axis == 'n' ? kClips : axis == 't' ? kFrames : axis == 'h' ? kHeight : axis == 'w' ? kWidth : colours; }

/// All clips with their axes in this order.
template <class T>
std::vector<T> values(const std::string& layout, int colours, double scale, double offset)
{
    std::vector<T> out;
    std::map<char, int> at;
    const std::function<void(std::size_t)> fill = [&](std::size_t axis) {
        if (axis == layout.size()) {
            out.push_back(static_cast<T>(pixel(at['n'], at['t'], at['h'], at['w'], at['c']) * scale + offset));
            return;
        }
        for (int i = 0; i < sizeOf(layout[axis], colours); ++i) {
            at[layout[axis]] = i;
            fill(axis + 1);
        }
    };
    fill(0);
    return out;
}

template <class T>
void put(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& shape, const std::vector<T>& data, bool packed = false)
{
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), creation = H5Pcreate(H5P_DATASET_CREATE), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    if (packed) {
        std::vector<hsize_t> chunk = shape;
        chunk[0] = 3;
        H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
        H5Pset_deflate(creation, 4);
    }
    const hid_t id = H5Dcreate2(file, name, type, space, links, creation, H5P_DEFAULT);
    if (!data.empty()) H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data());
    H5Dclose(id);
    H5Pclose(links);
    H5Pclose(creation);
    H5Sclose(space);
}

void putTexts(hid_t file, const char* name, std::vector<const char*> texts)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    put(file, name, type, {texts.size()}, texts);
    H5Tclose(type);
}

std::vector<hsize_t> shapeOf(const std::string& layout, int colours)
{
    std::vector<hsize_t> shape;
    for (const char axis : layout) shape.push_back(static_cast<hsize_t>(sizeOf(axis, colours)));
    return shape;
}

std::pair<ErrorCode, std::string> errorOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    return {ErrorCode::Internal, "no error"};
}
}  // namespace

class TestHdf5 final : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    fs::path path(const std::string& name) const { return fs::path(m_dir.path().toStdString()) / name; }
    fs::path made(const std::string& name, const std::function<void(hid_t)>& fill) const
    {
        const hid_t file = H5Fcreate(path(name).c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        fill(file);
        H5Fclose(file);
        return path(name);
    }
    static Frames clip(const DatasetScan& scan, std::int64_t index)
    {
        std::vector<std::string> warnings;
        return scan.load(index, warnings).at(0).frames;
    }
private Q_SLOTS:
    void readsEveryOrderOfAxes_data()
    {
        QTest::addColumn<QString>("layout");
        QTest::addColumn<int>("colours");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<bool>("said");
        QTest::newRow("nthwc") << "nthwc" << 3 << "uint8" << false;
        QTest::newRow("ntchw") << "ntchw" << 3 << "uint8" << false;
        QTest::newRow("ncthw, -1 to 1, packed") << "ncthw" << 3 << "float" << false;
        QTest::newRow("nthwc, 0 to 1, double") << "nthwc" << 3 << "double" << false;
        QTest::newRow("grey with an axis") << "ntchw" << 1 << "uint8" << false;
        QTest::newRow("grey without") << "nthw" << 1 << "uint8" << false;
        QTest::newRow("time first, said") << "tnhw" << 1 << "uint8" << true;
        QTest::newRow("another order, said") << "cnwht" << 3 << "uint8" << true;
    }
    void readsEveryOrderOfAxes()
    {
        QFETCH(QString, layout);
        QFETCH(int, colours);
        QFETCH(QString, kind);
        QFETCH(bool, said);
        const std::string axes = layout.toStdString();
        const fs::path file = made("axes.h5", [&](hid_t id) {
            const std::vector<hsize_t> shape = shapeOf(axes, colours);
            if (kind == "uint8") put(id, "videos", H5T_NATIVE_UINT8, shape, values<std::uint8_t>(axes, colours, 1, 0));
            if (kind == "float") put(id, "videos", H5T_NATIVE_FLOAT, shape, values<float>(axes, colours, 2 / 255.0, -1), true);
            if (kind == "double") put(id, "videos", H5T_NATIVE_DOUBLE, shape, values<double>(axes, colours, 1 / 255.0, 0));
        });
        Hdf5Options options;
        if (said) options.layout = axes;
        const auto scan = openHdf5(file, options);
        QCOMPARE(scan->size(), std::int64_t(kClips));
        for (int n = 0; n < kClips; ++n) {
            const Frames frames = clip(*scan, n);
            QCOMPARE(frames.count(), kFrames);
            for (int t = 0; t < kFrames; ++t)
                for (int y = 0; y < kHeight; ++y)
                    for (int x = 0; x < kWidth; ++x)
                        for (int c = 0; c < 3; ++c) QCOMPARE(int(frames.frame(t)[(y * kWidth + x) * 3 + c]), pixel(n, t, y, x, colours == 3 ? c : 0));
        }
        QCOMPARE(scan->sourceHash(0), sha256File(file));
    }
    void takesLabelsBesideTheClips()
    {
        const fs::path file = made("labels.h5", [](hid_t id) {
            put(id, "train/clips", H5T_NATIVE_UINT8, shapeOf("nthwc", 3), values<std::uint8_t>("nthwc", 3, 1, 0));
            put(id, "train/action", H5T_NATIVE_INT64, {kClips}, std::vector<std::int64_t>{4, 2, 4, -1, 2});
            put(id, "train/age", H5T_NATIVE_FLOAT, {kClips}, std::vector<float>{1, 2.5F, 3, 4, 5});
            putTexts(id, "train/name", {"a", "b", "c", "d", "e"});
            putTexts(id, "train/split", {"train", "test", "train", "test", "train"});
            putTexts(id, "train/subject", {"p1", "p2", "p1", "p3", ""});
            put(id, "train/mean", H5T_NATIVE_FLOAT, {3}, std::vector<float>{1, 2, 3});  // of another length: no label
        });
        const auto scan = openHdf5(file);
        QStringList names;
        for (const LabelColumn& column : scan->labelColumns()) names << QString::fromStdString(column.name);
        QCOMPARE(names, (QStringList{"action", "age", "subject"}));
        QCOMPARE(scan->labelColumns()[0].categories, (std::vector<std::string>{"2", "4"}));
        const ClipInfo first = scan->expected(0), fourth = scan->expected(3);
        QCOMPARE(first.name, std::string("a"));
        QCOMPARE(first.split, std::string("train"));
        QCOMPARE(first.group, std::string("p1"));
        QCOMPARE(first.labels, (std::vector<float>{1, 1, 0}));
        QVERIFY(std::isnan(fourth.labels[0]));
        QVERIFY(std::isnan(scan->expected(4).labels[2]));
    }
    void manyDataSetsAreManyClips()
    {
        const fs::path file = made("many.h5", [](hid_t id) {
            for (int i = 0; i < 3; ++i) {
                const auto frames = static_cast<hsize_t>(2 + i);
                put(id, ("walk/clip" + std::to_string(i)).c_str(), H5T_NATIVE_UINT8, {frames, 4, 4, 3}, std::vector<std::uint8_t>(frames * 48, static_cast<std::uint8_t>(i)));
            }
        });
        const auto scan = openHdf5(file);
        QCOMPARE(scan->size(), std::int64_t(3));
        QCOMPARE(scan->file(2), std::string("walk/clip2"));
        QCOMPARE(clip(*scan, 2).count(), 4);
        QCOMPARE(int(clip(*scan, 2).bytes()[0]), 2);
    }
    void whatIsNotClearIsAsked_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("says");
        QTest::newRow("several") << 0 << "X_test";
        QTest::newRow("axes") << 1 << "ntchw or ncthw";
        QTest::newRow("nothing") << 2 << "weights";
        QTest::newRow("range") << 3 << "values";
        QTest::newRow("empty file") << 4 << "no data sets";
    }
    void whatIsNotClearIsAsked()
    {
        QFETCH(int, kind);
        QFETCH(QString, says);
        const fs::path file = made("unclear.h5", [&](hid_t id) {
            const auto clips = values<std::uint8_t>("nthwc", 3, 1, 0);
            if (kind == 0) {
                put(id, "X_train", H5T_NATIVE_UINT8, shapeOf("nthwc", 3), clips);
                put(id, "X_test", H5T_NATIVE_UINT8, shapeOf("nthwc", 3), clips);
            }
            if (kind == 1) put(id, "clips", H5T_NATIVE_UINT8, {2, 3, 3, 4, 5}, std::vector<std::uint8_t>(360));
            if (kind == 2) put(id, "weights", H5T_NATIVE_FLOAT, {3, 3}, std::vector<float>(9));
            if (kind == 3) put(id, "clips", H5T_NATIVE_FLOAT, shapeOf("nthwc", 3), values<float>("nthwc", 3, 1, -128));
        });
        const auto [code, text] = errorOf([&] { openHdf5(file); });
        QVERIFY2(code == ErrorCode::Usage && QString::fromStdString(text).contains(says) && QString::fromStdString(text).contains("unclear.h5"), text.c_str());
    }
    void wrongOptionsAreNamed()
    {
        const fs::path file = made("options.h5", [](hid_t id) { put(id, "clips", H5T_NATIVE_UINT8, shapeOf("nthwc", 3), values<std::uint8_t>("nthwc", 3, 1, 0)); });
        QCOMPARE(errorOf([&] { openHdf5(file, {.dataset = "nothing"}); }).first, ErrorCode::Usage);
        QCOMPARE(errorOf([&] { openHdf5(file, {.layout = "nthwz"}); }).first, ErrorCode::Usage);
        QCOMPARE(errorOf([&] { openHdf5(file, {.layout = "nthcw"}); }).first, ErrorCode::Usage);  // 7 columns are no colours
        QCOMPARE(errorOf([&] { openHdf5(file, {.values = "-1,1"}); }).first, ErrorCode::Usage);
    }
    void hostileFilesAreRefused()
    {
        // a shape that the stored bytes cannot hold, data in another file, a link out of the file
        const fs::path empty = made("hostile.h5", [](hid_t id) { put<std::uint8_t>(id, "clips", H5T_NATIVE_UINT8, {1000000, 1000, 1000, 1000, 3}, {}); });
        QCOMPARE(errorOf([&] { openHdf5(empty); }).first, ErrorCode::Damaged);
        const fs::path outside = made("outside.h5", [](hid_t id) {
            const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
            H5Pset_external(creation, "/etc/passwd", 0, 2 * 2 * 4 * 4 * 3);
            const hsize_t shape[5] = {2, 2, 4, 4, 3};
            const hid_t space = H5Screate_simple(5, shape, nullptr);
            H5Dclose(H5Dcreate2(id, "clips", H5T_NATIVE_UINT8, space, H5P_DEFAULT, creation, H5P_DEFAULT));
            H5Sclose(space);
            H5Pclose(creation);
        });
        QCOMPARE(errorOf([&] { openHdf5(outside); }).first, ErrorCode::Damaged);
        const fs::path link = made("link.h5", [](hid_t id) { H5Lcreate_external("options.h5", "/clips", id, "clips", H5P_DEFAULT, H5P_DEFAULT); });
        QCOMPARE(errorOf([&] { openHdf5(link); }).first, ErrorCode::Usage);  // it holds nothing
        const fs::path circle = made("circle.h5", [](hid_t id) {
            H5Gclose(H5Gcreate2(id, "a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
            for (int i = 0; i < 8; ++i) H5Lcreate_hard(id, "/", id, ("a/loop" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT);
        });
        const auto [code, text] = errorOf([&] { openHdf5(circle); });
        QVERIFY2(code == ErrorCode::Usage || code == ErrorCode::Damaged, text.c_str());
        const std::string bytes = readFile(path("options.h5"));
        for (std::size_t size = 0; size < bytes.size(); size += 97) {
            writeFile(path("part.h5"), bytes.substr(0, size));
            QCOMPARE(errorOf([&] { openHdf5(path("part.h5")); }).first, ErrorCode::Damaged);
        }
    }
};
QTEST_APPLESS_MAIN(TestHdf5)
#include "tst_hdf5.moc"
