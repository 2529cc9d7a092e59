#include <unistd.h>

#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/util/error.h"
#include "datasets/import/files.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {
void touch(const fs::path& file, const std::string& bytes = "x")
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}
std::vector<std::string> names(const FileTree& tree)
{
    std::vector<std::string> list;
    for (const FoundFile& file : tree.files) list.push_back(file.relative);
    return list;
}
ErrorCode codeOf(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}
using Texts = std::vector<std::string>;
}  // namespace

class TestFiles final : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path root() const { return fs::path(m_dir->path().toStdString()) / "-sätze und so"; }
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        fs::create_directories(root());
    }

    void numbersCompareAsNumbers()
    {
        const Texts sorted = {"", "2", "02", "10", "a/10", "a/10/x", "a/b", "a-b/1", "a1/1", "a1/3", "a01/2", "a2", "a10b2", "a10b10", "a99999999999999999999998", "a99999999999999999999999", "b", "ä"};
        for (std::size_t i = 0; i < sorted.size(); ++i)
            for (std::size_t j = 0; j < sorted.size(); ++j) QVERIFY2(naturalLess(sorted[i], sorted[j]) == (i < j), qPrintable(QString("%1 | %2").arg(sorted[i].c_str(), sorted[j].c_str())));
    }
    void junkIsLeftOut()
    {
        for (const char* name : {"b/frame10.jpg", "b/frame9.jpg", "a.txt", "b/Thumbs.db", ".DS_Store", "__MACOSX/b/._frame9.jpg", "b/._frame9.jpg", "b/desktop.ini", "b/@eaDir/frame9.jpg", ".git/x"}) touch(root() / name, "four");
        fs::create_directories(root() / "empty/inner");
        const FileTree tree = listTree(root());
        QCOMPARE(names(tree), (Texts{"a.txt", "b/frame9.jpg", "b/frame10.jpg"}));
        QCOMPARE(tree.folders, (Texts{"b", "empty", "empty/inner"}));
        QCOMPARE(tree.files[1].bytes, std::uintmax_t(4));
        QVERIFY(fs::equivalent(tree.files[1].path, root() / "b/frame9.jpg"));
        QVERIFY(tree.skipped.empty());
        const FileTree flat = listTree(root(), 1);
        QCOMPARE(names(flat), (Texts{"a.txt"}));
        QCOMPARE(flat.folders, (Texts{"b", "empty"}));
    }
    void linksAreFollowedOnceAndCyclesEnd()
    {
        const fs::path outside = fs::path(m_dir->path().toStdString()) / "outside";
        touch(outside / "take/1.jpg");
        touch(outside / "lone.avi");
        touch(root() / "z/real.avi");
        fs::create_symlink("z/real.avi", root() / "a.avi");            // the real name wins though the link sorts first
        fs::create_directory_symlink("..", root() / "z/up");           // a cycle
        fs::create_directory_symlink(".", root() / "self");
        fs::create_directory_symlink(outside / "take", root() / "take1");
        fs::create_directory_symlink(outside / "take", root() / "take2");
        fs::create_symlink(outside / "lone.avi", root() / "lone.avi");
        fs::create_directory_symlink(root(), outside / "take/back");
        fs::create_symlink("nowhere", root() / "dangling.avi");
        fs::create_symlink("loop", root() / "loop");
        fs::create_hard_link(root() / "z/real.avi", root() / "z/second name.avi");  // two names, two files: nobody asked for either to go
        const FileTree tree = listTree(root());
        const Texts found = names(tree);
        QCOMPARE(found.size(), std::size_t(4));
        QVERIFY(std::ranges::find(found, "z/real.avi") != found.end() && std::ranges::find(found, "z/second name.avi") != found.end() && std::ranges::find(found, "lone.avi") != found.end());
        QCOMPARE(std::ranges::count_if(found, [](const std::string& name) { return name.starts_with("take"); }), std::ptrdiff_t(1));
        QCOMPARE(tree.skipped.size(), std::size_t(2));
        QCOMPARE(tree.skipped[0].file, std::string("dangling.avi"));
        QVERIFY(tree.skipped[0].reason.find("nowhere") != std::string::npos);
    }
    void aFolderThatCannotBeReadIsOneSkip()
    {
        if (::geteuid() == 0) QSKIP("root reads every folder; run the tests as an ordinary user to check this");
        touch(root() / "good/1.jpg");
        touch(root() / "closed/1.jpg");
        fs::permissions(root() / "closed", fs::perms::none);
        const FileTree tree = listTree(root());
        fs::permissions(root() / "closed", fs::perms::owner_all);
        QCOMPARE(names(tree), (Texts{"good/1.jpg"}));
        QCOMPARE(tree.skipped.size(), std::size_t(1));
        QCOMPARE(tree.skipped[0].file, std::string("closed"));
        fs::permissions(root(), fs::perms::none);
        const ErrorCode code = codeOf([&] { listTree(root()); });
        fs::permissions(root(), fs::perms::owner_all);
        QCOMPARE(code, ErrorCode::CannotRead);
    }
    void theRootMustBeAFolder()
    {
        QCOMPARE(codeOf([&] { listTree(root() / "missing"); }), ErrorCode::NotFound);
        touch(root() / "file");
        QCOMPARE(codeOf([&] { listTree(root() / "file"); }), ErrorCode::NotFound);
        QCOMPARE(codeOf([&] { listTree(root() / "file/below"); }), ErrorCode::NotFound);
        QVERIFY(listTree(root()).files.size() == 1);
    }
    void veryDeepAndVeryLongPathsEnd()
    {
        fs::path deep = root();
        for (int i = 0; i < 70; ++i) deep /= "d";
        touch(deep / "x.avi");
        const FileTree tree = listTree(root());
        QVERIFY(tree.files.empty());
        QCOMPARE(tree.skipped.size(), std::size_t(1));
        QVERIFY(tree.skipped[0].reason.find("64 folders deep") != std::string::npos);
        // a tree whose paths no single call can open: made step by step, as unpackers do
        const fs::path before = fs::current_path();
        fs::current_path(root());
        const std::string name(250, 'n');
        for (int i = 0; i < 20; ++i) {
            fs::create_directory(name);
            fs::current_path(name);
        }
        fs::current_path(before);
        const FileTree longer = listTree(root());
        QCOMPARE(longer.skipped.size(), std::size_t(2));
        QVERIFY(longer.skipped[1].reason.find("long") != std::string::npos);
        fs::current_path(root());
        const int gone = std::system("rm -rf n*");  // QTemporaryDir cannot
        fs::current_path(before);
        QCOMPARE(gone, 0);
    }
    void manyClassFoldersAreQuick()
    {
        for (int i = 0; i < 1000; ++i) touch(root() / ("class " + std::to_string(i)) / "1.avi");
        QElapsedTimer clock;
        clock.start();
        const FileTree tree = listTree(root());
        QVERIFY2(clock.elapsed() < 2000, qPrintable(QString("%1 ms").arg(clock.elapsed())));
        QCOMPARE(tree.files.size(), std::size_t(1000));
        QCOMPARE(tree.files[2].relative, std::string("class 2/1.avi"));
        QCOMPARE(tree.files[10].relative, std::string("class 10/1.avi"));
    }
    void extensionsAreToldInAnyCase()
    {
        QVERIFY(hasVideoName("a/b.AVI") && hasVideoName("x.mp4") && hasVideoName("x.WebM") && !hasVideoName("avi") && !hasVideoName("a.avi/b") && !hasVideoName("x.jpg"));
        QVERIFY(hasPictureName("x.JPEG") && hasPictureName("x.ppm") && !hasPictureName("x.mp4") && !hasPictureName("x."));
        QCOMPARE(lowered("ÄBC.Jpg"), std::string("Äbc.jpg"));
    }
    void theLastNumberOfAStemIsTheFrame()
    {
        QCOMPARE(frameNumber("img_0012.jpg"), std::int64_t(12));
        QCOMPARE(frameNumber("a3_frame12.png"), std::int64_t(12));
        QCOMPARE(frameNumber("073_spontaneous_smile_2.mp4_frame0.jpg"), std::int64_t(0));
        QCOMPARE(frameNumber("v10/first.jp2"), std::int64_t(-1));
        QCOMPARE(frameNumber("7"), std::int64_t(7));
        QCOMPARE(frameNumber("99999999999999999999123.png"), std::int64_t(999999999999999123));
    }
    void framesFollowTheirNumbers()
    {
        FrameOrder order = frameOrder({"img_10.jpg", "img_2.jpg", "img_0.jpg", "img_1.jpg"});
        QCOMPARE(order.order, (std::vector<std::size_t>{2, 3, 1, 0}));
        QCOMPARE(order.missing, std::int64_t(7));
        // the number that differs is not the last one
        order = frameOrder({"image-010_64x64.png", "image-009_64x64.png"});
        QCOMPARE(order.order, (std::vector<std::size_t>{1, 0}));
        QCOMPARE(order.missing, std::int64_t(0));
        // another word before the number
        order = frameOrder({"b1.png", "a2.png", "a3.png"});
        QCOMPARE(order.order, (std::vector<std::size_t>{0, 1, 2}));
        order = frameOrder({"b.png", "a.png"});
        QCOMPARE(order.order, (std::vector<std::size_t>{1, 0}));
        QVERIFY(frameOrder({}).order.empty());
    }
    void groupsStayTogether()
    {
        QCOMPARE(groupFolds({"s10", "s2", "s1", "s2"}, 3, 3), (Texts{"test", "train", "train", "train"}));
        QCOMPARE(groupFolds({"s10", "s2", "s1", "s2"}, 3, 2), (Texts{"train", "test", "train", "test"}));
        QCOMPARE(groupFolds({"", "", "a"}, 3, 1), (Texts{"train", "train", "test"}));
        QCOMPARE(groupFolds({"", "", "a"}, 3, 2), (Texts{"test", "train", "train"}));
        QCOMPARE(codeOf([] { groupFolds({"a"}, 1, 1); }), ErrorCode::Usage);
        QCOMPARE(codeOf([] { groupFolds({"a"}, 3, 4); }), ErrorCode::Usage);
    }
};
QTEST_APPLESS_MAIN(TestFiles)
#include "tst_files.moc"
