#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/catalogue_texts.h"
#include "app/shared/command_line.h"
#include "core/metrics/metric.h"
#include "core/system/checkpoint.h"
#include "core/system/generation.h"
#include "core/training/self_test.h"
#include "core/training/trainer.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/outcome.h"
#include "core/util/text.h"
#include "kinora_version.h"
#include "models/catalogue.h"
#ifdef KINORA_WITH_IO
#include "datasets/synthetic/synthetic.h"
#endif

namespace kinora::app {
namespace {
using nlohmann::json;

void systems(const std::string& id)
{
    json list = json::array();
    for (const SystemEntry& entry : catalogue())
        if (id.empty() || findSystem(catalogue(), id).description.id == entry.description.id) list.push_back(toJson(entry.description));
    if (cli::wantsJson()) {
        json training = json::array();
        for (OptionField field : describeOptions<TrainingOptions>("training")) {
            field.whileRunning = changesWhileRunning(field.key);
            training.push_back(toJson(field));
        }
        cli::printJson({{"systems", list}, {"training", training}});
        return;
    }
    for (const SystemEntry& entry : catalogue()) {
        const SystemDescription& d = entry.description;
        if (!id.empty() && d.id != id) continue;
        cli::print(d.id + "  " + d.name + ": " + d.summary + "\n    " + d.reference);
        for (const Control& control : d.controls)
            cli::print("    control " + control.id + " (" + std::string(controlRoleName(control.role)) + ", " + std::string(controlKindName(control.kind)) + ", " + std::to_string(control.size) + "): " + control.help);
        for (const OutputView& view : d.views) cli::print("    view " + view.id + ": " + view.help);
        if (id.empty()) continue;
        for (const OptionPreset& preset : d.presets) {
            std::string values;
            for (const auto& [key, value] : preset.values) values += " " + key + "=" + optionText(value);
            cli::print("    --preset " + preset.id + "   " + preset.name + ":" + values);
        }
        std::vector<OptionField> options = d.options;
        std::ranges::move(describeOptions<TrainingOptions>("training"), std::back_inserter(options));
        for (const OptionField& field : options)
            cli::print("    --set " + field.key + "=" + optionText(field.fallback) + "   " + field.help + (field.limits.choices.empty() ? "" : " (" + join(field.limits.choices, ", ") + ")"));
    }
}

/// How a system describes itself with its defaults, then with every other value of a switch or choice and with every number that 0 leaves out, one at a time: controls and outputs may depend on them.
std::vector<SystemDescription> describedVariants(const SystemEntry& entry)
{
    std::vector<SystemDescription> all = {entry.description};
    const auto add = [&](const OptionField& field, const OptionValue& value) {
        OptionValues values = {{field.key, value}};
        if (std::ranges::find(entry.description.options, "base_channels", &OptionField::key) != entry.description.options.end()) values["base_channels"] = std::int64_t(2);  // quickly built
        if (const auto system = attempt([&] { return entry.create(values); })) all.push_back(system.value()->describe());  // one that is wrong by itself has nothing to say
    };
    for (const OptionField& field : entry.description.options) {
        if (field.type == OptionType::Boolean) add(field, !std::get<bool>(field.fallback));
        if (field.type == OptionType::Integer && std::get<std::int64_t>(field.fallback) == 0) add(field, std::int64_t(2));
        for (const std::string& choice : field.limits.choices)
            if (OptionValue(choice) != field.fallback) add(field, choice);
    }
    return all;
}

void printTexts()
{
    CatalogueTexts texts;
    for (const SystemEntry& entry : catalogue()) {
        for (const SystemDescription& d : describedVariants(entry)) {
            texts.add(d.summary);
            for (const Control& control : d.controls) {
                texts.addAll({control.name, control.help});
                texts.addAll(control.categories);
            }
            for (const OutputView& view : d.views) texts.addAll({view.name, view.help});
            for (const std::string& tag : d.scalars) texts.add(tag.substr(0, tag.find('/')));  // the groups of the curves
        }
        texts.add(entry.description.options);
        texts.add(entry.description.presets);
    }
    texts.add(describeOptions<TrainingOptions>("training"));
    texts.addAll({"time", "learning_rate", "lr", "norm", "memory", "metric", "scale", "diversity"});  // the trainer's own curves
    texts.addAll({"starting", "loading data", "training", "sampling", "measuring", "saving", "going back", "paused", "stopped", "finished"});  // and what it says it is doing
    for (const MetricDescription& metric : describeMetrics()) texts.add(metric);
#ifdef KINORA_WITH_IO
    for (const DatasetDescription& dataset : describeSynthetic()) {
        texts.add(dataset);
        for (const LabelColumn& label : openSynthetic(dataset.id)->labelColumns()) {
            texts.add(label.name);
            texts.addAll(label.categories);
        }
    }
#endif
    texts.print("kinora systems --texts");
}

void info()
{
    const CudaStatus cuda = cudaStatus();
    const auto demo = Places::resources() / "demo" / "g3an_faces.safetensors";
    json report = {{"version", KINORA_VERSION},
                   {"git", KINORA_GIT},
                   {"libtorch", TORCH_VERSION},
                   {"threads", at::get_num_threads()},
                   {"cpu", at::get_cpu_capability()},
                   {"cuda", {{"available", cuda.available}, {"devices", cuda.names}, {"reason", cuda.reason}}},
#ifdef KINORA_WITH_IO
                   {"build", "full"},
#else
                   {"build", "engine-only"},
#endif
                   {"places",
                    {{"config", Places::config().string()}, {"data", Places::data().string()}, {"cache", Places::cache().string()}, {"resources", Places::resources().string()}}},
                   {"demo_checkpoint", std::filesystem::exists(demo) ? json(demo.string()) : json(nullptr)}};
    json ids = json::array();
    for (const SystemEntry& entry : catalogue()) ids.push_back(entry.description.id);
    report["systems"] = ids;
    if (cli::wantsJson()) return cli::printJson(report);
    cli::print("Kinora " KINORA_VERSION " (" KINORA_GIT "), LibTorch " TORCH_VERSION ", CPU " + at::get_cpu_capability() + ", " + std::to_string(at::get_num_threads()) + " threads");
    cli::print("CUDA: " + std::string(cuda.available ? "available (" + std::to_string(cuda.devices) + " device(s))" : "not available: " + cuda.reason));
    cli::print("Systems: " + ids.dump());
    cli::print("Data: " + Places::data().string() + "   cache: " + Places::cache().string());
    cli::print("Demo model: " + (report["demo_checkpoint"].is_null() ? std::string("missing") : demo.string()));
}

void selftest(const std::string& deviceText)
{
    const torch::Device device = chooseDevice(deviceText);
    json results = json::array();
    int failures = 0;
    for (const SystemEntry& entry : catalogue()) {
        const auto started = std::chrono::steady_clock::now();
        const auto outcome = attempt([&] { return selfTest(entry, device); });
        const std::string& id = entry.description.id;
        json result = {{"system", id}, {"device", device.str()}, {"passed", static_cast<bool>(outcome)}, {"checks", json::array()}};
        if (!outcome) {
            result["error"] = outcome.error().what();
            cli::print(id + " on " + device.str() + ": FAILED: " + outcome.error().what());
        } else {
            for (const SelfCheck& check : outcome.value()) {
                if (!check.passed()) result["passed"] = false;
                char figures[200];
                std::snprintf(figures, sizeof figures, "%s %.2g, at most %.2g", check.figure.c_str(), check.found, check.limit);
                const std::string what = !check.note.empty() ? check.note : figures;
                cli::print(id + " on " + device.str() + ": " + (!check.tried ? "not tried" : check.passed() ? "passed" : "FAILED") + ": " + check.name + ": " + what);
                result["checks"].push_back({{"name", check.name}, {"tried", check.tried}, {"passed", check.passed()}, {"found", std::isfinite(check.found) ? json(check.found) : json(nullptr)}, {"limit", check.limit},
                                            {"figure", check.figure}, {"note", check.note}});
            }
        }
        if (!result["passed"].get<bool>()) ++failures;
        result["milliseconds"] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
        results.push_back(std::move(result));
    }
    if (cli::wantsJson()) cli::printJson({{"device", device.str()}, {"results", results}, {"failures", failures}});
    if (failures > 0) throw CLI::RuntimeError(exitCode(ErrorCode::CheckFailed));
}
}  // namespace

void addSystemsCommand(CLI::App& app)
{
    auto id = std::make_shared<std::string>();
    CLI::App* list = cli::addCommand(app, "systems", "List the published systems with their options and controls",
                                     "  kinora systems\n  kinora systems g3an\n  kinora systems --json");
    list->add_option("SYSTEM", *id, "Show this one with its options");
    auto texts = std::make_shared<bool>(false);
    list->add_flag("--texts", *texts, "Every described text as a source for translators");
    list->callback([id, texts] {
        if (*texts) return printTexts();
        if (!id->empty()) findSystem(catalogue(), *id);
        systems(*id);
    });
    cli::addCommand(app, "info", "Versions, devices, and what CUDA said", "  kinora info\n  kinora info --json")->callback(info);
    auto device = std::make_shared<std::string>("auto");
    CLI::App* test = cli::addCommand(app, "selftest", "Try every system: a training step, its fast form against the plain one, plans against plain modules, a device against the CPU", "  kinora selftest\n  kinora selftest --device cuda");
    test->add_option("--device", *device, "auto, cpu, cuda or cuda:1")->capture_default_str();
    test->callback([device] { selftest(*device); });
}

}  // namespace kinora::app
