// What every system of the catalogue must keep to, whatever it is.
#include <torch/torch.h>

#include <QtTest>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "core/loader/clip_loader.h"
#include "core/nn/init.h"
#include "core/system/checkpoint.h"
#include "core/system/closed_form.h"
#include "core/system/generation.h"
#include "core/system/generation_plan.h"
#include "core/training/trainer.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/random.h"
#include "models/catalogue.h"
#include "tests/models/plan_checks.h"
#include "tests/support/test_clips.h"

using namespace kinora;
namespace fs = std::filesystem;

namespace {

/// Options of a tiny instance: each the smallest of its kind that the networks take.
OptionValues tiny(const SystemEntry& entry)
{
    OptionValues values;
    const std::map<std::string, int64_t> small = {{"base_channels", 3}, {"appearance_dim", 5}, {"content_dim", 5}, {"motion_dim", 3}, {"code_dim", 6}, {"g_dim", 6}, {"z_dim", 3}, {"rnn_size", 8}, {"classes", 3}, {"n_past", 2}, {"n_future", 2}};
    for (const OptionField& field : entry.description.options)
        if (const auto found = small.find(field.key); found != small.end()) values[field.key] = found->second;
    return values;
}

/// A dataset in memory with a class label of the motion.
class LabelledClips final : public ClipSource {
public:
    explicit LabelledClips(int frames, bool labelled = true) : m_frames(frames)
    {
        if (labelled) m_columns = {{"action", {"left", "right", "still"}, "motion"}};
    }
    std::string name() const override { return "labelled clips"; }
    int64_t size() const override { return 6; }
    ClipInfo info(int64_t index) const override
    {
        ClipInfo info;
        info.name = std::to_string(index);
        info.frames = m_frames;
        info.height = info.width = 64;
        if (!m_columns.empty()) info.labels = {static_cast<float>(index % 3)};
        return info;
    }
    const std::vector<LabelColumn>& labelColumns() const override { return m_columns; }
    Frames frames(int64_t index, const FrameWindow& given) const override
    {
        const FrameWindow window = resolved(given, m_frames);
        std::vector<std::uint8_t> bytes(static_cast<std::size_t>(window.count) * 64 * 64 * 3);
        for (int t = 0; t < window.count; ++t)
            for (int i = 0; i < 64 * 64 * 3; ++i) bytes[static_cast<std::size_t>(t) * 64 * 64 * 3 + i] = static_cast<std::uint8_t>((i / 3 % 64 * 3 + i % 3 * 40 + (window.first + t * window.step) * 5 + index * 17) % 256);
        return Frames(window.count, 64, 64, std::move(bytes));
    }

private:
    int m_frames;
    std::vector<LabelColumn> m_columns;
};

std::unique_ptr<System> made(const SystemEntry& entry, OptionValues values, const ClipSource& source, uint64_t seed = 1)
{
    if (entry.fit) entry.fit(values, source);
    torch::manual_seed(seed);
    return entry.create(values);
}

Batch batchOf(const System& system, const std::shared_ptr<const ClipSource>& source, int64_t clips = 4) { return ClipLoader(source, system.batchNeeds(), {clips, 1, 3}).next(); }

ControlValues drawn(const SystemDescription& d, uint64_t seed, int frames)
{
    ControlValues values;
    Random random(seed);
    for (const Control& control : d.controls) {
        values[control.id] = drawControl(control, frames, random);
        if (control.kind != ControlKind::Image && control.kind != ControlKind::Frames) continue;
        const LabelledClips clips(control.count + 4);
        values[control.id].frames = std::make_shared<const Frames>(clips.frames(static_cast<int64_t>(seed % 6), {0, control.kind == ControlKind::Image ? 1 : control.count, 1}));
    }
    return values;
}

std::vector<torch::Tensor> stateOf(System& system)
{
    std::vector<torch::Tensor> state;
    for (const NamedNetwork& network : system.networks())
        for (const auto& [name, tensor] : nn::stateDict(*network.module)) state.push_back(tensor.detach().clone());
    return state;
}

bool same(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const torch::Tensor& x, const torch::Tensor& y) { return torch::equal(x, y); });
}

