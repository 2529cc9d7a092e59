// The table of docs/architecture.md, held against every #include. A rule without this test decays.
#include <QtTest>

#include <filesystem>
#include <fstream>
#include <regex>

namespace fs = std::filesystem;

namespace {
/// Which of our folders a folder's files may include, beside their own. The longest prefix of a path decides.
struct Row {
    std::string folder;
    std::vector<std::string> may;
    bool torch = false, qt = false, widgets = false, opencv = false, hdf5 = false, libav = false, protozero = false, spdlog = false;
};

const std::vector<std::string> kBase = {"core/util", "core/clip", "core/options", "core/control", "core/describe", "core/dataset", "core/protocol", "core/coding"};

std::vector<std::string> with(std::vector<std::string> list, const std::vector<std::string>& more)
{
    list.insert(list.end(), more.begin(), more.end());
    return list;
}

std::vector<Row> table()
{
    const auto firstOf = [](const std::vector<std::string>& order, std::size_t count, const std::vector<std::string>& below = {}) {
        return with(below, {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)});
    };
    std::vector<Row> rows;
    // inside core/ a folder includes only those that the order names before it
    for (std::size_t i = 0; i < kBase.size(); ++i) rows.push_back({kBase[i], firstOf(kBase, i)});
    rows[0].spdlog = true;
    const std::vector<std::string> store = {"core/events", "core/run", "core/study"};
    for (std::size_t i = 0; i < store.size(); ++i) rows.push_back({.folder = store[i], .may = firstOf(store, i, kBase), .protozero = true});
    const std::vector<std::string> io = {"core/clipfile", "core/export"};
    for (std::size_t i = 0; i < io.size(); ++i) rows.push_back({.folder = io[i], .may = firstOf(io, i, kBase), .opencv = true, .hdf5 = true, .libav = true});
    const std::vector<std::string> allIo = with(kBase, io);
    rows.push_back({.folder = "core/decode", .may = allIo, .opencv = true, .libav = true});
    const std::vector<std::string> engine = {"core/nn", "core/system", "core/plan", "core/metrics", "core/inversion", "core/loader", "core/training", "core/serve"};
    for (std::size_t i = 0; i < engine.size(); ++i) rows.push_back({.folder = engine[i], .may = firstOf(engine, i, kBase), .torch = true});
    const std::vector<std::string> allEngine = with(kBase, engine);
    rows.push_back({.folder = "core/cuda", .may = allEngine, .torch = true});
    rows.push_back({.folder = "models", .may = allEngine, .torch = true});
    rows.push_back({.folder = "datasets/synthetic", .may = allIo, .opencv = true});
    rows.push_back({.folder = "datasets/hdf5", .may = with(allIo, {"datasets/import", "datasets"}), .hdf5 = true});
    rows.push_back({.folder = "datasets", .may = with(allIo, {"core/decode"}), .opencv = true});
    rows.push_back({.folder = "widgets/controllers", .may = with(allIo, store), .qt = true});
    rows.push_back({.folder = "widgets", .may = with(allIo, with(store, {"widgets"})), .qt = true, .widgets = true});
    rows.push_back({.folder = "app/shared", .may = kBase});
    rows.push_back({.folder = "app/kinora", .may = with(with(kBase, store), {"app/shared"})});
    rows.push_back({.folder = "app/engine", .may = with(with(with(allEngine, io), store), {"app/shared", "models", "datasets/synthetic"}), .torch = true});
    rows.push_back({.folder = "app/import", .may = with(allIo, {"app/shared", "core/decode", "datasets"})});
    rows.push_back({.folder = "app/workbench", .may = with(allIo, with(store, {"widgets"})), .qt = true, .widgets = true});
    return rows;
}

bool under(const std::string& path, const std::string& folder) { return path == folder || path.starts_with(folder + "/"); }

std::string folderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
}  // namespace

class TestLayers final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyIncludeIsAllowed();
    void aForbiddenArrowIsSeen();
    void noLineNamesASystemOutsideModels();

private:
    QStringList problems(const std::string& path, const std::string& text);
};

