#include <torch/torch.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/engine/commands.h"
#include "app/shared/command_line.h"
#include "core/nn/init.h"
#include "core/system/checkpoint.h"
#include "core/system/pth_reader.h"
#include "core/system/pth_writer.h"
#include "core/util/error.h"
#include "core/util/file.h"
#include "core/util/text.h"
#include "models/catalogue.h"

namespace kinora::app {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

/// The target's folder must be there and its name end as expected, before anything is computed. \throws Error (Usage, NotFound)
void checkTarget(const std::string& target, const std::vector<std::string>& extensions)
{
    if (std::ranges::find(extensions, fs::path(target).extension().string()) == extensions.end()) throw Error(ErrorCode::Usage, "the name must end in " + join(extensions, " or "), target);
    if (fs::is_directory(fs::path(target))) throw Error(ErrorCode::Usage, "is a folder; name a file", target);
    const fs::path folder = fs::absolute(target).parent_path();
    if (!fs::is_directory(folder)) throw Error(ErrorCode::NotFound, "the folder does not exist; create it first", folder.string());
}

/// Official tensors become a file in memory, so that they are checked against the networks as any checkpoint is.
void loadImported(System& system, const ImportedWeights& imported, const std::string& name)
{
    std::map<std::string, torch::Tensor> plain;
    std::map<std::string, safetensors::TensorSource> sources;
    for (const auto& [key, tensor] : imported.tensors) sources[key] = toSource(plain[key] = tensor.contiguous());
    const std::string bytes = safetensors::serialize(sources, {});
    loadWeights(system, safetensors::File(std::as_bytes(std::span(bytes)), name), true);
}

bool holdsAll(System& system, const ImportedWeights& imported)
{
    return std::ranges::all_of(system.networks(), [&](const NamedNetwork& network) {
        const auto first = imported.tensors.lower_bound("param/" + network.name + "/");
        return first != imported.tensors.end() && first->first.starts_with("param/" + network.name + "/");
    });
}

void importWeights(const std::string& systemId, const std::vector<std::string>& files, const std::string& target, bool half)
{
    const SystemEntry& entry = findSystem(catalogue(), systemId);
    if (!entry.importOfficial) throw Error(ErrorCode::Usage, "system '" + systemId + "' has no official weights to import");
    checkTarget(target, {".safetensors"});
    std::vector<OfficialWeights> weights;
    for (const std::string& file : files) weights.push_back(readOfficialWeights(file));
    const ImportedWeights imported = entry.importOfficial(weights);
    std::unique_ptr<System> system;
    try {
        system = entry.create(imported.options);
    } catch (const Error& error) {  // numbers read off the tensors, not typed by anybody
        throw Error(ErrorCode::Incompatible, std::string("its tensors imply options that are out of range: ") + error.what(), files.front());
    }
    loadImported(*system, imported, join(files, ", "));
    CheckpointExtras extras;
    extras.dataset = "imported from " + fs::path(files.front()).filename().string();
    extras.frameRateHz = system->describe().frameRateHz;
    const bool all = holdsAll(*system, imported);
    writeFile(target, serializeWeights(*system, extras, !all, half));

    int64_t parameters = 0;
    json networks = json::array();
    for (const NamedNetwork& network : system->networks())
        if (all || network.generates) {
            parameters += nn::parameterCount(*network.module);
            networks.push_back(network.name);
        }
    if (cli::wantsJson())
        cli::printJson({{"checkpoint", target}, {"system", systemId}, {"options", toJson(imported.options)}, {"networks", networks}, {"parameters", parameters}, {"tensors", imported.tensors.size()}});
    cli::print("Imported " + std::to_string(imported.tensors.size()) + " tensors (" + std::to_string(parameters) + " parameters) into " + target);
    for (const auto& [key, value] : imported.options) cli::print("  " + key + " = " + optionText(value));
}

void exportWeights(const std::string& checkpoint, const std::string& target, std::string networkName, const std::string& prefix, bool half, const std::string& weights)
{
    checkTarget(target, {".pth", ".safetensors"});
    CheckpointInfo info;
    const std::unique_ptr<System> system = openCheckpoint(catalogue(), checkpoint, torch::kCPU, &info, weightChoiceFromName(weights));
    const safetensors::File file{fs::path(checkpoint)};
    const auto networks = system->networks();

    if (fs::path(target).extension() == ".safetensors") {
        if (!networkName.empty() || !prefix.empty()) throw Error(ErrorCode::Usage, "--network and --prefix belong to .pth files; a .safetensors file gets the networks that generate", target);
        CheckpointExtras extras{info.step, info.epoch, info.dataset, info.frameRateHz, info.trainingOptions, nullptr, nullptr, nullptr};
        writeFile(target, serializeWeights(*system, extras, true, half));
        if (cli::wantsJson()) cli::printJson({{"file", target}, {"system", info.system}, {"half", half}});
        cli::print("Wrote the weights to " + target);
        return;
    }

    std::vector<std::string> names;
    for (const NamedNetwork& network : networks) {
        names.push_back(network.name);
        if (networkName.empty() && network.generates) networkName = network.name;
    }
    const auto chosen = std::ranges::find(networks, networkName, &NamedNetwork::name);
    if (chosen == networks.end()) throw Error(ErrorCode::Usage, "unknown network '" + networkName + "'" + suggestion(networkName, names), "--network");
    const std::string stored = "param/" + networkName + "/";
    const auto first = file.tensors().lower_bound(stored);
    if (first == file.tensors().end() || !first->first.starts_with(stored)) throw Error(ErrorCode::Incompatible, "holds no weights of network '" + networkName + "'", checkpoint);
    if (!chosen->generates) loadWeights(*system, file, false);  // opening a checkpoint loads what generates
    auto tensors = nn::stateDict(*chosen->module, prefix);
    if (half)
        for (auto& [name, tensor] : tensors)
            if (tensor.is_floating_point()) tensor = tensor.detach().to(torch::kFloat16);
    writeFile(target, pth::write(tensors));
    if (cli::wantsJson()) cli::printJson({{"file", target}, {"system", info.system}, {"network", networkName}, {"tensors", tensors.size()}, {"half", half}});
    cli::print("Wrote " + std::to_string(tensors.size()) + " tensors of network " + networkName + " to " + target);
}
}  // namespace