torch::Tensor generated(System& system, const std::vector<ControlValues>& clips, int frames) { return system.generate(toTensors(system.describe(), clips, frames, torch::kCPU), frames, 0); }
}  // namespace

class TestSystems final : public QObject {
    Q_OBJECT
    void rows()
    {
        QTest::addColumn<QString>("id");
        for (const SystemEntry& entry : catalogue()) QTest::newRow(entry.description.id.c_str()) << QString::fromStdString(entry.description.id);
    }
    static const SystemEntry& entry()
    {
        QFETCH(QString, id);
        return findSystem(catalogue(), id.toStdString());
    }
    std::shared_ptr<const ClipSource> m_source = std::make_shared<LabelledClips>(40);

private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }
    void init() { torch::manual_seed(0); }

    void presetsNameOptionsThatThereAre_data() { rows(); }
    void presetsNameOptionsThatThereAre()
    {
        std::vector<OptionField> fields = entry().description.options;
        for (const OptionField& field : describeOptions<TrainingOptions>("training")) fields.push_back(field);
        for (const OptionPreset& preset : entry().description.presets)
            for (const auto& [key, value] : preset.values) checkedOption(findOption(fields, key), value);
        QVERIFY(!entry().description.presets.empty());
    }

    void everyControlAndOptionIsExplained_data() { rows(); }
    void everyControlAndOptionIsExplained()
    {
        for (const Control& control : entry().description.controls) QVERIFY2(control.help.size() > 20 && !control.name.empty(), control.id.c_str());
        for (const OptionField& field : entry().description.options) QVERIFY2(field.help.size() > 5, field.key.c_str());
        const SystemDescription back = systemFromJson(toJson(entry().description));
        QVERIFY(back.controls == entry().description.controls);
        QVERIFY(back.views == entry().description.views);
    }

    void aStepMovesEveryParameterAndReportsDescribedScalars_data() { rows(); }
    void aStepMovesEveryParameterAndReportsDescribedScalars()
    {
        const auto system = made(entry(), tiny(entry()), *m_source);
        system->train(true);
        std::map<std::string, torch::Tensor> before;
        for (const NamedNetwork& network : system->networks())
            for (const auto& parameter : network.module->named_parameters()) before[network.name + "/" + parameter.key()] = parameter.value().detach().clone();
        const Batch batch = batchOf(*system, m_source);
        StepScalars scalars;
        for (int step = 1; step <= 2; ++step) scalars = system->trainStep(batch, step);  // gates that begin at zero open with the first step
        const std::vector<std::string> described = system->describe().scalars;
        for (const auto& [name, value] : scalars) {
            QVERIFY2(std::isfinite(value.item<double>()), name.c_str());
            QVERIFY2(std::ranges::find(described, name) != described.end(), name.c_str());
        }
        for (const NamedNetwork& network : system->networks())
            for (const auto& parameter : network.module->named_parameters())
                // a bias that a normalisation takes away has no gradient where that is computed without rounding
                QVERIFY2((parameter.key().ends_with("bias") && parameter.value().grad().defined() && !parameter.value().grad().any().item<bool>()) || !torch::equal(before.at(network.name + "/" + parameter.key()), parameter.value()), (network.name + "/" + parameter.key()).c_str());
    }

    void continuesFromACheckpointAsIfNothingHappened_data() { rows(); }
    void continuesFromACheckpointAsIfNothingHappened()
    {
        const auto first = made(entry(), tiny(entry()), *m_source);
        first->train(true);
        const Batch batch = batchOf(*first, m_source);
        first->trainStep(batch, 1);
        const std::string bytes = serializeCheckpoint(*first, {1, 0.1, "test", 10, {}, nullptr, nullptr, nullptr});
        const auto second = entry().create(first->options());
        const safetensors::File file(std::as_bytes(std::span(bytes)), "checkpoint");
        loadTrainingState(*second, file);
        second->train(true);
        second->trainStep(batch, 2);
        const std::vector<torch::Tensor> after = stateOf(*second);
        loadTrainingState(*first, file);  // the random numbers of before
        first->trainStep(batch, 2);
        QVERIFY(same(stateOf(*first), after));
    }

    void generatesTheSameClipWhateverStandsBesideIt_data() { rows(); }
    void generatesTheSameClipWhateverStandsBesideIt()
    {
        const auto system = made(entry(), tiny(entry()), *m_source);
        system->train(true);
        system->trainStep(batchOf(*system, m_source), 1);
        const SystemDescription d = system->describe();
        const int frames = d.length.trained;
        const ControlValues a = drawn(d, 1, frames), b = drawn(d, 2, frames);
        const std::vector<torch::Tensor> before = stateOf(*system);
        const torch::Tensor alone = generated(*system, {a}, frames), again = generated(*system, {a}, frames), both = generated(*system, {b, a}, frames);
        QVERIFY(torch::equal(alone, again));
        QVERIFY((both[1] - alone[0]).abs().max().item<double>() < 1e-5);
        QVERIFY((both[0] - both[1]).abs().max().item<double>() > 0);  // little for new weights of standard deviation 0.01
        QCOMPARE(alone.sizes(), torch::IntArrayRef({1, 3, frames, d.height, d.width}));
        QVERIFY(alone.abs().max().item<double>() <= 1);
        QVERIFY(same(before, stateOf(*system)));
        for (const NamedNetwork& network : system->networks()) QVERIFY(network.module->is_training());
        for (const int other : {d.length.minimum, d.length.nearest(d.length.trained + 5)})
            QCOMPARE(generated(*system, {drawn(d, 1, other)}, other).size(2), int64_t(other));
    }

    void aPlanGivesTheSameClips_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("precision");
        QTest::addColumn<double>("tolerance");
        for (const SystemEntry& entry : catalogue()) {
            const QString id = QString::fromStdString(entry.description.id);
            QTest::addRow("%s fp32", entry.description.id.c_str()) << id << int(PlanPrecision::Float32) << 1e-5;
            QTest::addRow("%s bf16", entry.description.id.c_str()) << id << int(PlanPrecision::BFloat16) << 3e-2;
        }
    }
    void aPlanGivesTheSameClips()
    {
        QFETCH(int, precision);
        QFETCH(double, tolerance);
        const auto system = made(entry(), tiny(entry()), *m_source);
        test::enliven(*system);
        const std::unique_ptr<GenerationPlan> plan = system->makePlan(static_cast<PlanPrecision>(precision));
        if (!plan) QSKIP("has no such plan");
        QVERIFY(!plan->description().empty());
        const SystemDescription description = system->describe();
        const int frames = description.length.trained;
        std::vector<ControlValues> clips;
        for (const uint64_t seed : {40, 41, 42}) clips.push_back(drawn(description, seed, frames));
        for (const Control& control : description.controls)  // settings count too
            if (control.fixed && control.bounded())
                for (float& number : clips[1][control.id].numbers) number = static_cast<float>(0.3 * control.low + 0.7 * control.high);
        // a clip all of whose pixels are at an end of the range hides differences, and a single one near the middle tips over by rounding alone
        for (int k = 0; k < 20 && system->generate(toTensors(description, clips, frames, torch::kCPU), frames, 0).abs().gt(0.99).to(torch::kFloat32).mean().item<double>() > 0.05; ++k)
            for (const NamedNetwork& network : system->networks())
                for (const auto& buffer : network.module->named_buffers())
                    if (buffer.key().ends_with("running_var")) buffer.value().mul_(2);
        const auto compare = [&] {
            const ControlTensors values = toTensors(description, clips, frames, torch::kCPU);
            const torch::Tensor plain = system->generate(values, frames, 0), planned = plan->generate(values, frames, 0);
            QCOMPARE(planned.sizes(), plain.sizes());
            // with such sharp weights single pixels may tip over in bf16: the mean tells whether it is the same clip
            const torch::Tensor differences = (planned - plain).abs();
            const double scale = plain.abs().max().item<double>(), error = (precision == int(PlanPrecision::BFloat16) ? differences.mean() : differences.max()).item<double>();
            QVERIFY2(plain.std().item<double>() > 0.05, "the clip shows nothing");
            QVERIFY2(error <= tolerance * scale, qPrintable(QString::number(error / scale)));
            // a clip does not depend on its neighbours
            const torch::Tensor alone = plan->generate(toTensors(description, {clips[1]}, frames, torch::kCPU), frames, 0);
            QVERIFY((alone[0] - planned[1]).abs().mean().item<double>() <= 1e-6 + (precision == int(PlanPrecision::BFloat16) ? 0.1 * tolerance : 0.0));
        };
        compare();
        {
            const torch::NoGradGuard noGrad;
            for (const NamedNetwork& network : system->networks())
                for (torch::Tensor& parameter : network.module->parameters()) parameter.mul_(0.9);
        }
        compare();  // it follows the weights
        QVERIFY_EXCEPTION_THROWN(plan->generate(toTensors(description, clips, frames, torch::kCPU), frames + 1, 0), Error);
        QVERIFY_EXCEPTION_THROWN(plan->generate({}, frames, 0), Error);
    }

    void viewsAreAsLargeAsTheClip_data() { rows(); }
    void viewsAreAsLargeAsTheClip()
    {
        const auto system = made(entry(), tiny(entry()), *m_source);
        const SystemDescription d = system->describe();
        const ControlTensors controls = toTensors(d, {drawn(d, 1, d.length.trained)}, d.length.trained, torch::kCPU);
        for (const OutputView& view : d.views) {
            const torch::Tensor shown = system->view(view.id, controls, d.length.trained, 0);
            QCOMPARE(shown.sizes(), torch::IntArrayRef({1, 3, d.length.trained, d.height, d.width}));
            QVERIFY(shown.abs().max().item<double>() <= 1);
        }
        QVERIFY_EXCEPTION_THROWN(system->view("nothing", controls, d.length.trained, 0), Error);
    }

    void directionsCanBeFound_data() { rows(); }
    void directionsCanBeFound()
    {
        const auto system = made(entry(), tiny(entry()), *m_source);
        for (const Control& control : system->describe().controls) {
            const bool gaussian = control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence;
            if (!gaussian) continue;
            if (control.fixed) {
                QVERIFY_EXCEPTION_THROWN(principalDirections(*system, control, 2, 20, 0), Error);
                continue;
            }
            // a system that must be given pictures has features of its own, so that none are needed here
            const bool pictures = std::ranges::any_of(system->describe().controls, [](const Control& other) { return givenControl(other.kind); });
            const torch::Tensor probe = control.kind == ControlKind::GaussianSequence ? torch::zeros({1, control.size, 2}) : torch::zeros({1, control.size});
            if (pictures) QVERIFY(system->controlFeatures(control.id, probe).defined());
            QVERIFY(!principalDirections(*system, control, 2, 20, 0).vectors.empty());
        }
    }

    void closedFormDirectionsAreThoseThatTheWeightsEnlargeMost_data() { rows(); }
    void closedFormDirectionsAreThoseThatTheWeightsEnlargeMost()
    {
        const auto system = made(entry(), tiny(entry()), *m_source);
        const auto drawn = [](const Control& control) { return (control.kind == ControlKind::GaussianVector || control.kind == ControlKind::GaussianSequence) && !control.fixed; };
        if (std::ranges::none_of(system->describe().controls, drawn)) QSKIP("has no codes");
        auto* naming = dynamic_cast<NamesControlWeights*>(system.get());
        QVERIFY2(naming, "the system names no weights");
        int found = 0;
        for (const Control& control : system->describe().controls) {
            if (!drawn(control)) {
                QVERIFY_EXCEPTION_THROWN(closedFormDirections(*system, control, 3), Error);
                continue;
            }
            const torch::Tensor weights = naming->controlWeights(control.id).to(torch::kFloat64);
            QCOMPARE(weights.size(1), control.size);
            const Directions directions = closedFormDirections(*system, control, 4);
            QVERIFY(!directions.vectors.empty());
            const double total = weights.square().sum().item<double>();
            torch::Tensor before;
            for (std::size_t k = 0; k < directions.vectors.size(); ++k) {
                const torch::Tensor v = torch::tensor(directions.vectors[k]).to(torch::kFloat64);
                QVERIFY(std::abs(v.norm().item<double>() - 1) < 1e-5);
                // what the weights make of it is its share, and none at random is enlarged more than the first
                QVERIFY(std::abs(weights.mv(v).square().sum().item<double>() / total - directions.explained[k]) < 1e-5);
                if (k > 0) {
                    QVERIFY(directions.explained[k] <= directions.explained[k - 1]);
                    QVERIFY(std::abs(v.dot(before).item<double>()) < 1e-5);
                }
                before = v;
            }
            torch::manual_seed(1);
            for (int trial = 0; trial < 20; ++trial) {
                torch::Tensor random = torch::randn({control.size}, torch::kFloat64);
                random = random / random.norm();
                QVERIFY(weights.mv(random).square().sum().item<double>() / total <= directions.explained[0] + 1e-9);
            }
            // where the features are the layer itself, the weights are what it does: A (z - z') = f(z) - f(z')
            const torch::Tensor z = torch::randn({2, control.size}), flat = control.kind == ControlKind::GaussianSequence ? z.unsqueeze(2) : z;
            const torch::Tensor features = system->controlFeatures(control.id, flat);
            if (features.defined() && features.size(1) == weights.size(0) && entry().description.id != "mocogan" && entry().description.id != "g3an") {
                const torch::Tensor expected = weights.mv((z[0] - z[1]).to(torch::kFloat64)), is = (features[0] - features[1]).to(torch::kFloat64);
                QVERIFY(torch::allclose(expected, is, 1e-3, 1e-5));
            }
            ++found;
        }
        QVERIFY(found > 0);
    }

    void sampledFramesAreRefusedByDatasetsThatDoNotFit_data() { rows(); }
    void sampledFramesAreRefusedByDatasetsThatDoNotFit()
    {
        // too short
        const auto system = made(entry(), tiny(entry()), *m_source);
        const BatchNeeds needs = system->batchNeeds();
        if (!needs.repeatLast) QVERIFY_EXCEPTION_THROWN(checkDataset(LabelledClips(needs.frames - 1), needs), Error);
        checkDataset(*m_source, needs);
        // without labels
        const LabelledClips bare(40, false);
        OptionValues values = tiny(entry());
        try {
            if (entry().fit) entry().fit(values, bare);
            const BatchNeeds without = entry().create(values)->batchNeeds();
            checkDataset(bare, without);
            QVERIFY(without.labels.empty());  // trains without, or has none
        } catch (const Error& error) {  // a system that needs the class says so, as a problem of the dataset
            QVERIFY2(!needs.labels.empty() && error.detail().find("label") != std::string::npos, error.what());
            QCOMPARE(exitCode(error.code()), 3);
        }
        // the classes of another dataset
        if (needs.labels.empty()) return;
        OptionValues other = tiny(entry());
        other["class_names"] = std::string("walk,run");
        try {
            entry().fit(other, *m_source);
            QFAIL("takes a dataset with other classes");
        } catch (const Error& error) {
            QVERIFY2(error.detail().find("left, right, still") != std::string::npos && error.detail().find("--set class_names=") != std::string::npos, error.what());
            QCOMPARE(exitCode(error.code()), 3);
        }
        // of a run that goes on, with networks that are built already
        other["label"] = std::string("action");
        QVERIFY_EXCEPTION_THROWN(checkDataset(*m_source, entry().create(other)->batchNeeds()), Error);
    }

    void hasAPageThatTheWindowShows_data() { rows(); }
    void hasAPageThatTheWindowShows()
    {
        const std::string page = "docs/systems/" + entry().description.id + ".md", text = readFile(fs::path(KINORA_SOURCE_DIR) / page);
        QVERIFY2(text.starts_with("# "), page.c_str());
        const std::string resources = readFile(fs::path(KINORA_SOURCE_DIR) / "resources/pages.qrc");
        QVERIFY2(resources.find("../" + page) != std::string::npos, page.c_str());
        static const std::regex figure(R"(!\[[^\]]*\]\(\.\./([^)]+)\))");
        for (std::sregex_iterator found(text.begin(), text.end(), figure), end; found != end; ++found) {
            QVERIFY2(fs::exists(fs::path(KINORA_SOURCE_DIR) / "docs" / (*found)[1].str()), found->str().c_str());
            QVERIFY2(resources.find("alias=\"" + (*found)[1].str() + "\"") != std::string::npos, ("resources/pages.qrc lacks " + (*found)[1].str()).c_str());
        }
        for (const Control& control : entry().description.controls) QVERIFY2(text.find("`" + control.id + "`") != std::string::npos, (page + " lacks the control " + control.id).c_str());
        for (const OptionField& field : entry().description.options) QVERIFY2(text.find("`" + field.key + "`") != std::string::npos, (page + " lacks the option " + field.key).c_str());
        for (const OptionPreset& preset : entry().description.presets) QVERIFY2(text.find("`" + preset.id + "`") != std::string::npos, (page + " lacks the preset " + preset.id).c_str());
    }

    /// Nothing outside models/ knows a system: not its id, not its namespace, not its classes.
    void nobodyElseNamesASystem()
    {
        std::vector<std::regex> patterns;
        for (const SystemEntry& entry : catalogue()) {
            const std::string id = entry.description.id;
            std::string type = id;
            type[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(type[0])));
            // its namespace, folder, the prefix of its files and recorded cases, and of its classes
            for (const std::string& pattern : {"\\b" + id + "::", "models/" + id, "\\b" + id + "_[a-z]", "\\b" + type + "[A-Z][a-z]"}) patterns.emplace_back(pattern);
            static const std::set<std::string> endings = {"svg"};  // also a kind of picture
            if (!endings.contains(id)) patterns.emplace_back("\"" + id + "\"", std::regex::icase);
        }
        const fs::path root(KINORA_SOURCE_DIR);
        int files = 0;
        std::string named;
        for (const char* folder : {"core", "widgets", "app", "datasets"})
            for (const fs::directory_entry& item : fs::recursive_directory_iterator(root / folder)) {
                const std::string extension = item.path().extension().string();
                if (extension != ".cpp" && extension != ".h" && extension != ".cmake" && item.path().filename() != "CMakeLists.txt") continue;
                ++files;
                std::ifstream in(item.path());
                std::string line;
                for (int number = 1; std::getline(in, line); ++number) {
                    // comments and the examples in help texts may name one
                    const std::string code = line.substr(0, line.find("//"));
                    if (code.find("  kinora ") != std::string::npos || code.find("demo") != std::string::npos) continue;
                    // a dataset's presets are named after the systems whose papers state them: tst_layers looks for logic there
                    if (std::string(folder) == "datasets") continue;
                    for (const std::regex& pattern : patterns)
                        if (std::regex_search(code, pattern)) named += "\n" + fs::relative(item.path(), root).string() + ":" + std::to_string(number) + ": " + line;
                }
            }
        QVERIFY(files > 100);
        QVERIFY2(named.empty(), named.c_str());
    }
};

QTEST_APPLESS_MAIN(TestSystems)
#include "tst_systems.moc"