QStringList TestLayers::problems(const std::string& path, const std::string& text)
{
    static const std::vector<Row> rows = table();
    const Row* row = nullptr;
    for (const Row& candidate : rows)
        if (under(path, candidate.folder) && (!row || candidate.folder.size() > row->folder.size())) row = &candidate;
    QStringList found;
    if (!row) return {QString::fromStdString(path + " lies in a folder that the table does not name")};
    static const std::regex include(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re", std::regex::multiline);
    for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
        const std::string name = (*it)[2];
        const auto complain = [&](const std::string& why) { found << QString::fromStdString(path + " includes " + name + ": " + why); };
        if ((*it)[1] == "\"") {
            static const std::vector<std::string> ours = {"core/", "models/", "datasets/", "widgets/", "app/", "tests/"};
            if (std::ranges::none_of(ours, [&](const std::string& root) { return name.starts_with(root); })) {
                if (name != "kinora_version.h" && name.find(".moc") == std::string::npos && !name.starts_with("moc_")) complain("ours are included from the root of the repository");
                continue;
            }
            const std::string target = folderOf(name);
            // a model's own folder and models/ itself; never another system's
            if (under(path, "models")) {
                const std::string own = folderOf(path);
                if (target == own || target == "models" || (own == "models" && under(target, "models"))) continue;
                if (under(target, "models/blocks")) continue;
            } else if (target == folderOf(path) || (under(target, row->folder) && under(path, row->folder))) {
                continue;
            }
            if (std::ranges::none_of(row->may, [&](const std::string& folder) { return under(target, folder); })) complain("this arrow is not in the table");
            continue;
        }
        const auto begins = [&](std::initializer_list<const char*> list) { return std::ranges::any_of(list, [&](const char* start) { return name.starts_with(start); }); };
        if (!row->torch && begins({"torch/", "ATen/", "c10/"})) complain("LibTorch stops at the engine");
        if (begins({"ATen/cuda", "c10/cuda", "cuda", "nccl"}) && !under(path, "core/cuda")) complain("CUDA headers belong to core/cuda");
        static const std::regex qt("^(Q[A-Z][A-Za-z0-9]*|Qt[A-Z][A-Za-z]*(/.*)?)$");
        if (std::regex_match(name, qt)) {
            if (!row->qt) complain("Qt stops at widgets");
            static const std::regex visible("^(QWidget|QDialog|QMainWindow|QLabel|QPushButton|Q.*View|Q.*Layout|QApplication|QMessageBox|QFileDialog|QtWidgets.*|QtCharts.*)$");
            if (row->qt && !row->widgets && std::regex_match(name, visible)) complain("controllers show nothing");
        }
        if (!row->opencv && begins({"opencv2/"})) complain("OpenCV is not for this folder");
        if (!row->hdf5 && begins({"hdf5", "H5"})) complain("HDF5 is not for this folder");
        if (!row->libav && begins({"libav", "libsw"})) complain("libav is not for this folder");
        if (!row->protozero && begins({"protozero/"})) complain("protozero is for the events alone");
        if (!row->spdlog && begins({"spdlog/", "fmt/"})) complain("spdlog stays in core/util/log.cpp");
        if (begins({"opencv2/highgui", "opencv2/dnn", "opencv2/opencv.hpp"})) complain("it drags half of Debian in");
    }
    return found;
}

void TestLayers::everyIncludeIsAllowed()
{
    const fs::path root = KINORA_SOURCE_DIR;
    QStringList all;
    int files = 0;
    for (const char* top : {"core", "models", "datasets", "widgets", "app"})
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            const std::string extension = entry.path().extension().string();
            if (extension != ".cpp" && extension != ".h" && extension != ".cu") continue;
            std::ifstream in(entry.path());
            const std::string text{std::istreambuf_iterator<char>(in), {}};
            all += problems(fs::relative(entry.path(), root).string(), text);
            ++files;
        }
    QVERIFY2(files > 40, "the sources were not found");
    QVERIFY2(all.isEmpty(), qPrintable("\n" + all.join('\n')));
}

void TestLayers::aForbiddenArrowIsSeen()
{
    QVERIFY(!problems("widgets/views/x.cpp", "#include <torch/torch.h>\n").isEmpty());
    QVERIFY(!problems("core/util/x.cpp", "#include \"core/control/control.h\"\n").isEmpty());
    QVERIFY(!problems("models/a/x.cpp", "#include \"models/b/y.h\"\n").isEmpty());
    QVERIFY(!problems("core/system/x.cpp", "  #  include <QString>\n").isEmpty());
    QVERIFY(!problems("widgets/controllers/x.cpp", "#include <QLabel>\n").isEmpty());
    QVERIFY(!problems("elsewhere/x.cpp", "").isEmpty());
    QVERIFY(problems("core/control/x.cpp", "#include \"core/clip/frames.h\"\n#include <vector>\n").isEmpty());
}

void TestLayers::noLineNamesASystemOutsideModels()
{
    const fs::path root = KINORA_SOURCE_DIR;
    std::vector<std::string> ids;
    for (const auto& entry : fs::directory_iterator(root / "models"))
        if (entry.is_directory() && entry.path().filename() != "blocks") ids.push_back(entry.path().filename().string());
    QVERIFY(!ids.empty());
    QStringList found;
    for (const char* top : {"core", "datasets", "widgets", "app"})
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            const std::string extension = entry.path().extension().string();
            if (extension != ".cpp" && extension != ".h") continue;
            std::ifstream in(entry.path());
            std::string line;
            for (int number = 1; std::getline(in, line); ++number) {
                // comments may tell where an idea comes from, and help texts show examples; logic may not
                const std::string code = line.substr(0, line.find("//"));
                for (const std::string& id : ids) {
                    // svg is a kind of picture too
                    const std::string before = id == "svg" ? "models/" : "(==|!=|case|\\bif\\b|models/)[^\\n]*\\b";
                    const bool logic = std::regex_search(code, std::regex(before + id + "\\b", std::regex::icase));
                    if (logic) found << QString::fromStdString(fs::relative(entry.path(), root).string() + ":" + std::to_string(number) + " " + line);
                }
            }
        }
    QVERIFY2(found.isEmpty(), qPrintable("\n" + found.join('\n')));
}

QTEST_APPLESS_MAIN(TestLayers)
#include "tst_layers.moc"