void addWeightsCommands(CLI::App& app)
{
    struct Arguments {
        std::string system, checkpoint, target, network, prefix, weights;
        std::vector<std::string> files;
        bool half = false;
    };
    {
        CLI::App* command = cli::addCommand(app, "import-weights", "Turn official PyTorch weights (.pth) into a checkpoint; nothing in the file is executed",
                                            "  kinora import-weights --system g3an G_4500.pth -o g3an.safetensors\n  kinora import-weights --system g3an G_4500.pth VD_4500.pth ID_4500.pth -o g3an.safetensors\n");
        auto arguments = std::make_shared<Arguments>();
        command->add_option("--system", arguments->system, "System that the weights belong to (see 'kinora systems')")->required();
        command->add_option("FILE", arguments->files, "Official files, one per network")->required();
        command->add_option("-o,--output", arguments->target, "Checkpoint to write (.safetensors)")->required();
        command->add_flag("--half", arguments->half, "Store 16-bit numbers");
        command->callback([arguments] { importWeights(arguments->system, arguments->files, arguments->target, arguments->half); });
    }
    {
        CLI::App* command = cli::addCommand(app, "export-weights", "Write a checkpoint's weights for the authors' program (.pth) or weights alone (.safetensors)",
                                            "  kinora export-weights run/checkpoints/step-00010000.safetensors -o G.pth\n  kinora export-weights C.safetensors -o VD.pth --network VD --prefix module.\n"
                                            "  kinora export-weights C.safetensors -o small.safetensors --half\n");
        auto arguments = std::make_shared<Arguments>();
        command->add_option("CHECKPOINT", arguments->checkpoint, "Checkpoint (.safetensors)")->required();
        command->add_option("-o,--output", arguments->target, "File to write (.pth or .safetensors)")->required();
        command->add_option("--network", arguments->network, "Network to write to a .pth file; the first that generates if not given");
        command->add_option("--weights", arguments->weights, "raw or averaged; averaged where the checkpoint holds an average")->check(CLI::IsMember({"raw", "averaged"}));
        command->add_option("--prefix", arguments->prefix, "Text before every tensor's name, such as 'module.' for a data-parallel wrapper");
        command->add_flag("--half", arguments->half, "Store 16-bit numbers");
        command->callback([arguments] { exportWeights(arguments->checkpoint, arguments->target, arguments->network, arguments->prefix, arguments->half, arguments->weights); });
    }
}

}  // namespace kinora::app
